package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/store"
	"parley/internal/storetest"
)

// TestBackup copies a database while others write to it. The copy opens by itself
// and its counters say what its rows say.
func TestBackup(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	// Another process, as parley backup is, beside the server.
	beside, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	// A newer program has been at it.
	storetest.Plant(t, "sqlite", url, `insert into goose_db_version (version_id, is_applied) values (99999, true)`)
	site := storetest.Site(t, s, "a")
	story := storetest.Story(t, s, site.ID, "One")
	author := storetest.Account(t, s, site.ID, "reader")
	storetest.Grow(t, s, story, author.ID, 40, storetest.Roots)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				storetest.Grow(t, s, story, author.ID, 1, storetest.Roots)
			}
		}
	})
	path := filepath.Join(t.TempDir(), "a backup?.db")
	size, err := beside.Backup(ctx, path)
	close(stop)
	writers.Wait()
	if err != nil || size == 0 {
		t.Fatal(size, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != size {
		t.Errorf("%v, %v; %d bytes", info, err, size)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("left beside it: %v, %v", left, err)
	}
	if _, err := beside.Backup(ctx, path); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
	restored, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	storetest.CheckCounters(t, restored, site.ID)
	x, err := restored.Story(ctx, site.ID, story.ID)
	if err != nil || x.Comments < 40 {
		t.Errorf("%d comments, %v", x.Comments, err)
	}
}

// TestBackup_server leaves a server to its own means.
func TestBackup_server(t *testing.T) {
	s := storetest.Open(t, "postgres")
	path := filepath.Join(t.TempDir(), "copy")
	if _, err := s.Backup(ctx, path); !errors.Is(err, store.ErrNoBackup) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it left a file: %v", err)
	}
}

func TestFacts(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		f, err := s.Facts(ctx)
		if err != nil || !strings.Contains(f.Version, ".") || f.Bytes < 4096 {
			t.Errorf("%+v, %v", f, err)
		}
		if ownClock := s.Engine() == "postgres"; f.Clock.IsZero() == ownClock || ownClock && time.Since(f.Clock).Abs() > time.Minute {
			t.Errorf("clock %v", f.Clock)
		}
	})
}
