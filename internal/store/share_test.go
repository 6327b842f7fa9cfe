package store_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/store"
	"parley/internal/storetest"
)

// gate lets those through who wait at it once it is open.
type gate chan struct{}

func (g gate) open() { close(g) }
func (g gate) pass() { <-g }

// until waits for what others bring about.
func until(f func() bool) {
	for !f() {
		runtime.Gosched()
	}
}

// acts are transactions under way.
type acts struct {
	t     *testing.T
	group sync.WaitGroup
}

// begin begins a transaction about a story, which must be kept.
func (a *acts) begin(s *store.Store, story string, f func(tx *store.Tx) error) {
	a.group.Go(func() {
		if err := s.WriteUnder(ctx, epoch, story, func(_ ctxT, tx *store.Tx) error { return f(tx) }); err != nil {
			a.t.Errorf("%s: %v", story, err)
		}
	})
}

// lock has another transaction hold an account until the gate is opened.
func (a *acts) lock(s *store.Store, site, account forum.ID) (release gate) {
	locked, release := make(gate), make(gate)
	a.begin(s, "another", func(tx *store.Tx) error {
		_, err := tx.LockAccount(ctx, site, account)
		locked.open()
		release.pass()
		return err
	})
	locked.pass()
	return release
}

// lockedOut opens a database twice: by the second, an account is locked until the gate is
// opened, and wait is what a transaction of the first does that waits for it.
func lockedOut(t *testing.T, url string) (s *store.Store, all *acts, site forum.ID, wait func(*store.Tx) error, release gate) {
	s, other := storetest.OpenAt(t, url), storetest.OpenAt(t, url)
	site = storetest.Site(t, s, "a").ID
	held := storetest.Account(t, s, site, forum.RoleReader)
	all = &acts{t: t}
	wait = func(tx *store.Tx) error {
		_, err := tx.LockAccount(ctx, site, held.ID)
		return err
	}
	return s, all, site, wait, all.lock(other, site, held.ID)
}

// Lines of other stories and transactions about none go on beside a batch that waits,
// on as many connections as may write.
func TestShare_linesAreApart(t *testing.T) {
	s := storetest.OpenAt(t, storetest.URL(t, "postgres")+"&pool_max_conns=6") // half of them write
	site := storetest.Site(t, s, "a")
	all := acts{t: t}
	leave, inside := make(gate), make(chan bool, 2)
	for i := range 2 {
		all.begin(s, fmt.Sprint("story ", i), func(*store.Tx) error { inside <- true; leave.pass(); return nil })
		<-inside
	}
	for i := range 6 {
		all.begin(s, fmt.Sprint("story ", i%2), func(*store.Tx) error { return nil })
	}
	until(func() bool { return s.Waiting() == 6 })
	for i := range 3 {
		if err := s.WriteUnder(ctx, epoch, "another", func(_ ctxT, tx *store.Tx) error { return tx.SetSite(ctx, site) }); err != nil {
			t.Errorf("about another story: %v", err)
		}
		if err := try(s, func(tx *store.Tx) error { return tx.SetSite(ctx, site) }); err != nil {
			t.Errorf("about none, %d: %v", i, err)
		}
	}
	leave.open()
	all.group.Wait()
}

// Who waits for a lock longer than the server's own setting allows may try again later.
func TestShare_lockTimeout(t *testing.T) {
	url := storetest.URL(t, "postgres")
	storetest.Plant(t, "postgres", url, `do $$ begin execute format('alter database %I set lock_timeout = 20', current_database()); end $$`)
	s, all, _, wait, release := lockedOut(t, url)
	if err := share(s, wait); !forum.IsKind(err, forum.Unavailable) {
		t.Errorf("it fails with %v", err)
	}
	release.open()
	all.group.Wait()
}

// A caller who waits for what somebody else has locked does not keep those before it
// from being acknowledged.
func TestShare_locked(t *testing.T) {
	s, all, site, wait, release := lockedOut(t, storetest.URL(t, "postgres"))
	s.HoldBatches(20 * time.Second)
	l := newLine(t, s)
	var runs atomic.Int64
	l.join(func() {
		if err := addStory(s, site, "first"); err != nil {
			t.Errorf("before it: %v", err)
		}
		release.open()
	})
	l.join(func() {
		if err := share(s, func(tx *store.Tx) error {
			runs.Add(1)
			return wait(tx)
		}); err != nil {
			t.Errorf("who waits: %v", err)
		}
	})
	l.join(func() {
		if err := addStory(s, site, "behind"); err != nil {
			t.Errorf("behind it: %v", err)
		}
	})
	if err := l.end(); err != nil {
		t.Error(err)
	}
	all.group.Wait()
	if got := headlines(t, s); got != "first behind" || runs.Load() != 2 {
		t.Errorf("kept: %s; who waits ran %d times", got, runs.Load())
	}
}

// Two batches lock two accounts in opposite orders. Both end well.
func TestShare_circle(t *testing.T) {
	s := storetest.Open(t, "postgres")
	site := storetest.Site(t, s, "a")
	accounts := []forum.Account{storetest.Account(t, s, site.ID, forum.RoleReader), storetest.Account(t, s, site.ID, forum.RoleReader)}
	s.HoldBatches(20 * time.Second)
	all := acts{t: t}
	both := make(gate)
	var locked, runs atomic.Int64
	for i := range 2 {
		count := func(tx *store.Tx, account int) error {
			runs.Add(1)
			if err := tx.CountStanding(ctx, site.ID, accounts[account].ID, 0, 0); err != nil {
				return err
			}
			if _, err := tx.LockAccount(ctx, site.ID, accounts[account].ID); err != nil {
				return err
			}
			return tx.CountStanding(ctx, site.ID, accounts[account].ID, 1, 0)
		}
		story := fmt.Sprint("story ", i)
		all.begin(s, story, func(tx *store.Tx) error {
			err := count(tx, i)
			locked.Add(1)
			both.pass()
			return err
		})
		until(func() bool { return locked.Load() == int64(i+1) })
		all.begin(s, story, func(tx *store.Tx) error { return count(tx, 1-i) })
	}
	until(func() bool { return s.Waiting() == 2 })
	both.open()
	all.group.Wait()
	for _, a := range accounts {
		if got, err := s.Account(ctx, site.ID, a.ID); err != nil || got.Accepted != 2 {
			t.Errorf("%d accepted, %v", got.Accepted, err)
		}
	}
	if n := runs.Load(); n <= 4 {
		t.Errorf("%d runs: there was no circle", n)
	}
}

// A request comes to two nodes. At one it waits for the story, at the other it shares
// the transaction that has locked the story, and finds the key claimed.
func TestShare_sameKeyAtTwoNodes(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, other := storetest.OpenAt(t, url), storetest.OpenAt(t, url)
	site := storetest.Site(t, s, "a")
	story := storetest.Story(t, s, site.ID, "A story")
	s.HoldBatches(20 * time.Second)
	all := acts{t: t}
	leave, inside := make(gate), make(gate)
	all.begin(s, "a story", func(tx *store.Tx) error {
		_, err := tx.LockStory(ctx, site.ID, story.ID)
		inside.open()
		leave.pass()
		return err
	})
	inside.pass()
	all.begin(other, "a story", func(tx *store.Tx) error {
		if _, err := tx.ClaimKey(ctx, site.ID, "key", "d"); err != nil {
			return err
		}
		if _, err := tx.LockStory(ctx, site.ID, story.ID); err != nil {
			return err
		}
		return tx.SetKeyResult(ctx, site.ID, "key", 7)
	})
	until(func() bool { return lockWaits(t, s) == 1 })
	all.begin(s, "a story", func(tx *store.Tx) error {
		id, err := tx.ClaimKey(ctx, site.ID, "key", "d")
		if err == nil && id != 7 {
			t.Errorf("the key made %s", id)
		}
		return err
	})
	until(func() bool { return s.Waiting() == 1 })
	leave.open()
	all.group.Wait()
}

// A statement that PostgreSQL cannot read ends the whole transaction. All begin anew,
// apart, and only its own caller fails.
func TestShare_unreadable(t *testing.T) {
	s := storetest.Open(t, "postgres")
	site := storetest.Site(t, s, "a")
	s.HoldBatches(20 * time.Second)
	all := acts{t: t}
	add := func(tx *store.Tx, headline string) error {
		return tx.AddStory(ctx, forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: headline, State: forum.StoryOpen})
	}
	inside, leave := make(chan bool, 2), make(gate)
	all.begin(s, "a story", func(tx *store.Tx) error { inside <- true; leave.pass(); return add(tx, "a") })
	<-inside
	all.group.Go(func() {
		if err := share(s, func(tx *store.Tx) error { _, err := tx.WriteText(ctx, `select 'x' from nowhere`); return err }); err == nil || forum.IsKind(err, forum.Unavailable) {
			t.Errorf("what cannot be read: %v", err)
		}
	})
	until(func() bool { return s.Waiting() == 1 })
	all.begin(s, "a story", func(tx *store.Tx) error { return add(tx, "b") })
	until(func() bool { return s.Waiting() == 2 })
	leave.open()
	all.group.Wait()
	if got := headlines(t, s); got != "a b" && got != "b a" {
		t.Errorf("kept: %s", got)
	}
}

// Whoever keeps the connection beyond the limit fails with those who share it; the
// next does not.
func TestShare_takesTooLong(t *testing.T) {
	s := storetest.Open(t, "postgres")
	site := storetest.Site(t, s, "a")
	s.HoldBatches(200 * time.Millisecond)
	l := newLine(t, s)
	for i, f := range []func(tx *store.Tx) error{
		func(tx *store.Tx) error {
			return tx.AddStory(ctx, forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: "x", State: forum.StoryOpen})
		},
		func(tx *store.Tx) error { _, err := tx.WriteText(ctx, `select pg_sleep(20)::text`); return err },
	} {
		l.join(func() {
			if err := share(s, f); !forum.IsKind(err, forum.Unavailable) {
				t.Errorf("member %d: %v", i, err)
			}
		})
	}
	l.join(func() {
		if err := addStory(s, site.ID, "next"); err != nil {
			t.Errorf("the next: %v", err)
		}
	})
	if err := l.end(); !forum.IsKind(err, forum.Unavailable) {
		t.Errorf("the head: %v", err)
	}
	if got := headlines(t, s); got != "next" {
		t.Errorf("kept: %s", got)
	}
}

// together has callers share a transaction, each of whom adds an account under a key
// of its own, and returns what they were told. Before the second has begun, then is
// called.
func (f *far) together(keys []string, then func()) []error {
	f.s.HoldBatches(time.Second)
	l := newLine(f.t, f.s)
	errs := make([]error, len(keys))
	for i, key := range keys {
		l.join(func() {
			_, errs[i] = f.addUnder(share, key, func() {
				if i == 1 {
					then()
				}
			})
		})
	}
	if err := l.end(); (err == nil) != (errs[0] == nil) {
		f.t.Errorf("the head of the line: %v", err)
	}
	return errs
}

// TestShare_outage has the network break in the middle of a batch and at its commit.
// Nothing is acknowledged that is not kept, nothing is kept in part, and who repeats a
// request learns.
func TestShare_outage(t *testing.T) {
	f := newFar(t)
	keys := []string{"a", "b", "c"}
	for what, fault := range map[string]func(){
		"cut":         func() { f.net.Cut() },
		"lost commit": func() { f.net.Set(netfault.Fault{ResetAt: []byte("COMMIT\x00")}) },
		"silence":     func() { f.net.Set(netfault.Fault{HoldAnswers: true}) },
	} {
		var named []string
		for _, key := range keys {
			named = append(named, what+key)
		}
		f.s.Queue(1000, 10*time.Second)
		errs := f.together(named, fault)
		f.net.Set(netfault.Fault{})
		f.recovers()
		for i, key := range named {
			// What came behind a connection that broke has one of its own.
			if n := len(f.added(key)); errs[i] == nil && n != 1 || n > 1 || i < 2 && !forum.IsKind(errs[i], forum.Unavailable) {
				t.Errorf("%s, %s: %v, %d accounts", what, key, errs[i], n)
			}
			if what == "cut" && i < 2 && len(f.added(key)) > 0 {
				t.Errorf("%s: %s is kept without a commit", what, key)
			}
			if _, err := f.add(key, nothing); err != nil || len(f.added(key)) != 1 {
				t.Errorf("%s, %s again: %v, %d accounts", what, key, err, len(f.added(key)))
			}
		}
		if n := len(f.added(named[0])) + len(f.added(named[1])); n != 2 {
			t.Errorf("%s: %d of two accounts", what, n)
		}
	}
}

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
	release := all.lock(other, site.ID, held.ID)
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

// Who runs twice has waited once, as long as it took until the first time.
func TestShare_waitedOnce(t *testing.T) {
	s, all, _, wait, release := lockedOut(t, storetest.URL(t, "postgres"))
	before := reading(t, s.Meters(), "parley_db_write_wait_seconds").Spread.Count
	l := newLine(t, s)
	l.join(func() {
		if err := share(s, wait); err != nil {
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
