package view

import (
	"time"

	"parley/internal/forum"
)

// Reason is one of the site's reasons that a decision may name.
type Reason struct {
	Code  string
	Words string // in the reader's language
}

// Fact is one line of a statement: a term and what is said of it.
type Fact struct {
	Term  string
	Words string
	At    time.Time // zero: Words has it
	Quote bool      // Words are somebody's own
}

// Statement is the page of one decision: what was decided and why, for its author
// or for the desk.
type Statement struct {
	Shell       Shell
	Heading     string
	At          time.Time
	Text        *Comment // the author's own words; nil: not about a comment, or withdrawn
	Headline    string
	StoryURL    string
	Facts       []Fact
	Undone      *Fact // when the decision was taken back; nil: it stands
	Appeal      *Appeal
	AppealUntil time.Time // zero: nothing can be filed here
	Action      string    // where an appeal is posted
	Words       string    // typed before
	Errors      []FieldError
	Acknowledge string // where "I have read it" is posted; empty: nothing to read

	// The desk's side.
	Chain    []DecisionLine
	ChainOf  string // heading of the chain
	Sanction string // path of the author's sanctions
}

// Appeal is an appeal as its author and the desk read it.
type Appeal struct {
	Words   string
	At      time.Time
	Outcome forum.Outcome
	Answer  string
	EndedAt time.Time
}

// Warned shows an author a warning that must be read before they write on; what
// they wrote is kept.
type Warned struct {
	Shell     Shell
	Reason    string
	Note      string
	At        time.Time
	Statement string // path
	Action    string
	Fields    []Hidden // what the form sends again
	Draft     string   // the text that waits
}

// Hidden is a hidden field of a form.
type Hidden struct{ Name, Value string }

// Sanction is the page on which the desk sanctions an author.
type Sanction struct {
	Shell      Shell
	Name       string // as the author signs; empty: nameless
	Accepted   int
	Rejected   int
	Comments   int // that stand
	Standing   []StandingLine
	Action     string
	Reasons    []Reason
	Comment    *Comment // for which comment; nil: none in particular
	Kind       forum.Verb
	End        string // chosen length
	Ends       []Reason
	Date       string
	Reason     string
	Note       string
	Sweep      bool
	Everywhere bool // typed: on all sites
	MayBan     bool
	FourEyes   bool   // a long ban waits for a second person
	Word       string // confirms a sweep
	Errors     []FieldError
	Flash      string
}

// StandingLine is a sanction as the desk reads it.
type StandingLine struct {
	Kind      string // in words
	Reason    string
	Note      string
	By        string
	At        time.Time
	Until     time.Time
	State     string // in words: in force, lifted, over, read
	InForce   bool
	Statement string // path
	Lift      string // where lifting it is posted; empty: not by the reader
}

// Appeals is the queue of appeals.
type Appeals struct {
	Shell Shell
	Cards []AppealCard
	Count int
	Next  string
	Flash string
}

// AppealCard is an appeal with what is needed to decide it.
type AppealCard struct {
	ID       forum.ID
	At       time.Time
	Words    string
	Heading  string // what was decided, in words
	Facts    []Fact
	Text     *Comment
	Headline string
	StoryURL string
	Accepted int
	Rejected int
	Chain    []DecisionLine
	Standing []StandingLine
	Action   string
	May      bool // the reader may decide
	Outcome  forum.Outcome
	Answer   string // typed before
	Errors   []FieldError
}

// ReasonList is the page on which the site's list of reasons is kept.
type ReasonList struct {
	Shell      Shell
	Action     string
	Seen       string
	Reasons    []ReasonRow
	Categories []Reason
	Flash      string
	Errors     []FieldError
	New        ReasonRow // the form for one more, as typed
}

// ReasonRow is one reason in the list.
type ReasonRow struct {
	Code     string
	Shown    string            // in the reader's language
	Words    map[string]string // the site's own, by language
	Default  map[string]string // of the catalogues, by language
	Category string
	Illegal  bool
	Retired  bool
	First    bool
	Last     bool
}
