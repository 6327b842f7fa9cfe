package store_test

import (
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestForgetBands forgets by what old texts are compared, a few at a time, of one
// site alone.
func TestForgetBands(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		noon := storetest.Epoch.Add(time.Hour)
		prints := store.Prints{Fingerprint: 7, Bands: [4]int64{1, 2, 3, 4}}
		a, b := newWorld(t, s, "a"), newWorld(t, s, "b")
		for _, w := range []world{a, b} {
			like := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
			must(t, s, func(tx *store.Tx) error {
				for i := range 5 { // three of them before noon
					c := like
					c.ID, _ = forum.MintAt(noon.Add(time.Duration(i-3)*time.Minute), i)
					c.RootID = c.ID
					if err := tx.AddComment(ctx, store.NewComment{Comment: c, HTMLVersion: 1}); err != nil {
						return err
					}
					if err := tx.SetPrints(ctx, c, prints); err != nil {
						return err
					}
				}
				return nil
			})
		}
		found := func(w world) int {
			t.Helper()
			like, err := s.Copies(ctx, w.site.ID, prints.Bands, storetest.Epoch, 0)
			if err != nil {
				t.Fatal(err)
			}
			return len(like)
		}
		for i, want := range []int64{8, 4, 0} { // the sixth band is the second comment's
			must(t, s, func(tx *store.Tx) error {
				n, err := tx.ForgetBands(ctx, a.site.ID, noon, 6)
				if n != want {
					t.Errorf("round %d forgot %d bands, want %d", i, n, want)
				}
				return err
			})
		}
		if x, y := found(a), found(b); x != 2 || y != 5 {
			t.Errorf("%d and %d comments are found by their bands, want 2 and 5", x, y)
		}
	})
}
