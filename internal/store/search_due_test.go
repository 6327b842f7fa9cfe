package store_test

import (
	"runtime"
	"sync"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestSearchDue has terms made of what is due, while comments are withdrawn,
// edited and blanked by who knows of the list and by who does not: no term of a
// text that is gone is left.
func TestSearchDue(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 5, storetest.Roots)
		stays, withdrawn, edited, forgotten, unseen := c[0], c[1], c[2], c[3], c[4]
		must(t, s, func(tx *store.Tx) error {
			for _, x := range c {
				if err := tx.AddSearchDue(ctx, x); err != nil {
					return err
				}
			}
			return nil
		})
		due, err := s.SearchDue(ctx, w.site.ID, 9)
		if err != nil || len(due) != 5 || due[0] != (store.SearchDue{Comment: stays.ID, Story: w.story.ID, Source: stays.Source}) {
			t.Fatalf("%+v, %v", due, err)
		}
		must(t, s, func(tx *store.Tx) error { return tx.Blank(ctx, w.site.ID, withdrawn.ID) })
		must(t, s, func(tx *store.Tx) error { return tx.SetTerms(ctx, edited, []string{"new"}) })
		must(t, s, func(tx *store.Tx) error { return tx.ForgetComment(ctx, w.site.ID, forgotten.ID, "x", "key", false) })
		var terms []store.DueTerm
		for _, x := range due {
			terms = append(terms, store.DueTerm{Story: x.Story, Comment: x.Comment, Term: "old"})
		}
		for range 2 { // what was done may be done again
			must(t, s, func(tx *store.Tx) error { return tx.AddDueTerms(ctx, w.site.ID, terms) })
		}
		finds := func(word string, want ...forum.Comment) {
			t.Helper()
			got, err := s.Search(ctx, w.site.ID, store.Search{Words: []string{word}, Limit: 9})
			if err != nil {
				t.Error(err)
			}
			wantSame(t, word, idsOf(got.Comments), idsOf(want))
		}
		finds("old", unseen, stays)
		finds("new", edited)
		// An older binary drops the terms it knows of, and the comment stays due.
		must(t, s, func(tx *store.Tx) error { return tx.Edit(ctx, unseen, "new", "new", 1) })
		var changed []forum.Comment
		must(t, s, func(tx *store.Tx) error {
			changed, err = tx.EndSearchDue(ctx, w.site.ID, due)
			return err
		})
		found := map[forum.ID]string{}
		for _, x := range changed {
			found[x.ID] = x.Source
		}
		if source, there := found[unseen.ID]; !there || source != "new" || len(found) != 3 {
			t.Errorf("changed: %v", found)
		}
		if due, err := s.SearchDue(ctx, w.site.ID, 9); err != nil || len(due) != 0 {
			t.Errorf("still due: %v, %v", due, err)
		}
	})
}

// TestAddDueTerms_waits adds the terms of a text while another transaction gives the
// comment other words. Even if nothing comes after, no term of the old text is left.
func TestAddDueTerms_waits(t *testing.T) {
	s := storetest.Open(t, "postgres")
	w := newWorld(t, s, "a")
	c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
	must(t, s, func(tx *store.Tx) error { return tx.AddSearchDue(ctx, c) })
	var both sync.WaitGroup
	changed, release, added := make(chan bool), make(chan bool), make(chan bool)
	both.Go(func() {
		if err := try(s, func(tx *store.Tx) error {
			if _, err := tx.LockStory(ctx, w.site.ID, w.story.ID); err != nil {
				return err
			}
			err := tx.SetTerms(ctx, c, []string{"new"})
			close(changed)
			<-release
			return err
		}); err != nil {
			t.Errorf("change: %v", err)
		}
	})
	<-changed
	both.Go(func() {
		defer close(added)
		term := store.DueTerm{Story: w.story.ID, Comment: c.ID, Term: "old"}
		if err := try(s, func(tx *store.Tx) error { return tx.AddDueTerms(ctx, w.site.ID, []store.DueTerm{term}) }); err != nil {
			t.Errorf("add: %v", err)
		}
	})
	for over := false; !over && lockWaits(t, s) == 0; runtime.Gosched() {
		select {
		case <-added:
			over = true
		default:
		}
	}
	close(release)
	both.Wait()
	got, err := s.Search(ctx, w.site.ID, store.Search{Words: []string{"old"}, Limit: 9})
	if err != nil || len(got.Comments) != 0 {
		t.Errorf("the old text is found: %d, %v", len(got.Comments), err)
	}
}
