package store_test

import (
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// The record of whoever writes all day is of the newest comments only.
func TestRecords(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		storetest.Grow(t, s, w.story, w.author.ID, 120, storetest.Roots)
		storetest.Grow(t, s, w.story, w.reader.ID, 3, storetest.Roots)
		records, err := s.Records(ctx, w.site.ID, []forum.ID{w.author.ID, w.reader.ID}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := records[w.author.ID], (store.Record{Accepted: 100, Newest: 100}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got, want := records[w.reader.ID], (store.Record{Accepted: 3}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// A queue counted as a whole has as many comments as one counted by its filter.
func TestCountSifted_whole(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		storetest.Grow(t, s, w.story, w.author.ID, 12, storetest.Roots)
		for _, q := range []store.QueueKind{store.QueueReported, store.QueueHeld, store.QueueUnseen, store.QueueRejected, store.QueueAll} {
			for _, most := range []int{5, 1000} {
				whole, err := s.CountSifted(ctx, w.site.ID, store.Filter{Queue: q}, most)
				if err != nil {
					t.Fatal(err)
				}
				sifted, err := s.CountSifted(ctx, w.site.ID, store.Filter{Queue: q, From: time.UnixMicro(1)}, most)
				if err != nil || whole != sifted {
					t.Errorf("%s: %d as a whole, %d by filter, %v", q, whole, sifted, err)
				}
			}
		}
	})
}
