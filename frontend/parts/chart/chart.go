// Package chart draws figures on the server: SVG that needs no script, with the
// numbers beneath as text. The classes begin with "chart". Widths are per cent
// and heights are pixels, so that a drawing fills what it stands in while its
// words keep their size; time runs the way the language is written.
//
// What may never enter: queries, and who may see which figures.
package chart

import (
	"fmt"
	"strconv"

	"parley/frontend/locale"
)

// Hours is one day by the hour against the usual day.
type Hours struct {
	ID     string // of the drawing in its page
	Locale string
	Title  string // what is counted
	Today  [24]int
	Until  int // hours of today that have begun; 24: the day is over
	Usual  [24]int
	Day    string // the words for the day drawn: "today", "22 November"
	Norm   string // the words for what it is held against: "the usual Sunday"; empty: nothing
}

// Point is one value of a Series.
type Point struct {
	Label string // of the moment: a day
	Value int
}

// Series is values over time, drawn as a line above a light area.
type Series struct {
	ID     string
	Locale string
	Title  string
	Note   string  // one line beneath the title; empty: none
	Points []Point // the oldest first
	Name   string  // heading of the column of moments
	Unit   string  // heading of the column of values
}

// Row is one line of Rows.
type Row struct {
	Label string
	Href  string // where the label leads; empty: nowhere
	Value int    // length of the bar
	Text  string // the value in words, if it is no plain number: "12%"
	Note  string // beneath the label: "3 of 25"
}

// Rows are horizontal bars, one a row, the label and the number of each beside
// it. They are a table, so the numbers need not stand beneath once more.
type Rows struct {
	Locale string
	Title  string
	Name   string // heading of the labels
	Unit   string // heading of the numbers
	Rows   []Row
	Full   int    // value of a bar of full length; 0: the greatest
	Empty  string // what stands there when there are no rows
}

// Tone says whether a difference is welcome.
type Tone string

// The tones. Most differences are neither.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Bad   Tone = "bad"
)

// Tile is one figure in large type, with what it is held against.
type Tile struct {
	ID      string
	Locale  string
	Name    string
	Value   string // as shown: "412", "3 minutes"
	Compare string // one line beneath: "18% more than usual"; empty: none
	Tone    Tone
	Trail   []int  // the values before, the oldest first, as a small line; none: no line
	Trailed string // what the small line shows, in words
}

// The measures of a drawing of hours, in pixels.
const (
	hoursHeight = 190
	hoursTop    = 22
	hoursBase   = 164
)

// column is one bar of Hours.
type column struct {
	x, width string // per cent
	y, high  int    // pixels
	mid      string // per cent: the middle of its hour
	value    int
	hour     int
}

// columns places the bars of the hours that have begun.
func (h Hours) columns() []column {
	var all []column
	top := h.top()
	for hour := range h.Until {
		high := scaled(h.Today[hour], top, hoursBase-hoursTop)
		all = append(all, column{
			x: h.x(float64(hour)+0.2, 0.6), width: percent(0.6 / 24), y: hoursBase - high, high: high,
			mid: h.x(float64(hour)+0.5, 0), value: h.Today[hour], hour: hour,
		})
	}
	return all
}

// peak returns the highest bar, the first of equals; false when all are zero.
func (h Hours) peak() (column, bool) {
	var best column
	for _, c := range h.columns() {
		if c.value > best.value {
			best = c
		}
	}
	return best, best.value > 0
}

// x places something that begins at an hour and is so many hours wide, as per
// cent from the left edge.
func (h Hours) x(hour, wide float64) string { return place(hour/24, wide/24, h.Locale) }

// norm is the outline of the usual day, closed along the base, in a box of 24
// by hoursHeight.
func (h Hours) norm() string {
	top := h.top()
	path := fmt.Sprintf("M0 %d", hoursBase)
	for i := range 24 {
		hour := i
		if rtl(h.Locale) {
			hour = 23 - i
		}
		path += fmt.Sprintf("V%dH%d", hoursBase-scaled(h.Usual[hour], top, hoursBase-hoursTop), i+1)
	}
	return path + fmt.Sprintf("V%dZ", hoursBase)
}

// top is the value at the top line.
func (h Hours) top() int {
	most := 0
	for i := range 24 {
		most = max(most, h.Today[i], h.Usual[i])
	}
	return roundUp(most)
}

// line is a line of the grid.
type line struct {
	y    int
	text string
}

// lines are the lines of the grid: the top and the middle, if that is a whole
// number.
func (h Hours) lines() []line {
	top := h.top()
	all := []line{{hoursTop, locale.Number(h.Locale, top)}}
	if top%2 == 0 {
		all = append(all, line{(hoursTop + hoursBase) / 2, locale.Number(h.Locale, top/2)})
	}
	return all
}

// edge is where the numbers of the grid stand: at the end of the day when its
// highest bar stands at the beginning.
func (h Hours) edge() (x, anchor string) {
	if p, ok := h.peak(); ok && p.hour < 3 {
		return place(1, 0, h.Locale), "end"
	}
	return place(0, 0, h.Locale), "start"
}

// told says in one sentence what the drawing shows.
func (h Hours) told() string {
	today, usual := 0, 0
	for i := range h.Until {
		today += h.Today[i]
		usual += h.Usual[i]
	}
	return locale.T(h.Locale, "chart.hoursTold", "today", today, "usual", usual)
}

// The measures of a line in pixels.
const (
	seriesHeight = 150
	seriesTop    = 26
	seriesBase   = 122
)

// path is the line of a series in a box of n-1 by seriesHeight; closed along
// the base it is the area.
func (s Series) path(closed bool) string {
	return outline(s.values(), s.top(), seriesTop, seriesBase, rtl(s.Locale), closed)
}

func (s Series) values() []int {
	all := make([]int, len(s.Points))
	for i, p := range s.Points {
		all[i] = p.Value
	}
	return all
}

func (s Series) top() int { return roundUp(greatest(s.values())) }

// spot is a labelled point of a series.
type spot struct {
	x      string // per cent
	y      int
	text   string
	anchor string
}

// spots are the points that a number stands at: the last, and the highest
// unless it is near the last.
func (s Series) spots() []spot {
	last := len(s.Points) - 1
	all := []spot{s.spot(last)}
	best := 0
	for i, p := range s.Points {
		if p.Value > s.Points[best].Value {
			best = i
		}
	}
	if best < last-last/6 && s.Points[best].Value > s.Points[last].Value {
		all = append(all, s.spot(best))
	}
	return all
}

func (s Series) spot(i int) spot {
	last := len(s.Points) - 1
	x := spot{
		x:      place(float64(i)/float64(max(last, 1)), 0, s.Locale),
		y:      seriesBase - scaled(s.Points[i].Value, s.top(), seriesBase-seriesTop),
		text:   locale.Number(s.Locale, s.Points[i].Value),
		anchor: "middle",
	}
	switch {
	case i <= last/12:
		x.anchor = "start"
	case i >= last-last/12:
		x.anchor = "end"
	}
	return x
}

// told says in one sentence what the drawing shows.
func (s Series) told() string {
	if len(s.Points) == 0 {
		return ""
	}
	first, last := s.Points[0], s.Points[len(s.Points)-1]
	return locale.T(s.Locale, "chart.seriesTold", "first", first.Label, "from", first.Value, "last", last.Label, "to", last.Value)
}

// bar is the length of a row's bar, as per cent.
func (r Rows) bar(x Row) string {
	full := r.Full
	if full == 0 {
		for _, x := range r.Rows {
			full = max(full, x.Value)
		}
	}
	return percent(float64(min(x.Value, full)) / float64(max(full, 1)))
}

// from is where the bars begin: the edge at which the language begins.
func (r Rows) from(x Row) string {
	if !rtl(r.Locale) {
		return "0%"
	}
	width, _ := strconv.ParseFloat(r.bar(x)[:len(r.bar(x))-1], 64)
	return percent(1 - width/100)
}

func (r Rows) text(x Row) string {
	if x.Text != "" {
		return x.Text
	}
	return locale.Number(r.Locale, x.Value)
}

// The measures of the small line of a tile, in pixels.
const (
	trailHeight = 36
	trailTop    = 4
	trailBase   = 32
)

func (t Tile) path() string {
	return outline(t.Trail, max(greatest(t.Trail), 1), trailTop, trailBase, rtl(t.Locale), false)
}

// end places the last point of the small line.
func (t Tile) end() (x string, y int) {
	last := t.Trail[len(t.Trail)-1]
	return place(1, 0, t.Locale), trailBase - scaled(last, max(greatest(t.Trail), 1), trailBase-trailTop)
}

// outline draws values as a line through a box len-1 wide; closed, as an area
// above the base.
func outline(values []int, top, high, base int, mirrored, closed bool) string {
	path := ""
	for i := range values {
		v := values[i]
		if mirrored {
			v = values[len(values)-1-i]
		}
		command := "L"
		if i == 0 {
			command = "M"
		}
		path += fmt.Sprintf("%s%d %d", command, i, base-scaled(v, top, base-high))
	}
	if closed && path != "" {
		path += fmt.Sprintf("V%dH0Z", base)
	}
	return path
}

// scaled returns how high a value stands when top stands so high. What is more
// than nothing is at least a pixel.
func scaled(value, top, high int) int {
	if value <= 0 || top <= 0 {
		return 0
	}
	return max(1, (value*high+top/2)/top)
}

// roundUp returns the next number that ends a scale well: 1, 2, 4, 5, 6, 8 and
// their tenfolds.
func roundUp(n int) int {
	for unit := 1; ; unit *= 10 {
		for _, step := range []int{1, 2, 4, 5, 6, 8, 10} {
			if step*unit >= n && step*unit >= 4 {
				return step * unit
			}
		}
	}
}

func greatest(values []int) int {
	most := 0
	for _, v := range values {
		most = max(most, v)
	}
	return most
}

// place returns where something stands from the left edge, as per cent: the
// language decides from which edge its place is counted.
func place(from, wide float64, loc string) string {
	if rtl(loc) {
		from = 1 - from - wide
	}
	return percent(from)
}

func percent(part float64) string { return strconv.FormatFloat(part*100, 'f', 2, 64) + "%" }

func rtl(loc string) bool { return locale.Dir(loc) == "rtl" }

// box is the coordinates of a line through n points.
func box(n, high int) string { return fmt.Sprintf("0 0 %d %d", max(n-1, 1), high) }

// clock writes an hour of the day.
func clock(hour int) string { return fmt.Sprintf("%02d:00", hour) }

// anchored keeps the number above a bar inside the drawing.
func anchored(hour int) string {
	switch {
	case hour < 1:
		return "start"
	case hour > 22:
		return "end"
	}
	return "middle"
}
