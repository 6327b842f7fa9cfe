package store_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// followed is a database with a real streaming replica behind a network.
type followed struct {
	t    *testing.T
	pair *pgtest.Pair
	net  *netfault.Proxy
	s    *store.Store
	site forum.Site
	// toPrimary says that who dials the replica next reaches the primary.
	toPrimary atomic.Bool
}

func newFollowed(t *testing.T) *followed {
	t.Helper()
	f := &followed{t: t, pair: pgtest.OpenPair(t, false)}
	f.net = netfault.Open(t, func() (net.Conn, error) {
		if f.toPrimary.CompareAndSwap(true, false) {
			return pgtest.Dial(f.pair.Primary())
		}
		return pgtest.Dial(f.pair.Follower())
	})
	via, err := pgtest.Via(f.pair.Follower(), f.net.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if f.s, err = store.OpenPlaces(ctx, store.Places{URL: f.pair.URL(), Replicas: []string{via}}); err != nil {
		t.Fatal(err)
	}
	f.site = storetest.Site(t, f.s, "a")
	t.Cleanup(func() {
		f.net.Cut()
		if err := f.s.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// read reads a story as of the revision it has, and what came of it is what is
// wanted; else, by the name of the step, it fails the test.
func (f *followed) read(step string, story forum.Story, want store.ReplicaFigures) {
	f.t.Helper()
	before := f.s.Replicas()
	err := f.s.AsOf(ctx, f.site, story.ID, story.Revision, func(ctx context.Context, r store.Reader) error {
		x, err := r.Story(ctx, story.SiteID, story.ID)
		if err == nil && x.Revision < story.Revision {
			f.t.Errorf("%s: revision %d was read, %d is known", step, x.Revision, story.Revision)
		}
		return err
	})
	after := f.s.Replicas()
	got := store.ReplicaFigures{Served: after.Served - before.Served, Behind: after.Behind - before.Behind, Failed: after.Failed - before.Failed}
	if err != nil || got != want {
		f.t.Errorf("%s: %+v (%v), want %+v", step, got, err, want)
	}
}

// move moves a story on by one revision.
func (f *followed) move(story *forum.Story) {
	f.t.Helper()
	must(f.t, f.s, func(tx *store.Tx) (err error) {
		*story, err = tx.TouchStory(ctx, story.SiteID, story.ID, 1, 0)
		return err
	})
}

// TestAsOf reads stories where a replica follows: from it while it has what is
// known, from the primary while it has not, or is silent, cut off or dead.
func TestAsOf(t *testing.T) {
	f := newFollowed(t)
	site := f.site
	quiet, busy := storetest.Story(t, f.s, site.ID, "Quiet"), storetest.Story(t, f.s, site.ID, "Busy")
	served, behind, failed, alone := store.ReplicaFigures{Served: 1}, store.ReplicaFigures{Behind: 1}, store.ReplicaFigures{Failed: 1}, store.ReplicaFigures{}
	f.pair.Caught()
	f.read("at first", busy, served)

	f.pair.Hold()
	f.move(&busy)
	f.read("a story that moved while the replica waits", busy, behind)
	f.read("one that did not", quiet, served)
	f.read("a story it has never seen", storetest.Story(t, f.s, site.ID, "New"), behind)
	f.pair.Release()
	f.read("when it has caught up", busy, served)

	// A page says of its authors whether they work at the desk.
	member := storetest.Account(t, f.s, site.ID, forum.RoleModerator)
	f.pair.Caught()
	f.pair.Hold()
	must(t, f.s, func(tx *store.Tx) error { return tx.SetRole(ctx, site.ID, member.ID, forum.RoleReader) })
	f.site.StaffChanges++
	f.read("when somebody left the desk", quiet, behind)
	f.pair.Release()
	f.read("when it knows of that", quiet, served)

	// A read that fails for what it asks says nothing against the replica.
	err := f.s.AsOf(ctx, site, busy.ID, busy.Revision, func(context.Context, store.Reader) error { return forum.Fail(forum.NotFound, "error.notFound") })
	if !forum.IsKind(err, forum.NotFound) {
		t.Errorf("a read that finds nothing: %v", err)
	}
	f.read("after a read that found nothing", busy, served)

	f.s.HurryReplicas(200*time.Millisecond, time.Hour)
	f.net.Set(netfault.Fault{HoldAnswers: true})
	f.read("a silent replica", busy, failed)
	f.read("it is left alone", busy, alone)
	f.s.HurryReplicas(10*time.Second, 0)
	f.net.Set(netfault.Fault{})
	f.read("when it answers again", busy, served)

	f.net.Cut()
	f.net.Set(netfault.Fault{Refuse: true})
	f.read("a replica that is cut off", busy, failed)
	f.net.Set(netfault.Fault{})
	f.read("when it is there again", busy, served)

	f.pair.Orphan()
	f.net.Cut() // a process of it may outlive it by a moment
	f.read("a replica that died", busy, failed)
	f.s.HurryReplicas(10*time.Second, time.Hour)
	f.read("it is left alone as well", busy, alone)
}

// TestAsOf_severalServers reads through an address behind which there are several
// servers, as a reader endpoint has them: the one that was asked for its revision
// is the one that is read, and what it shows does not change meanwhile.
func TestAsOf_severalServers(t *testing.T) {
	f := newFollowed(t)
	site := f.site
	story := storetest.Story(t, f.s, site.ID, "Busy")
	f.pair.Caught()
	revision := func(ctx context.Context, r store.Reader) int64 {
		x, err := r.Story(ctx, site.ID, story.ID)
		if err != nil {
			t.Logf("read: %v", err)
		}
		return x.Revision
	}
	err := f.s.AsOf(ctx, site, story.ID, story.Revision, func(ctx context.Context, r store.Reader) error {
		before := revision(ctx, r)
		f.move(&story)
		f.pair.Caught()
		if after := revision(ctx, r); after != before {
			t.Errorf("revision %d became %d within a read", before, after)
		}
		return nil
	})
	if served := f.s.Replicas().Served; err != nil || served != 1 {
		t.Errorf("a read during which the story moved: %v, %d from the replica", err, served)
	}

	// One server has what is known, the other has not.
	f.pair.Hold()
	f.move(&story)
	behind := f.take()
	f.toPrimary.Store(true)
	ahead := f.take()
	behind()
	ahead()
	err = f.s.AsOf(ctx, site, story.ID, story.Revision, func(ctx context.Context, r store.Reader) error {
		defer f.take()()
		if at := revision(ctx, r); at < story.Revision {
			t.Errorf("revision %d was read, %d is known", at, story.Revision)
		}
		return nil
	})
	if served := f.s.Replicas().Served; err != nil || served != 2 {
		t.Errorf("a read where two servers answer: %v, %d from them", err, served)
	}
}

// take takes a connection of the replica away from others, until it is given back.
func (f *followed) take() (back func()) {
	f.t.Helper()
	c, err := f.s.TakeReplica(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return func() {
		if err := c.Close(); err != nil {
			f.t.Error(err)
		}
	}
}
