package store_test

import (
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// Who runs twice has waited once, as long as it took until the first time.
func TestShare_waitedOnce(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, other := storetest.OpenAt(t, url), storetest.OpenAt(t, url)
	site := storetest.Site(t, s, "a")
	held := storetest.Account(t, s, site.ID, forum.RoleReader)
	all := acts{t: t}
	locked, release := make(gate), make(gate)
	all.begin(other, "another", func(tx *store.Tx) error {
		_, err := tx.LockAccount(ctx, site.ID, held.ID)
		locked.open()
		release.pass()
		return err
	})
	locked.pass()
	before := reading(t, s.Meters(), "parley_db_write_wait_seconds").Spread.Count
	l := newLine(t, s)
	l.join(func() {
		if err := share(s, func(tx *store.Tx) error { _, err := tx.LockAccount(ctx, site.ID, held.ID); return err }); err != nil {
			t.Error(err)
		}
	})
	time.AfterFunc(100*time.Millisecond, release.open)
	if err := l.end(); err != nil {
		t.Error(err)
	}
	all.group.Wait()
	if n := reading(t, s.Meters(), "parley_db_write_wait_seconds").Spread.Count - before; n != 2 {
		t.Errorf("two transactions waited %d times", n)
	}
}
