package notice_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/notice"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, notice.Page(view.Notice{
			Shell: frontendtest.Shell(loc), Heading: "Thank you", Text: "It arrived.", Back: "/", BackTo: "Back to the story",
		}))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Notice{
		Shell: frontendtest.Shell(loc), Heading: "Thank you", Text: "It arrived.", Back: "/", BackTo: "Back to the story",
	}, notice.Page)
}
