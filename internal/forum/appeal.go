package forum

import "time"

// AppealWindow is how long after a decision its author may ask to have it looked
// at again: six months (Regulation (EU) 2022/2065, Article 20).
const AppealWindow = 183 * 24 * time.Hour

// Outcome is what became of an appeal.
type Outcome string

// The outcomes of an appeal. The zero value waits.
const (
	Upheld   Outcome = "upheld"   // the decision stands
	Reversed Outcome = "reversed" // it was taken back
)

// Appeal is an author's request to have a decision looked at again. There is at
// most one for each decision, and somebody else decides it.
type Appeal struct {
	SiteID     ID
	ID         ID
	DecisionID ID
	AccountID  ID
	Words      string
	CreatedAt  time.Time
	DecidedBy  ID
	DecidedAt  time.Time // zero: it waits
	Outcome    Outcome
	Answer     string
}
