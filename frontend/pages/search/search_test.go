package search_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/search"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, search.Page(view.Search{
			Shell: frontendtest.Shell(loc), Action: "/search", Query: "ferry", Hits: frontendtest.Hits(), Next: "/x", Asked: true,
		}))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Search{
		Shell: frontendtest.Shell(loc), Action: "/search", Query: "ferry", Hits: frontendtest.Hits(), Next: "/x", Asked: true,
	}, search.Page)
}
