// Package rules has the pages on which the desk writes its rules, tries them on
// the past, turns them on and off, and sees what they did. The classes begin with
// "rules". What a rule means is decided elsewhere: here it is a form.
package rules

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// List is the page of all rules.
type List struct {
	Shell view.Shell
	Lines []Line
	May   bool // the reader may write rules
}

// Line is one rule in short.
type Line struct {
	Path      string
	Name      string
	Stage     forum.Stage
	Effect    forum.Effect
	Caught    int // in the last 30 days
	Acted     int
	Decided   int      // of what it caught
	Precision int      // percent of the decided that people rejected
	Trouble   []string // with the services that it asks
}

// Edit is the page of one rule, or of a new one.
type Edit struct {
	Shell      view.Shell
	May        bool
	Line       Line // its Path is empty for a new rule
	Version    int
	Form       Form
	Stage      StageForm
	Rehearsals []Rehearsal
	Verdicts   []Example
	Versions   []Version
	Flash      string
	Since      string // the day that undoing begins with, as date fields write it; empty: the reader may undo nothing
}

// Form is a rule as fields.
type Form struct {
	Action   string
	Values   url.Values
	Sections []forum.Section // of the site
	Reasons  []view.Reason
	Fresh    bool   // nothing was written yet: the first group stands open
	Expert   bool   // the rule is more than the fields can say: it is shown as JSON
	Wrong    string // what cannot be saved
	At       string // the group of fields at which it stands
}

// StageForm turns a rule on and off.
type StageForm struct {
	Action string
	Words  string
	Wrong  string
}

// Rehearsal is a rule tried on the past, done or under way.
type Rehearsal struct {
	Shell     view.Shell // of its own page only
	RulePath  string
	RuleName  string
	Path      string
	At        time.Time
	Version   int
	Days      int
	Done      bool
	Failed    bool
	Progress  int
	Total     int
	Seen      int
	Caught    int
	Agreed    int
	Disputed  int
	Undecided int
	Missed    int
	Precision int // percent; below zero: unknown
	Recall    int
	Seconds   int
	Hook      bool
	Examples  []Example
}

// Example is a comment that a rule caught.
type Example struct {
	URL    string
	Pieces []Piece // the text, with what matched marked; none: it is gone
	Why    []string
	Ruling forum.Verb  // what a person decided; empty: nobody did
	Stage  forum.Stage // of a verdict
	Acted  bool
	At     time.Time
}

// Piece is a part of a text.
type Piece struct {
	Text   string
	Marked bool
}

// Version is a rule as it once was.
type Version struct {
	Number     int
	By         string
	At         time.Time
	Definition string
}

// Undo is the page that asks before what a rule did is taken back.
type Undo struct {
	Shell  view.Shell
	Name   string
	Back   string
	Action string
	Since  string
	Key    string // makes a form that is sent twice one undo
	Day    time.Time
	Count  int
}

// field is one field of the form.
type field struct {
	name    string
	kind    fieldKind
	choices []string // of a select or of boxes; their words are "rules.choice."+choice
	max     int      // of a number
}

type fieldKind int

const (
	number fieldKind = iota
	line             // one line of text
	lines            // many
	box              // yes or no
	choice           // one of some
	boxes            // some of some
)

// group is what one condition asks.
type group struct {
	name   string
	fields []field
}

// groups are the conditions that the form knows.
var groups = []group{
	{"words", []field{
		{name: "banned", kind: lines},
		{name: "suspect", kind: lines},
		{name: "language", kind: choice, choices: []string{"", "en", "ar", "tr", "ru"}},
		{name: "words_least", max: 20},
	}},
	{"links", []field{
		{name: "links_least", max: 1000},
		{name: "domains", kind: lines},
		{name: "except", kind: lines},
		{name: "first_link", kind: box},
	}},
	{"author", []field{
		{name: "younger", max: 80_000},
		{name: "accepted_below", max: 1000},
		{name: "rejected_share", max: 100},
		{name: "reported", max: 1000},
		{name: "bylines", kind: boxes, choices: []string{"name", "pseudonym", "none"}},
		{name: "guest", kind: box},
	}},
	{"text", []field{
		{name: "shorter", max: 50_000},
		{name: "longer", max: 50_000},
		{name: "capitals", max: 100},
		{name: "repetition", max: 100},
		{name: "row", max: 1000},
	}},
	{"copies", []field{
		{name: "copies_least", max: 1000},
		{name: "copies_within", max: 129_600},
		{name: "copies_by", kind: choice, choices: []string{"anyone", "author"}},
	}},
	{"pace", []field{
		{name: "pace_least", max: 1000},
		{name: "pace_within", max: 129_600},
		{name: "pace_by", kind: choice, choices: []string{"author", "anyone"}},
	}},
	{"story", []field{
		{name: "sections", kind: boxes},
		{name: "story_younger", max: 80_000},
		{name: "story_older", max: 80_000},
		{name: "temperatures", kind: boxes, choices: []string{"calm", forum.AutoSlow, forum.AutoVerified, forum.AutoHold}},
	}},
	{"reports", []field{{name: "reports_least", max: 1000}}},
	{"hook", []field{
		{name: "hook_url", kind: line},
		{name: "hook_secret", kind: line},
		{name: "hook_deadline", max: 3000},
	}},
}

// Groups lists the names of the form's groups, "words", "links" and so on, for
// doors that say at which of them an error stands.
func Groups() []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	return names
}

// used reports whether a group asks anything.
func (f Form) used(g group) bool {
	return f.At == g.name || f.Fresh && g.name == groups[0].name || slices.ContainsFunc(g.fields, func(x field) bool {
		return f.Values.Get(x.name) != "" && (x.kind != choice || x.name == "language")
	})
}

// has reports whether a box of a field is ticked.
func (f Form) has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// choicesOf are the choices of a field: the sections are the site's.
func (f Form) choicesOf(x field) []string {
	if x.name != "sections" {
		return x.choices
	}
	var all []string
	for _, s := range f.Sections {
		all = append(all, s.Slug)
	}
	return all
}

// choiceWords returns what a choice is called.
func (f Form) choiceWords(x field, value, loc string) string {
	for _, s := range f.Sections {
		if x.name == "sections" && s.Slug == value {
			return s.Name
		}
	}
	if x.name == "language" && value != "" {
		return locale.Name(value)
	}
	if value == "" {
		value = "all"
	}
	return locale.T(loc, "rules.choice."+value)
}

func id(x field) string { return "rule-" + x.name }

func rows(f Form, x field) string {
	n := 1
	for _, r := range f.Values.Get(x.name) {
		if r == '\n' {
			n++
		}
	}
	return strconv.Itoa(min(max(n+1, 3), 14))
}

var (
	effects = []forum.Effect{forum.EffectThink, forum.EffectSlow, forum.EffectSignIn, forum.EffectHold, forum.EffectReject}
	stages  = []forum.Stage{forum.StageOff, forum.StageShadow, forum.StageOn}
	days    = []int{30, 90}
)

// rulingKey names the words of what a person decided on an example.
func rulingKey(v forum.Verb) string {
	switch v {
	case forum.Reject:
		return "rules.agreed"
	case "":
		return "rules.undecided"
	}
	return "rules.disputed"
}

// percent writes a share, or a dash for one that nobody knows.
func percent(loc string, n int) string {
	if n < 0 {
		return "–"
	}
	return locale.Percent(loc, n)
}
