package view

import (
	"time"

	"parley/internal/forum"
)

// Told is one notification, on a page or in a message.
type Told struct {
	ID       forum.ID
	Kind     forum.Occasion
	Verb     forum.Verb // of the decision it is about; empty: of none
	Headline string
	Who      string // who answered; empty: a nameless reader
	Excerpt  string
	Reason   string // in words
	Note     string
	URL      string // where to look: a path on pages, complete in messages
	At       time.Time
	New      bool
	Gone     bool // the answer is no longer there
}

// Inbox is the page of a reader's notifications.
type Inbox struct {
	Shell  Shell
	Told   []Told
	Action string // where a notification is marked as read
	Mail   string // path of the e-mail settings
	Next   string // path of the older ones; empty: these are all
	Unseen int
}

// MailSettings is the page on which readers say how often they are written to.
type MailSettings struct {
	Shell   Shell
	Action  string
	Address string // empty: none
	Off     bool   // the installation sends no mail
	Sorts   []MailSort
	Max     int // messages in 24 hours
	Saved   bool
}

// MailSort is a sort of mail and its rhythm.
type MailSort struct {
	Sort   forum.MailSort
	Rhythm forum.Rhythm
}

// Letter is a message by e-mail.
type Letter struct {
	SiteName string
	Locale   string
	Base     string            // URL of the site, without a slash at its end
	Template string            // "told", "alert", or one that is nothing but words
	Data     map[string]string // fills the words; "url" is the button's path, "code" stands apart
	Told     []Told
	Alerts   []AlertLine
	Stop     string // URL that ends this sort of mail; empty: it was asked for
}

// AlertLine is one event at the desk.
type AlertLine struct {
	Event forum.Event
	About string // in words: verb and reason
	URL   string
	At    time.Time
}
