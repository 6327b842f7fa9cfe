package chart_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/chart"
)

func hours(loc string) chart.Hours {
	h := chart.Hours{ID: "hours", Locale: loc, Title: "Comments", Day: "today", Norm: "the usual Sunday", Until: 15}
	for i := range 24 {
		h.Usual[i] = 2 * i
		if i < h.Until {
			h.Today[i] = 3 * i
		}
	}
	return h
}

func series(loc string) chart.Series {
	s := chart.Series{ID: "days", Locale: loc, Title: "Decisions", Name: "Day", Unit: "Decisions"}
	for i := range 28 {
		s.Points = append(s.Points, chart.Point{Label: fmt.Sprint("day ", i+1), Value: (i * 7) % 40})
	}
	return s
}

func rows(loc string) chart.Rows {
	return chart.Rows{Locale: loc, Title: "Stories", Name: "Story", Unit: "Comments", Rows: []chart.Row{
		{Label: "One", Href: "/s/1", Value: 40}, {Label: "Two", Value: 10, Text: "10 of them", Note: "in two hours"}, {Label: "Three"},
	}}
}

func tile(loc string) chart.Tile {
	return chart.Tile{
		ID: "held", Locale: loc, Name: "Held", Value: "12", Compare: "3 more", Tone: chart.Bad,
		Trail: []int{3, 0, 9}, Trailed: "The last days: 3, 0, 9",
	}
}

func all(loc string) templ.Component {
	return templ.Join(chart.Day(hours(loc)), chart.Line(series(loc)), chart.Bars(rows(loc)), chart.Stat(tile(loc)))
}

// TestDrawings_named finds every drawing named and every number beneath it.
func TestDrawings_named(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		text := frontendtest.Check(t, all(loc))
		if strings.Count(text, `role="img"`) != 3 || strings.Count(text, "<desc") != 2 || strings.Count(text, "<table") != 3 {
			t.Errorf("%s: not every drawing has a name and its numbers", loc)
		}
	}
	text := frontendtest.Render(t, chart.Day(hours("en")))
	for _, want := range []string{"<td>42</td>", "<td>46</td>", "315 so far; 210 by this hour"} {
		if !strings.Contains(text, want) {
			t.Errorf("the day's numbers lack %s", want)
		}
	}
	if strings.Contains(text, `<td>0</td><td>46</td>`) {
		t.Error("an hour to come is counted as an hour without comments")
	}
}

var attribute = regexp.MustCompile(`<rect class="chart-today" x="([\d.]+)%"[^>]*? width="([\d.]+)%"[^>]*height="(\d+)"`)

// bars returns where each bar begins and ends from the left, and its height.
func bars(t *testing.T, text string) (all [][3]float64) {
	t.Helper()
	for _, m := range attribute.FindAllStringSubmatch(text, -1) {
		var n [3]float64
		for i := range n {
			n[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		all = append(all, [3]float64{n[0], n[0] + n[1], n[2]})
	}
	return all
}

// TestDrawings_mirrored draws the same in both directions and finds each bar at
// its place counted from the other edge.
func TestDrawings_mirrored(t *testing.T) {
	for what, show := range map[string]func(loc string) templ.Component{
		"hours": func(loc string) templ.Component { return chart.Day(hours(loc)) },
		"rows":  func(loc string) templ.Component { return chart.Bars(rows(loc)) },
	} {
		ltr, rtl := bars(t, frontendtest.Render(t, show("en"))), bars(t, frontendtest.Render(t, show("ar")))
		if len(ltr) == 0 || len(ltr) != len(rtl) {
			t.Fatalf("%s: %d and %d bars", what, len(ltr), len(rtl))
		}
		for i := range ltr {
			if off := ltr[i][0] - (100 - rtl[i][1]); off > 0.02 || off < -0.02 || ltr[i][2] != rtl[i][2] {
				t.Errorf("%s: bar %d is %v, mirrored %v", what, i, ltr[i], rtl[i])
			}
		}
	}
}

// TestDay_scale finds bars as high as their numbers and inside the drawing.
func TestDay_scale(t *testing.T) {
	h := chart.Hours{ID: "h", Locale: "en", Until: 24}
	h.Today[3], h.Today[4], h.Today[5] = 50, 100, 1
	found := bars(t, frontendtest.Render(t, chart.Day(h)))
	if len(found) != 24 {
		t.Fatalf("%d bars", len(found))
	}
	if found[3][2]*2 != found[4][2] || found[0][2] != 0 || found[5][2] == 0 || found[4][2] > 150 {
		t.Errorf("heights of 50, 100, 1 and 0: %v %v %v %v", found[3][2], found[4][2], found[5][2], found[0][2])
	}
}

func TestDrawings_empty(t *testing.T) {
	frontendtest.Check(t, templ.Join(
		chart.Day(chart.Hours{ID: "h", Locale: "en"}), chart.Line(chart.Series{ID: "s", Locale: "en"}),
		chart.Line(chart.Series{ID: "one", Locale: "en", Points: []chart.Point{{Label: "a"}}}),
		chart.Bars(chart.Rows{Locale: "en", Empty: "None"}), chart.Stat(chart.Tile{ID: "t", Locale: "en"}),
	))
}

func TestDrawings_attack(t *testing.T) {
	frontendtest.CheckAttack(t, rows("en"), func(r chart.Rows) templ.Component { return chart.Bars(r) })
	frontendtest.CheckAttack(t, tile("en"), func(x chart.Tile) templ.Component { x.ID = "t"; return chart.Stat(x) })
	frontendtest.CheckAttack(t, series("en"), func(s chart.Series) templ.Component { s.ID = "s"; return chart.Line(s) })
}
