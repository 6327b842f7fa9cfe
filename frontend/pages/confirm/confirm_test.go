package confirm_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/confirm"
	"parley/frontend/view"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, confirm.Page(view.Confirm{
			Shell: frontendtest.Shell(loc), Heading: "Withdraw?", Text: "For good.", Action: "/x", Button: "Withdraw", Danger: true, Back: "/",
		}))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, view.Confirm{
		Shell: frontendtest.Shell(loc), Heading: "Withdraw?", Text: "For good.", Action: "/x", Button: "Withdraw", Danger: true, Back: "/",
	}, confirm.Page)
}
