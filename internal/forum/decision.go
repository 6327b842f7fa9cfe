package forum

import (
	"slices"
	"time"
)

// Verb is what a decision did.
type Verb string

// The verbs on a comment.
const (
	Publish Verb = "publish"
	Reject  Verb = "reject"
	Hold    Verb = "hold"
	Dismiss Verb = "dismiss" // reports looked at, the comment stays
)

// Target returns the state a verb leads to; Dismiss leads nowhere else and
// returns false.
func (v Verb) Target() (State, bool) {
	switch v {
	case Publish:
		return Published, true
	case Reject:
		return Rejected, true
	case Hold:
		return Held, true
	}
	return "", false
}

// RejectReasons are the reasons a rejection names, in the order shown. Their
// words are in the locale catalogues.
func RejectReasons() []string {
	return []string{
		"abuse", "hate", "threat", "private", "spam", "off-topic", "false",
		"illegal", "impersonation", "language", "other",
	}
}

// ValidRejectReason reports whether a rejection may name the reason.
func ValidRejectReason(code string) bool { return slices.Contains(RejectReasons(), code) }

// Decision is one act that changed a comment's standing. Decisions are only
// ever added.
type Decision struct {
	SiteID    ID
	ID        ID
	CommentID ID
	AccountID ID // whose comment it is
	ActorID   ID // who decided; zero: a rule
	Verb      Verb
	Reason    string // code of RejectReasons, or of what held it ("first-comment")
	Note      string // words for the author
	From, To  State
	Automated bool
	CreatedAt time.Time
}
