package web

import (
	"slices"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// cardViews shows comments to the desk: in full, whatever their state.
func (s *server) cardViews(r *request, v view.Desk, f desk.Filter, cards []desk.QueueCard) ([]view.Card, error) {
	out := make([]view.Card, len(cards))
	for i, c := range cards {
		out[i] = cardView(r, v, f, c)
	}
	return out, nil
}

func cardView(r *request, d view.Desk, f desk.Filter, c desk.QueueCard) view.Card {
	v := view.Card{
		Comment: cardComment(r, c), Headline: c.Story.Headline, StoryURL: forum.StoryPath(r.prefix, c.Story), Seen: desk.Seen(c.Comment),
		Page: r.prefix + "/desk/comments/" + c.Comment.ID.String(), Accepted: c.Record.Accepted, Rejected: c.Record.Rejected,
		Newest: c.Record.Newest, Total: c.Author.Accepted + c.Author.Rejected, Reviewed: c.Comment.Reviewed, Featured: !c.Comment.FeaturedAt.IsZero(),
		Neighbours: figure(desk.UpTo(c.Neighbours)),
	}
	if section, ok := r.site.Settings.Section(c.Story.Section); ok {
		v.Section = section.Name
	}
	if f.Queue.Valid() && f.Story == 0 && d.Queue != "comment" {
		only := f
		only.Story, only.After = c.Story.ID, 0
		v.Only = r.prefix + r.URL.Path + place(only)
	}
	v.Comment.HTML, v.Comment.Name, v.Comment.Gone = markup.HTML(c.Comment.HTML), c.Comment.Byline.Name, ""
	v.Comment.Path = v.Page
	if c.Comment.State == forum.Withdrawn {
		v.Comment.Gone = view.GoneWithdrawn
	}
	if c.Claimed != nil {
		v.Claimed = personName(r, *c.Claimed)
	}
	authorLinks(r, d, c, &v)
	v.Why = whyHere(r, c)
	for _, x := range c.Reports {
		v.Reports = append(v.Reports, reportView(r, x))
	}
	ruleLines(r, c, &v)
	for _, x := range c.Standing {
		v.Sanctions = append(v.Sanctions, sanctionWords(r, x))
	}
	v.History = history(c)
	if c.Decision != nil {
		line := decisionView(r, c)
		v.Decision = &line
		if d.Queue == mine && !c.Undone && c.Decision.Undoes == 0 {
			v.Undo = c.Decision.ID
		}
	}
	return v
}

// authorLinks adds what leads to the author, for those who may follow it.
func authorLinks(r *request, d view.Desk, c desk.QueueCard, v *view.Card) {
	author := r.prefix + "/desk/authors/" + c.Author.ID.String()
	if d.May.History {
		v.Author = author
	}
	if d.May.Sanction && c.Author.Sanctionable() {
		v.Sanction = author + "/sanction?comment=" + c.Comment.ID.String()
	}
	v.Reveal = revealPath(r, c)
	for _, n := range c.Notes {
		v.Notes = append(v.Notes, noteView(r, n))
	}
}

// revealPath leads to who wrote a comment that does not say so; empty for who may
// not ask.
func revealPath(r *request, c desk.QueueCard) string {
	if c.Comment.Byline.Kind == forum.BylineName || !forum.MayIn(r.actor, forum.ActReveal, c.Story.Section) {
		return ""
	}
	return r.prefix + "/desk/reveal?comment=" + c.Comment.ID.String()
}

func noteView(r *request, n desk.AuthorNote) view.NoteLine {
	return view.NoteLine{ID: n.ID, Words: n.Words, By: personName(r, n.By), At: n.CreatedAt, Own: n.ActorID == r.actor.Account.ID}
}

// whyHere says why the desk sees a comment.
func whyHere(r *request, c desk.QueueCard) []string {
	var why []string
	if c.Comment.State == forum.Held {
		code := "why." + c.Comment.HeldFor
		if c.Comment.HeldFor == "" || !locale.Has(code) {
			code = "why.held"
		}
		why = append(why, locale.T(r.locale, code))
	}
	if n := len(c.Reports); n > 0 {
		why = append(why, locale.N(r.locale, "why.reports", n))
	}
	return why
}

// maxNotRun is how many rules that did not run a card names.
const maxNotRun = 5

// ruleLines says what each rule said of a comment, and where in its text it
// looked.
func ruleLines(r *request, c desk.QueueCard, v *view.Card) {
	for _, x := range c.Verdicts {
		why := strings.Join(whyWords(r.locale, x.Why), " ")
		v.Rules = append(v.Rules, view.RuleLine{Name: x.RuleName, Text: why, Acted: x.Acted})
		spans, matches := markedText(c.Comment.Source, x.Why.Marks)
		if len(v.Marked) == 0 {
			v.Marked = spans
		}
		v.Matches = append(v.Matches, matches...)
	}
	for _, x := range c.NotRun[:min(len(c.NotRun), maxNotRun)] {
		v.Rules = append(v.Rules, view.RuleLine{Name: x.Name, Text: locale.T(r.locale, "desk.notRun")})
	}
	if c.Silent > 0 {
		v.Rules = append(v.Rules, view.RuleLine{Text: locale.N(r.locale, "desk.silent", c.Silent)})
	}
}

func reportView(r *request, x forum.Report) view.ReportLine {
	line := view.ReportLine{Reason: x.Reason, Words: x.Words, At: x.CreatedAt, Apart: !x.Counted}
	if all := x.ReporterUpheld + x.ReporterDismissed; all > 0 {
		line.Accuracy = locale.T(r.locale, "desk.accuracy", "right", x.ReporterUpheld, "all", all)
	}
	return line
}

// history shows what each edit changed, the oldest first.
func history(c desk.QueueCard) []view.Edition {
	var out []view.Edition
	for i, e := range c.Editions {
		next := c.Comment.Source
		if i+1 < len(c.Editions) {
			next = c.Editions[i+1].Source
		}
		edition := view.Edition{HTML: markup.HTML(e.HTML), At: e.CreatedAt}
		for _, x := range desk.Diff(e.Source, next) {
			edition.Changes = append(edition.Changes, view.Span{Text: x.Text, Mark: []string{"", "gone", "new"}[x.In]})
		}
		out = append(out, edition)
	}
	return out
}

func decisionView(r *request, c desk.QueueCard) view.DecisionLine {
	d := c.Decision
	line := view.DecisionLine{Verb: d.Verb, Reason: reasonWords(r.site, r.locale, d.Reason), Note: d.Note, At: d.CreatedAt, Undone: c.Undone}
	if d.ActorID != 0 {
		line.By = personName(r, c.By)
	}
	return line
}

// around is how many bytes of the source stand before and after a match.
const around = 48

// markedText returns the parts of a source where something matched, with what
// stands around them, and the matches themselves.
func markedText(source string, marks []forum.Mark) (spans []view.Span, matches []string) {
	at := 0
	marks = slices.Clone(marks)
	slices.SortFunc(marks, func(a, b forum.Mark) int { return a.From - b.From })
	for _, m := range marks {
		if m.From < at || m.To <= m.From || m.To > len(source) {
			continue
		}
		from := max(at, m.From-around)
		for from > at && !startsRune(source, from) {
			from--
		}
		if before := source[from:m.From]; from > at {
			spans = append(spans, view.Span{Text: "… " + before})
		} else {
			spans = append(spans, view.Span{Text: before})
		}
		match := strings.ToValidUTF8(source[m.From:m.To], "")
		spans = append(spans, view.Span{Text: match, Mark: "match"})
		matches = append(matches, match)
		at = m.To
	}
	if at > 0 && at < len(source) {
		end := min(len(source), at+around)
		for end < len(source) && !startsRune(source, end) {
			end++
		}
		tail := source[at:end]
		if end < len(source) {
			tail += " …"
		}
		spans = append(spans, view.Span{Text: tail})
	}
	return spans, matches
}

func startsRune(s string, i int) bool { return i >= len(s) || s[i]&0xC0 != 0x80 }
