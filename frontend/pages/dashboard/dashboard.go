// Package dashboard is the desk's page about itself: today against the usual
// day, what waits and since when, what was reversed, and who did how much. Who
// may see it is decided elsewhere; nothing about a reader may enter here.
package dashboard

import (
	"parley/frontend/parts/chart"
	"parley/frontend/view"
)

// View is the dashboard.
type View struct {
	Shell  view.Shell
	Until  string // "as of 14:05 UTC"
	Tiles  []chart.Tile
	Days   []chart.Hours
	Lines  []chart.Series
	Charts []chart.Rows
}
