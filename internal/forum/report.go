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

// ReportOutcome is what became of a report.
type ReportOutcome string

// The outcomes of a report. One on a comment that is held stays open until it is
// published or rejected; one on a comment its author withdrew has no outcome.
const (
	ReportUpheld    ReportOutcome = "upheld"    // the comment was rejected
	ReportDismissed ReportOutcome = "dismissed" // it stays
)

// Report is a complaint about a comment.
type Report struct {
	SiteID     ID
	ID         ID
	CommentID  ID
	AccountID  ID
	Reason     Reason
	Words      string // at most 1,000 characters
	Network    string // keyed hash of the reporter's address; forgotten after a day
	Counted    bool   // it counts: no other report on the comment came from its network
	CreatedAt  time.Time
	ResolvedAt time.Time     // zero: open
	Outcome    ReportOutcome // empty: none yet

	// ReporterUpheld and ReporterDismissed are what became of the reporter's
	// other reports, as far as the desk reads it.
	ReporterUpheld, ReporterDismissed int
}

// Weight is what a report says by who sent it: the reporter's accuracy.
func (r Report) Weight() float64 {
	return Account{ReportsUpheld: r.ReporterUpheld, ReportsDismissed: r.ReporterDismissed}.Accuracy()
}
