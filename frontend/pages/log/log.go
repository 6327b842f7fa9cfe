// Package log is the page on which the log of the desk is read: who did what to
// which object, and when. What names a person is there only if the door gave it.
package log

import (
	"time"

	"parley/frontend/locale"
	"parley/frontend/view"
)

// View is a page of the log.
type View struct {
	Shell   view.Shell
	Actor   string // the filter, as asked for
	Action  string
	Object  string
	Actions []Option
	People  []Option
	Wrong   string // why the filter cannot be followed
	Lines   []Line
	Next    string // path of the older entries, or empty
	All     string // path without a filter; empty: there is none
}

// Option is a choice of a filter.
type Option struct{ Value, Name string }

// Line is one entry.
type Line struct {
	Seq     int64
	At      time.Time
	Actor   string // name; empty: the program or a rule
	ByActor string // path of the log of this actor
	Role    string
	Action  string // in words
	Object  string
	ByThing string // path of the log of this object
	Reason  string
	Before  string
	After   string
	Value   string
	Apart   bool // there is a value that the reader may not see
	Hash    string
}

// arrow points the way the language is read.
func arrow(loc string) string {
	if locale.Dir(loc) == "rtl" {
		return "←"
	}
	return "→"
}
