package front_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/front"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, front.Page(frontendtest.Front(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, frontendtest.Front(loc), front.Page)
}
