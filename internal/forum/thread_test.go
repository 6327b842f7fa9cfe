package forum_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/internal/forum"
)

// branch is a comment of a made-up thread.
type branch struct {
	path     string
	children []*branch
}

func (b *branch) grow() *branch {
	child := &branch{path: forum.ChildPath(b.path, len(b.children)+1)}
	b.children = append(b.children, child)
	return child
}

func (b *branch) preorder() []string {
	all := []string{b.path}
	for _, c := range b.children {
		all = append(all, c.preorder()...)
	}
	return all
}

func checkReadingOrder(t interface{ Fatalf(string, ...any) }, root *branch) {
	want := root.preorder()
	got := slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Fatalf("bytewise order of paths is not reading order: %s", cmp.Diff(want, got))
	}
}

func TestChildPath_readingOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := &branch{}
		all := []*branch{root}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 1<<20), 0, 300).Draw(t, "parents") {
			// A third of the replies go to the newest, so that threads get deep.
			at := n % len(all)
			if n%3 == 0 {
				at = len(all) - 1
			}
			all = append(all, all[at].grow())
		}
		checkReadingOrder(t, root)
	})
}

func TestChildPath_wideAndDeep(t *testing.T) {
	root := &branch{}
	for i := range 1500 { // beyond 36 and 36² children
		child := root.grow()
		if i%100 == 35 || i == 1295 || i == 1296 {
			for range 40 {
				child.grow().grow()
			}
		}
	}
	deep := root.children[36]
	for range forum.MaxDepth {
		deep.grow()
		deep = deep.grow()
	}
	checkReadingOrder(t, root)
}

func TestBelowPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.IntRange(1, 50_000)
		draw := func(label string) string {
			path := ""
			for _, n := range rapid.SliceOfN(step, 0, 6).Draw(t, label) {
				path = forum.ChildPath(path, n)
			}
			return path
		}
		a := draw("a")
		b := draw("b")
		if rapid.Bool().Draw(t, "below") {
			b = a + b
		}
		inside := a < b && b < forum.BelowPath(a)
		if inside != forum.Under(b, a) {
			t.Fatalf("%q inside the bounds of %q: %t; under it: %t", b, a, inside, forum.Under(b, a))
		}
	})
}

func TestPathDepth_parentPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := ""
		var above []string
		for _, n := range rapid.SliceOfN(rapid.IntRange(1, 100_000), 0, forum.MaxDepth).Draw(t, "steps") {
			above = append(above, path)
			path = forum.ChildPath(path, n)
		}
		if got := forum.PathDepth(path); got != len(above) {
			t.Fatalf("PathDepth(%q) = %d, want %d", path, got, len(above))
		}
		if got := forum.ParentPaths(path); !slices.Equal(got, above) {
			t.Fatalf("ParentPaths(%q) = %q, want %q", path, got, above)
		}
		if !forum.ValidPath(path) {
			t.Fatalf("ValidPath(%q) is false", path)
		}
	})
}

func TestValidPath_hostile(t *testing.T) {
	for _, path := range []string{
		"z", "1", "2a", "1A", "1-", "0", "01", "1\x00", "\xff", "11z", "!", "9zzzzzzzz", strings.Repeat("1", 9999), "1é", "11 ", strings.Repeat("11", 101),
	} {
		if forum.ValidPath(path) {
			t.Errorf("ValidPath(%q) is true", path)
		}
		if n := forum.PathDepth(path); n > len(path) { // must end
			t.Errorf("PathDepth(%q) is %d", path, n)
		}
	}
}

func TestPage_normal(t *testing.T) {
	for _, c := range []struct{ in, want forum.Page }{
		{forum.Page{}, forum.Page{View: forum.Threaded, Order: forum.Newest, Size: 25}},
		{forum.Page{View: "tree", Order: "random", Size: -1}, forum.Page{View: forum.Threaded, Order: forum.Newest, Size: 25}},
		{forum.Page{View: forum.Threaded, Order: forum.Useful, Size: 50}, forum.Page{View: forum.Threaded, Order: forum.Useful, Size: 50}},
		{forum.Page{View: forum.Conversation, Order: forum.Useful, Size: 100}, forum.Page{View: forum.Conversation, Order: forum.Oldest, Size: 100}},
		{forum.Page{View: forum.Picks, Order: forum.Useful, Size: 50}, forum.Page{View: forum.Picks, Order: forum.Oldest, Size: 50}},
		{forum.Page{View: forum.Picks}, forum.Page{View: forum.Picks, Order: forum.Newest, Size: 25}},
		{forum.Page{View: forum.Conversation, Order: forum.Newest, Size: 1 << 40}, forum.Page{View: forum.Conversation, Order: forum.Newest, Size: 25}},
		{forum.Page{Order: forum.Oldest, After: "x", All: true}, forum.Page{View: forum.Threaded, Order: forum.Oldest, Size: 25, After: "x", All: true}},
	} {
		got := c.in.Normal()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c.in, diff)
		}
		if again := got.Normal(); again != got {
			t.Errorf("%+v is not settled", got)
		}
	}
}
