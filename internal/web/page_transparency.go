package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/transparency"
	"parley/frontend/parts/chart"
	"parley/internal/desk"
	"parley/internal/forum"
)

// figuresLife is how long the public figures stand before they are counted
// again. They are not those of a revision, so their pages are keyed by time.
const figuresLife = 5 * time.Minute

// showTransparency shows a month of moderation: as a page, or, by the end of its
// path, as CSV or JSON. Without a month it is the present one.
func (s *server) showTransparency(w http.ResponseWriter, r *request) error {
	month, format, err := monthOf(r.PathValue("month"), s.Desk.Now())
	if err != nil {
		return err
	}
	kind := map[string]string{"": htmlType, "csv": "text/csv; charset=utf-8", "json": "application/json"}[format]
	key := keyOf(r, transparencyKind)
	key.name, key.revision = month.Format("2006-01")+"."+format, s.Desk.Now().Unix()/int64(figuresLife.Seconds())
	return s.cache.serve(w, r, key, kind, func(ctx context.Context) ([]byte, error) {
		m, err := s.Desk.MonthOf(ctx, r.site, month)
		if err != nil {
			return nil, err
		}
		switch format {
		case "csv":
			return monthCSV(r.site, m)
		case "json":
			return json.MarshalIndent(monthJSON(r.site, m), "", "  ")
		}
		first, err := s.Desk.FirstMonth(ctx, r.site)
		if err != nil {
			return nil, err
		}
		return render(ctx, transparency.Page(s.monthView(r, m, first)))
	})
}

// monthOf reads "2026-11", "2026-11.csv" or "2026-11.json"; nothing is the month
// of now.
func monthOf(text string, now time.Time) (month time.Time, format string, err error) {
	if text == "" {
		return now, "", nil
	}
	name, format, _ := strings.Cut(text, ".")
	month, err = time.Parse("2006-01", name)
	if err != nil || !slices.Contains([]string{"", "csv", "json"}, format) || text == name+"." {
		return month, format, forum.Fail(forum.NotFound, "error.notFound").Because("month %q", text)
	}
	return month, format, nil
}

// removed counts the comments that people and rules rejected.
func removed(m desk.Month) int {
	n := 0
	for _, t := range m.Tallies {
		if t.Verb == forum.Reject {
			n += t.Count
		}
	}
	return n
}

// share writes a part of a whole as per cent, rounded.
func share(loc string, part, of int) string {
	if of == 0 {
		return locale.Percent(loc, 0)
	}
	if part > 0 && 100*part < of {
		return locale.T(loc, "chart.underOne")
	}
	return locale.Percent(loc, (100*part+of/2)/of)
}

// outcome returns how many had an outcome.
func outcome(all []desk.Outcomes, name string) int {
	for _, o := range all {
		if o.Outcome == name {
			return o.Count
		}
	}
	return 0
}

func total(all []desk.Outcomes) int {
	n := 0
	for _, o := range all {
		n += o.Count
	}
	return n
}

// monthView writes a month for a page in the reader's language.
func (s *server) monthView(r *request, m desk.Month, first time.Time) transparency.View {
	loc, name := r.locale, m.From.Format("2006-01")
	v := transparency.View{
		Month: locale.Month(loc, m.From), CSV: r.prefix + "/transparency/" + name + ".csv", JSON: r.prefix + "/transparency/" + name + ".json",
		Lede: locale.T(loc, "transparency.lede", "comments", m.Comments, "removed", removed(m), "share", share(loc, removed(m), m.Comments)),
	}
	v.Shell = s.shell(r, locale.T(loc, "transparency.title", "month", v.Month))
	v.Shell.Head.Canonical = s.BaseURL + r.prefix + "/transparency/" + name
	v.Shell.Head.Description = v.Lede
	if !m.Over {
		v.Until = locale.T(loc, "transparency.until", "time", locale.Time(loc, m.To))
	}
	if before := m.From.AddDate(0, -1, 0); !before.Before(first) {
		v.Earlier = monthLink(r, before)
	}
	if m.Over {
		v.Later = monthLink(r, m.From.AddDate(0, 1, 0))
	}
	v.Tiles = monthTiles(loc, m)
	v.Charts = []chart.Rows{
		monthRows(loc, "transparency.byReason", "transparency.reason", reasonRows(r.site, loc, m)),
		monthRows(loc, "transparency.byVerb", "transparency.decision", verbRows(loc, m)),
		monthRows(loc, "transparency.byDecider", "transparency.decider", deciderRows(loc, m)),
		monthRows(loc, "transparency.byReport", "transparency.reason", outcomeRows(m.Reports, func(code string) string {
			return locale.T(loc, "reason."+code)
		})),
		monthRows(loc, "transparency.byNotice", "transparency.outcome", outcomeRows(m.Notices, func(code string) string {
			return locale.T(loc, "outcome."+orOpen(code))
		})),
	}
	return v
}

func orOpen(code string) string {
	if code == "" {
		return "open"
	}
	return code
}

func monthLink(r *request, month time.Time) transparency.Link {
	return transparency.Link{Path: r.prefix + "/transparency/" + month.Format("2006-01"), Name: locale.Month(r.locale, month)}
}

func monthTiles(loc string, m desk.Month) []chart.Tile {
	wait := chart.Tile{Locale: loc, Name: locale.T(loc, "transparency.wait"), Value: "–", Compare: locale.T(loc, "transparency.noWait")}
	if m.Speed.Count > 0 {
		wait.Value = locale.Span(loc, m.Speed.Median)
		wait.Compare = locale.T(loc, "transparency.ninth", "span", locale.Span(loc, m.Speed.Ninth))
	}
	return []chart.Tile{
		{Locale: loc, Name: locale.T(loc, "transparency.comments"), Value: locale.Number(loc, m.Comments)},
		{
			Locale: loc, Name: locale.T(loc, "transparency.removed"), Value: locale.Number(loc, removed(m)),
			Compare: locale.T(loc, "transparency.ofComments", "share", share(loc, removed(m), m.Comments)),
		},
		wait,
		{
			Locale: loc, Name: locale.T(loc, "transparency.appeals"), Value: locale.Number(loc, total(m.Appeals)),
			Compare: locale.T(loc, "transparency.reversed", "reversed", outcome(m.Appeals, string(forum.Reversed)),
				"upheld", outcome(m.Appeals, string(forum.Upheld)), "open", outcome(m.Appeals, "")),
		},
	}
}

func monthRows(loc, title, name string, rows []chart.Row) chart.Rows {
	return chart.Rows{
		Locale: loc, Title: locale.T(loc, title), Name: locale.T(loc, name), Unit: locale.T(loc, "transparency.number"),
		Rows: rows, Empty: locale.T(loc, "transparency.none"),
	}
}

// counter adds numbers up under labels.
type counter map[string]int

// rows lists the labels, the greatest number first.
func (c counter) rows() []chart.Row {
	var all []chart.Row
	for label, n := range c {
		all = append(all, chart.Row{Label: label, Value: n})
	}
	slices.SortFunc(all, func(a, b chart.Row) int {
		if a.Value != b.Value {
			return b.Value - a.Value
		}
		return strings.Compare(a.Label, b.Label)
	})
	return all
}

func reasonRows(site forum.Site, loc string, m desk.Month) []chart.Row {
	c := counter{}
	for _, t := range m.Tallies {
		if t.Verb == forum.Reject || t.Verb == forum.Hold {
			words := reasonWords(site, loc, t.Reason)
			if words == "" {
				words = locale.T(loc, "transparency.byNone")
			}
			c[words] += t.Count
		}
	}
	return c.rows()
}

func verbRows(loc string, m desk.Month) []chart.Row {
	c := counter{}
	for _, t := range m.Tallies {
		c[locale.T(loc, "tally."+string(t.Verb))] += t.Count
	}
	if m.TakenBack > 0 {
		c[locale.T(loc, "transparency.takenBack")] = m.TakenBack
	}
	return c.rows()
}

func deciderRows(loc string, m desk.Month) []chart.Row {
	c := counter{}
	for _, t := range m.Tallies {
		c[decider(loc, m, t)] += t.Count
	}
	return c.rows()
}

// decider names who decided, by role or rule, never by name.
func decider(loc string, m desk.Month, t desk.Tally) string {
	switch {
	case t.RuleID != 0 && t.Automated:
		name := m.RuleNames[t.RuleID]
		if name == "" {
			name = t.RuleID.String()
		}
		return locale.T(loc, "transparency.rule", "name", name)
	case t.Automated:
		return locale.T(loc, "transparency.program")
	case t.Role.Staff():
		return locale.T(loc, "role."+string(t.Role))
	}
	// Decisions of before roles were noted were a moderator's.
	return locale.T(loc, "role.moderator")
}

func outcomeRows(all []desk.Outcomes, words func(string) string) []chart.Row {
	c := counter{}
	for _, o := range all {
		c[words(o.Outcome)] += o.Count
	}
	return c.rows()
}

// monthFile is a month for machines.
type monthFile struct {
	Site      string         `json:"site"`
	Month     string         `json:"month"`
	From      string         `json:"from"`
	To        string         `json:"to"`
	Complete  bool           `json:"complete"`
	Comments  int            `json:"comments"`
	Decisions []tallyFile    `json:"decisions"`
	TakenBack int            `json:"takenBack"`
	Waiting   waitingFile    `json:"waiting"`
	Appeals   outcomesFile   `json:"appeals"`
	Reports   map[string]int `json:"reports"`
	Notices   outcomesFile   `json:"notices"`
}

type tallyFile struct {
	Verb      string `json:"verb"`
	Reason    string `json:"reason,omitempty"`
	Automated bool   `json:"automated"`
	Role      string `json:"role,omitempty"`
	Rule      string `json:"rule,omitempty"`
	Count     int    `json:"count"`
}

type waitingFile struct {
	Decisions     int `json:"decisions"`
	MedianSeconds int `json:"medianSeconds"`
	NinthSeconds  int `json:"ninthDecileSeconds"`
}

// outcomesFile counts by outcome; "open" waits.
type outcomesFile map[string]int

func outcomesOf(all []desk.Outcomes) outcomesFile {
	out := outcomesFile{}
	for _, o := range all {
		out[orOpen(o.Outcome)] += o.Count
	}
	return out
}

func monthJSON(site forum.Site, m desk.Month) monthFile {
	f := monthFile{
		Site: site.Slug, Month: m.From.Format("2006-01"), From: jsonTime(m.From), To: jsonTime(m.To), Complete: m.Over,
		Comments: m.Comments, Decisions: []tallyFile{}, TakenBack: m.TakenBack,
		Waiting: waitingFile{m.Speed.Count, int(m.Speed.Median.Seconds()), int(m.Speed.Ninth.Seconds())},
		Appeals: outcomesOf(m.Appeals), Reports: map[string]int{}, Notices: outcomesOf(m.Notices),
	}
	for _, o := range m.Reports {
		f.Reports[o.Outcome] = o.Count
	}
	for _, t := range m.Tallies {
		f.Decisions = append(f.Decisions, tallyFile{
			Verb: string(t.Verb), Reason: t.Reason, Automated: t.Automated, Role: string(t.Role), Rule: m.RuleNames[t.RuleID], Count: t.Count,
		})
	}
	return f
}

// monthCSV writes the same as a table: one figure a row.
func monthCSV(site forum.Site, m desk.Month) ([]byte, error) {
	f := monthJSON(site, m)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"month", "figure", "what", "reason", "automated", "role", "rule", "number"}}
	add := func(figure, what string, n int) {
		rows = append(rows, []string{f.Month, figure, what, "", "", "", "", strconv.Itoa(n)})
	}
	add("comments", "", f.Comments)
	for _, t := range f.Decisions {
		rows = append(rows, []string{f.Month, "decisions", t.Verb, cell(t.Reason), strconv.FormatBool(t.Automated), t.Role, cell(t.Rule), strconv.Itoa(t.Count)})
	}
	add("decisions taken back", "", f.TakenBack)
	add("decisions on what waited", "", f.Waiting.Decisions)
	add("seconds waited", "median", f.Waiting.MedianSeconds)
	add("seconds waited", "ninth decile", f.Waiting.NinthSeconds)
	for _, list := range []struct {
		name   string
		counts map[string]int
	}{{"appeals", f.Appeals}, {"reports", f.Reports}, {"notices", f.Notices}} {
		for _, what := range slices.Sorted(maps.Keys(list.counts)) {
			add(list.name, what, list.counts[what])
		}
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write figures: %w", err)
	}
	return b.Bytes(), nil
}

// cell keeps a text from being a formula where a table is opened.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
