package forum

import (
	"strconv"
	"strings"
)

// View is how a discussion is laid out.
type View string

// The views.
const (
	Threaded     View = "threaded"     // replies beneath what they answer
	Conversation View = "conversation" // flat, in time order
	Picks        View = "picks"        // flat: what the newsroom picked, by when it did
)

// Flat reports whether a view shows comments one below the other, not as threads.
func (v View) Flat() bool { return v == Conversation || v == Picks }

// Order is which comments come first.
type Order string

// The orders.
const (
	Newest Order = "newest"
	Oldest Order = "oldest"
	Useful Order = "useful" // Wilson lower bound of "worth reading"; ties by time, newest first
)

// Page says which part of a discussion is read. The views without threads know
// the orders Newest and Oldest.
type Page struct {
	View  View
	Order Order
	Size  int    // roots (threaded) or comments (the other views): 25, 50 or 100
	After string // where the page before ended; empty: the first page
	All   bool   // everything at once, up to MaxAll comments
}

// Sizes are the page sizes a reader may choose.
var Sizes = []int{25, 50, 100}

// Limits of reading.
const (
	FirstReplies = 3    // replies shown under each root before "show more"
	MoreReplies  = 50   // replies a "show more" adds
	MaxAll       = 5000 // comments that "load all" shows; the rest behind one more link
	MaxDepth     = 100  // stored depth of a reply; a deeper one keeps its parent but sits at this depth
)

// DefaultPage is what a reader sees who chose nothing.
func DefaultPage() Page { return Page{View: Threaded, Order: Newest, Size: 25} }

// Normal returns the page with everything unknown replaced by its default, so
// that cache keys have few values.
func (p Page) Normal() Page {
	d := DefaultPage()
	if !p.View.Flat() {
		p.View = d.View
	}
	if p.Order != Oldest && p.Order != Useful {
		p.Order = d.Order
	}
	if p.View.Flat() && p.Order == Useful {
		p.Order = Oldest
	}
	if p.Size != 50 && p.Size != 100 {
		p.Size = d.Size
	}
	return p
}

// ChildPath returns the place of the n-th reply (from 1) below a parent's path.
// Paths compare bytewise in reading order: a parent before its replies, earlier
// replies before later ones. Each step is the count of base-36 digits followed
// by the digits, so that 9 < 10 holds as text.
func ChildPath(parent string, n int) string {
	digits := strconv.FormatInt(int64(n), 36)
	return parent + strconv.Itoa(len(digits)) + digits
}

// BelowPath returns the exclusive upper bound of the paths below a path: every
// descendant p of path has path < p < BelowPath(path). No step begins with a
// letter, so "z" ends them all.
func BelowPath(path string) string { return path + "z" }

// PathDepth returns how many steps a path has.
func PathDepth(path string) int {
	depth := 0
	for len(path) > 0 {
		n := int(path[0]-'0') + 1
		if n > len(path) {
			return depth
		}
		path = path[n:]
		depth++
	}
	return depth
}

// ValidPath reports whether a text from outside can be the path of a comment.
// The empty path of a root is one.
func ValidPath(path string) bool {
	for depth := 0; len(path) > 0; depth++ {
		n := int(path[0]-'0') + 1
		if path[0] < '1' || path[0] > '9' || n > len(path) || depth >= MaxDepth {
			return false
		}
		if strings.Trim(path[1:n], "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
		path = path[n:]
	}
	return true
}

// ParentPaths returns the paths of the ancestors of a path, root first. The
// root itself has the empty path.
func ParentPaths(path string) []string {
	var all []string
	for at := 0; at < len(path); {
		all = append(all, path[:at])
		at += int(path[at]-'0') + 1
	}
	return all
}

// Under reports whether path lies below ancestor.
func Under(path, ancestor string) bool {
	return len(path) > len(ancestor) && strings.HasPrefix(path, ancestor)
}
