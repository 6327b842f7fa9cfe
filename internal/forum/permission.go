package forum

import "time"

// Act is something an actor may want to do to a site or a comment.
type Act string

// The acts.
const (
	ActPost     Act = "post"
	ActVote     Act = "vote"
	ActReport   Act = "report"
	ActEdit     Act = "edit"
	ActWithdraw Act = "withdraw"
	ActDecide   Act = "decide"
	ActManage   Act = "manage" // settings, stories, keys
)

// May reports whether an actor may do an act that is not about one comment.
func May(a Actor, act Act) bool {
	switch act {
	case ActPost, ActVote, ActReport:
		return a.Account.Role != RoleArchived
	case ActDecide:
		return a.Account.Role.Staff() && a.Kind == SessionPage
	case ActManage:
		return a.Account.Role == RoleOwner && a.Kind == SessionPage
	}
	return false
}

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
	case ActDecide:
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
