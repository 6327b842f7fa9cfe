package search_test

import (
	"strings"
	"testing"
	"time"

	"parley/frontend/frontendtest"
	"parley/frontend/locale"
	"parley/frontend/pages/search"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, search.Page(view.Search{
			Shell: frontendtest.Shell(loc), Action: "/search", Query: "ferry", Hits: frontendtest.Hits(), Next: "/x", Asked: true,
		}))
		for _, hits := range [][]view.Hit{nil, frontendtest.Hits()} {
			text := frontendtest.Check(t, search.Page(view.Search{
				Shell: frontendtest.Shell(loc), Action: "/search", Query: "ferry", Hits: hits, Next: "/x", Asked: true,
				Since: time.Date(2026, 3, 4, 5, 6, 0, 0, time.UTC),
			}))
			if !strings.Contains(text, locale.T(loc, "search.further")) || !strings.Contains(text, "2026") {
				t.Errorf("%s: it does not say how far it has looked:\n%s", loc, text)
			}
		}
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Search{
		Shell: frontendtest.Shell(loc), Action: "/search", Query: "ferry", Hits: frontendtest.Hits(), Next: "/x", Asked: true,
	}, search.Page)
}
