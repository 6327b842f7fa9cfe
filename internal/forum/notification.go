package forum

import "time"

// Occasion is why somebody is told something.
type Occasion string

// The occasions.
const (
	ToldReply    Occasion = "reply"    // Other answered Comment
	ToldDecision Occasion = "decision" // the desk decided on Comment
	ToldFeature  Occasion = "feature"  // Comment was picked
	ToldSanction Occasion = "sanction" // a sanction was set or lifted
	ToldAppeal   Occasion = "appeal"   // an appeal was decided
	ToldReport   Occasion = "report"   // a report of theirs led to something
	ToldStaff    Occasion = "staff"    // a role was given or taken; a proposal waits
	ToldAlerts   Occasion = "alerts"   // an endpoint was turned off after failing for days
)

// Notification tells one account one thing. Which words, the page or the mail
// that shows it decides.
type Notification struct {
	SiteID     ID
	ID         ID
	AccountID  ID // who is told
	Kind       Occasion
	StoryID    ID // zero: not about a story
	CommentID  ID // the account's own comment; zero: not about one
	OtherID    ID // the comment that answered it, or that the account reported; zero: none
	DecisionID ID // zero: none
	CreatedAt  time.Time
	SeenAt     time.Time // zero: not yet
	MailedAt   time.Time // zero: not, or not yet
}
