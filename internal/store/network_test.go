package store_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// far is a PostgreSQL behind a network that tests break.
type far struct {
	t    *testing.T
	net  *netfault.Proxy
	s    *store.Store
	site forum.Site
}

func newFar(t *testing.T) *far {
	t.Helper()
	url := storetest.URL(t, "postgres")
	f := &far{t: t, net: netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(url) })}
	via, err := pgtest.Via(url, f.net.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if f.s, err = store.Open(ctx, via); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.net.Cut()
		if err := f.s.Close(); err != nil {
			t.Error(err)
		}
	})
	f.site = storetest.Site(t, f.s, "a")
	f.s.Hurry(300*time.Millisecond, 300*time.Millisecond)
	f.s.Queue(1000, 300*time.Millisecond)
	return f
}

// add adds an account under an idempotency key, or returns the one that an earlier
// try added. Then is called before the commit.
func (f *far) add(key string, then func()) (forum.ID, error) { return f.addUnder(try, key, then) }

// addUnder is add for a transaction that shares its commit, or does not.
func (f *far) addUnder(write func(*store.Store, func(*store.Tx) error) error, key string, then func()) (id forum.ID, err error) {
	err = write(f.s, func(tx *store.Tx) error {
		if id, err = tx.ClaimKey(ctx, f.site.ID, key, key); err != nil || id != 0 {
			return err
		}
		a := forum.Account{SiteID: f.site.ID, ID: storetest.ID(), Role: forum.RoleReader, AuthorKey: key, CreatedAt: epoch}
		if err := tx.AddAccount(ctx, a, ""); err != nil {
			return err
		}
		id = a.ID
		then()
		return tx.SetKeyResult(ctx, f.site.ID, key, id)
	})
	return id, err
}

// added returns the accounts there are for a key.
func (f *far) added(key string) []string {
	f.t.Helper()
	ids, err := f.s.ReadText(ctx, `select account_id::text from accounts where site_id = $1 and author_key = $2`, f.site.ID, key)
	if err != nil {
		f.t.Fatal(err)
	}
	return ids
}

func nothing() {}

// TestNetwork_commitUnknown loses the acknowledgement of commits. Repeating one
// under its key finds what it did.
func TestNetwork_commitUnknown(t *testing.T) {
	f := newFar(t)
	const rounds = 4
	for i := range rounds {
		key := fmt.Sprint("lost", i)
		lost, err := f.add(key, func() { f.net.Set(netfault.Fault{ResetAt: []byte("COMMIT\x00")}) })
		if !forum.IsKind(err, forum.Unavailable) {
			t.Fatalf("%s: %v", key, err)
		}
		f.net.Set(netfault.Fault{})
		again, err := f.add(key, nothing)
		if ids := f.added(key); err != nil || again != lost || len(ids) != 1 {
			t.Errorf("%s: %v first %d, then %d; %d accounts", key, err, lost, again, len(ids))
		}
	}
	if f.net.Resets() != rounds {
		t.Errorf("%d acknowledgements were lost", f.net.Resets())
	}
}

// TestNetwork_noFollower repeats what was committed while a synchronous follower
// was away. It is not acknowledged before a follower has it.
func TestNetwork_noFollower(t *testing.T) {
	storetest.NoRace(t)
	pair := pgtest.OpenPair(t, true)
	s, err := store.Open(ctx, pair.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &far{t: t, s: s, site: storetest.Site(t, s, "a")}
	s.Hurry(10*time.Second, 500*time.Millisecond)
	pair.Orphan()
	for range 3 { // the first is cut off while its commit waits; then the others find it
		if _, err := f.add("alone", nothing); !forum.IsKind(err, forum.Unavailable) {
			t.Errorf("without a follower: %v", err)
		}
	}
	if n := len(f.added("alone")); n != 1 {
		t.Errorf("%d accounts; nothing was cut off", n)
	}
	if err := f.behindRefused("alone"); !forum.IsKind(err, forum.Unavailable) {
		t.Errorf("without a follower, behind one who was refused: %v", err)
	}
	pair.Follow()
	s.Hurry(10*time.Second, 10*time.Second)
	if _, err := f.add("alone", nothing); err != nil || len(f.added("alone")) != 1 {
		t.Errorf("with a follower: %v, %d accounts", err, len(f.added("alone")))
	}
}

// behindRefused repeats a request behind another that wrote in the same transaction and
// was refused, and returns what it was told.
func (f *far) behindRefused(key string) (err error) {
	refused := errors.New("refused")
	var l acts
	wrote := make(gate)
	l.group.Go(func() {
		first := share(f.s, func(tx *store.Tx) error {
			if err := tx.SetSite(ctx, f.site); err != nil {
				return err
			}
			wrote.open()
			until(func() bool { return f.s.Waiting() == 1 })
			return refused
		})
		if !forum.IsKind(first, forum.Unavailable) && !errors.Is(first, refused) {
			f.t.Errorf("who is refused: %v", first)
		}
	})
	wrote.pass()
	_, err = f.addUnder(share, key, nothing)
	l.group.Wait()
	return err
}

// TestNetwork_silent has the network hold what passes. Nobody waits beyond the
// limits, and when it moves again the same Store works.
func TestNetwork_silent(t *testing.T) {
	f := newFar(t)
	for i, fault := range []netfault.Fault{{HoldRequests: true}, {HoldAnswers: true}, {HoldRequests: true, HoldAnswers: true}} {
		f.net.Set(fault)
		var group sync.WaitGroup
		for n := range 40 { // more than the pool has connections
			group.Go(func() {
				var err error
				if n%2 == 0 {
					err = f.s.Ping(ctx)
				} else {
					_, err = f.add(fmt.Sprint("silent", i, "-", n), nothing)
				}
				if !forum.IsKind(err, forum.Unavailable) {
					t.Errorf("%+v: %v", fault, err)
				}
			})
		}
		group.Wait()
		f.net.Set(netfault.Fault{})
		f.recovers()
		for n := 1; n < 40; n += 2 {
			key := fmt.Sprint("silent", i, "-", n)
			if _, err := f.add(key, nothing); err != nil || len(f.added(key)) != 1 {
				t.Fatalf("%s: %v, %d accounts", key, err, len(f.added(key)))
			}
		}
	}
}

// TestNetwork_broken cuts and refuses connections, then has the network be slow.
func TestNetwork_broken(t *testing.T) {
	f := newFar(t)
	f.net.Cut()
	f.recovers()
	f.net.Set(netfault.Fault{Refuse: true})
	f.net.Cut()
	for range 20 {
		if err := f.s.Ping(ctx); !forum.IsKind(err, forum.Unavailable) {
			t.Errorf("refused: %v", err)
		}
	}
	var e *forum.Error
	if _, err := f.add("refused", nothing); !errors.As(err, &e) || e.Kind != forum.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("refused: %v", err)
	}
	f.net.Set(netfault.Fault{})
	f.recovers()
	f.s.Hurry(10*time.Second, 10*time.Second)
	for _, slow := range []netfault.Fault{{Trickle: true}, {Delay: time.Millisecond}} {
		f.net.Set(slow)
		key := fmt.Sprint(slow)
		if _, err := f.add(key, nothing); err != nil || len(f.added(key)) != 1 {
			t.Errorf("%+v: %v", slow, err)
		}
	}
}

// TestNetwork_bound tells who has a limit.
func TestNetwork_bound(t *testing.T) {
	f := newFar(t)
	f.s.Hurry(50*time.Millisecond, 50*time.Millisecond)
	const slow = `select pg_sleep(0.2)::text`
	if _, err := f.s.ReadText(ctx, slow); !forum.IsKind(err, forum.Unavailable) {
		t.Errorf("a read: %v", err)
	}
	if _, err := f.s.ReadText(store.Unhurried(ctx), slow); err != nil {
		t.Errorf("a command's read: %v", err)
	}
	gone, leave := context.WithCancel(ctx)
	leave()
	if _, err := f.s.ReadText(gone, slow); !errors.Is(err, context.Canceled) || forum.IsKind(err, forum.Unavailable) {
		t.Errorf("a read nobody waits for: %v", err)
	}
}

// recovers waits until the database answers again.
func (f *far) recovers() {
	f.t.Helper()
	var err error
	for range 200 {
		if err = f.s.Ping(ctx); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.t.Fatalf("it does not come back: %v", err)
}
