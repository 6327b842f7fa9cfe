// Package storetest opens real databases for tests: every test body runs on
// SQLite in a temporary folder and on PostgreSQL.
//
// It is for tests only; the program must never import it. What must never enter:
// a store that is not the program's own.
package storetest

import (
	"context"
	"path/filepath"
	"testing"

	"parley/internal/pgtest"
	"parley/internal/store"
)

// Engines are the databases Parley runs on.
var Engines = []string{"sqlite", "postgres"}

// ForEach runs a test on a fresh database of each engine.
func ForEach(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	for _, engine := range Engines {
		t.Run(engine, func(t *testing.T) { test(t, Open(t, engine)) })
	}
}

// Open opens a fresh database of an engine; it is closed when the test ends.
func Open(t testing.TB, engine string) *store.Store {
	t.Helper()
	return OpenAt(t, URL(t, engine))
}

// OpenAt opens the database at a URL for as long as the test runs.
func OpenAt(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return s
}

// URL returns the URL of a fresh database of an engine, for a test that opens it
// itself. The PostgreSQL one has the schema already.
func URL(t testing.TB, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return filepath.Join(t.TempDir(), "parley.db")
	}
	url := pgtest.OpenTemplate(t, "storetest", func(url string) error {
		s, err := store.Open(context.Background(), url)
		if err != nil {
			return err
		}
		if err := s.Close(); err != nil || !partitioned() {
			return err
		}
		return cut(url)
	})
	if ByPooler() {
		return pgtest.Pooled(t, url)
	}
	return url
}
