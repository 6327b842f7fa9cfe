package view

import (
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
)

// NoticeForm is the form in which anybody says that something is against the law.
type NoticeForm struct {
	Shell   Shell
	Action  string
	Key     string   // makes a repeated request the same notice
	Comment *Comment // nil: the address says what is meant
	Values  forum.Notice
	Errors  []FieldError
}

// NoticeStatus is what who filed a notice sees of it.
type NoticeStatus struct {
	Shell     Shell
	Number    string
	Kind      forum.NoticeKind
	URL       string
	At        time.Time
	New       bool // it has just been received
	Mailed    bool // a message with this page's address was sent
	Outcome   forum.NoticeOutcome
	DecidedAt time.Time
	Reason    string // of the rejection, in words
	Answer    string
	Automated bool // a machine took part in the decision
}

// NoticeList is the queue of notices at the desk.
type NoticeList struct {
	Shell Shell
	All   bool // not only those that wait
	Lines []NoticeLine
	Next  string
}

// NoticeLine is a notice in the queue.
type NoticeLine struct {
	Path     string
	Number   string
	Kind     forum.NoticeKind
	At       time.Time
	Headline string
	Text     string // its first words
	Outcome  forum.NoticeOutcome
}

// NoticeDesk is one notice at the desk.
type NoticeDesk struct {
	Shell     Shell
	Line      NoticeLine
	Notice    forum.Notice // name and address only once revealed
	Revealed  bool
	MayReveal bool
	Ask       []Field // why the reader wants to know who filed it
	Comment   *Comment
	HTML      markup.HTML // of the comment, whatever its state
	StoryURL  string
	Seen      string
	Action    string
	List      string
	Reasons   []Reason
	Reason    string
	Words     string
	By        string
	Errors    []FieldError
}
