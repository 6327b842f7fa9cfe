package desk_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/desk"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, desk.Page(frontendtest.Desk(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, frontendtest.Desk(loc), desk.Page)
}
