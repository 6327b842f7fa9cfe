package write_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/write"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, write.Page(view.Write{
			Shell: frontendtest.Shell(loc), Heading: "Reply", Headline: "Ferries", StoryURL: "/s/1", Box: frontendtest.WrongBox(),
		}))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Write{
		Shell: frontendtest.Shell(loc), Heading: "Reply", Headline: "Ferries", StoryURL: "/s/1", Box: frontendtest.WrongBox(),
	}, write.Page)
}
