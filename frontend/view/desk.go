package view

import (
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
)

// Desk is a queue of the moderation desk, or what a search of it found.
type Desk struct {
	Shell   Shell
	Queue   string // "reported", "held", "unseen", "rejected", "all"; the lists "decided" and "mine"; "search"
	Tabs    []DeskTab
	Cards   []Card
	Next    string
	Action  string // where decisions are posted
	Back    string // path of this list with its filter
	Reasons []Reason
	Flash   string // what the last act did, in words
	Filter  DeskFilter
	May     DeskRights
	Total   Figure // comments that the filter finds
	Bulk    string // where decisions on many are posted; empty: not offered here
	Pulse   string // where script asks how the cards stand
}

// DeskTab is a queue with how many wait in it.
type DeskTab struct {
	Queue string
	Path  string
	Count Figure // of the queues that are counted
}

// Figure is a number that may stand for itself or more.
type Figure struct {
	N     int
	Many  bool
	Shown bool
}

// DeskFilter is what a list of the desk is narrowed to, as its form has it.
type DeskFilter struct {
	Action        string // of the form that narrows a queue
	Sections      []forum.Section
	Section       string
	Story         forum.ID
	Headline      string // of Story
	WithoutStory  string // path of the list under every story
	Oldest        bool
	Text          string
	Author        string
	Host          string
	Rule          string
	Rules         []Reason // the site's rules by id
	Verb          forum.Verb
	Reason        string
	State         forum.State
	From, To      string // dates, as a field has them
	Asked         bool   // the page is a search, and something was asked
	Encoded       string // the whole filter, for acts on all it finds
	OtherQueue    string // path of the next queue that has something
	WithoutSearch string // path of the queue
}

// DeskRights are the acts that the moderator may do besides deciding.
type DeskRights struct{ Feature, Sanction, History, Search, Bulk, Note bool }

// Card is one comment at the desk.
type Card struct {
	Comment    Comment
	Headline   string
	StoryURL   string
	Section    string // its name
	Only       string // path of the queue under this story alone
	Page       string // path of the comment's own page at the desk
	Why        []string
	Marked     []Span // the parts of the source where something matched, with what stands around them
	Matches    []string
	Accepted   int // the author's record, in 90 days
	Rejected   int
	Newest     int    // the record is of so many, the newest; 0: of all
	Total      int    // comments of the author that were ever accepted or rejected
	Author     string // path of the author's history; empty: not for this moderator
	Sanction   string // path of the form for sanctions; empty: not for this moderator
	Reveal     string // path of the page that tells who wrote it; empty: it says so, or not for this moderator
	Sanctions  []string
	Notes      []NoteLine
	Neighbours Figure
	Reports    []ReportLine
	Rules      []RuleLine
	History    []Edition // earlier texts, oldest first
	Claimed    string    // who else is looking at it
	Reviewed   bool
	Featured   bool
	Decision   *DecisionLine
	Past       []DecisionLine // on the comment's own page
	Undo       forum.ID       // decision that may be taken back; zero: none
	Seen       string         // names the text shown; the card's form sends it back
	Error      string         // why a decision was not made
	Reason     string         // chosen in it
	Note       string         // typed in it
}

// Span is a piece of text and how it stands out.
type Span struct {
	Text string
	Mark string // empty: not; "match", "new" or "gone"
}

// NoteLine is a note about an author.
type NoteLine struct {
	ID    forum.ID
	Words string
	By    string
	At    time.Time
	Own   bool
}

// RuleLine is what one rule says of a comment.
type RuleLine struct {
	Name  string
	Text  string
	Acted bool
}

// ReportLine is a report as the desk sees it.
type ReportLine struct {
	Reason   forum.Reason
	Words    string
	At       time.Time
	Accuracy string // of its reporter, in words
	Apart    bool   // not counted: another from the same network was
}

// Edition is an earlier text of a comment, as what the next one changed in it.
type Edition struct {
	Changes []Span
	HTML    markup.HTML
	At      time.Time
}

// DecisionLine is a decision as the desk lists it.
type DecisionLine struct {
	Verb   forum.Verb
	Reason string // in words
	Note   string
	By     string
	At     time.Time
	Undone bool
	URL    string // path of its statement; empty: none is linked
}

// AuthorPage is the history of one account, across bylines.
type AuthorPage struct {
	Shell    Shell
	Action   string // where notes are posted
	Since    time.Time
	Role     forum.Role
	Accepted int // ever
	Rejected int
	Recent   Figure // accepted in 90 days
	Refused  Figure // rejected in 90 days
	Newest   int    // Recent and Refused are of so many, the newest; 0: of all
	Held     Figure
	Rate     int // percent of the recent that was rejected
	Upheld   int // reports of theirs
	Wrong    int
	Others   Figure // other accounts on the same network
	Standing []string
	Notes    []NoteLine
	Comments []Card
	Next     string
	Sanction string
	Reveal   string
	State    forum.State
	Path     string
	Flash    string
	MayNote  bool
}

// JobPage is the progress of an act on many comments.
type JobPage struct {
	Shell    Shell
	ID       forum.ID
	Action   string
	Heading  string
	Text     string
	State    forum.JobState
	Done     int
	Total    int
	Skipped  int
	MayUndo  bool
	Key      string // makes an undo that is sent twice one
	By       string
	At       time.Time
	Back     string
	Jobs     []JobLine
	Undoes   bool
	Error    string
	Progress int // percent
}

// JobLine is a job in a list.
type JobLine struct {
	Path  string
	Text  string
	State forum.JobState
	By    string
	At    time.Time
}

// ConfirmBulk asks once more before many comments are decided.
type ConfirmBulk struct {
	Shell  Shell
	Action string
	Text   string
	Fields [][2]string
	Back   string
	Danger bool
	Button string
}
