// Package transparency is the public page about a site's moderation in a month:
// what was decided, on which ground, by which rule or role, how fast, and what
// was reversed. A name, an account, a comment or anything else that tells of one
// person must never enter here.
package transparency

import (
	"parley/frontend/parts/chart"
	"parley/frontend/view"
)

// View is the page of one month.
type View struct {
	Shell   view.Shell
	Month   string // "November 2026"
	Lede    string
	Until   string // how far the figures reach; empty: the month is over
	Earlier Link
	Later   Link
	CSV     string // paths of the same figures for machines
	JSON    string
	Tiles   []chart.Tile
	Charts  []chart.Rows
}

// Link leads to another month; without a path it leads nowhere.
type Link struct{ Path, Name string }
