package transparency_test

import (
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/transparency"
	"parley/frontend/parts/chart"
)

func month(loc string) transparency.View {
	return transparency.View{
		Shell: frontendtest.Shell(loc), Month: "November 2026", Lede: "Readers wrote 4 comments.", Until: "Figures up to now.",
		Earlier: transparency.Link{Path: "/transparency/2026-10", Name: "October 2026"}, CSV: "/transparency/2026-11.csv", JSON: "/transparency/2026-11.json",
		Tiles:  []chart.Tile{{Locale: loc, Name: "Comments", Value: "4"}},
		Charts: []chart.Rows{{Locale: loc, Title: "Why", Rows: []chart.Row{{Label: "Insult", Value: 3}}}, {Locale: loc, Title: "None", Empty: "None."}},
	}
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, transparency.Page(month(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, month("en"), func(v transparency.View) templ.Component { return transparency.Page(v) })
}
