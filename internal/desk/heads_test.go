package desk_test

import (
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// known is what the heads of an office know.
type known struct {
	*office
	heads *desk.Heads
}

func (o *office) heads(t *testing.T) known {
	t.Helper()
	h, err := desk.NewHeads(o.d, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return known{o, h}
}

// comments returns how many comments the story is known to have.
func (k known) comments(exact bool) int {
	k.t.Helper()
	x, err := k.heads.Story(ctx, k.site.ID, k.story.ID, exact)
	if err != nil {
		k.t.Fatal(err)
	}
	return x.Comments
}

// all asks for everything a public page asks for, many times.
func (k known) all() {
	k.t.Helper()
	for range 5 {
		list, err := k.heads.Sites(ctx, false)
		if err != nil || len(list.Sites) != 1 {
			k.t.Fatal(list, err)
		}
		k.comments(false)
		for _, ref := range []desk.StoryRef{{ExternalID: "main"}, {URL: "https://paper.example/tanks", ExternalID: "main"}} {
			if x, err := k.heads.FindStory(ctx, k.site, ref, false); err != nil || x.ID != k.story.ID {
				k.t.Fatal(x.ID, err)
			}
		}
		if _, err := k.heads.Stories(ctx, k.site.ID, "", 25, false); err != nil {
			k.t.Fatal(err)
		}
	}
}

func TestHeads_readOnceASecond(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		k := o.heads(t)
		k.all()
		before := o.s.RowsRead()
		k.all()
		o.clock.pass(999 * time.Millisecond)
		k.all()
		if n := o.s.RowsRead() - before; n != 0 {
			t.Errorf("%d rows were read within the second", n)
		}
		o.clock.pass(time.Millisecond)
		k.all()
		if n := o.s.RowsRead() - before; n == 0 || n > 4 {
			t.Errorf("%d rows were read after it, want one for the site and some for the story", n)
		}
	})
}

// TestHeads_otherProcess has two processes on one database.
func TestHeads_otherProcess(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			here, there := newOffice(t, storetest.OpenAt(t, url)), &office{t: t, s: storetest.OpenAt(t, url)}
			there.site, there.story, there.d = here.site, here.story, desk.New(there.s, here.clock.now)
			k := here.heads(t)
			k.comments(false)

			there.post(there.guest(), 0, "One.")
			here.clock.pass(999 * time.Millisecond)
			if n := k.comments(true); n != 1 {
				t.Errorf("exactly %d comments, want 1", n)
			}
			here.clock.pass(time.Millisecond)
			if n := k.comments(false); n != 1 {
				t.Errorf("%d comments a second after the commit, want 1", n)
			}

			move := forum.Move{SiteID: here.site.ID, StoryID: here.story.ID}
			there.post(there.guest(), 0, "Two.")
			move.Desk = true
			if here.d.Moved([]forum.Move{move}); k.comments(false) != 1 {
				t.Error("the story was read again although only the desk moved")
			}
			move.Desk = false
			if here.d.Moved([]forum.Move{move}); k.comments(false) != 2 {
				t.Error("what another process told of is not seen")
			}
		})
	}
}

// TestHeads_rules asks for the rules that run once a second; a rule put on holds the
// next comment, on another node one a second later.
func TestHeads_rules(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			here, there := newOffice(t, storetest.OpenAt(t, url)), &office{t: t, s: storetest.OpenAt(t, url)}
			there.site, there.story, there.owner, there.d = here.site, here.story, here.owner, desk.New(there.s, here.clock.now)
			here.heads(t)
			there.heads(t)
			state := func(o *office) forum.State { return o.post(here.owner, 0, "Words.").State }
			state(here)
			state(there)
			before := here.statements()
			first := state(here)
			repeated := here.statements() - before
			here.clock.pass(time.Second)
			before = here.statements()
			state(here)
			if n := here.statements() - before; first != forum.Published || n != repeated+1 {
				t.Errorf("%s with %d statements, with %d a second later", first, repeated, n)
			}
			state(there)

			here.rule(forum.StageOn, scum, holds)
			guest := func(o *office) forum.State { return o.post(forum.Actor{Network: "n"}, 0, "Scum.").State }
			if got := guest(here); got != forum.Held {
				t.Errorf("%s where the rule was put on", got)
			}
			here.clock.pass(time.Second)
			if got := guest(there); got != forum.Held {
				t.Errorf("%s on another node a second later", got)
			}
			here.d.Moved([]forum.Move{{SiteID: here.site.ID, Desk: true}})
			before = here.statements()
			state(here)
			if n := here.statements() - before; n != repeated+1 {
				t.Errorf("%d statements after the desk moved, want %d", n, repeated+1)
			}
		})
	}
}

// TestHeads_busy posts twenty comments a second. A story seen to change a moment
// ago is seen to change again when a second is over; what was taken away is gone
// at once.
func TestHeads_busy(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		k := o.heads(t)
		k.comments(false)
		first := o.post(o.guest(), 0, "First.")
		if n := k.comments(false); n != 1 {
			t.Errorf("%d comments on a quiet story that got one", n)
		}
		shown, changes := 1, 0
		for i := range 40 {
			o.clock.pass(50 * time.Millisecond)
			o.post(o.guest(), 0, "More.")
			n := k.comments(false)
			if n != shown {
				shown, changes = n, changes+1
			}
			if old := i + 2 - n; old > 20 {
				t.Fatalf("%d comments are missing, more than came within a second", old)
			}
			if n := k.comments(true); n != i+2 {
				t.Fatalf("exactly %d comments, want %d", n, i+2)
			}
		}
		if changes != 2 {
			t.Errorf("the story was seen to change %d times in two seconds", changes)
		}
		o.decide(first, forum.Reject)
		if n := k.comments(false); n != 40 {
			t.Errorf("%d comments after one was rejected, want 40", n)
		}
	})
}

// TestHeads_site drops the sites as soon as one changes, and keeps what is made of
// them as long as none does.
func TestHeads_site(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		k := o.heads(t)
		list := func() *desk.SiteList {
			list, err := k.heads.Sites(ctx, false)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		first := list()
		o.clock.pass(time.Minute)
		if list() != first {
			t.Error("the list is another one although no site changed")
		}
		o.site.Name = "The Other Gazette"
		if err := o.d.SetSite(ctx, o.site); err != nil {
			t.Fatal(err)
		}
		if got := list().Sites[0].Name; got != o.site.Name {
			t.Errorf("the site is known as %q", got)
		}
	})
}
