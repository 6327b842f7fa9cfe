package rule

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"parley/internal/forum"
)

// Format is the version of the definition's own form, written into each.
const Format = 1

// Definition is a rule as the desk wrote it: when it fires and what it then does.
// It is kept as JSON and never changes; another one is another version.
type Definition struct {
	Format int       `json:"format"`
	When   Condition `json:"when"`
	Then   Effect    `json:"then"`
}

// Condition is a tree. Exactly one of its fields is set.
type Condition struct {
	All []Condition `json:"all,omitempty"` // every one holds
	Any []Condition `json:"any,omitempty"` // at least one holds
	Not *Condition  `json:"not,omitempty"`

	Words   *WordsCondition   `json:"words,omitempty"`
	Links   *LinksCondition   `json:"links,omitempty"`
	Author  *AuthorCondition  `json:"author,omitempty"`
	Text    *TextCondition    `json:"text,omitempty"`
	Copies  *CopiesCondition  `json:"copies,omitempty"`
	Pace    *PaceCondition    `json:"pace,omitempty"`
	Story   *StoryCondition   `json:"story,omitempty"`
	Reports *ReportsCondition `json:"reports,omitempty"`
	Hook    *HookCondition    `json:"hook,omitempty"`
}

// What follows are the conditions. All fields that are set must hold; a zero
// field asks nothing.
type (
	// WordsCondition holds when so many different entries are in the text.
	WordsCondition struct {
		Lists   []WordList `json:"lists"`
		AtLeast int        `json:"at_least,omitempty"` // zero: 1
	}
	// LinksCondition looks at links, and for Domains also at domains that are
	// only named in the text.
	LinksCondition struct {
		AtLeast int      `json:"at_least,omitempty"` // that many links
		Domains []string `json:"domains,omitempty"`  // one leads to one of these or below
		Except  []string `json:"except,omitempty"`   // links to these and below do not count
		First   bool     `json:"first,omitempty"`    // the author never had a link published
	}
	// AuthorCondition looks at the record of the author.
	AuthorCondition struct {
		Younger       forum.Seconds      `json:"younger,omitempty"`        // the account is not that old
		AcceptedBelow int                `json:"accepted_below,omitempty"` // fewer comments were ever published
		RejectedShare float64            `json:"rejected_share,omitempty"` // in 90 days at least this part of those decided, of 5 at least
		Bylines       []forum.BylineKind `json:"bylines,omitempty"`        // the comment's byline is one of these
		Reports       int                `json:"reports,omitempty"`        // at least so many of its comments are reported
		Guest         bool               `json:"guest,omitempty"`          // it never signed in
	}
	// TextCondition looks at the form of the text.
	TextCondition struct {
		Shorter    int     `json:"shorter,omitempty"`    // fewer characters
		Longer     int     `json:"longer,omitempty"`     // more characters
		Capitals   float64 `json:"capitals,omitempty"`   // at least this share of the letters
		Repetition float64 `json:"repetition,omitempty"` // at least this share of the words was said before
		Row        int     `json:"row,omitempty"`        // so many equal characters in a row
	}
	// CopiesCondition holds when so many comments with nearly the same text came
	// before.
	CopiesCondition struct {
		AtLeast int           `json:"at_least,omitempty"` // zero: 1
		Within  forum.Seconds `json:"within"`
		By      By            `json:"by"` // ByAuthor or ByAnyone
	}
	// PaceCondition holds when so many comments came before in the story.
	PaceCondition struct {
		AtLeast int           `json:"at_least"`
		Within  forum.Seconds `json:"within"`
		By      By            `json:"by"` // ByAuthor or ByAnyone
	}
	// StoryCondition looks at the story.
	StoryCondition struct {
		Sections     []string      `json:"sections,omitempty"`
		Younger      forum.Seconds `json:"younger,omitempty"`
		Older        forum.Seconds `json:"older,omitempty"`
		Temperatures []string      `json:"temperatures,omitempty"`
	}
	// ReportsCondition holds when a comment has so many open reports, each weighed
	// by its reporter's accuracy. Rules with it are asked when a report comes.
	ReportsCondition struct {
		AtLeast float64 `json:"at_least"`
	}
	// HookCondition asks a service of the newsroom's. It holds when the answer
	// says so; no answer in time is no opinion, and then the rule has none.
	HookCondition struct {
		URL      string `json:"url"`
		Deadline int    `json:"deadline_ms,omitempty"` // zero: 800
		Secret   string `json:"secret,omitempty"`      // signs what is asked
	}
)

// By says whose comments are counted.
type By string

// Whose.
const (
	ByAuthor By = "author"
	ByAnyone By = "anyone"
)

// Effects lists what rules can do, the mildest first.
func Effects() []forum.Effect {
	return []forum.Effect{forum.EffectThink, forum.EffectSlow, forum.EffectSignIn, forum.EffectHold, forum.EffectReject}
}

// Effect is what a rule does when it fires.
type Effect struct {
	Do      forum.Effect  `json:"do"`
	Reason  string        `json:"reason,omitempty"`  // of Reject: one of the site's reasons
	Seconds forum.Seconds `json:"seconds,omitempty"` // of Slow
}

// Stronger reports whether an effect goes before another.
func (e Effect) Stronger(than Effect) bool {
	if e.Do == forum.EffectSlow && than.Do == forum.EffectSlow {
		return e.Seconds > than.Seconds
	}
	return slices.Index(Effects(), e.Do) > slices.Index(Effects(), than.Do)
}

// LongestWindow is how far back a condition may look.
const LongestWindow = maxWithin * time.Second

// Caps of a definition.
const (
	MaxDefinition = 4 << 20 // bytes of JSON
	maxConditions = 50
	maxDepth      = 5
	maxCode       = 40
	maxWithin     = 90 * 24 * 3600
	maxCount      = 1000
	maxHooks      = 2
)

// The deadline of a hook, when a definition names none and at most.
const (
	HookDeadline    = 800 * time.Millisecond
	MaxHookDeadline = 3 * time.Second
)

// Decode reads a definition and refuses what is not exactly one. Errors name
// their field by its path: "when.all.0.words.lists.0.entries.3".
func Decode(data []byte) (Definition, error) {
	var d Definition
	if len(data) > MaxDefinition {
		return d, forum.Fail(forum.TooLarge, "error.ruleTooLarge")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return d, bad("error.ruleForm", "").Because("%w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return d, bad("error.ruleForm", "").Because("more than one value")
	}
	if d.Format != Format {
		return d, bad("error.ruleForm", "format")
	}
	return d, nil
}

// Hooks returns the hooks of a definition, to be filled in or blanked.
func (d *Definition) Hooks() []*HookCondition { return d.When.hooks() }

func (c *Condition) hooks() []*HookCondition {
	if c.Hook != nil {
		return []*HookCondition{c.Hook}
	}
	var all []*HookCondition
	for i := range c.All {
		all = append(all, c.All[i].hooks()...)
	}
	for i := range c.Any {
		all = append(all, c.Any[i].hooks()...)
	}
	if c.Not != nil {
		all = append(all, c.Not.hooks()...)
	}
	return all
}

// Encode writes a definition as it is kept.
func (d Definition) Encode() []byte {
	d.Format = Format
	data, err := json.Marshal(d)
	if err != nil { // no field can fail
		panic(err)
	}
	return data
}

func bad(code, field string) *forum.Error { return forum.Fail(forum.Invalid, code).At(field) }

// check refuses an effect that cannot be carried out.
func (e Effect) check() error {
	switch {
	case !slices.Contains(Effects(), e.Do):
		return bad("error.ruleEffect", "then.do")
	case (e.Do == forum.EffectReject) != (e.Reason != "") || len(e.Reason) > maxCode:
		return bad("error.ruleReason", "then.reason")
	case e.Do == forum.EffectSlow && (e.Seconds < 1 || e.Seconds > 24*3600), e.Do != forum.EffectSlow && e.Seconds != 0:
		return bad("error.ruleSeconds", "then.seconds").With("max", 24*3600)
	}
	return nil
}

// children are the conditions a branch holds, with the name of its field.
func (c Condition) children() (field string, of []Condition) {
	switch {
	case c.All != nil:
		return "all", c.All
	case c.Any != nil:
		return "any", c.Any
	case c.Not != nil:
		return "not", []Condition{*c.Not}
	}
	return "", nil
}

// fields counts those that are set.
func (c Condition) fields() int {
	n := 0
	for _, set := range []bool{
		c.All != nil, c.Any != nil, c.Not != nil, c.Words != nil, c.Links != nil, c.Author != nil, c.Text != nil,
		c.Copies != nil, c.Pace != nil, c.Story != nil, c.Reports != nil, c.Hook != nil,
	} {
		if set {
			n++
		}
	}
	return n
}

func join(path, field string, i int) string {
	if field == "not" {
		return path + ".not"
	}
	return path + "." + field + "." + strconv.Itoa(i)
}
