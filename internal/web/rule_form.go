package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"parley/frontend/pages/rules"
	"parley/internal/forum"
	"parley/internal/rule"
)

// The form of a rule asks in hours and minutes and percent; the definition has
// seconds and shares.
const (
	perHour   = 3600
	perMinute = 60
)

// ruleFields are the values of a form.
type ruleFields struct {
	url.Values
	wrong string // the name of the first field that holds no number
}

// number reads a field; an empty one is zero.
func (f *ruleFields) number(name string) float64 {
	text := strings.TrimSpace(f.Get(name))
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if (err != nil || n < 0 || n > 1e9) && f.wrong == "" {
		f.wrong = name
	}
	return n
}

func (f *ruleFields) count(name string) int { return int(f.number(name)) }

func (f *ruleFields) seconds(name string, unit float64) forum.Seconds {
	return forum.Seconds(f.number(name) * unit)
}

// lines are the lines of a field that are not empty.
func (f *ruleFields) lines(name string) []string {
	var all []string
	for l := range strings.Lines(f.Get(name)) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

// ruleOf reads the definition that a form describes. The error stands at
// "when.GROUP" or "then".
func ruleOf(values url.Values) (rule.Definition, error) {
	if values.Get("expert") != "" {
		return rule.Decode([]byte(values.Get("json")))
	}
	f := &ruleFields{Values: values}
	d := rule.Definition{Format: rule.Format, Then: rule.Effect{Do: forum.Effect(f.Get("do"))}}
	switch d.Then.Do {
	case forum.EffectReject:
		d.Then.Reason = f.Get("reason")
	case forum.EffectSlow:
		d.Then.Seconds = f.seconds("seconds", 1)
	}
	if f.wrong != "" {
		return d, forum.Fail(forum.Invalid, "error.ruleNumber").With("max", 86_400).At("then.seconds")
	}
	var leaves []rule.Condition
	for _, g := range rules.Groups() {
		leaf, asks := f.leaf(g)
		if f.wrong != "" {
			return d, forum.Fail(forum.Invalid, "error.ruleNumber").With("max", 1_000_000).At("when." + g)
		}
		if asks {
			leaves = append(leaves, leaf)
		}
	}
	if len(leaves) == 0 {
		return d, forum.Fail(forum.Invalid, "error.ruleNothing").At("when")
	}
	if f.Get("combine") == "any" {
		d.When = rule.Condition{Any: leaves}
	} else {
		d.When = rule.Condition{All: leaves}
	}
	return d, nil
}

// leaf reads one group of a form, and whether it asks anything.
func (f *ruleFields) leaf(group string) (rule.Condition, bool) {
	switch group {
	case "words":
		return f.words()
	case "links":
		x := rule.LinksCondition{AtLeast: f.count("links_least"), Domains: f.lines("domains"), Except: f.lines("except"), First: f.Get("first_link") != ""}
		return rule.Condition{Links: &x}, x.AtLeast > 0 || len(x.Domains) > 0 || x.First || len(x.Except) > 0
	case "author":
		return f.author()
	case "text":
		x := rule.TextCondition{
			Shorter: f.count("shorter"), Longer: f.count("longer"), Capitals: f.number("capitals") / 100,
			Repetition: f.number("repetition") / 100, Row: f.count("row"),
		}
		return rule.Condition{Text: &x}, x != rule.TextCondition{}
	case "copies":
		x := rule.CopiesCondition{AtLeast: f.count("copies_least"), Within: f.seconds("copies_within", perMinute), By: rule.By(f.Get("copies_by"))}
		return rule.Condition{Copies: &x}, x.AtLeast > 0 || x.Within > 0
	case "pace":
		x := rule.PaceCondition{AtLeast: f.count("pace_least"), Within: f.seconds("pace_within", perMinute), By: rule.By(f.Get("pace_by"))}
		return rule.Condition{Pace: &x}, x.AtLeast > 0 || x.Within > 0
	case "story":
		x := rule.StoryCondition{
			Sections: f.Values["sections"], Temperatures: f.Values["temperatures"],
			Younger: f.seconds("story_younger", perHour), Older: f.seconds("story_older", perHour),
		}
		return rule.Condition{Story: &x}, len(x.Sections)+len(x.Temperatures) > 0 || x.Younger > 0 || x.Older > 0
	case "reports":
		x := rule.ReportsCondition{AtLeast: f.number("reports_least")}
		return rule.Condition{Reports: &x}, x.AtLeast > 0
	}
	x := rule.HookCondition{URL: strings.TrimSpace(f.Get("hook_url")), Deadline: f.count("hook_deadline"), Secret: strings.TrimSpace(f.Get("hook_secret"))}
	return rule.Condition{Hook: &x}, x.URL != "" || x.Deadline > 0
}

func (f *ruleFields) words() (rule.Condition, bool) {
	x := rule.WordsCondition{AtLeast: f.count("words_least")}
	for _, grade := range []rule.Grade{rule.Banned, rule.Suspect} {
		if entries := f.lines(string(grade)); len(entries) > 0 {
			x.Lists = append(x.Lists, rule.WordList{Language: f.Get("language"), Grade: grade, Entries: entries})
		}
	}
	return rule.Condition{Words: &x}, len(x.Lists) > 0 || x.AtLeast > 0
}

func (f *ruleFields) author() (rule.Condition, bool) {
	x := rule.AuthorCondition{
		Younger: f.seconds("younger", perHour), AcceptedBelow: f.count("accepted_below"), RejectedShare: f.number("rejected_share") / 100,
		Reports: f.count("reported"), Guest: f.Get("guest") != "",
	}
	for _, kind := range f.Values["bylines"] {
		x.Bylines = append(x.Bylines, forum.BylineKind(kind))
	}
	asks := x.Younger > 0 || x.AcceptedBelow > 0 || x.RejectedShare > 0 || x.Reports > 0 || x.Guest || len(x.Bylines) > 0
	return rule.Condition{Author: &x}, asks
}

// ruleValues writes a definition into the fields of a form. It is false for a
// rule that the fields cannot say, which is then shown as JSON.
func ruleValues(name string, d rule.Definition) (url.Values, bool) {
	v := url.Values{"name": {name}, "do": {string(d.Then.Do)}, "reason": {d.Then.Reason}}
	set(v, "seconds", float64(d.Then.Seconds))
	leaves := d.When.All
	v.Set("combine", "all")
	if d.When.Any != nil {
		leaves = d.When.Any
		v.Set("combine", "any")
	}
	for _, c := range leaves {
		putLeaf(v, c)
	}
	back, err := ruleOf(v)
	simple := err == nil && string(back.Encode()) == string(d.Encode())
	v.Set("json", string(d.Encode()))
	return v, simple
}

// set writes a number that is not zero.
func set(v url.Values, name string, n float64) {
	if n != 0 {
		v.Set(name, strconv.FormatFloat(n, 'f', -1, 64))
	}
}

// percentOf is a share as people write it, without the noise of binary fractions.
func percentOf(share float64) float64 {
	n, err := strconv.ParseFloat(strconv.FormatFloat(100*share, 'f', 6, 64), 64)
	if err != nil {
		return 0
	}
	return n
}

func putLeaf(v url.Values, c rule.Condition) {
	switch {
	case c.Words != nil:
		putWords(v, *c.Words)
	case c.Links != nil:
		set(v, "links_least", float64(c.Links.AtLeast))
		v.Set("domains", strings.Join(c.Links.Domains, "\n"))
		v.Set("except", strings.Join(c.Links.Except, "\n"))
		tick(v, "first_link", c.Links.First)
	case c.Author != nil:
		putAuthor(v, *c.Author)
	case c.Text != nil:
		set(v, "shorter", float64(c.Text.Shorter))
		set(v, "longer", float64(c.Text.Longer))
		set(v, "capitals", percentOf(c.Text.Capitals))
		set(v, "repetition", percentOf(c.Text.Repetition))
		set(v, "row", float64(c.Text.Row))
	case c.Copies != nil:
		set(v, "copies_least", float64(c.Copies.AtLeast))
		set(v, "copies_within", float64(c.Copies.Within)/perMinute)
		v.Set("copies_by", string(c.Copies.By))
	case c.Pace != nil:
		set(v, "pace_least", float64(c.Pace.AtLeast))
		set(v, "pace_within", float64(c.Pace.Within)/perMinute)
		v.Set("pace_by", string(c.Pace.By))
	case c.Story != nil:
		v["sections"], v["temperatures"] = c.Story.Sections, c.Story.Temperatures
		set(v, "story_younger", float64(c.Story.Younger)/perHour)
		set(v, "story_older", float64(c.Story.Older)/perHour)
	case c.Reports != nil:
		set(v, "reports_least", c.Reports.AtLeast)
	case c.Hook != nil:
		v.Set("hook_url", c.Hook.URL)
		v.Set("hook_secret", c.Hook.Secret)
		set(v, "hook_deadline", float64(c.Hook.Deadline))
	}
}

func putWords(v url.Values, w rule.WordsCondition) {
	set(v, "words_least", float64(w.AtLeast))
	for _, l := range w.Lists {
		v.Set(string(l.Grade), strings.Join(l.Entries, "\n"))
		v.Set("language", l.Language)
	}
}

func putAuthor(v url.Values, a rule.AuthorCondition) {
	set(v, "younger", float64(a.Younger)/perHour)
	set(v, "accepted_below", float64(a.AcceptedBelow))
	set(v, "rejected_share", percentOf(a.RejectedShare))
	set(v, "reported", float64(a.Reports))
	for _, kind := range a.Bylines {
		v.Add("bylines", string(kind))
	}
	tick(v, "guest", a.Guest)
}

func tick(v url.Values, name string, on bool) {
	if on {
		v.Set(name, "true")
	}
}

// ruleGroup is the group of the form at which an error stands: the last one that
// its path names.
func ruleGroup(field string) string {
	group := ""
	for part := range strings.SplitSeq(field, ".") {
		if part == "name" || part == "then" || slices.Contains(rules.Groups(), part) {
			group = part
		}
	}
	return group
}
