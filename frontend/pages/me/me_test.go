package me_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/me"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, me.Page(frontendtest.Me(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, frontendtest.Me(loc), me.Page)
}
