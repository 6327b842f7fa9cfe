package permalink_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/permalink"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, permalink.Page(view.Permalink{
			Shell: frontendtest.Shell(loc), Headline: "Ferries", StoryURL: "/s/1", Discussion: frontendtest.Focused(loc),
		}))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Permalink{
		Shell: frontendtest.Shell(loc), Headline: "Ferries", StoryURL: "/s/1", Discussion: frontendtest.Focused(loc),
	}, permalink.Page)
}
