package desk_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// ruleAs decides as an actor.
func (o *office) ruleAs(actor forum.Actor, c forum.Comment, verb forum.Verb) error {
	r := desk.Ruling{Comment: c.ID, Verb: verb, From: o.reread(c).State}
	if verb == forum.Reject {
		r.Reason = "abuse"
	}
	_, err := o.d.Decide(ctx, o.site, actor, r)
	return err
}

func (o *office) takeBack(actor forum.Actor, c forum.Comment) error {
	_, err := o.d.Undo(ctx, o.site, actor, desk.TakeBack{Comment: c.ID})
	return err
}

// Whatever was decided, undoing it leaves the comment, its reports and every
// counter as they were.
func TestUndo_restores(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reader := o.from("a")
		for _, verb := range []forum.Verb{forum.Publish, forum.Reject, forum.Hold, forum.Dismiss, forum.Feature} {
			author := o.guest()
			c := o.post(author, 0, string(verb))
			o.report(reader, c)
			before, standing := o.reread(c), o.account(author.Account.ID)
			record := o.account(reader.Account.ID)
			o.clock.pass(time.Second)
			if err := o.ruleAs(o.owner, c, verb); err != nil {
				t.Fatalf("%s: %v", verb, err)
			}
			if err := o.takeBack(o.owner, c); err != nil {
				t.Fatalf("undo %s: %v", verb, err)
			}
			same(t, string(verb)+" undone", o.reread(c), before)
			same(t, string(verb)+": the author", o.account(author.Account.ID), standing)
			same(t, string(verb)+": the reporter", o.account(reader.Account.ID), record)
			refused(t, "twice", o.takeBack(o.owner, c), "error.undoLate", "")
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
		open, err := o.d.Count(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueReported}, 99)
		if err != nil || open.N != 5 {
			t.Errorf("%d reported, %v", open.N, err)
		}
	})
}

func TestUndo_heldAndRejectedAgain(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.HoldFirst = true
		c := o.post(o.guest(), 0, "new here")
		for _, verb := range []forum.Verb{forum.Reject, forum.Publish} {
			if err := o.ruleAs(o.owner, c, verb); err != nil {
				t.Fatal(err)
			}
			if err := o.takeBack(o.owner, c); err != nil {
				t.Fatal(err)
			}
			if got := o.reread(c); got.State != forum.Held || got.Reviewed {
				t.Errorf("%s undone: %s, reviewed %v", verb, got.State, got.Reviewed)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestUndo_refusals(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second := o.staff()
		c := o.post(o.guest(), 0, "a")
		refused(t, "nothing decided", o.takeBack(o.owner, c), "error.undoFar", "")
		if err := o.ruleAs(o.owner, c, forum.Hold); err != nil {
			t.Fatal(err)
		}
		refused(t, "somebody else's", o.takeBack(second, c), "error.undoFar", "")
		refused(t, "a guest's", o.takeBack(o.guest(), c), "error.forbidden", "")
		if err := o.ruleAs(second, c, forum.Publish); err != nil {
			t.Fatal(err)
		}
		refused(t, "after another's", o.takeBack(o.owner, c), "error.undoLate", "")
		if err := o.takeBack(second, c); err != nil {
			t.Fatal(err)
		}
		if err := o.takeBack(o.owner, c); err != nil {
			t.Errorf("once the later one is undone: %v", err)
		}
		same(t, "state", o.reread(c).State, forum.Published)
	})
}

// The twenty last can be taken back, the one before them cannot.
func TestUndo_lastTwenty(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		var all []forum.Comment
		for i := range 21 {
			all = append(all, o.post(o.guest(), 0, fmt.Sprint("c", i)))
			if err := o.ruleAs(o.owner, all[i], forum.Hold); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "the twenty-first", o.takeBack(o.owner, all[0]), "error.undoFar", "")
		for _, c := range all[1:] {
			if err := o.takeBack(o.owner, c); err != nil {
				t.Fatal(err)
			}
		}
		list, err := o.d.Decided(ctx, o.site, o.owner, true, 0, 50)
		if err != nil || len(list.Cards) != 41 || !list.Cards[20].Undone || list.Cards[40].Undone {
			t.Errorf("%d decisions of one's own, %v", len(list.Cards), err)
		}
	})
}

// A request that is sent again because its answer was lost changes nothing.
func TestDecide_key(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "a")
		r := desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse", Key: "k1"}
		for range 3 {
			if got, err := o.d.Decide(ctx, o.site, o.owner, r); err != nil || got.State != forum.Rejected {
				t.Fatalf("%s, %v", got.State, err)
			}
		}
		other := r
		other.Reason = "spam"
		_, err := o.d.Decide(ctx, o.site, o.owner, other)
		refused(t, "the key for something else", err, "error.keyReused", "")
		back := desk.TakeBack{Comment: c.ID, Key: "k2"}
		for range 2 {
			if got, err := o.d.Undo(ctx, o.site, o.owner, back); err != nil || got.State != forum.Published {
				t.Fatalf("undo: %s, %v", got.State, err)
			}
		}
		if _, err := o.d.Decide(ctx, o.site, o.staff(), r); err != nil {
			t.Errorf("another moderator's key of the same name: %v", err)
		}
		same(t, "decisions", len(o.decisions(c)), 3)
	})
}

// Fifty at once decide on one comment: one of them does, and so on back.
func TestRace_fiftyDecide(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		people := []forum.Actor{o.owner, o.staff(), o.staff(), o.staff(), o.staff()}
		verbs := []forum.Verb{forum.Reject, forum.Hold, forum.Publish, forum.Dismiss}
		for range 3 {
			c := o.post(o.guest(), 0, "a")
			o.report(o.from("b"), c)
			won := 0
			for i, err := range atOnce(50, func(i int) error {
				r := desk.Ruling{Comment: c.ID, Verb: verbs[i%len(verbs)], From: forum.Published}
				if r.Verb == forum.Reject {
					r.Reason = "abuse"
				}
				_, err := o.d.Decide(ctx, o.site, people[i%len(people)], r)
				return err
			}) {
				if err == nil {
					won++
				} else if !forum.IsKind(err, forum.Conflict) {
					t.Errorf("moderator %d is told %v", i, err)
				}
			}
			// To keep and to hold are not against each other; each is done once.
			if all := o.decisions(c); len(all) != won || won == 0 || won > 2 {
				t.Errorf("%d won, %d decisions", won, len(all))
			}
			last := o.decisions(c)[won-1]
			undone := 0
			for _, err := range atOnce(10, func(int) error {
				_, err := o.d.Undo(ctx, o.site, forum.Actor{Account: o.account(last.ActorID), Kind: forum.SessionPage, Strong: true}, desk.TakeBack{Decision: last.ID})
				return err
			}) {
				if err == nil {
					undone++
				}
			}
			if undone != 1 {
				t.Errorf("undone %d times", undone)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}
