package forum

import (
	"slices"
	"time"
)

// Reason is why a reader reports a comment.
type Reason string

// The reasons. Disagree is offered and recorded, but never reaches a queue.
const (
	ReasonAbuse    Reason = "abuse"
	ReasonHate     Reason = "hate"
	ReasonSpam     Reason = "spam"
	ReasonPrivate  Reason = "private" // reveals somebody's private details
	ReasonFalse    Reason = "false"   // harmful falsehood
	ReasonOffTopic Reason = "off-topic"
	ReasonDisagree Reason = "disagree"
)

// Reasons lists the six reasons that reach the queue, in the order shown.
func Reasons() []Reason {
	return []Reason{ReasonAbuse, ReasonHate, ReasonSpam, ReasonPrivate, ReasonFalse, ReasonOffTopic}
}

// Valid reports whether r may be given.
func (r Reason) Valid() bool { return r == ReasonDisagree || slices.Contains(Reasons(), r) }

// Report is a complaint about a comment.
type Report struct {
	SiteID     ID
	ID         ID
	CommentID  ID
	AccountID  ID
	Reason     Reason
	Words      string // at most 1,000 characters
	CreatedAt  time.Time
	ResolvedAt time.Time // zero: open
}
