package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"parley/internal/store"
	"parley/internal/storetest"
)

// TestCheckpoint_bounded writes 60 MB: the write-ahead log stays within its bound.
func TestCheckpoint_bounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parley.db")
	s, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := storetest.Site(t, s, "a")
	for i := range 120 {
		must(t, s, func(tx *store.Tx) error {
			return tx.AddPicture(ctx, site.ID, store.Picture{ID: fmt.Sprint(i), Type: "image/png", Bytes: make([]byte, 500<<10)})
		})
	}
	wal, err := os.Stat(path + "-wal")
	if err != nil || wal.Size() > 18<<20 || wal.Size() < 14<<20 {
		t.Errorf("a log of %d bytes, %v", wal.Size(), err)
	}
}
