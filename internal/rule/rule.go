package rule

import (
	"time"

	"parley/internal/forum"
)

// Facts are what a rule is asked about. Only those it needs (see [Needs]) have
// to be there.
type Facts struct {
	Text      *Text
	Links     []Link
	FirstLink bool // the author never had a link published
	Author    Author
	Story     Story
	Pace      map[Window]int // comments of the story in the window, this one not among them
	Copies    map[Window]int // comments of the site with nearly this text in the window
	Reports   float64        // open reports on the comment, weighed
	Opinions  map[Hook]Opinion
}

// Author is the record of who writes.
type Author struct {
	Age                    time.Duration
	Accepted               int // comments ever published
	Accepted90, Rejected90 int // in the last 90 days
	Byline                 forum.BylineKind
	Reports                int // comments with open reports
	Guest                  bool
}

// Story is what is written under.
type Story struct {
	Section     string
	Age         time.Duration
	Temperature string
}

// Window says which comments are counted.
type Window struct {
	By     By
	Within time.Duration
}

// Hook is a service that is asked for its opinion.
type Hook struct {
	URL      string
	Deadline time.Duration
	Secret   string
}

// Opinion is what a hook answered.
type Opinion struct {
	Holds bool
	Words string // why, for the desk
}

// Needs are the facts a rule asks for beyond text, links, author and story.
type Needs struct {
	FirstLink bool
	Record    bool // Accepted90, Rejected90 and Reports of the author
	Reports   bool // the rule is about reports: it is asked when one comes
	Pace      []Window
	Copies    []Window
	Hooks     []Hook
}

// With returns what both need.
func (n Needs) With(m Needs) Needs {
	n.FirstLink = n.FirstLink || m.FirstLink
	n.Record = n.Record || m.Record
	n.Reports = n.Reports || m.Reports
	n.Pace = append(n.Pace[:len(n.Pace):len(n.Pace)], m.Pace...)
	n.Copies = append(n.Copies[:len(n.Copies):len(n.Copies)], m.Copies...)
	n.Hooks = append(n.Hooks[:len(n.Hooks):len(n.Hooks)], m.Hooks...)
	return n
}

// Verdict is what a rule says about a draft.
type Verdict struct {
	Effect  Effect
	Reasons []forum.Why  // the facts it fired on, without marks
	Marks   []forum.Mark // what matched in the source, in no order
}

// Why is the verdict's reason as it is kept: the first with the marks of all,
// the others beside it.
func (v Verdict) Why() forum.Why {
	if len(v.Reasons) == 0 {
		return forum.Why{}
	}
	w := v.Reasons[0]
	w.Marks, w.Also = v.Marks, v.Reasons[1:]
	return w
}

func (v *Verdict) because(code, arg string, value any) {
	r := forum.Why{Code: code}
	if arg != "" {
		r.Args = map[string]any{arg: value}
	}
	v.Reasons = append(v.Reasons, r)
}

func (v *Verdict) mark(links []Link) {
	for _, l := range links[:min(len(links), maxHits)] {
		v.Marks = append(v.Marks, l.Mark)
	}
}

// Compiled is a rule ready to judge. It is safe for concurrent use.
type Compiled struct {
	effect Effect
	test   test
	needs  Needs
}

// Compile checks a definition and prepares it. Errors name their field by its
// path, as [Decode] does.
func Compile(d Definition) (*Compiled, error) {
	if err := d.Then.check(); err != nil {
		return nil, err
	}
	var c compiler
	t, err := c.compile(d.When, "when", 1)
	if err != nil {
		return nil, err
	}
	return &Compiled{effect: d.Then, test: t, needs: c.needs}, nil
}

// Needs returns the facts the rule wants to know.
func (c *Compiled) Needs() Needs { return c.needs }

// Judge says what the rule makes of a draft, and whether it fires at all. A rule
// that depends on a hook which has not answered does not.
func (c *Compiled) Judge(f Facts) (Verdict, bool) {
	v := Verdict{Effect: c.effect}
	if c.test(&f, &v) != yes {
		return Verdict{}, false
	}
	if len(v.Reasons) == 0 { // all it asked was that something is not so
		v.because("rule.why.matches", "", nil)
	}
	return v, true
}
