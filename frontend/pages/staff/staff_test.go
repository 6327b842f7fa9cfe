package staff_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/staff"
)

func TestPages(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, staff.Proposals(frontendtest.Proposals(loc)))
		frontendtest.Check(t, staff.Team(frontendtest.Team(loc)))
		frontendtest.Check(t, staff.Settings(frontendtest.Settings(loc)))
		frontendtest.Check(t, staff.Keys(frontendtest.Keys(loc)))
		frontendtest.Check(t, staff.Secret(frontendtest.Secret(loc)))
	}
}

func TestPages_attack(t *testing.T) {
	frontendtest.CheckAttack(t, frontendtest.Proposals("en"), staff.Proposals)
	frontendtest.CheckAttack(t, frontendtest.Team("en"), staff.Team)
	frontendtest.CheckAttack(t, frontendtest.Settings("en"), staff.Settings)
	frontendtest.CheckAttack(t, frontendtest.Keys("en"), staff.Keys)
	frontendtest.CheckAttack(t, frontendtest.Secret("en"), staff.Secret)
}
