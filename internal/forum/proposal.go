package forum

import "time"

// ProposalLife is how long a proposal waits for its second person.
const ProposalLife = 7 * 24 * time.Hour

// ProposalState is what became of a proposal. The zero value waits.
type ProposalState string

// The ends of a proposal.
const (
	ProposalApproved ProposalState = "approved"
	ProposalRefused  ProposalState = "refused"
	ProposalExpired  ProposalState = "expired"
)

// Proposal is an act that waits for a second person to agree: never the one who
// made it.
type Proposal struct {
	SiteID    ID
	ID        ID
	Kind      string // what agreeing does: "ban", "bulk", "grant", …
	Subject   string // what it is about, as the log names things
	Payload   string // JSON; belongs to its kind
	Words     string // why, in the proposer's words
	MadeBy    ID
	MadeAt    time.Time
	ExpiresAt time.Time
	DecidedBy ID // zero: nobody
	DecidedAt time.Time
	Outcome   ProposalState
}

// Open reports whether a proposal still waits at an instant.
func (p Proposal) Open(at time.Time) bool { return p.Outcome == "" && at.Before(p.ExpiresAt) }
