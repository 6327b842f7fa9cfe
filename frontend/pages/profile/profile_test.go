package profile_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/profile"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, profile.Page(frontendtest.Profile(loc)))
	}
	frontendtest.CheckAttack(t, frontendtest.Profile("en"), profile.Page)
}
