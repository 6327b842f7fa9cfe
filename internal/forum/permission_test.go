package forum_test

import (
	"testing"
	"time"

	"parley/internal/forum"
)

var (
	roles = []forum.Role{"", forum.RoleGuest, forum.RoleReader, forum.RoleModerator, forum.RoleOwner, forum.RoleArchived}
	kinds = []forum.SessionKind{"", forum.SessionPage, forum.SessionFrame, forum.SessionEmbed}
)

func TestMay_everyRoleEverywhere(t *testing.T) {
	staff := map[forum.Role]bool{forum.RoleModerator: true, forum.RoleOwner: true}
	for _, role := range roles {
		if role.Staff() != staff[role] {
			t.Errorf("%q staff: %t", role, role.Staff())
		}
		for _, kind := range kinds {
			a := forum.Actor{Account: forum.Account{ID: 1, Role: role}, Kind: kind}
			want := map[forum.Act]bool{
				forum.ActPost: role != forum.RoleArchived, forum.ActVote: role != forum.RoleArchived, forum.ActReport: role != forum.RoleArchived,
				forum.ActDecide: staff[role] && kind == forum.SessionPage,
				forum.ActManage: role == forum.RoleOwner && kind == forum.SessionPage,
				forum.ActEdit:   false, forum.ActWithdraw: false, "burn": false,
			}
			for act, may := range want {
				if got := forum.May(a, act); got != may {
					t.Errorf("%q in %q: May(%s) = %t", role, kind, act, got)
				}
			}
		}
	}
}

func TestMayOn(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	const window = 5 * time.Minute
	author := forum.Actor{Account: forum.Account{ID: 7, Role: forum.RoleReader}, Kind: forum.SessionPage}
	other := forum.Actor{Account: forum.Account{ID: 8, Role: forum.RoleReader}, Kind: forum.SessionPage}
	moderator := forum.Actor{Account: forum.Account{ID: 9, Role: forum.RoleModerator}, Kind: forum.SessionPage}
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
