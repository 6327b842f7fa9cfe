package rule

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"parley/internal/forum"
)

// truth is what a condition says: a hook may have no opinion, and then what
// depends on it has none either (Kleene's logic).
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

// test is a compiled condition. What it found goes into the verdict, also when
// in the end the rule does not fire.
type test func(f *Facts, v *Verdict) truth

// compiler turns conditions into tests and gathers what they need to know.
type compiler struct {
	needs Needs
	count int
}

// compile compiles the condition at a path.
func (c *compiler) compile(x Condition, path string, depth int) (test, error) {
	if c.count++; c.count > maxConditions || depth > maxDepth {
		return nil, bad("error.ruleTooDeep", path)
	}
	if x.fields() != 1 {
		return nil, bad("error.ruleCondition", path)
	}
	if field, children := x.children(); field != "" {
		return c.branch(field, children, path, depth)
	}
	t, field, err := c.leaf(x)
	var e *forum.Error
	if errors.As(err, &e) {
		at := path + "." + field
		if e.Field != "" {
			at += "." + e.Field
		}
		return nil, e.At(at)
	}
	return t, err
}

func (c *compiler) branch(field string, children []Condition, path string, depth int) (test, error) {
	if len(children) == 0 {
		return nil, bad("error.ruleCondition", path+"."+field)
	}
	tests := make([]test, len(children))
	for i, child := range children {
		t, err := c.compile(child, join(path, field, i), depth+1)
		if err != nil {
			return nil, err
		}
		tests[i] = t
	}
	switch field {
	case "all":
		return all(tests), nil
	case "any":
		return anyOf(tests), nil
	}
	return not(tests[0]), nil
}

// all stops at the first that does not hold; what was found until then is
// forgotten.
func all(tests []test) test {
	return func(f *Facts, v *Verdict) truth {
		found, answer := *v, yes
		for _, t := range tests {
			if answer = min(answer, t(f, v)); answer == no {
				*v = found
				return no
			}
		}
		return answer
	}
}

// anyOf asks every one, so that all that was found is marked.
func anyOf(tests []test) test {
	return func(f *Facts, v *Verdict) truth {
		answer := no
		for _, t := range tests {
			answer = max(answer, t(f, v))
		}
		return answer
	}
}

func not(t test) test {
	return func(f *Facts, _ *Verdict) truth { return -t(f, &Verdict{}) }
}

func (c *compiler) leaf(x Condition) (t test, field string, err error) {
	switch {
	case x.Words != nil:
		t, err = x.Words.compile()
		return t, "words", err
	case x.Links != nil:
		c.needs.FirstLink = c.needs.FirstLink || x.Links.First
		t, err = x.Links.compile()
		return t, "links", err
	case x.Author != nil:
		c.needs.Record = c.needs.Record || x.Author.RejectedShare > 0 || x.Author.Reports > 0
		t, err = x.Author.compile()
		return t, "author", err
	case x.Text != nil:
		t, err = x.Text.compile()
		return t, "text", err
	case x.Copies != nil:
		c.needs.Copies = append(c.needs.Copies, x.Copies.window())
		t, err = x.Copies.compile()
		return t, "copies", err
	case x.Pace != nil:
		c.needs.Pace = append(c.needs.Pace, x.Pace.window())
		t, err = x.Pace.compile()
		return t, "pace", err
	case x.Story != nil:
		t, err = x.Story.compile()
		return t, "story", err
	case x.Reports != nil:
		c.needs.Reports = true
		t, err = x.Reports.compile()
		return t, "reports", err
	}
	t, err = x.Hook.compile(&c.needs)
	return t, "hook", err
}

const maxHits = 20 // marked in one text

func (w WordsCondition) compile() (test, error) {
	words, err := CompileWords(w.Lists)
	if err != nil {
		return nil, err
	}
	least := max(1, w.AtLeast)
	if least > maxHits {
		return nil, bad("error.ruleNumber", "at_least").With("max", maxHits)
	}
	return func(f *Facts, v *Verdict) truth {
		hits := words.Find(f.Text, maxHits)
		entries := map[string]bool{}
		for _, h := range hits {
			entries[h.Entry] = true
		}
		if len(entries) < least {
			return no
		}
		for _, h := range hits {
			v.Marks = append(v.Marks, h.Mark)
			if entries[h.Entry] {
				v.because(wordCode(h), "word", h.Entry)
				delete(entries, h.Entry)
			}
		}
		return yes
	}, nil
}

func wordCode(h Hit) string {
	if h.Grade == Banned {
		return "rule.why.banned"
	}
	return "rule.why.suspect"
}

func (l LinksCondition) compile() (test, error) {
	wanted, err := newDomains(l.Domains, "domains")
	if err != nil {
		return nil, err
	}
	except, err := newDomains(l.Except, "except")
	if err != nil {
		return nil, err
	}
	if l.AtLeast < 0 || l.AtLeast > maxCount {
		return nil, bad("error.ruleNumber", "at_least").With("max", maxCount)
	}
	if l.AtLeast == 0 && len(wanted) == 0 && !l.First {
		return nil, bad("error.ruleEmpty", "")
	}
	return func(f *Facts, v *Verdict) truth {
		links := slices.DeleteFunc(slices.Clone(f.Links), func(x Link) bool { return except.has(x.Host) })
		if l.First && (!f.FirstLink || len(links) == 0) || len(links) < l.AtLeast {
			return no
		}
		found := links
		if len(wanted) > 0 {
			found = slices.DeleteFunc(merge(f.Links, mentions(f.Text.source)), func(x Link) bool { return !wanted.has(x.Host) })
			if len(found) == 0 {
				return no
			}
			v.because("rule.why.domain", "domain", found[0].Host)
		}
		if l.First {
			v.because("rule.why.firstLink", "domain", found[0].Host)
		}
		if l.AtLeast > 0 {
			v.because("rule.why.links", "count", len(links))
		}
		v.mark(found)
		return yes
	}, nil
}

// minDecided is how many decisions a share of rejections is taken from at least.
const minDecided = 5

func (a AuthorCondition) compile() (test, error) {
	switch {
	case a.Younger < 0 || a.Younger > 10*366*24*3600:
		return nil, bad("error.ruleSpan", "younger")
	case a.AcceptedBelow < 0 || a.AcceptedBelow > maxCount:
		return nil, bad("error.ruleNumber", "accepted_below").With("max", maxCount)
	case a.RejectedShare < 0 || a.RejectedShare > 1:
		return nil, bad("error.ruleShare", "rejected_share")
	case slices.ContainsFunc(a.Bylines, func(k forum.BylineKind) bool { return !k.Valid() }):
		return nil, bad("error.ruleByline", "bylines")
	case a.Reports < 0 || a.Reports > maxCount:
		return nil, bad("error.ruleNumber", "reports").With("max", maxCount)
	case a.Younger == 0 && a.AcceptedBelow == 0 && a.RejectedShare == 0 && len(a.Bylines) == 0 && a.Reports == 0 && !a.Guest:
		return nil, bad("error.ruleEmpty", "")
	}
	return func(f *Facts, v *Verdict) truth {
		x := f.Author
		decided := x.Accepted90 + x.Rejected90
		share := float64(x.Rejected90) / float64(max(1, decided))
		holds := (a.Younger == 0 || x.Age < a.Younger.Duration()) &&
			(a.AcceptedBelow == 0 || x.Accepted < a.AcceptedBelow) &&
			(a.RejectedShare == 0 || decided >= minDecided && share >= a.RejectedShare) &&
			(len(a.Bylines) == 0 || slices.Contains(a.Bylines, x.Byline)) &&
			(a.Reports == 0 || x.Reports >= a.Reports) &&
			(!a.Guest || x.Guest)
		if !holds {
			return no
		}
		a.explain(x, share, v)
		return yes
	}, nil
}

// explain names each part of the condition that held.
func (a AuthorCondition) explain(x Author, share float64, v *Verdict) {
	if a.Younger > 0 {
		v.because("rule.why.young", "hours", int(x.Age/time.Hour))
	}
	if a.AcceptedBelow > 0 {
		v.because("rule.why.accepted", "count", x.Accepted)
	}
	if a.RejectedShare > 0 {
		v.because("rule.why.rejected", "percent", int(100*share))
	}
	if len(a.Bylines) > 0 {
		v.because("rule.why.byline."+string(x.Byline), "", nil)
	}
	if a.Reports > 0 {
		v.because("rule.why.reported", "count", x.Reports)
	}
	if a.Guest {
		v.because("rule.why.guest", "", nil)
	}
}

func (t TextCondition) compile() (test, error) {
	switch {
	case t.Shorter < 0 || t.Longer < 0 || t.Shorter > 50_000 || t.Longer > 50_000:
		return nil, bad("error.ruleNumber", "shorter").With("max", 50_000)
	case t.Capitals < 0 || t.Capitals > 1:
		return nil, bad("error.ruleShare", "capitals")
	case t.Repetition < 0 || t.Repetition > 1:
		return nil, bad("error.ruleShare", "repetition")
	case t.Row != 0 && (t.Row < 3 || t.Row > maxCount):
		return nil, bad("error.ruleNumber", "row").With("max", maxCount)
	case t == TextCondition{}:
		return nil, bad("error.ruleEmpty", "")
	}
	return func(f *Facts, v *Verdict) truth {
		m := f.Text.measures
		holds := (t.Shorter == 0 || m.characters < t.Shorter) && (t.Longer == 0 || m.characters > t.Longer) &&
			m.capitals >= t.Capitals && m.repetition >= t.Repetition && m.row >= t.Row
		if !holds {
			return no
		}
		if t.Shorter+t.Longer > 0 {
			v.because("rule.why.length", "count", m.characters)
		}
		if t.Capitals > 0 {
			v.because("rule.why.capitals", "percent", int(100*m.capitals))
		}
		if t.Repetition > 0 {
			v.because("rule.why.repetition", "percent", int(100*m.repetition))
		}
		if t.Row > 0 {
			v.because("rule.why.row", "count", m.row)
		}
		return yes
	}, nil
}

func (c CopiesCondition) window() Window { return Window{c.By, c.Within.Duration()} }

func (c CopiesCondition) compile() (test, error) {
	if err := checkWindow(c.By, c.Within, c.AtLeast); err != nil {
		return nil, err
	}
	least := max(1, c.AtLeast)
	return func(f *Facts, v *Verdict) truth {
		n := f.Copies[c.window()]
		if n < least {
			return no
		}
		v.because("rule.why.copies", "count", n)
		return yes
	}, nil
}

func (p PaceCondition) window() Window { return Window{p.By, p.Within.Duration()} }

func (p PaceCondition) compile() (test, error) {
	if err := checkWindow(p.By, p.Within, p.AtLeast); err != nil {
		return nil, err
	}
	if p.AtLeast == 0 {
		return nil, bad("error.ruleNumber", "at_least").With("max", maxCount)
	}
	return func(f *Facts, v *Verdict) truth {
		n := f.Pace[p.window()]
		if n < p.AtLeast {
			return no
		}
		v.because("rule.why.pace."+string(p.By), "count", n)
		return yes
	}, nil
}

func checkWindow(by By, within forum.Seconds, least int) error {
	switch {
	case by != ByAuthor && by != ByAnyone:
		return bad("error.ruleBy", "by")
	case within < 1 || within > maxWithin:
		return bad("error.ruleSpan", "within")
	case least < 0 || least > maxCount:
		return bad("error.ruleNumber", "at_least").With("max", maxCount)
	}
	return nil
}

func (s StoryCondition) compile() (test, error) {
	long := func(x string) bool { return x == "" || len(x) > maxCode }
	switch {
	case len(s.Sections) > maxCount || slices.ContainsFunc(s.Sections, long):
		return nil, bad("error.ruleSection", "sections")
	case len(s.Temperatures) > maxCode || slices.ContainsFunc(s.Temperatures, long):
		return nil, bad("error.ruleTemperature", "temperatures")
	case s.Younger < 0 || s.Older < 0:
		return nil, bad("error.ruleSpan", "younger")
	case len(s.Sections)+len(s.Temperatures) == 0 && s.Younger == 0 && s.Older == 0:
		return nil, bad("error.ruleEmpty", "")
	}
	return func(f *Facts, v *Verdict) truth {
		x := f.Story
		holds := (len(s.Sections) == 0 || slices.Contains(s.Sections, x.Section)) &&
			(len(s.Temperatures) == 0 || slices.Contains(s.Temperatures, x.Temperature)) &&
			(s.Younger == 0 || x.Age < s.Younger.Duration()) && (s.Older == 0 || x.Age >= s.Older.Duration())
		if !holds {
			return no
		}
		v.because("rule.why.story", "", nil)
		return yes
	}, nil
}

func (r ReportsCondition) compile() (test, error) {
	if r.AtLeast <= 0 || r.AtLeast > maxCount {
		return nil, bad("error.ruleNumber", "at_least").With("max", maxCount)
	}
	return func(f *Facts, v *Verdict) truth {
		if f.Reports < r.AtLeast {
			return no
		}
		v.because("rule.why.reports", "count", int(f.Reports))
		return yes
	}, nil
}

func (h HookCondition) compile(needs *Needs) (test, error) {
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(h.URL) > 500 {
		return nil, bad("error.ruleHook", "url")
	}
	if len(h.Secret) > 200 {
		return nil, bad("error.ruleHook", "secret")
	}
	deadline := time.Duration(h.Deadline) * time.Millisecond
	if deadline < 0 || deadline > MaxHookDeadline {
		return nil, bad("error.ruleDeadline", "deadline_ms").With("max", int(MaxHookDeadline/time.Millisecond))
	}
	if deadline == 0 {
		deadline = HookDeadline
	}
	hook := Hook{h.URL, deadline, h.Secret}
	if needs.Hooks = append(needs.Hooks, hook); len(needs.Hooks) > maxHooks {
		return nil, bad("error.ruleHooks", "url").With("max", maxHooks)
	}
	return func(f *Facts, v *Verdict) truth {
		o, answered := f.Opinions[hook]
		if !answered {
			return unknown
		}
		if !o.Holds {
			return no
		}
		v.because("rule.why.hook", "words", o.Words)
		return yes
	}, nil
}
