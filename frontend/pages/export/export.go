// Package export is the page on which statements of reasons are asked for and
// fetched. What is in them never stands on the page.
package export

import (
	"time"

	"parley/frontend/view"
)

// View is the page.
type View struct {
	Shell  view.Shell
	Action string // where the request is sent
	Fetch  string // where a file is fetched
	Month  string // as written last
	Latest string // 2026-11: the last month there is
	Words  string
	Two    bool // a second person has to agree
	Flash  string
	Wrong  string // at the month
	Error  string // of the whole form
	Ready  []Ready
}

// Ready is a file that may be fetched.
type Ready struct {
	Proposal string
	Month    string // 2026-11
	Name     string // November 2026
	Until    time.Time
}
