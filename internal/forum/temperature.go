package forum

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Controls are what the desk or a measured signal has set for one story's
// discussion. The zero value sets nothing.
type Controls struct {
	Slow         Seconds   `json:"slow,omitempty"`          // least time between two comments of one author
	Cap          int       `json:"cap,omitempty"`           // most comments of one author under the story
	NoLinks      bool      `json:"no_links,omitempty"`      // comments may hold no links
	NoPictures   bool      `json:"no_pictures,omitempty"`   // nor pictures
	VerifiedOnly bool      `json:"verified_only,omitempty"` // only who has signed in may write
	HoldAll      bool      `json:"hold_all,omitempty"`      // every comment waits for review
	CloseAt      time.Time `json:"close_at,omitzero"`       // when it closes by itself
	Why          string    `json:"why,omitempty"`           // in the desk's words, for readers
	// Auto is the step that measured signals have taken; empty: none. Each has
	// its own words in the catalogues.
	Auto string `json:"auto,omitempty"`
	// Since is when Auto was taken.
	Since time.Time `json:"since,omitzero"`
	// NoAuto forbids steps by measured signals.
	NoAuto bool `json:"no_auto,omitempty"`
}

// The steps that measured signals may take, in rising order.
const (
	AutoSlow     = "slow"     // slow mode
	AutoVerified = "verified" // only who has signed in
	AutoHold     = "hold"     // every comment waits
)

// Effective returns the controls with what Auto adds.
func (c Controls) Effective() Controls {
	switch c.Auto {
	case AutoSlow:
		c.Slow = max(c.Slow, 60)
	case AutoVerified:
		c.Slow, c.VerifiedOnly = max(c.Slow, 60), true
	case AutoHold:
		c.Slow, c.HoldAll = max(c.Slow, 60), true
	}
	return c
}

// Limits of what controls may hold.
const (
	MaxSlow = Seconds(24 * 3600)
	MaxCap  = 1000
	MaxWhy  = 300 // characters
)

// Check refuses controls that make no sense at an instant; the error names the
// field.
func (c Controls) Check(now time.Time) error {
	switch {
	case c.Slow < 0 || c.Slow > MaxSlow:
		return Fail(Invalid, "error.controlSlow").With("max", int(MaxSlow/3600)).At("slow")
	case c.Cap < 0 || c.Cap > MaxCap:
		return Fail(Invalid, "error.controlCap").With("max", MaxCap).At("cap")
	case !c.CloseAt.IsZero() && !c.CloseAt.After(now):
		return Fail(Invalid, "error.controlCloseAt").At("close_at")
	case !utf8.ValidString(c.Why) || strings.ContainsRune(c.Why, 0):
		return Fail(Invalid, "error.textEncoding").At("why")
	case utf8.RuneCountInString(c.Why) > MaxWhy:
		return Fail(Invalid, "error.textLong").With("max", MaxWhy).With("length", utf8.RuneCountInString(c.Why)).At("why")
	}
	return nil
}

// Cool reports whether the controls ask anything of who writes.
func (c Controls) Cool() bool {
	e := c.Effective()
	return e.Slow > 0 || e.Cap > 0 || e.NoLinks || e.NoPictures || e.VerifiedOnly || e.HoldAll
}

// Due reports whether the clock has something to do for the story: to close it,
// or to take a measured step back.
func (c Controls) Due() bool { return !c.CloseAt.IsZero() || c.Auto != "" }

// Text writes controls in one line for the log, without the desk's words.
func (c Controls) Text() string {
	var parts []string
	add := func(on bool, text string) {
		if on {
			parts = append(parts, text)
		}
	}
	add(c.Slow > 0, "slow "+strconv.Itoa(int(c.Slow)))
	add(c.Cap > 0, "cap "+strconv.Itoa(c.Cap))
	add(c.NoLinks, "no-links")
	add(c.NoPictures, "no-pictures")
	add(c.VerifiedOnly, "verified-only")
	add(c.HoldAll, "hold-all")
	add(!c.CloseAt.IsZero(), "close "+c.CloseAt.UTC().Format(time.RFC3339))
	add(c.Auto != "", "auto-"+c.Auto)
	add(c.NoAuto, "no-auto")
	return strings.Join(parts, ", ")
}

// AutoSteps lists the steps that measured signals may take, in rising order; the
// first is none.
func AutoSteps() []string { return []string{"", AutoSlow, AutoVerified, AutoHold} }

// AutoNone forbids every step by measured signals on a site.
const AutoNone = "none"

// Temperature is what a site has decided about steps by measured signals. A zero
// field stands for its default.
type Temperature struct {
	Most     string  `json:"most,omitempty"`     // the highest step allowed; AutoNone: none; empty: AutoHold
	Comments int     `json:"comments,omitempty"` // fewer comments than this in an hour say nothing
	Reports  float64 `json:"reports,omitempty"`  // reports per comment
	Pace     float64 `json:"pace,omitempty"`     // times the usual comments in an hour
	Rejected float64 `json:"rejected,omitempty"` // share of decided comments that were rejected
	New      float64 `json:"new,omitempty"`      // share of comments by accounts younger than a day
}

// DefaultTemperature is careful: most discussions of a lively site never come
// near it.
func DefaultTemperature() Temperature {
	return Temperature{Most: AutoHold, Comments: 30, Reports: 0.15, Pace: 4, Rejected: 0.3, New: 0.6}
}

// Full returns t with defaults for what it leaves open.
func (t Temperature) Full() Temperature {
	d := DefaultTemperature()
	return Temperature{
		Most: cmp.Or(t.Most, d.Most), Comments: cmp.Or(t.Comments, d.Comments), Reports: cmp.Or(t.Reports, d.Reports),
		Pace: cmp.Or(t.Pace, d.Pace), Rejected: cmp.Or(t.Rejected, d.Rejected), New: cmp.Or(t.New, d.New),
	}
}

// Valid reports whether a site may work with t.
func (t Temperature) Valid() bool {
	share := func(x float64) bool { return x >= 0 && x <= 1 }
	return (t.Most == AutoNone || slices.Contains(AutoSteps(), t.Most)) && t.Comments >= 0 && t.Comments <= 100_000 &&
		t.Reports >= 0 && t.Reports <= 10 && t.Pace >= 0 && t.Pace <= 1000 && share(t.Rejected) && share(t.New)
}

// Signals are what is measured of one discussion over the last hour.
type Signals struct {
	Comments int     // written, in whatever state they are now
	Usual    float64 // comments in an hour, usually: of this story, else of the site's others
	Reports  int     // that count
	Weight   float64 // of these reports, where one by an unknown reader weighs 1
	Same     int     // reports beyond the first from one network, which do not count
	Decided  int     // comments the desk looked at, or a rule rejected
	Rejected int
	New      int // by accounts younger than a day
	Accounts int // distinct authors
	Shared   int // the most of them that came from one network
}

// Signal names one measured signal.
type Signal string

// The signals.
const (
	SignalReports  Signal = "reports"
	SignalPace     Signal = "pace"
	SignalRejected Signal = "rejected"
	SignalNew      Signal = "new"
)

// AllSignals lists the signals, in the order shown.
func AllSignals() []Signal { return []Signal{SignalReports, SignalPace, SignalRejected, SignalNew} }

// Least numbers, below which a share says nothing.
const (
	leastReports = 5
	leastDecided = 10
)

// Value returns a signal's figure: a share, or times the usual.
func (s Signals) Value(x Signal) float64 {
	switch {
	case x == SignalReports && s.Comments > 0:
		return s.Weight / float64(s.Comments)
	case x == SignalPace && s.Usual > 0:
		return float64(s.Comments) / s.Usual
	case x == SignalRejected && s.Decided > 0:
		return float64(s.Rejected) / float64(s.Decided)
	case x == SignalNew && s.Comments > 0:
		return float64(s.New) / float64(s.Comments)
	}
	return 0
}

// Limit returns the figure at which a signal is high.
func (t Temperature) Limit(x Signal) float64 {
	switch x {
	case SignalReports:
		return t.Reports
	case SignalPace:
		return t.Pace
	case SignalRejected:
		return t.Rejected
	}
	return t.New
}

// High returns the signals that reach a part of their limits. Pace and newcomers
// say nothing of a discussion with few comments, and newcomers alone nothing at
// all: on a day of great news everybody is new.
func (s Signals) High(t Temperature, part float64) []Signal {
	var high []Signal
	for _, x := range AllSignals() {
		enough := s.Comments >= t.Comments
		switch x {
		case SignalReports:
			enough = s.Reports >= leastReports
		case SignalRejected:
			enough = s.Decided >= leastDecided
		}
		if enough && s.Value(x) >= part*t.Limit(x) {
			high = append(high, x)
		}
	}
	if len(high) == 1 && high[0] == SignalNew {
		return nil
	}
	return high
}

// How steps are taken: one at a time, slowly enough to see what each one does;
// and back only when it is clearly calmer.
const (
	AutoUp   = 5 * time.Minute  // between two steps up
	AutoDown = 15 * time.Minute // between a step and the one back
	calmer   = 0.7              // of the limits, below which it is calm again
)

// NextStep returns the step that the signals call for, given the step taken at
// an instant. One high signal calls for slow mode, two for readers who have
// signed in, three for review before publication.
func (t Temperature) NextStep(s Signals, step string, since, now time.Time) string {
	t = t.Full()
	steps := AutoSteps()
	at, most := slices.Index(steps, step), max(0, slices.Index(steps, t.Most))
	target := min(len(s.High(t, 1)), most)
	calm := min(len(s.High(t, calmer)), most)
	switch {
	case at < 0:
		return ""
	case target > at && (at == 0 || now.Sub(since) >= AutoUp):
		return steps[at+1]
	case at > 0 && calm < at && (now.Sub(since) >= AutoDown || at > most):
		return steps[at-1]
	}
	return step
}
