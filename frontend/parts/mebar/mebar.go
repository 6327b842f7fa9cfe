// Package mebar is the bar above every page of a reader's own affairs. What those
// pages hold may never enter here.
package mebar

// place is one page of the reader's own affairs.
type place struct {
	name string // of Bar's current, and "mebar."+name in the catalogues
	path string
}

// places are the pages in the order shown.
var places = []place{
	{"comments", "/me"},
	{"inbox", "/me/inbox"},
	{"mail", "/me/mail"},
	{"security", "/me/security"},
	{"privacy", "/me/data"},
}
