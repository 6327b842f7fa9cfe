package store_test

import (
	"errors"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// What nobody waited for and failed takes the whole transaction back, whatever stands
// behind it: nothing, a write, a read.
func TestWrite_laterFails(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		taken := storetest.Account(t, s, site.ID, forum.RoleReader)
		must(t, s, func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "taken", "d", 7) })
		fails := map[string]func(tx *store.Tx) error{
			"a row twice":     func(tx *store.Tx) error { return tx.AddAccount(ctx, taken, "") },
			"a key twice":     func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "taken", "d", 8) },
			"a key moved":     func(tx *store.Tx) error { return tx.MoveResult(ctx, site.ID, "taken", 6, 8) },
			"a broken string": func(tx *store.Tx) error { return tx.SetKeyResult(ctx, forum.ID(1), "\xff\x00", 1) },
		}
		behind := map[string]func(tx *store.Tx) error{
			"nothing": func(*store.Tx) error { return nil },
			"a write": func(tx *store.Tx) error { return tx.CountStanding(ctx, site.ID, taken.ID, 1, 0) },
			"a read":  func(tx *store.Tx) error { _, err := tx.Account(ctx, site.ID, taken.ID); return err },
		}
		for what, fail := range fails {
			for then, next := range behind {
				if what == "a broken string" && s.Engine() == "sqlite" {
					continue // it takes any
				}
				err := try(s, func(tx *store.Tx) error {
					if _, err := tx.ClaimKey(ctx, site.ID, "fresh", "d"); err != nil {
						return err
					}
					if err := fail(tx); err != nil {
						return err
					}
					return next(tx)
				})
				want := map[string]bool{
					"a row twice": forum.IsKind(err, forum.Conflict), "a key twice": errors.Is(err, store.ErrClaimed),
					"a key moved": errors.Is(err, store.ErrClaimed), "a broken string": forum.IsKind(err, forum.Invalid),
				}
				if !want[what] {
					t.Errorf("%s, then %s: %v", what, then, err)
				}
				if id, err := s.KeyResult(ctx, site.ID, "fresh"); err != nil || id != 0 {
					t.Errorf("%s, then %s: key of %s is kept, %v", what, then, id, err)
				}
			}
		}
		if id, err := s.KeyResult(ctx, site.ID, "taken"); err != nil || id != 7 {
			t.Errorf("the first claim made %s, %v", id, err)
		}
		if a, err := s.Account(ctx, site.ID, taken.ID); err != nil || a.Accepted != 0 {
			t.Errorf("%d accepted, %v", a.Accepted, err)
		}
	})
}

// Who keeps a refusal to himself commits nothing all the same. On SQLite nothing waits:
// whoever runs a statement is told.
func TestWrite_refusalIgnored(t *testing.T) {
	s := storetest.Open(t, "postgres")
	site := storetest.Site(t, s, "a")
	reader := storetest.Account(t, s, site.ID, forum.RoleReader)
	must(t, s, func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "taken", "d", 7) })
	err := try(s, func(tx *store.Tx) error {
		if err := tx.CountStanding(ctx, site.ID, reader.ID, 1, 0); err != nil {
			return err
		}
		if err := tx.MoveResult(ctx, site.ID, "taken", 6, 8); err != nil {
			return err
		}
		_, _ = tx.Account(ctx, site.ID, reader.ID)
		return nil
	})
	if a, read := s.Account(ctx, site.ID, reader.ID); !errors.Is(err, store.ErrClaimed) || read != nil || a.Accepted != 0 {
		t.Errorf("%v, %d accepted, %v", err, a.Accepted, read)
	}
}
