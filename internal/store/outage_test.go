package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/internal/diskfault"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// breaking is a database whose disk breaks at a change of a file and stays so
// until it is healed.
type breaking struct {
	s     *store.Store
	w     world
	after atomic.Int64 // changes that still work
	code  int32
}

const healthy = 1 << 40

func newBreaking(t *testing.T, code int32) *breaking {
	folder := t.TempDir()
	b := &breaking{code: code}
	b.after.Store(healthy)
	diskfault.Watch(t, folder, func(diskfault.Change) int32 {
		if b.after.Add(-1) < 0 {
			return b.code
		}
		return 0
	})
	var err error
	if b.s, err = store.Open(ctx, filepath.Join(folder, "parley.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.after.Store(healthy); b.s.Close() })
	b.w = newWorld(t, b.s, "a")
	return b
}

// add adds a story with a comment.
func (b *breaking) add(id forum.ID) error {
	return try(b.s, func(tx *store.Tx) error {
		if err := tx.AddStory(ctx, forum.Story{SiteID: b.w.site.ID, ID: id, State: forum.StoryOpen, Body: strings.Repeat("long ", 4000)}); err != nil {
			return err
		}
		return tx.AddAlias(ctx, b.w.site.ID, id.String(), id)
	})
}

func (b *breaking) has(t *testing.T, id forum.ID) bool {
	t.Helper()
	_, err := b.s.StoryByURLKey(ctx, b.w.site.ID, id.String())
	if err != nil && !forum.IsKind(err, forum.NotFound) {
		t.Errorf("reads do not go on: %v", err)
	}
	return err == nil
}

// wantNoWrites fails the test unless err tells a reader to come back because
// nothing can be saved.
func wantNoWrites(t *testing.T, what string, err error) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != forum.Unavailable || e.Code != "error.readingOnly" || e.RetryAfter <= 0 {
		t.Errorf("%s: %v", what, err)
	}
}

// The disk is full, or broken, from every single change on that a transaction
// makes, and from every change of a checkpoint: the transaction is refused as
// such, whoever comes next too, reads go on, and when the disk works again,
// everything does, without a restart.
func TestOutage_everyChange(t *testing.T) {
	for name, code := range map[string]int32{"full": diskfault.Full, "broken": diskfault.IOError} {
		t.Run(name, func(t *testing.T) {
			b := newBreaking(t, code)
			kept := storetest.ID()
			if err := b.add(kept); err != nil {
				t.Fatal(err)
			}
			failed, step := 0, int64(1)
			if storetest.Race {
				step = 5
			}
			for n := int64(0); ; n += step {
				b.s.TryAgain(time.Hour)
				id := storetest.ID()
				b.after.Store(n)
				err := b.add(id)
				if err == nil {
					break
				}
				failed++
				wantNoWrites(t, "the one that failed", err)
				wantNoWrites(t, "the next", try(b.s, func(*store.Tx) error { t.Error("it ran"); return nil }))
				wantNoWrites(t, "readiness", b.s.TryWrite(ctx, epoch))
				if !b.has(t, kept) || b.has(t, id) {
					t.Errorf("after a failure at change %d: kept %v, refused %v", n, b.has(t, kept), b.has(t, id))
				}
				if _, err := b.s.Scrub(ctx); err == nil {
					t.Error("the log was emptied on a disk that takes nothing")
				}
				b.s.TryAgain(0)
				wantNoWrites(t, "tried again too early", b.s.TryWrite(ctx, epoch))
				b.after.Store(healthy)
				if err := b.s.TryWrite(ctx, epoch); err != nil || b.s.Outage() != nil {
					t.Fatalf("the disk works again, and writes do not: %v, %v", err, b.s.Outage())
				}
				if err := b.add(id); err != nil || !b.has(t, id) {
					t.Errorf("sent again: %v", err)
				}
			}
			if int64(failed)*step < 15 {
				t.Errorf("only %d changes failed", failed)
			}
			b.after.Store(healthy)
			later := b.checkpoints(t, step)
			t.Logf("the disk stopped working at %d points of a transaction and at %d of checkpoints", failed, later)
			if damage, err := b.s.Damage(ctx); err != nil || len(damage) > 0 {
				t.Errorf("damage: %v, %v", damage, err)
			}
			storetest.CheckCounters(t, b.s, b.w.site.ID)
		})
	}
}

// checkpoints breaks the disk at every change of a checkpoint and returns how
// many there were.
func (b *breaking) checkpoints(t *testing.T, step int64) (failed int) {
	t.Helper()
	for n := int64(0); ; n += step {
		id := storetest.ID()
		if err := b.add(id); err != nil {
			t.Fatal(err)
		}
		b.after.Store(n)
		_, err := b.s.Scrub(ctx)
		done := b.after.Load() >= 0
		b.after.Store(healthy)
		if !b.has(t, id) {
			t.Errorf("lost by a checkpoint that failed at change %d", n)
		}
		if done {
			if err != nil {
				t.Errorf("a checkpoint on a disk that works: %v", err)
			}
			return failed
		}
		failed++
		if err == nil {
			t.Errorf("a checkpoint succeeds though change %d of it failed", n)
		}
	}
}

// A disk that takes a little more, and then nothing, for real: the system lets no
// file of this process grow.
func TestOutage_fileLimit(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.TryAgain(0)
	site := storetest.Site(t, s, "a")
	log, err := os.Stat(url + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	limit := func(size uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	defer limit(was.Cur)
	limit(uint64(log.Size()) + 100_000)
	added := 0
	for ; err == nil && added < 1000; added++ {
		err = addStory(s, site.ID, strings.Repeat("x", 8000))
	}
	wantNoWrites(t, "beyond the limit", err)
	if got := strings.Fields(headlines(t, s)); len(got) != added-1 {
		t.Errorf("%d stories can be read, %d were acknowledged", len(got), added-1)
	}
	limit(4096)
	wantNoWrites(t, "readiness", s.TryWrite(ctx, epoch))
	limit(was.Cur)
	if err := addStory(s, site.ID, "at last"); err != nil || s.Outage() != nil || !strings.Contains(headlines(t, s), "at last") {
		t.Errorf("without the limit: %v, %v", err, s.Outage())
	}
}

// PostgreSQL that only reads, as one that was taken over from.
func TestOutage_postgres(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.TryAgain(0)
	site := storetest.Site(t, s, "a")
	must(t, s, func(tx *store.Tx) error {
		_, err := tx.WriteText(ctx, `select set_config('default_transaction_read_only', 'on', false)`)
		return err
	})
	var refused error
	for range 50 { // the pool has other connections
		if refused = addStory(s, site.ID, "x"); refused != nil {
			break
		}
	}
	wantNoWrites(t, "read only", refused)
	if s.Outage() == nil {
		t.Error("nothing is known of it")
	}
}
