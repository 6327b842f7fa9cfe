package story_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/story"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, story.Page(frontendtest.Story(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, frontendtest.Story(loc), story.Page)
}
