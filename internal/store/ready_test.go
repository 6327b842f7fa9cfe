package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/forum"
	"parley/internal/meter"
	"parley/internal/store"
	"parley/internal/storetest"
)

func TestMigrated(t *testing.T) {
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		has, wants, err := s.Migrated(ctx)
		if err != nil || has != wants || wants < 3 {
			t.Errorf("has %d, wants %d, %v", has, wants, err)
		}
		if _, err := db.Exec(`delete from goose_db_version where version_id = $1`, wants); err != nil {
			t.Fatal(err)
		}
		if has, _, err = s.Migrated(ctx); err != nil || has != wants-1 {
			t.Errorf("one taken back: has %d, %v", has, err)
		}
	})
}

// TestTryWrite_reachesTheDisk sees an attempt to write in SQLite's write-ahead log,
// and none while a commit has just proved the same.
func TestTryWrite_reachesTheDisk(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	size := func() int64 {
		info, err := os.Stat(url + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if err := s.TryWrite(ctx, epoch); err != nil || size() == before {
		t.Fatalf("%v, the log grew by %d bytes", err, size()-before)
	}
	before = size()
	if err := s.TryWrite(ctx, epoch); err != nil || size() != before {
		t.Errorf("%v, the log grew by %d bytes though a commit had proved enough", err, size()-before)
	}
}

// TestTryWrite_waits asks while another process holds the database: who asks is told
// in time, and the attempt goes on.
func TestTryWrite_waits(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := sql.Open("sqlite", url+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := s.TryWrite(soon, epoch); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the database is held: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := s.TryWrite(ctx, epoch); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTryWrite_refused asks a PostgreSQL that takes no writes, as one whose disk is
// full or who follows another.
func TestTryWrite_refused(t *testing.T) {
	if storetest.ByPooler() {
		t.Skip("PgBouncer refuses a connection that brings options of its own")
	}
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(ctx, url+"&options=-c%20default_transaction_read_only%3Don"); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.TryWrite(ctx, epoch); err == nil {
		t.Error("a database that only reads seemed to take writes")
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("it reads: %v", err)
	}
}

func TestMeters(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		before := s.Meters()
		storetest.Site(t, s, "a")
		failed := forum.Fail(forum.Conflict, "error.conflict")
		if err := s.Write(ctx, epoch, func(context.Context, *store.Tx) error {
			if n := reading(t, s.Meters(), "parley_db_write_queue").Value; n != 1 {
				t.Errorf("%v in the queue, want this one", n)
			}
			return failed
		}); err == nil {
			t.Fatal("written")
		}
		after := s.Meters()
		for _, want := range []struct {
			name   string
			labels []string
			grew   float64
		}{
			{"parley_db_transactions_total", []string{"outcome", "committed"}, 1},
			{"parley_db_transactions_total", []string{"outcome", "undone"}, 1},
			{"parley_db_write_queue", nil, 0},
		} {
			grew := reading(t, after, want.name, want.labels...).Value - reading(t, before, want.name, want.labels...).Value
			if grew != want.grew {
				t.Errorf("%s %v grew by %v, want %v", want.name, want.labels, grew, want.grew)
			}
		}
		for _, name := range []string{"parley_db_commit_seconds", "parley_db_commit_transactions"} {
			if n := reading(t, after, name).Spread.Count - reading(t, before, name).Spread.Count; n != 1 {
				t.Errorf("%s has %d more, want one commit", name, n)
			}
		}
	})
}

// reading returns the reading of a name whose labels begin so.
func reading(t *testing.T, all []meter.Reading, name string, labels ...string) meter.Reading {
	t.Helper()
	i := slices.IndexFunc(all, func(r meter.Reading) bool {
		return r.Name == name && len(r.Labels) >= len(labels) && slices.Equal(r.Labels[:len(labels)], labels)
	})
	if i < 0 {
		t.Fatalf("no reading %s %v", name, labels)
	}
	return all[i]
}

func TestCountJobs(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site, other := storetest.Site(t, s, "a"), storetest.Site(t, s, "b")
		must(t, s, func(tx *store.Tx) error {
			for i, kind := range []forum.JobKind{"mail", "mail", "bulk", "bulk"} {
				j := forum.Job{SiteID: site.ID, ID: forum.ID(i + 1), Kind: kind, Payload: "{}", DueAt: epoch.Add(time.Duration(i) * time.Minute)}
				if err := tx.AddJob(ctx, j); err != nil {
					return err
				}
			}
			if err := tx.MoveJob(ctx, site.ID, 3, forum.JobWaiting, forum.JobDead); err != nil {
				return err
			}
			return tx.AddJob(ctx, forum.Job{SiteID: other.ID, ID: 1, Kind: "mail", Payload: "{}"})
		})
		got, err := s.CountJobs(ctx, site.ID)
		want := []store.JobCount{
			{Kind: "bulk", State: forum.JobWaiting, Number: 1, DueAt: epoch.Add(3 * time.Minute)},
			{Kind: "mail", State: forum.JobWaiting, Number: 2, DueAt: epoch},
			{Kind: "bulk", State: forum.JobDead, Number: 1, DueAt: epoch},
		}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%v\n%s", err, d)
		}
	})
}
