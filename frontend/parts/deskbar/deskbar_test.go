package deskbar_test

import (
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/deskbar"
	"parley/frontend/view"
	"parley/internal/forum"
)

// TestBar_roles shows each role the places that its rights open.
func TestBar_roles(t *testing.T) {
	for role, want := range map[forum.Role][2]bool{
		forum.RoleAuditor:   {false, true},
		forum.RoleReviewer:  {true, false},
		forum.RoleModerator: {true, false},
		forum.RoleAdmin:     {true, true},
	} {
		s := frontendtest.Shell("en")
		s.Account = &view.Account{Role: role, Staff: true}
		text := frontendtest.Check(t, deskbar.Bar(s, "log"))
		for i, path := range []string{`href="/desk"`, `href="/desk/log"`} {
			if strings.Contains(text, path) != want[i] {
				t.Errorf("%s sees %s: %v", role, path, !want[i])
			}
		}
	}
	s := frontendtest.Shell("en")
	s.Account = nil
	if strings.Contains(frontendtest.Render(t, deskbar.Bar(s, "")), "<li>") {
		t.Error("a reader without an account sees the desk")
	}
}
