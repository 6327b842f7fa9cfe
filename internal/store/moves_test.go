package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

func TestWatch(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		var told [][]forum.Move
		s.Watch(func(moves []forum.Move) { told = append(told, slices.Clone(moves)) })
		site := storetest.Site(t, s, "a")
		story := storetest.Story(t, s, site.ID, "A")
		told = nil

		must(t, s, func(tx *store.Tx) error {
			_, err := tx.LockStory(ctx, site.ID, story.ID)
			return err
		})
		must(t, s, func(tx *store.Tx) error {
			if _, err := tx.TouchStory(ctx, site.ID, story.ID, 1, 0); err != nil {
				return err
			}
			_, err := tx.LockStory(ctx, site.ID, story.ID)
			return err
		})
		must(t, s, func(tx *store.Tx) error { return tx.SetSite(ctx, site) })
		failed := errors.New("failed")
		if err := try(s, func(tx *store.Tx) error {
			_, err := tx.TouchStory(ctx, site.ID, story.ID, 1, 0)
			return errors.Join(err, failed)
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		must(t, s, func(tx *store.Tx) error { return nil })

		at := forum.Move{SiteID: site.ID, StoryID: story.ID, Revision: story.Revision, Listed: story.Listed}
		locked, touched := at, at
		locked.Desk = true
		touched.Revision, touched.Comments, touched.Added = at.Revision+1, 1, 1
		want := [][]forum.Move{{locked}, {touched}, {{SiteID: site.ID}}}
		if !slices.EqualFunc(told, want, slices.Equal) {
			t.Errorf("told %+v, want %+v", told, want)
		}
	})
}

// TestMoves shows that stories can be asked how they stand, and that what only the
// desk sees is told as such.
func TestMoves(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		a, b := storetest.Story(t, s, site.ID, "A"), storetest.Story(t, s, site.ID, "B")
		must(t, s, func(tx *store.Tx) error {
			_, err := tx.TouchStory(ctx, site.ID, b.ID, 3, 0)
			return err
		})
		moves, err := s.Moves(ctx, site.ID, []forum.ID{a.ID, b.ID, 1})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(moves, func(a, b forum.Move) int { return int(a.Revision - b.Revision) })
		want := []forum.Move{
			{SiteID: site.ID, StoryID: a.ID, Revision: a.Revision, Listed: a.Listed},
			{SiteID: site.ID, StoryID: b.ID, Revision: b.Revision + 1, Comments: 3, Listed: b.Listed},
		}
		if !slices.Equal(moves, want) {
			t.Errorf("moves %+v, want %+v", moves, want)
		}

		var told []forum.Move
		s.Watch(func(moves []forum.Move) { told = slices.Clone(moves) })
		must(t, s, func(tx *store.Tx) error {
			_, err := tx.Claim(ctx, site.ID, 0, 1, time.Minute)
			return err
		})
		if want := []forum.Move{{SiteID: site.ID, Desk: true}}; !slices.Equal(told, want) {
			t.Errorf("a claim told %+v, want %+v", told, want)
		}
	})
}
