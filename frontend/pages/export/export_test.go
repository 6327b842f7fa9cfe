package export_test

import (
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/export"
)

func page(loc string) export.View {
	return export.View{
		Shell: frontendtest.Shell(loc), Action: "/desk/export", Fetch: "/desk/export/statements", Month: "2026-11", Latest: "2026-11",
		Words: "for the report", Two: true, Flash: "Asked.", Wrong: "No such month.", Error: "It did not work.",
		Ready: []export.Ready{{Proposal: "1", Month: "2026-10", Name: "October 2026", Until: frontendtest.Noon}},
	}
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, export.Page(page(loc)))
		frontendtest.Check(t, export.Page(export.View{Shell: frontendtest.Shell(loc)}))
	}
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), func(v export.View) templ.Component { return export.Page(v) })
}
