package forum

import (
	"slices"
	"time"
)

// Act is something an actor may want to do to a site, an account or a comment.
type Act string

// The acts of readers.
const (
	ActPost     Act = "post"
	ActVote     Act = "vote"
	ActReport   Act = "report"
	ActEdit     Act = "edit"
	ActWithdraw Act = "withdraw"
	ActAppeal   Act = "appeal"
)

// The acts of the desk.
const (
	ActQueue       Act = "queue"       // see what waits, and the records of authors
	ActDecide      Act = "decide"      // publish, reject, hold, dismiss
	ActFeature     Act = "feature"     // pick a comment
	ActSearch      Act = "search"      // search all comments in every state
	ActNote        Act = "note"        // write notes on authors
	ActHistory     Act = "history"     // see all comments of one account, across bylines
	ActReveal      Act = "reveal"      // see which account is behind a pseudonym
	ActSanction    Act = "sanction"    // warn, always hold, suspend
	ActBan         Act = "ban"         // ban, spam-ban
	ActBulk        Act = "bulk"        // decide on many at once
	ActTemperature Act = "temperature" // slow, cap, close a discussion
	ActAnswer      Act = "answer"      // decide appeals and notices
	ActRules       Act = "rules"       // write rules and put them on
	ActApprove     Act = "approve"     // be the second pair of eyes
	ActFigures     Act = "figures"     // see the dashboard
	ActLog         Act = "log"         // read the log
	ActManage      Act = "manage"      // settings, stories, keys, endpoints
	ActStaff       Act = "staff"       // invite, grant and take roles
	ActExport      Act = "export"      // take data out
)

// rights is the whole table of who may do what at the desk.
var rights = map[Role][]Act{
	RoleAuditor:  {ActLog},
	RoleReviewer: {ActQueue, ActDecide},
	RoleModerator: {
		ActQueue, ActDecide, ActFeature, ActSearch, ActNote, ActHistory, ActSanction, ActBulk, ActTemperature,
		ActAnswer, ActFigures,
	},
	RoleLead: {
		ActQueue, ActDecide, ActFeature, ActSearch, ActNote, ActHistory, ActSanction, ActBulk, ActTemperature,
		ActAnswer, ActFigures, ActReveal, ActBan, ActRules, ActApprove, ActLog,
	},
	RoleAdmin: {
		ActQueue, ActDecide, ActFeature, ActSearch, ActNote, ActHistory, ActSanction, ActBulk, ActTemperature,
		ActAnswer, ActFigures, ActReveal, ActBan, ActRules, ActApprove, ActLog, ActManage, ActStaff, ActExport,
	},
}

// whole are the acts that concern the whole site, which a role for some
// sections does not give.
var whole = []Act{ActRules, ActLog, ActManage, ActStaff, ActExport, ActApprove, ActBan}

// May reports whether an actor may do an act that is not about one comment. An
// act of the desk needs a strong session on Parley's own pages.
func May(a Actor, act Act) bool {
	switch act {
	case ActPost, ActVote, ActReport:
		return a.Account.Role != RoleArchived
	case ActAppeal:
		return a.Known() && a.Account.Role != RoleArchived
	}
	if !slices.Contains(rights[a.Account.Role], act) || a.Kind != SessionPage || !a.Strong {
		return false
	}
	return len(a.Account.Sections) == 0 || !slices.Contains(whole, act)
}

// MayIn reports whether an actor may do an act of the desk in a section.
func MayIn(a Actor, act Act, section string) bool { return May(a, act) && a.Account.In(section) }

// granted is the whole table of which roles somebody may give: none above their
// own.
var granted = map[Role][]Role{
	RoleAdmin: {RoleReader, RoleTrusted, RoleAuditor, RoleReviewer, RoleModerator, RoleLead, RoleAdmin},
}

// MayGrant reports whether an actor may give a role.
func MayGrant(a Actor, role Role) bool {
	return May(a, ActStaff) && slices.Contains(granted[a.Account.Role], role)
}

// Weighty reports whether giving a role takes a second person: all roles of the
// desk but the reviewer's.
func (r Role) Weighty() bool { return r.Staff() && r != RoleReviewer }

// Rights returns what a role may do at the desk, for those who are given it.
func Rights(r Role) []Act { return slices.Clone(rights[r]) }

// WeakStaff reports whether the actor works for the newsroom but its session is
// not proof enough for the desk.
func WeakStaff(a Actor) bool { return a.Account.Role.Staff() && !a.Strong }

// MayOn reports whether an actor may do an act on a comment. parentAuthor is the
// account that wrote the comment's parent; zero for a root.
func MayOn(a Actor, act Act, c Comment, parentAuthor ID, now time.Time, window time.Duration) error {
	own := a.Known() && c.AccountID == a.Account.ID
	switch act {
	case ActVote:
		if own {
			return Fail(Forbidden, "error.ownVote")
		}
	case ActReport:
		if own {
			return Fail(Forbidden, "error.ownReport")
		}
	case ActEdit:
		if !own {
			return Fail(NotFound, "error.notFound")
		}
		if !now.Before(c.EditableUntil(window)) {
			return Fail(Forbidden, "error.editOver")
		}
	case ActWithdraw:
		if !own {
			return Fail(NotFound, "error.notFound")
		}
	case ActDecide, ActFeature:
		// Nobody decides on a reply to oneself or on one's own comment.
		if own || (parentAuthor != 0 && parentAuthor == a.Account.ID) {
			return Fail(Forbidden, "error.ownDecision")
		}
	}
	if !May(a, act) && act != ActEdit && act != ActWithdraw {
		return Fail(Forbidden, "error.forbidden")
	}
	return nil
}
