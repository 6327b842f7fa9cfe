package desk_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// cool sets controls as the owner; it must succeed.
func (o *office) cool(state forum.StoryState, c forum.Controls) forum.Story {
	o.t.Helper()
	x, err := o.d.Cool(ctx, o.site, o.owner, desk.Cooling{Story: o.story.ID, State: state, Controls: c})
	if err != nil {
		o.t.Fatal(err)
	}
	return x
}

// try posts a nameless comment and returns the error.
func (o *office) try(by forum.Actor, text string) (forum.Comment, error) {
	o.t.Helper()
	p, err := o.d.Post(ctx, o.site, by, draftOf(o.story.ID, 0, text))
	return p.Comment, err
}

func (o *office) reader() forum.Actor {
	return forum.Actor{Account: storetest.Account(o.t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
}

func TestCool_eachControl(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		guest, reader := o.guest(), o.reader()
		o.post(guest, 0, "before")
		revision := o.read(oldest).Story.Revision

		x := o.cool(forum.StoryOpen, forum.Controls{Slow: 90})
		if x.Revision <= revision {
			t.Error("the revision stays: readers would not see it")
		}
		_, err := o.try(guest, "too soon")
		refused(t, "slow mode", err, "error.slowMode", "")
		o.clock.pass(91 * time.Second)
		if _, err := o.try(guest, "in time"); err != nil {
			t.Error(err)
		}

		o.cool(forum.StoryOpen, forum.Controls{Cap: 2})
		_, err = o.try(guest, "one too many")
		refused(t, "cap", err, "error.authorCap", "")
		if _, err := o.try(reader, "see https://example.org"); err != nil {
			t.Error(err)
		}

		o.cool(forum.StoryOpen, forum.Controls{NoLinks: true})
		_, err = o.try(reader, "see https://example.org")
		refused(t, "links", err, "error.noLinksHere", "text")
		c := o.post(reader, 0, "no links")
		_, err = o.d.Edit(ctx, o.site, reader, c.ID, "now https://example.org", false)
		refused(t, "links by editing", err, "error.noLinksHere", "text")

		o.cool(forum.StoryOpen, forum.Controls{NoPictures: true})
		for _, text := range []string{"![a cat](https://example.org/x)", "https://example.org/cat.JPG?size=1"} {
			_, err = o.try(reader, text)
			refused(t, text, err, "error.noPicturesHere", "text")
		}
		o.post(reader, 0, "https://example.org/page is no picture")

		o.cool(forum.StoryOpen, forum.Controls{VerifiedOnly: true})
		_, err = o.try(guest, "a guest")
		refused(t, "verified only", err, "error.verifiedOnly", "")
		_, err = o.try(forum.Actor{Network: "n"}, "nobody")
		refused(t, "verified only", err, "error.verifiedOnly", "")
		o.post(reader, 0, "signed in")

		o.cool(forum.StoryOpen, forum.Controls{HoldAll: true})
		held := o.post(reader, 0, "waits")
		if held.State != forum.Held || held.HeldFor != "temperature" {
			t.Errorf("state %s, held for %q", held.State, held.HeldFor)
		}
		if c, err = o.d.Edit(ctx, o.site, reader, c.ID, "quite another text", false); err != nil || c.State != forum.Held || o.reread(c).HeldFor != "temperature" {
			t.Errorf("an edited comment is %s, held for %q (%v)", c.State, o.reread(c).HeldFor, err)
		}
		if staff := o.post(o.owner, 0, "from the desk"); staff.State != forum.Published {
			t.Errorf("the desk's own comment is %s", staff.State)
		}

		o.cool(forum.StoryReadOnly, forum.Controls{Why: "The hearing is on."})
		_, err = o.try(reader, "read-only")
		refused(t, "read-only", err, "error.readOnly", "")
		if x := o.read(oldest).Story; x.StateReason != "The hearing is on." {
			t.Errorf("reason %q", x.StateReason)
		}
		o.cool(forum.StoryOpen, forum.Controls{})
		if x := o.read(oldest).Story; x.StateReason != "" {
			t.Errorf("an open story has the reason %q", x.StateReason)
		}
		o.post(reader, 0, "open again")
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestCool_byWhomAndWithoutOverwriting(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		in := desk.Cooling{Story: o.story.ID, State: forum.StoryOpen, Controls: forum.Controls{Slow: 60}, Seen: desk.SeenControls(o.story)}
		for _, by := range []forum.Actor{{}, o.guest(), {Account: o.owner.Account, Kind: forum.SessionPage}, {Account: o.owner.Account, Kind: forum.SessionFrame, Strong: true}} {
			_, err := o.d.Cool(ctx, o.site, by, in)
			refused(t, "cool", err, "error.forbidden", "")
		}
		elsewhere := o.owner
		elsewhere.Account.Role, elsewhere.Account.Sections = forum.RoleModerator, []string{"world"}
		_, err := o.d.Cool(ctx, o.site, elsewhere, in)
		refused(t, "cool in another section", err, "error.forbidden", "")
		if _, err := o.d.Cool(ctx, o.site, o.owner, in); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Cool(ctx, o.site, o.owner, in)
		refused(t, "cool what another changed", err, "error.conflict", "")
		in.Seen = ""
		if _, err := o.d.Cool(ctx, o.site, o.owner, in); err != nil { // the same once more changes nothing
			t.Error(err)
		}
		seen, err := o.d.StoryDesk(ctx, o.site, o.owner, o.story.ID)
		if err != nil || len(seen.History) != 1 || seen.History[0].Scope != "open, slow 60" || seen.History[0].Automated {
			t.Errorf("history %+v, %v", seen.History, err)
		}
		in.Controls.CloseAt = o.clock.now()
		_, err = o.d.Cool(ctx, o.site, o.owner, in)
		refused(t, "close in the past", err, "error.controlCloseAt", "close_at")
	})
}

func TestCloseDue(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reader := o.reader()
		o.cool(forum.StoryOpen, forum.Controls{CloseAt: o.clock.now().Add(time.Hour), Why: "Comments close at one."})
		o.post(reader, 0, "in time")
		if n, err := o.d.CloseDue(ctx, o.site); err != nil || n != 0 {
			t.Errorf("closed %d before its time, %v", n, err)
		}
		o.clock.pass(time.Hour)
		_, err := o.try(reader, "late, before the clock came by")
		refused(t, "late", err, "error.closed", "")
		for _, want := range []int{1, 0} {
			if n, err := o.d.CloseDue(ctx, o.site); err != nil || n != want {
				t.Errorf("closed %d, want %d, %v", n, want, err)
			}
		}
		x := o.read(oldest).Story
		if x.State != forum.StoryClosed || x.StateReason != "Comments close at one." || !x.Controls.CloseAt.IsZero() {
			t.Errorf("%s, %q, %+v", x.State, x.StateReason, x.Controls)
		}
		o.cool(forum.StoryOpen, forum.Controls{})
		o.post(reader, 0, "open again")
	})
}

// TestTakeTemperature_upAndDown lets a discussion boil: steps go up one at a
// time, each is a decision, and they go back when it is calm.
func TestTakeTemperature_upAndDown(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		boil := func() {
			for i := range 70 {
				c := o.post(o.from(fmt.Sprint("n", i)), 0, "heat")
				if i%4 == 0 {
					o.report(o.reader(), c)
				}
			}
		}
		// Comments of an earlier day are not read again each minute.
		storetest.Grow(t, o.s, o.story, o.guest().Account.ID, 3000, storetest.Roots)
		o.clock.pass(30 * 24 * time.Hour)
		boil()
		step := func(want string) {
			t.Helper()
			if _, err := o.d.TakeTemperature(ctx, o.site); err != nil {
				t.Fatal(err)
			}
			if got := o.read(oldest).Story.Controls.Auto; got != want {
				t.Fatalf("step %q, want %q", got, want)
			}
		}
		before := o.s.RowsRead()
		step(forum.AutoSlow)
		if n := o.s.RowsRead() - before; n > 150 {
			t.Errorf("%d rows read", n)
		}
		step(forum.AutoSlow)
		o.clock.pass(forum.AutoUp)
		step(forum.AutoVerified)
		_, err := o.try(o.guest(), "a guest")
		refused(t, "verified only", err, "error.verifiedOnly", "")
		o.clock.pass(2 * time.Hour)
		step(forum.AutoSlow)
		o.clock.pass(forum.AutoDown)
		step("")
		history, err := o.s.DecisionsOnStory(ctx, o.site.ID, o.story.ID, 9)
		if err != nil || len(history) != 4 {
			t.Fatalf("history %+v, %v", history, err)
		}
		for _, x := range history {
			if !x.Automated || x.Reason != desk.CooledBySignals || x.Note == "" {
				t.Errorf("decision %+v", x)
			}
		}
	})
}

// TestTakeTemperature_forbidden lets the desk forbid steps in one story.
func TestTakeTemperature_forbidden(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for i := range 70 {
			o.post(o.from(fmt.Sprint("n", i)), 0, "heat")
		}
		if n, err := o.d.TakeTemperature(ctx, o.site); err != nil || n != 1 {
			t.Fatalf("%d steps, %v", n, err)
		}
		if x := o.cool(forum.StoryOpen, forum.Controls{NoAuto: true}); x.Controls.Auto != "" {
			t.Errorf("step %q stays", x.Controls.Auto)
		}
		o.clock.pass(time.Minute)
		if n, err := o.d.TakeTemperature(ctx, o.site); err != nil || n != 0 {
			t.Errorf("%d steps where none are allowed, %v", n, err)
		}
		hot, err := o.d.Temperatures(ctx, o.site, o.owner)
		if err != nil || len(hot) != 1 || hot[0].Signals.Comments != 70 || len(hot[0].High) == 0 || hot[0].Hours[23] != 70 {
			t.Errorf("the desk sees %+v, %v", hot, err)
		}
	})
}
