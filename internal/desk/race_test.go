package desk_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// atOnce runs n acts at the same moment and returns their errors.
func atOnce(n int, act func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan bool)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = act(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

func TestRace_votes(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "a")
		voters := make([]forum.Actor, 25)
		for i := range voters {
			voters[i] = o.guest()
		}
		// Every account votes twice at once, a third of them against.
		for i, err := range atOnce(50, func(i int) error {
			v := forum.VoteUp
			if i%25%3 == 0 {
				v = forum.VoteDown
			}
			_, _, err := o.d.Vote(ctx, o.site, voters[i%25], c.ID, v)
			return err
		}) {
			if err != nil {
				t.Errorf("vote %d: %v", i, err)
			}
		}
		if got := o.reread(c); got.Up != 16 || got.Down != 9 {
			t.Errorf("%d up, %d down; want 16 and 9", got.Up, got.Down)
		}
		// One account changes its mind fifty times at once.
		atOnce(50, func(i int) error { _, _, err := o.d.Vote(ctx, o.site, voters[0], c.ID, forum.Vote(i%3-1)); return err })
		storetest.CheckCounters(t, o.s, o.site.ID)
		if got := o.reread(c); got.Up+got.Down > 25 || got.Up < 16 || got.Down < 8 {
			t.Errorf("%d up, %d down", got.Up, got.Down)
		}
		if n, err := o.d.RefreshScores(ctx, o.site.ID); err != nil || n != 1 {
			t.Errorf("%d scores refreshed, %v", n, err)
		}
	})
}

func TestRace_parentWithdrawn(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for range 5 {
			author, reader := o.guest(), o.guest()
			root := o.post(author, 0, "root")
			parent := o.post(author, root.ID, "parent")
			var accepted atomic.Int64
			for i, err := range atOnce(21, func(i int) error {
				if i == 10 {
					_, err := o.d.Withdraw(ctx, o.site, author, parent.ID)
					return err
				}
				_, err := o.d.Post(ctx, o.site, reader, draftOf(o.story.ID, parent.ID, fmt.Sprint("reply ", i)))
				if err == nil {
					accepted.Add(1)
				}
				return err
			}) {
				if err != nil && i == 10 {
					t.Errorf("withdraw: %v", err)
				}
				if err != nil && i != 10 {
					refused(t, "reply", err, "error.parentGone", "parent")
				}
			}
			if got := o.reread(parent); got.State != forum.Withdrawn || got.Replies != int(accepted.Load()) {
				t.Errorf("%s with %d replies, %d accepted", got.State, got.Replies, accepted.Load())
			}
			if root = o.reread(root); root.Descendants != int(accepted.Load()) {
				t.Errorf("%d below the root, want %d", root.Descendants, accepted.Load())
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestRace_sameKey(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for _, keyed := range []bool{true, false} {
			draft := draftOf(o.story.ID, 0, fmt.Sprint("once ", keyed))
			if !keyed {
				draft.Key = ""
			}
			var mu sync.Mutex
			ids, firsts := map[forum.ID]bool{}, 0
			for _, err := range atOnce(20, func(int) error {
				p, err := o.d.Post(ctx, o.site, forum.Actor{Network: "n"}, draft)
				mu.Lock()
				defer mu.Unlock()
				ids[p.Comment.ID] = true
				if !p.Repeat {
					firsts++
				}
				return err
			}) {
				if err != nil {
					t.Errorf("post: %v", err)
				}
			}
			if len(ids) != 1 || firsts != 1 {
				t.Errorf("%d comments, %d of them first", len(ids), firsts)
			}
		}
		if n := len(o.read(oldest).Nodes); n != 2 {
			t.Errorf("%d comments", n)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestRace_moderators(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second := o.staff()
		for range 10 {
			c := o.post(o.guest(), 0, "a")
			errs := atOnce(2, func(i int) error {
				actor := o.owner
				r := desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse"}
				if i == 1 {
					actor, r.Verb, r.Reason = second, forum.Hold, ""
				}
				_, err := o.d.Decide(ctx, o.site, actor, r)
				return err
			})
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("both or neither: %v, %v", errs[0], errs[1])
			}
			for _, err := range errs {
				if err != nil && !forum.IsKind(err, forum.Conflict) {
					t.Errorf("the second moderator is told %v", err)
				}
			}
			if all, err := o.s.DecisionsOn(ctx, o.site.ID, c.ID); err != nil || len(all) != 1 {
				t.Errorf("%d decisions, %v", len(all), err)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestRace_name(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		people := make([]forum.Actor, 50)
		for i := range people {
			people[i] = o.guest()
		}
		won := 0
		for _, err := range atOnce(50, func(i int) error {
			draft := draftOf(o.story.ID, 0, "mine")
			draft.Byline, draft.Name = forum.BylineName, "Marlowe"
			_, err := o.d.Post(ctx, o.site, people[i], draft)
			return err
		}) {
			if err == nil {
				won++
			} else {
				refused(t, "name", err, "error.nameTaken", "name")
			}
		}
		if won != 1 {
			t.Errorf("%d got the name", won)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// Reports that come in while the desk deals with the comment are either open and
// counted or dealt with.
func TestRace_reportsAndDismissal(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for range 10 {
			c := o.post(o.guest(), 0, "a")
			people := make([]forum.Actor, 16)
			for i := range people {
				people[i] = o.guest()
			}
			for _, err := range atOnce(20, func(i int) error {
				if i%5 == 4 {
					_, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: c.ID, Verb: forum.Dismiss, From: forum.Published})
					return err
				}
				_, _, err := o.d.Report(ctx, o.site, people[i-i/5], c.ID, forum.ReasonSpam, "")
				return err
			}) {
				if err != nil && !forum.IsKind(err, forum.Conflict) { // nothing to dismiss yet
					t.Errorf("%v", err)
				}
			}
			storetest.CheckCounters(t, o.s, o.site.ID)
		}
	})
}

// The first readers of an unknown story all write under one.
func TestRace_newStory(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for n := range 5 {
			for what, ref := range map[string]desk.StoryRef{
				"by URL": {URL: fmt.Sprintf("https://paper.example/%d", n), Title: "New"},
				"by id":  {URL: fmt.Sprintf("https://paper.example/id/%d", n), ExternalID: fmt.Sprint("cms", n), Title: "New"},
			} {
				var mu sync.Mutex
				stories := map[forum.ID]bool{}
				for _, err := range atOnce(10, func(i int) error {
					draft := draftOf(0, 0, fmt.Sprint("first ", i))
					draft.Ref = ref
					p, err := o.d.Post(ctx, o.site, forum.Actor{Network: fmt.Sprint(i)}, draft)
					mu.Lock()
					defer mu.Unlock()
					stories[p.Story.ID] = true
					return err
				}) {
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				if len(stories) != 1 {
					t.Errorf("%s: %d stories for one page", what, len(stories))
				}
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// The same few readers write under several stories by way of two nodes. Whatever their
// transactions share and lock, none waits in a circle, and none is refused.
func TestRace_twoNodes(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			o := newOffice(t, storetest.OpenAt(t, url))
			nodes := []*desk.Desk{o.d, o.d}
			if engine == "postgres" {
				// Of clocks that stand still at one instant, two nodes would mint one id twice.
				nodes[1] = desk.New(storetest.OpenAt(t, url), func() time.Time { return o.clock.now().Add(time.Millisecond) })
			}
			var people []forum.Actor
			for range 4 {
				people = append(people, o.guest())
			}
			stories := []forum.Story{o.story}
			for _, name := range []string{"second", "third"} {
				x, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: name, Headline: name})
				if err != nil {
					t.Fatal(err)
				}
				stories = append(stories, x)
			}
			for i, err := range atOnce(96, func(i int) error {
				draft := draftOf(stories[i%3].ID, 0, fmt.Sprint("words of number ", i))
				_, err := nodes[i/3%2].Post(ctx, o.site, people[i/6%4], draft)
				return err
			}) {
				if err != nil {
					t.Errorf("comment %d: %v", i, err)
				}
			}
			storetest.CheckCounters(t, o.s, o.site.ID)
		})
	}
}

// A moderator rejects while the author edits: what is rejected is not edited.
func TestRace_editAndReject(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for range 10 {
			author := o.guest()
			c := o.post(author, 0, "before")
			errs := atOnce(2, func(i int) error {
				if i == 0 {
					_, err := o.d.Edit(ctx, o.site, author, c.ID, "after", false)
					return err
				}
				_, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse"})
				return err
			})
			got := o.reread(c)
			if errs[1] != nil || got.State != forum.Rejected {
				t.Errorf("%s: %v", got.State, errs[1])
			}
			if (errs[0] == nil) != (got.Source == "after") {
				t.Errorf("edit says %v, the text is %q", errs[0], got.Source)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}
