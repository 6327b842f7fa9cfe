package store_test

import (
	"errors"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// When nobody is left in a transaction, the next who joins is its first: he waits for
// locks as long as it takes, like one alone.
func TestShare_firstTakenBack(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, other := storetest.OpenAt(t, url), storetest.OpenAt(t, url)
	site := storetest.Site(t, s, "a")
	held := storetest.Account(t, s, site.ID, forum.RoleReader)
	must(t, s, func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "taken", "d", 7) })
	s.HoldBatches(20 * time.Second)
	all := acts{t: t}
	locked, release := make(gate), make(gate)
	all.begin(other, "another", func(tx *store.Tx) error {
		_, err := tx.LockAccount(ctx, site.ID, held.ID)
		locked.open()
		release.pass()
		return err
	})
	locked.pass()
	inside, leave := make(chan bool, 2), make(gate)
	all.group.Go(func() { // its key is claimed, which is known when the second speaks
		err := share(s, func(tx *store.Tx) error {
			inside <- true
			leave.pass()
			return tx.AddResult(ctx, site.ID, "taken", "d", 8)
		})
		if !errors.Is(err, store.ErrClaimed) {
			t.Errorf("whose key is claimed: %v", err)
		}
	})
	<-inside
	refused := errors.New("refused")
	all.group.Go(func() {
		err := share(s, func(tx *store.Tx) error {
			_, err := tx.Account(ctx, site.ID, held.ID)
			return errors.Join(err, refused)
		})
		if !errors.Is(err, refused) {
			t.Errorf("who is refused: %v", err)
		}
	})
	until(func() bool { return s.Waiting() == 1 })
	all.begin(s, "a story", func(tx *store.Tx) error {
		_, err := tx.LockAccount(ctx, site.ID, held.ID)
		return err
	})
	until(func() bool { return s.Waiting() == 2 })
	leave.open()
	time.Sleep(300 * time.Millisecond)
	release.open()
	all.group.Wait()
}
