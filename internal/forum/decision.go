package forum

import (
	"slices"
	"time"
)

// Verb is what a decision did.
type Verb string

// The verbs on a comment.
const (
	Publish   Verb = "publish"
	Reject    Verb = "reject"
	Hold      Verb = "hold"
	Dismiss   Verb = "dismiss" // reports looked at, the comment stays
	Feature   Verb = "feature"
	Unfeature Verb = "unfeature"
	Undo      Verb = "undo" // another decision taken back; see Decision.Undoes
)

// The verbs on an account.
const (
	Warn       Verb = "warn"        // must be acknowledged before the next comment
	AlwaysHold Verb = "always-hold" // every comment waits for review
	Suspend    Verb = "suspend"     // writes nothing until a date
	Ban        Verb = "ban"         // writes nothing any more
	Lift       Verb = "lift"        // ends a sanction
)

// The verbs on a story's temperature.
const (
	Cool Verb = "cool" // its controls changed
)

// Target returns the state a verb leads to; the others lead nowhere else and
// return false.
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

// OnComment reports whether v is a verb that a moderator uses on a comment.
func (v Verb) OnComment() bool {
	return slices.Contains([]Verb{Publish, Reject, Hold, Dismiss, Feature, Unfeature}, v)
}

// OnAccount reports whether v is a verb that a moderator uses on an account.
func (v Verb) OnAccount() bool {
	return slices.Contains([]Verb{Warn, AlwaysHold, Suspend, Ban, Lift}, v)
}

// Restricts reports whether a decision of the verb takes something from its
// author, who is then told why and may appeal.
func (v Verb) Restricts() bool {
	return slices.Contains([]Verb{Reject, Hold, Warn, AlwaysHold, Suspend, Ban}, v)
}

// Source is what brought a comment to the desk's attention.
type Source string

// The sources. The last two stand for Articles 16 of the EU Digital Services Act
// and everything else that was not asked for.
const (
	SourceReport    Source = "report"
	SourceNotice    Source = "notice"
	SourceVoluntary Source = ""
)

// Decision is one act that changed a comment's, an account's or a story's
// standing. Decisions are only ever added; one that takes another back names it.
type Decision struct {
	SiteID      ID
	ID          ID
	CommentID   ID // zero: not about a comment
	StoryID     ID // of the comment, or the story it is about; zero: neither
	AccountID   ID // whose comment it is, or whom it concerns
	ActorID     ID // who decided; zero: a rule
	ActorRole   Role
	Verb        Verb
	Reason      string // code of the site's reasons, or of what held it ("first-comment")
	Note        string // words for the author
	From, To    State  // of the comment
	Automated   bool
	RuleID      ID // the rule that decided or brought it up; zero: none
	RuleVersion int
	Source      Source
	Undoes      ID            // the decision this one takes back; zero: none
	JobID       ID            // the job that did it with many others; zero: none
	Until       time.Time     // when a sanction ends by itself; zero: it does not
	Scope       string        // "all": a sanction on every site; of a story: its state and controls in one line
	Waited      time.Duration // how long the comment had waited for it
	CreatedAt   time.Time
}
