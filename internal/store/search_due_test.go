package store_test

import (
	"runtime"
	"sync"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestSearchDue has lists made of what is due, while comments are withdrawn and
// edited: no word of a text that is gone is left.
func TestSearchDue(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s := storetest.OpenAt(t, url)
			w := newWorld(t, s, "a")
			c := storetest.Grow(t, s, w.story, w.author.ID, 4, storetest.Roots)
			stays, withdrawn, edited, late := c[0], c[1], c[2], c[3]
			must(t, s, func(tx *store.Tx) error {
				for _, x := range c[:3] {
					if err := tx.AddSearchDue(ctx, x); err != nil {
						return err
					}
				}
				return nil
			})
			due, err := s.SearchDue(ctx, w.site.ID, 0, 9)
			if err != nil || len(due) != 3 || due[0] != (store.SearchDue{Comment: stays.ID, Source: stays.Source}) {
				t.Fatalf("%+v, %v", due, err)
			}
			old := store.Lists{"old": {stays.ID, withdrawn.ID, edited.ID}}
			add := func() {
				must(t, s, func(tx *store.Tx) error { return tx.AddDue(ctx, w.site.ID, stays.ID, edited.ID, old.Sorted()) })
			}
			must(t, s, func(tx *store.Tx) error { return tx.ChangeLists(ctx, w.site.ID, []forum.ID{withdrawn.ID}, old, nil) })
			add()
			must(t, s, func(tx *store.Tx) error {
				return tx.ChangeLists(ctx, w.site.ID, []forum.ID{edited.ID}, store.Lists{"old": {edited.ID}}, store.Lists{"new": {edited.ID}})
			})
			add() // what was done may be done again
			must(t, s, func(tx *store.Tx) error { return tx.AddSearchDue(ctx, late) })
			must(t, s, func(tx *store.Tx) error {
				return tx.EndSearchDue(ctx, w.site.ID, []forum.ID{stays.ID, withdrawn.ID, edited.ID})
			})
			wantLists(t, engine, url, w.site.ID, store.Lists{"old": {stays.ID}, "new": {edited.ID}})
			if due, err := s.SearchDue(ctx, w.site.ID, 0, 9); err != nil || len(due) != 1 || due[0].Comment != late.ID {
				t.Errorf("still due: %v, %v", due, err)
			}
		})
	}
}

// TestAddDue_waits adds the words of a text while another transaction gives the
// comment other words. Even if nothing comes after, no word of the old text is left.
func TestAddDue_waits(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s := storetest.OpenAt(t, url)
	w := newWorld(t, s, "a")
	c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
	must(t, s, func(tx *store.Tx) error { return tx.AddSearchDue(ctx, c) })
	old, fresh := store.Lists{"old": {c.ID}}, store.Lists{"new": {c.ID}}
	var both sync.WaitGroup
	changed, release, added := make(chan bool), make(chan bool), make(chan bool)
	both.Go(func() {
		if err := try(s, func(tx *store.Tx) error {
			err := tx.ChangeLists(ctx, w.site.ID, []forum.ID{c.ID}, old, fresh)
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
		if err := try(s, func(tx *store.Tx) error { return tx.AddDue(ctx, w.site.ID, c.ID, c.ID, old.Sorted()) }); err != nil {
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
	wantLists(t, "postgres", url, w.site.ID, fresh)
}
