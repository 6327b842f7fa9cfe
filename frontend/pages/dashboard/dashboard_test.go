package dashboard_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/dashboard"
	"parley/frontend/parts/chart"
	"parley/frontend/view"
	"parley/internal/forum"
)

func figures(loc string) dashboard.View {
	v := dashboard.View{
		Shell: frontendtest.Shell(loc), Until: "As of noon.",
		Tiles:  []chart.Tile{{ID: "a", Locale: loc, Name: "Held", Value: "4", Compare: "more", Tone: chart.Bad, Trail: []int{1, 2}, Trailed: "1, 2"}},
		Days:   []chart.Hours{{ID: "h", Locale: loc, Title: "By the hour", Until: 3, Day: "today", Norm: "the usual day"}},
		Lines:  []chart.Series{{ID: "s", Locale: loc, Title: "Daily", Note: "Median", Points: []chart.Point{{Label: "1", Value: 2}, {Label: "2", Value: 3}}}},
		Charts: []chart.Rows{{Locale: loc, Title: "Why", Rows: []chart.Row{{Label: "Story", Href: "/s/1", Value: 3, Note: "3 of 4"}}}},
	}
	v.Shell.Account = &view.Account{Role: forum.RoleLead, Staff: true}
	return v
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, dashboard.Page(figures(loc)))
	}
}
