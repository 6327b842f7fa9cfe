package store_test

import (
	"errors"
	"slices"
	"testing"

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

		at := forum.Move{SiteID: site.ID, StoryID: story.ID, Revision: story.Revision}
		locked, touched := at, at
		locked.Desk = true
		touched.Revision, touched.Comments, touched.Added = at.Revision+1, 1, 1
		want := [][]forum.Move{{locked}, {touched}, {{SiteID: site.ID}}}
		if !slices.EqualFunc(told, want, slices.Equal) {
			t.Errorf("told %+v, want %+v", told, want)
		}
	})
}
