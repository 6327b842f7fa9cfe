package store_test

import (
	"runtime"
	"sync"
	"testing"

	"parley/internal/store"
	"parley/internal/storetest"
)

// Somebody keeps the row of a busy story. However many wait to write to it, all
// others read; and while fewer wait than may, they write.
func TestWrite_busyStory(t *testing.T) {
	url := storetest.URL(t, "postgres") + "&pool_max_conns=4"
	s, other := storetest.OpenAt(t, url), storetest.OpenAt(t, url)
	site := storetest.Site(t, s, "a")
	busy, quiet := storetest.Story(t, s, site.ID, "Busy"), storetest.Story(t, s, site.ID, "Quiet")
	lock := func(s *store.Store, f func()) error {
		return try(s, func(tx *store.Tx) error {
			_, err := tx.LockStory(ctx, site.ID, busy.ID)
			f()
			return err
		})
	}
	held, release := make(chan bool), make(chan bool)
	var writers sync.WaitGroup
	defer writers.Wait()
	defer close(release)
	writers.Go(func() {
		if err := lock(other, func() { close(held); <-release }); err != nil {
			t.Errorf("who keeps the row: %v", err)
		}
	})
	<-held
	write := func(came int) {
		writers.Go(func() {
			if err := lock(s, func() {}); err != nil {
				t.Errorf("who waits for the row: %v", err)
			}
		})
		for lockWaits(t, other)+s.Waiting() < came {
			runtime.Gosched()
		}
	}
	write(1)
	if err := try(s, func(tx *store.Tx) error { _, err := tx.LockStory(ctx, site.ID, quiet.ID); return err }); err != nil {
		t.Errorf("a write to another story: %v", err)
	}
	for i := range 7 {
		write(2 + i)
	}
	if _, err := s.Story(ctx, site.ID, quiet.ID); err != nil {
		t.Errorf("a read of another story: %v", err)
	}
	if n := lockWaits(t, other); n != 2 {
		t.Errorf("%d of 4 connections wait for the row", n)
	}
}

// lockWaits returns how many connections to the database wait for a lock.
func lockWaits(t *testing.T, s *store.Store) int {
	t.Helper()
	waits, err := s.ReadText(ctx, `select wait_event from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
	if err != nil {
		t.Fatal(err)
	}
	return len(waits)
}
