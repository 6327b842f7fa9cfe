// Package deskbar is the bar above every page of the desk: where one can go from
// there with one's role. The classes begin with "deskbar". Rights are asked of
// forum, never decided here.
package deskbar

import (
	"parley/frontend/view"
	"parley/internal/forum"
)

// place is one page of the desk.
type place struct {
	name string // of Bar's current, and "deskbar."+name in the catalogues
	path string
	act  forum.Act // what one must be allowed to do there; empty: all of the desk
}

// places are the pages of the desk, in the order shown.
var places = []place{
	{"queues", "/desk", forum.ActQueue},
	{"notices", "/desk/notices", forum.ActAnswer},
	{"appeals", "/desk/appeals", forum.ActAnswer},
	{"stories", "/desk/stories", forum.ActTemperature},
	{"rules", "/desk/rules", forum.ActFigures},
	{"dashboard", "/desk/dashboard", forum.ActFigures},
	{"log", "/desk/log", forum.ActLog},
	{"proposals", "/desk/proposals", ""},
	{"reveal", "/desk/reveal", forum.ActReveal},
	{"staff", "/desk/staff", forum.ActStaff},
	{"settings", "/desk/settings", forum.ActManage},
	{"reasons", "/desk/reasons", forum.ActManage},
	{"alerts", "/desk/alerts", forum.ActManage},
	{"keys", "/desk/keys", forum.ActManage},
	{"export", "/desk/export", forum.ActExport},
}

// open lists the places that the reader of a page may go to.
func open(s view.Shell) []place {
	if s.Account == nil {
		return nil
	}
	actor := forum.Actor{Account: forum.Account{ID: 1, Role: s.Account.Role}, Kind: forum.SessionPage, Strong: true}
	var all []place
	for _, p := range places {
		if (p.act == "" && s.Account.Staff) || forum.May(actor, p.act) {
			all = append(all, p)
		}
	}
	return all
}
