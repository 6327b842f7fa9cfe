package main

import (
	"fmt"
	"strings"
)

// testRooms serve tests; nothing that ships imports them.
var testRooms = []string{"internal/storetest", "internal/pgtest", "internal/htmltest", "internal/signintest", "internal/fixture", "internal/diskfault", "internal/netfault"}

// room is a folder, with everything below it, and what it may import.
type room struct {
	folder string
	// ours are the folders of this module it may import beside its own.
	ours []string
	// theirs are the modules of others it may import, by prefix; anyone means
	// no limit. The standard library is free to all.
	theirs []string
}

// anyone in room.theirs lifts the limit, and anything in room.ours.
const (
	anyone   = "*"
	anything = "*"
)

// rooms is the picture of docs/architecture.md as a table. The first room that
// holds a file is its room.
var rooms = []room{
	{folder: "internal/forum"},
	{folder: "internal/meter"},
	{folder: "internal/bench"},
	{folder: "internal/line"},
	{folder: "internal/rank", ours: []string{"internal/forum"}},
	{folder: "internal/learn", ours: []string{"internal/forum"}},
	{folder: "internal/rule", ours: []string{"internal/forum", "internal/name", "internal/term"}, theirs: []string{anyone}},
	{folder: "internal/markup", ours: []string{"internal/forum"}, theirs: []string{anyone}},
	{folder: "internal/name", ours: []string{"internal/forum"}, theirs: []string{anyone}},
	{folder: "internal/audit", ours: []string{"internal/forum"}},
	{folder: "internal/term", ours: []string{"internal/forum"}, theirs: []string{anyone}},
	{
		folder: "internal/store",
		ours:   []string{"internal/forum", "internal/meter", "internal/rank", "internal/term"},
		theirs: []string{"modernc.org/", "github.com/jackc/pgx/", "github.com/pressly/goose/", "golang.org/x/"},
	},
	{folder: "internal/mail", ours: []string{"internal/forum"}, theirs: []string{anyone}},
	{folder: "internal/webhook", ours: []string{"internal/forum"}},
	{folder: "internal/egress", ours: []string{"internal/forum"}, theirs: []string{anyone}},
	{folder: "internal/cdn", ours: []string{"internal/forum", "internal/meter", "internal/egress"}},
	{folder: "internal/signin", ours: []string{"internal/forum", "internal/egress"}, theirs: []string{anyone}},
	{
		folder: "internal/desk",
		ours: []string{
			"internal/forum", "internal/meter", "internal/markup", "internal/rank", "internal/name", "internal/term", "internal/rule",
			"internal/learn", "internal/audit", "internal/store", "internal/mail", "internal/webhook", "internal/egress", "internal/signin",
		},
		theirs: []string{anyone},
	},
	{folder: "internal/live", ours: []string{"internal/forum", "internal/meter", "internal/desk"}, theirs: []string{anyone}},
	{folder: "internal/importer", ours: []string{"internal/forum", "internal/desk"}, theirs: []string{anyone}},
	{folder: "internal/exporter", ours: []string{"internal/forum", "internal/desk"}, theirs: []string{anyone}},
	{
		folder: "internal/jobs",
		ours:   []string{"internal/forum", "internal/meter", "internal/desk", "internal/live", "internal/mail", "internal/egress", "frontend"},
		theirs: []string{anyone},
	},
	{
		folder: "internal/web",
		ours: []string{
			"internal/forum", "internal/meter", "internal/desk", "internal/markup", "internal/name", "internal/rule", "internal/live", "internal/exporter",
			"internal/cdn", "internal/signin", "frontend",
		},
		theirs: []string{anyone},
	},
	{folder: "frontend", ours: []string{"internal/forum", "internal/markup"}, theirs: []string{anyone}},
	{folder: "cmd", ours: []string{anything}, theirs: []string{anyone}},
	{folder: "tools", theirs: []string{anyone}},
}

// checkArrows checks what a file imports. Tests stand outside the house: they
// may look at any room.
func checkArrows(f *goFile) []finding {
	if f.test {
		return nil
	}
	for _, r := range rooms {
		if within(f.room, r.folder) {
			return r.check(f)
		}
	}
	return []finding{{f.name, 1, fmt.Sprintf("the room %s is not in the table of rooms", f.room)}}
}

func (r room) check(f *goFile) []finding {
	var findings []finding
	for _, i := range f.imports {
		switch {
		case i.ours != "" && within(i.ours, testRooms...):
			findings = append(findings, finding{f.name, i.line, i.ours + " is for tests only"})
		case i.ours != "" && !r.mayUse(i.ours):
			findings = append(findings, finding{f.name, i.line, fmt.Sprintf("%s must not import %s", r.folder, i.ours)})
		case i.ours == "" && isModule(i.path) && !r.mayRequire(i.path):
			findings = append(findings, finding{f.name, i.line, fmt.Sprintf("%s must not import %s", r.folder, i.path)})
		}
	}
	return findings
}

func (r room) mayUse(ours string) bool {
	return within(ours, r.folder) || within(ours, r.ours...) || len(r.ours) == 1 && r.ours[0] == anything
}

func (r room) mayRequire(path string) bool {
	for _, prefix := range r.theirs {
		if prefix == anyone || strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// isModule tells a module's package from the standard library's: only the
// first begins with a host.
func isModule(path string) bool {
	host, _, _ := strings.Cut(path, "/")
	return strings.Contains(host, ".")
}
