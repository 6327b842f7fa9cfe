package web

import (
	"net/http"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/dashboard"
	"parley/frontend/parts/chart"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showDashboard shows the desk its own figures.
func (s *server) showDashboard(w http.ResponseWriter, r *request) error {
	f, err := s.Desk.Dashboard(r.Context(), r.site, r.actor)
	if err != nil {
		return err
	}
	loc := r.locale
	v := dashboard.View{
		Until: locale.T(loc, "dashboard.until", "time", locale.Time(loc, f.Now)),
		Tiles: dashboardTiles(loc, f),
		Days: []chart.Hours{
			dayView(loc, "comments", locale.T(loc, "dashboard.byHour"), f.Now, f.Comments),
			dayView(loc, "decisions", locale.T(loc, "dashboard.decidedByHour"), f.Now, f.Decisions),
		},
		Lines: []chart.Series{dailyView(loc, f)},
		Charts: []chart.Rows{
			ageRows(loc, f), busiestRows(r, f), workloadRows(loc, f), reversedRows(loc, f), ruleRows(loc, f), precisionRows(loc, f),
		},
	}
	v.Shell = s.shell(r, locale.T(loc, "dashboard.title"))
	v.Shell.NoIndex = true
	return s.show(w, r, dashboard.Page(v))
}

func dashboardTiles(loc string, f desk.Dashboard) []chart.Tile {
	trail := make([]string, len(f.Daily))
	for i, n := range f.Daily {
		trail[i] = locale.Number(loc, n)
	}
	decisions := dayTile(loc, "decisions-tile", "dashboard.decisions", f.Decisions)
	decisions.Trail, decisions.Trailed = f.Daily, locale.T(loc, "dashboard.trail", "list", strings.Join(trail, ", "))
	tiles := []chart.Tile{
		dayTile(loc, "comments-tile", "dashboard.comments", f.Comments), decisions,
		queueTile(loc, "held-tile", "dashboard.held", f.Now, f.Held),
		queueTile(loc, "reported-tile", "dashboard.reported", f.Now, f.Reported),
	}
	reversed := chart.Tile{
		Locale: loc, Name: locale.T(loc, "dashboard.reversed"), Value: share(loc, f.Reversed.Part, f.Reversed.Of),
		Compare: locale.T(loc, "dashboard.partOf", "part", f.Reversed.Part, "of", f.Reversed.Of),
	}
	if f.Before.Of > 0 {
		reversed.Compare = locale.T(loc, "dashboard.before", "share", share(loc, f.Before.Part, f.Before.Of))
	}
	return append(tiles, reversed)
}

// dayTile holds a day against the usual one.
func dayTile(loc, id, name string, d desk.Day) chart.Tile {
	t := chart.Tile{ID: id, Locale: loc, Name: locale.T(loc, name), Value: locale.Number(loc, d.Total)}
	switch off := d.Total - d.ByNow; {
	case d.ByNow < 0:
		t.Compare = locale.T(loc, "dashboard.noUsual")
	case off == 0:
		t.Compare = locale.T(loc, "dashboard.same")
	case off > 2*d.ByNow:
		t.Compare = locale.T(loc, "dashboard.usually", "n", d.ByNow)
	case off > 0:
		t.Compare = locale.T(loc, "dashboard.more", "share", share(loc, off, d.ByNow))
	default:
		t.Compare = locale.T(loc, "dashboard.less", "share", share(loc, -off, d.ByNow))
	}
	return t
}

// longWait is from when on a queue's oldest comment is shown as a warning.
const longWait = 4 * time.Hour

func queueTile(loc, id, name string, now time.Time, q desk.Waiting) chart.Tile {
	t := chart.Tile{ID: id, Locale: loc, Name: locale.T(loc, name), Value: locale.Number(loc, q.Count), Compare: locale.T(loc, "dashboard.nothing")}
	if q.Oldest.IsZero() {
		return t
	}
	t.Compare = locale.T(loc, "dashboard.oldest", "span", locale.Span(loc, now.Sub(q.Oldest)))
	if now.Sub(q.Oldest) > longWait {
		t.Tone = chart.Bad
	}
	return t
}

func dayView(loc, id, title string, now time.Time, d desk.Day) chart.Hours {
	h := chart.Hours{
		ID: id, Locale: loc, Title: title, Today: d.Hours, Until: d.Until, Usual: d.Usual, Day: locale.T(loc, "dashboard.today"),
	}
	if d.ByNow >= 0 {
		h.Norm = locale.T(loc, "dashboard.usual", "day", locale.Weekday(loc, now.Weekday()))
	}
	return h
}

func dailyView(loc string, f desk.Dashboard) chart.Series {
	s := chart.Series{
		ID: "daily", Locale: loc, Title: locale.T(loc, "dashboard.daily"), Name: locale.T(loc, "dashboard.day"),
		Unit: locale.T(loc, "transparency.number"),
	}
	if f.Speed.Count > 0 {
		s.Note = locale.T(loc, "dashboard.waited", "span", locale.Span(loc, f.Speed.Median))
	}
	for i, n := range f.Daily {
		day := f.Now.AddDate(0, 0, i+1-len(f.Daily))
		s.Points = append(s.Points, chart.Point{Label: locale.DayMonth(loc, day), Value: n})
	}
	return s
}

// dashboardRows are horizontal bars with their words.
func dashboardRows(loc, title, name, unit string, rows []chart.Row) chart.Rows {
	return chart.Rows{
		Locale: loc, Title: locale.T(loc, title), Name: locale.T(loc, name), Unit: locale.T(loc, unit), Rows: rows,
		Empty: locale.T(loc, "dashboard.none"),
	}
}

func ageRows(loc string, f desk.Dashboard) chart.Rows {
	var rows []chart.Row
	for _, x := range []struct {
		key string
		n   int
	}{
		{"dashboard.young", f.Held.Young},
		{"dashboard.middle", f.Held.Middle},
		{"dashboard.old", f.Held.Old},
		{"dashboard.reportedYoung", f.Reported.Young},
		{"dashboard.reportedMiddle", f.Reported.Middle},
		{"dashboard.reportedOld", f.Reported.Old},
	} {
		rows = append(rows, chart.Row{Label: locale.T(loc, x.key), Value: x.n})
	}
	return dashboardRows(loc, "dashboard.age", "dashboard.queue", "transparency.number", rows)
}

func busiestRows(r *request, f desk.Dashboard) chart.Rows {
	var rows []chart.Row
	for _, x := range f.Busiest {
		story := f.Stories[x.ID]
		rows = append(rows, chart.Row{Label: story.Headline, Href: forum.StoryPath(r.prefix, story), Value: x.Of})
	}
	return dashboardRows(r.locale, "dashboard.busiest", "dashboard.story", "transparency.number", rows)
}

func workloadRows(loc string, f desk.Dashboard) chart.Rows {
	var rows []chart.Row
	for _, x := range f.Workload {
		rows = append(rows, chart.Row{Label: calledAtDesk(loc, f.Accounts[x.ID]), Value: x.Of, Note: locale.N(loc, "dashboard.authors", x.Part)})
	}
	return dashboardRows(loc, "dashboard.workload", "dashboard.moderator", "transparency.number", rows)
}

// calledAtDesk returns what somebody of the desk is called there.
func calledAtDesk(loc string, a forum.Account) string {
	if a.Name != "" {
		return a.Name
	}
	if a.Role.Staff() {
		return locale.T(loc, "role."+string(a.Role))
	}
	return locale.T(loc, "dashboard.unnamed")
}

// rateRows shows parts of wholes as shares.
func rateRows(loc, title, name, note string, shares []desk.Share, label func(forum.ID) string) chart.Rows {
	var rows []chart.Row
	for _, x := range shares {
		rows = append(rows, chart.Row{
			Label: label(x.ID), Value: 100 * x.Part / max(x.Of, 1), Text: share(loc, x.Part, x.Of),
			Note: locale.T(loc, note, "part", x.Part, "of", x.Of),
		})
	}
	all := dashboardRows(loc, title, name, "dashboard.rate", rows)
	all.Full = 100
	return all
}

func reversedRows(loc string, f desk.Dashboard) chart.Rows {
	return rateRows(loc, "dashboard.byPeople", "dashboard.moderator", "dashboard.partOf", f.People, func(id forum.ID) string {
		return calledAtDesk(loc, f.Accounts[id])
	})
}

func ruleRows(loc string, f desk.Dashboard) chart.Rows {
	return rateRows(loc, "dashboard.byRules", "dashboard.ruleName", "dashboard.partOf", f.Rules, f.Rule)
}

func precisionRows(loc string, f desk.Dashboard) chart.Rows {
	return rateRows(loc, "dashboard.precision", "dashboard.ruleName", "dashboard.ofDecided", f.Precision, f.Rule)
}
