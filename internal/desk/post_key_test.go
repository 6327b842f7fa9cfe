package desk_test

import (
	"sync"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
)

// A request that comes again is told what it was told first, though what it asks for
// would be refused by now: because of its own first, or of what came between.
func TestPost_againThoughRefused(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reader := o.guest()
		stranger := forum.Actor{Network: "n"}
		named := func(d desk.Draft) desk.Draft {
			d.Byline, d.Name = forum.BylineName, "Marlowe"
			return d
		}
		derived := func(d desk.Draft) desk.Draft {
			d.Key = ""
			return d
		}
		o.site.Settings.ReaderPace.Gap, o.site.Settings.NamelessPace.Gap = forum.Seconds(3600), forum.Seconds(3600)
		for what, x := range map[string]struct {
			by    forum.Actor
			draft desk.Draft
			then  func()
		}{
			"too fast":            {reader, draftOf(o.story.ID, 0, "too fast"), nil},
			"too fast, a form":    {o.guest(), derived(draftOf(o.story.ID, 0, "too fast from a form")), nil},
			"its name is taken":   {stranger, named(draftOf(o.story.ID, 0, "a name")), nil},
			"the story is closed": {stranger, draftOf(o.story.ID, 0, "closed"), func() { o.setState(forum.StoryClosed) }},
		} {
			first, err := o.d.Post(ctx, o.site, x.by, x.draft)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if x.then != nil {
				x.then()
			}
			again, err := o.d.Post(ctx, o.site, x.by, x.draft)
			if err != nil || !again.Repeat || again.Comment.ID != first.Comment.ID {
				t.Errorf("%s: %s again is %s, %v", what, first.Comment.ID, again.Comment.ID, err)
			}
			other := x.draft
			other.Text += " and more"
			if _, err := o.d.Post(ctx, o.site, x.by, other); x.draft.Key != "" {
				refused(t, what+", with other words", err, "error.keyReused", "")
			} else if err == nil {
				t.Errorf("%s: other words are the same request", what)
			}
			o.setState(forum.StoryOpen)
		}
	})
}

// setState opens or closes the office's story.
func (o *office) setState(state forum.StoryState) {
	o.t.Helper()
	story, err := o.s.Story(ctx, o.site.ID, o.story.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	story.State = state
	err = o.s.Write(ctx, o.clock.now(), func(_ ctxT, tx txT) error { return tx.SetStory(ctx, story) })
	if err != nil {
		o.t.Fatal(err)
	}
}

// Words that were withdrawn are meant anew, once, however often a form sends them at
// the same moment.
func TestRace_withdrawnWordsAnew(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		reader := o.guest()
		draft := draftOf(o.story.ID, 0, "Once and again.")
		draft.Key = ""
		first, err := o.d.Post(ctx, o.site, reader, draft)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.d.Withdraw(ctx, o.site, reader, first.Comment.ID); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		ids := map[forum.ID]bool{}
		for _, err := range atOnce(8, func(int) error {
			p, err := o.d.Post(ctx, o.site, reader, draft)
			mu.Lock()
			defer mu.Unlock()
			ids[p.Comment.ID] = true
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if len(ids) != 1 || ids[first.Comment.ID] || ids[0] {
			t.Errorf("comments %v in place of %s", ids, first.Comment.ID)
		}
	})
}
