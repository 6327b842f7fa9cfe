package forum

import (
	"slices"
	"time"
)

// Rhythm is how often an account is sent mail of one sort.
type Rhythm string

// The rhythms.
const (
	MailNow    Rhythm = "now"
	MailHourly Rhythm = "hourly"
	MailDaily  Rhythm = "daily"
	MailOff    Rhythm = "off"
)

// Rhythms lists the rhythms in the order in which they are offered.
func Rhythms() []Rhythm { return []Rhythm{MailNow, MailHourly, MailDaily, MailOff} }

// Valid reports whether r is a rhythm.
func (r Rhythm) Valid() bool { return slices.Contains(Rhythms(), r) }

// Due returns when mail of a rhythm about something that happened at an instant
// is sent: hourly at the full hour, daily at seven in the morning UTC.
func (r Rhythm) Due(at time.Time) time.Time {
	at = at.UTC()
	switch r {
	case MailHourly:
		return at.Truncate(time.Hour).Add(time.Hour)
	case MailDaily:
		day := time.Date(at.Year(), at.Month(), at.Day(), 7, 0, 0, 0, time.UTC)
		if !day.After(at) {
			day = day.AddDate(0, 0, 1)
		}
		return day
	}
	return at
}

// MaxMailADay is how many messages one address is sent in 24 hours, besides
// those it has asked for itself, such as sign-in codes.
const MaxMailADay = 20

// MailSort is a sort of mail that can be had at a rhythm of its own.
type MailSort string

// The sorts of mail; MailAll stands for both.
const (
	MailReplies   MailSort = "reply"
	MailDecisions MailSort = "decision"
	MailAll       MailSort = "all"
)

// Valid reports whether s is a sort of mail.
func (s MailSort) Valid() bool { return s == MailReplies || s == MailDecisions || s == MailAll }

// Sort returns which mail tells of an occasion.
func (o Occasion) Sort() MailSort {
	if o == ToldReply {
		return MailReplies
	}
	return MailDecisions
}

// MailWishes are what an account wants to be sent. The zero value is what a new
// account has: everything, at once.
type MailWishes struct {
	Reply    Rhythm `json:"reply,omitempty"`
	Decision Rhythm `json:"decision,omitempty"`
	Locale   string `json:"locale,omitempty"` // of the mail; empty: the site's
	Stop     string `json:"stop,omitempty"`   // secret in the links that end mail
}

// Rhythm returns how often mail of a sort is wanted.
func (w MailWishes) Rhythm(s MailSort) Rhythm {
	r := w.Decision
	if s == MailReplies {
		r = w.Reply
	}
	if !r.Valid() {
		return MailNow
	}
	return r
}

// Without returns the wishes after mail of a sort was turned off.
func (w MailWishes) Without(s MailSort) MailWishes {
	if s != MailDecisions {
		w.Reply = MailOff
	}
	if s != MailReplies {
		w.Decision = MailOff
	}
	return w
}
