package forum_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

var kinds = []forum.SessionKind{"", forum.SessionPage, forum.SessionFrame, forum.SessionEmbed}

// deskRights is the table of rights written down a second time, by act.
var deskRights = map[forum.Act]string{
	forum.ActQueue: "reviewer moderator lead admin", forum.ActDecide: "reviewer moderator lead admin",
	forum.ActFeature: "moderator lead admin", forum.ActSearch: "moderator lead admin", forum.ActNote: "moderator lead admin",
	forum.ActHistory: "moderator lead admin", forum.ActSanction: "moderator lead admin", forum.ActBulk: "moderator lead admin",
	forum.ActTemperature: "moderator lead admin", forum.ActAnswer: "moderator lead admin", forum.ActFigures: "moderator lead admin",
	forum.ActReveal: "lead admin", forum.ActBan: "lead admin", forum.ActRules: "lead admin", forum.ActApprove: "lead admin",
	forum.ActLog: "auditor lead admin", forum.ActManage: "admin", forum.ActStaff: "admin", forum.ActExport: "admin",
	"burn": "",
}

// siteWide are the acts that a role for some sections does not give.
const siteWide = "ban rules approve log manage staff export"

func TestMay_everyRoleEverywhere(t *testing.T) {
	readers := []forum.Role{"", forum.RoleGuest, forum.RoleReader, forum.RoleTrusted, forum.RoleArchived}
	for _, role := range slices.Concat(readers, forum.StaffRoles()) {
		if role.Staff() != slices.Contains(forum.StaffRoles(), role) || role.Staff() && slices.Contains(readers, role) {
			t.Errorf("%q staff: %t", role, role.Staff())
		}
		for _, kind := range kinds {
			for _, strong := range []bool{true, false} {
				a := forum.Actor{Account: forum.Account{ID: 1, Role: role}, Kind: kind, Strong: strong}
				checkReader(t, a)
				for act, who := range deskRights {
					want := strong && kind == forum.SessionPage && role != "" && slices.Contains(strings.Fields(who), string(role))
					if got := forum.May(a, act); got != want {
						t.Errorf("%q in %q, strong %t: May(%s) = %t", role, kind, strong, act, got)
					}
				}
			}
		}
	}
}

func checkReader(t *testing.T, a forum.Actor) {
	t.Helper()
	for _, act := range []forum.Act{forum.ActPost, forum.ActVote, forum.ActReport, forum.ActAppeal} {
		if got := forum.May(a, act); got != (a.Account.Role != forum.RoleArchived) {
			t.Errorf("%q: May(%s) = %t", a.Account.Role, act, got)
		}
	}
	if forum.May(a, forum.ActEdit) || forum.May(a, forum.ActWithdraw) {
		t.Errorf("%q may edit in general", a.Account.Role)
	}
}

func TestMayIn_sections(t *testing.T) {
	a := forum.Actor{Account: forum.Account{ID: 1, Role: forum.RoleAdmin, Sections: []string{"sport"}}, Kind: forum.SessionPage, Strong: true}
	for act := range deskRights {
		want := act != "burn" && !slices.Contains(strings.Fields(siteWide), string(act))
		if got := forum.MayIn(a, act, "sport"); got != want {
			t.Errorf("MayIn(%s, sport) = %t", act, got)
		}
		if forum.MayIn(a, act, "world") || forum.MayIn(a, act, "") {
			t.Errorf("%s in a section that is not its", act)
		}
	}
}

func TestMayOn(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	const window = 5 * time.Minute
	author := forum.Actor{Account: forum.Account{ID: 7, Role: forum.RoleReader}, Kind: forum.SessionPage}
	other := forum.Actor{Account: forum.Account{ID: 8, Role: forum.RoleReader}, Kind: forum.SessionPage}
	moderator := forum.Actor{Account: forum.Account{ID: 9, Role: forum.RoleModerator}, Kind: forum.SessionPage, Strong: true}
	inFrame := moderator
	inFrame.Kind = forum.SessionFrame
	archived := forum.Actor{Account: forum.Account{ID: 10, Role: forum.RoleArchived}}
	fresh := forum.Comment{AccountID: 7, CreatedAt: now.Add(-window + time.Microsecond)}
	old := forum.Comment{AccountID: 7, CreatedAt: now.Add(-window)}
	undated := forum.Comment{AccountID: 7}
	for _, c := range []struct {
		what         string
		actor        forum.Actor
		act          forum.Act
		comment      forum.Comment
		parentAuthor forum.ID
		code         string
	}{
		{"own vote", author, forum.ActVote, fresh, 0, "error.ownVote"},
		{"vote", other, forum.ActVote, fresh, 0, ""},
		{"vote of nobody yet", forum.Actor{}, forum.ActVote, fresh, 0, ""},
		{"vote of nobody yet on nobody's", forum.Actor{}, forum.ActVote, forum.Comment{}, 0, ""},
		{"vote of an archive", archived, forum.ActVote, fresh, 0, "error.forbidden"},
		{"own report", author, forum.ActReport, fresh, 0, "error.ownReport"},
		{"report", other, forum.ActReport, fresh, 0, ""},
		{"edit", author, forum.ActEdit, fresh, 0, ""},
		{"edit too late", author, forum.ActEdit, old, 0, "error.editOver"},
		{"edit of unknown date", author, forum.ActEdit, undated, 0, "error.editOver"},
		{"edit of another's", other, forum.ActEdit, fresh, 0, "error.notFound"},
		{"edit by nobody", forum.Actor{}, forum.ActEdit, forum.Comment{CreatedAt: now}, 0, "error.notFound"},
		{"edit by staff", moderator, forum.ActEdit, fresh, 0, "error.notFound"},
		{"withdraw", author, forum.ActWithdraw, old, 0, ""},
		{"withdraw another's", moderator, forum.ActWithdraw, old, 0, "error.notFound"},
		{"decide", moderator, forum.ActDecide, old, 3, ""},
		{"decide in a frame", inFrame, forum.ActDecide, old, 3, "error.forbidden"},
		{"decide as reader", other, forum.ActDecide, old, 3, "error.forbidden"},
		{"decide on own", moderator, forum.ActDecide, forum.Comment{AccountID: 9}, 0, "error.ownDecision"},
		{"decide on a reply to oneself", moderator, forum.ActDecide, old, 9, "error.ownDecision"},
	} {
		err := forum.MayOn(c.actor, c.act, c.comment, c.parentAuthor, now, window)
		if got := codeOf(err); got != c.code {
			t.Errorf("%s: %q, want %q", c.what, got, c.code)
		}
	}
}
