package view

import (
	"time"

	"parley/internal/forum"
)

// FieldKind is what sort of field a form has.
type FieldKind string

// The kinds of field.
const (
	FieldText   FieldKind = "text"
	FieldNumber FieldKind = "number"
	FieldArea   FieldKind = "area"
	FieldCheck  FieldKind = "check"  // one box
	FieldChecks FieldKind = "checks" // a box for each option
	FieldSelect FieldKind = "select"
)

// Field is one field of a form, with its label and what is wrong with it.
type Field struct {
	Kind     FieldKind
	Name     string
	Label    string
	Hint     string
	Value    string
	On       bool // FieldCheck
	Options  []Option
	Required bool
	Error    string // in the reader's language
}

// Option is one choice of a field.
type Option struct {
	Value string
	Label string
	On    bool
}

// Fields is a part of a form under one heading.
type Fields struct {
	Heading string
	Text    string
	Fields  []Field
}

// Proposals lists acts that wait for a second person, or did.
type Proposals struct {
	Shell Shell
	Items []Proposal
	Flash string
	Next  string
}

// Proposal is an act that waits for a second person.
type Proposal struct {
	ID      forum.ID
	Title   string // what agreeing does, in words
	Words   string // why, in the proposer's words
	By      string
	At      time.Time
	Expires time.Time
	Outcome string // in words; empty: it waits
	Decider string
	MayEnd  bool
	Own     bool
	Waits   bool
}

// Team is who works for the newsroom.
type Team struct {
	Shell       Shell
	Members     []Member
	Invitations []Invitation
	Invite      []Field
	Grant       []Field // giving a role to a reader by name
	Flash       string
}

// Member is somebody who works for the newsroom.
type Member struct {
	ID       forum.ID
	Name     string // empty: none chosen
	Role     string // in words
	Sections string // in words; empty: the whole site
	May      string // what the role may do
	Seen     time.Time
	Self     bool
	Fields   []Field // role and sections
}

// Invitation is a link that nobody has used yet.
type Invitation struct {
	ID       forum.ID
	Role     string
	Sections string
	By       string
	Expires  time.Time
	Waits    bool
}

// Secret shows a text that is shown only once.
type Secret struct {
	Shell   Shell
	Heading string
	Text    string
	Label   string
	Value   string
	Back    string
	BackTo  string
}

// Settings is the form of a site's settings.
type Settings struct {
	Shell  Shell
	Seen   string // names the settings shown
	Parts  []Fields
	Flash  string
	Error  string
	Action string
}

// Keys lists the API keys of a site.
type Keys struct {
	Shell Shell
	Items []Key
	Add   []Field
	Flash string
}

// Key is an API key.
type Key struct {
	Hash  string // names it in the form that ends it
	Label string
	At    time.Time
}

// Badge says in a word who writes under a name.
type Badge string

// The badges besides that of the newsroom.
const (
	BadgeTrusted Badge = "trusted"
	BadgeNew     Badge = "new"
)

// Profile is what everybody may know of an author.
type Profile struct {
	Shell    Shell
	Name     string
	Staff    bool
	Role     string // of the newsroom, in words; empty: none
	Badge    Badge
	Count    int // published comments under the name
	Comments []Hit
	Next     string
	Mute     string // author key
	Muted    bool
}

// Me is the page about the reader's own comments.
type Me struct {
	Shell    Shell
	Comments []Hit
	Next     string
	Reports  []MyReport
	Mutes    int
	Known    bool // there is an account
}

// MyReport is one of the reader's own reports.
type MyReport struct {
	Path    string // of the comment; empty when it is gone
	Reason  string // in words
	Outcome string // in words
	At      time.Time
}

// Privacy is the page of what the site knows of its reader and how to take or
// end it.
type Privacy struct {
	Shell   Shell
	Public  bool   // the profile is shown
	Profile string // its path; empty: nothing stands under a name
	Word    string // what must be typed to be forgotten
	Mutes   []string
	Remains string
	Error   string // in words
	ErrorAt string
	Flash   string
}

// Erasing is how far somebody's wish to be forgotten has come.
type Erasing struct {
	Shell           Shell
	Done            bool
	Progress, Total int
	Path            string // of this page
}

// Data is everything the site knows of its reader, readable.
type Data struct {
	Shell Shell
	Parts []DataPart
}

// DataPart is one table of it.
type DataPart struct{ Name string }

// DataField is one value of it, in words.
type DataField struct{ Label, Value string }

// Reveal is the page on which the desk asks who wrote a comment.
type Reveal struct {
	Shell  Shell
	Ask    []Field
	Found  *Found // nil: not asked yet
	Before []Revelation
}

// Found is who wrote a comment under another name or none.
type Found struct {
	Name     string
	Role     string // in words
	Since    time.Time
	Accepted int
	Rejected int
	Byline   string // what the comment shows
	Headline string
	Path     string // of the desk's page of the account
}

// Revelation is one time that somebody asked.
type Revelation struct {
	By      string
	At      time.Time
	Comment string // path; empty: none
	Why     string
}
