package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/live"
	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// node is one of several servers on one database.
type node struct {
	*liveHouse
	bridge *live.Bridge
	// blind keeps the node from reading how stories stand: it knows what it is told.
	blind atomic.Bool
}

func (n *node) Moves(ctx context.Context, site forum.ID, stories []forum.ID) ([]forum.Move, error) {
	if n.blind.Load() {
		return nil, errors.New("blind")
	}
	return n.desk.Moves(ctx, site, stories)
}

// newNode starts a node on a database, whose bus leads to an address of it.
func newNode(t *testing.T, database, busURL string) *node {
	t.Helper()
	s, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	bus, err := store.NewBus(busURL)
	if err != nil {
		t.Fatal(err)
	}
	d := desk.New(s, time.Now)
	n := &node{liveHouse: &liveHouse{house: &house{t: t, desk: d, store: s}}}
	quiet := slog.New(slog.DiscardHandler)
	n.hub = live.New(n, live.DefaultLimits, time.Now, quiet)
	n.bridge = live.NewBridge(bus, func(moves []forum.Move) { d.Moved(moves); n.hub.Tell(moves) }, n.hub.Doubt, quiet)
	d.Watch(n.hub.Tell)
	d.Watch(n.bridge.Tell)
	n.server = httptest.NewUnstartedServer(nil)
	base := "http://" + n.server.Listener.Addr().String()
	d.Connect(desk.Outside{BaseURL: base, Mail: relay(t)})
	handler, err := New(Config{Desk: d, Log: quiet, BaseURL: base, Unlimited: true, Live: n.hub})
	if err != nil {
		t.Fatal(err)
	}
	n.server.Config.Handler = handler
	n.server.Start()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	for _, run := range []func(context.Context){n.hub.Run, n.bridge.Run} {
		go func() { run(ctx); ended <- struct{}{} }()
	}
	t.Cleanup(func() {
		stop()
		<-ended
		<-ended
		n.server.Close()
		bus.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// up reports whether the node hears the others.
func (n *node) up() bool { return n.bridge.Figures().Up }

// arrives has one node take a comment and waits until another's reader is told and
// finds it in the page; it returns how long that took.
func arrives(from, to *node, s *stream, text string) time.Duration {
	to.t.Helper()
	began := time.Now()
	from.post(text)
	s.wants(text, told(from.now(from.story.ID)))
	took := time.Since(began)
	path := forum.StoryPath("", to.story)
	waitFor(to.t, func() bool { return strings.Contains(to.browser().get(path).body, text) })
	return took
}

// TestNodes runs two nodes on one database: what one of them takes is at the
// other by the bus, without it by looking, and by the bus again when that is
// mended.
func TestNodes(t *testing.T) {
	database := storetest.URL(t, "postgres")
	proxy := netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(database) })
	via, err := pgtest.Via(database, proxy.Addr())
	if err != nil {
		t.Fatal(err)
	}
	a := newNode(t, database, database)
	b := newNode(t, database, via)
	a.site = a.addSite("main")
	a.story = a.addStory(a.site, "The dam holds")
	b.site, b.story = a.site, a.story
	waitFor(t, func() bool { return a.up() && b.up() })
	atB := b.open("/s/"+a.story.ID.String()+"/live", nil)
	atB.wants("at first", "retry", told(a.now(a.story.ID)))
	atA := a.open("/s/"+a.story.ID.String()+"/live", nil)
	atA.wants("at first", "retry", told(a.now(a.story.ID)))

	b.blind.Store(true)
	t.Logf("by the bus after %v", arrives(a, b, atB, "This goes over the bus."))
	atA.wants("the own node", told(a.now(a.story.ID)))
	b.blind.Store(false)
	for name, fault := range map[string]netfault.Fault{"silent": {HoldRequests: true, HoldAnswers: true}, "broken": {Refuse: true}} {
		proxy.Set(fault)
		if fault.Refuse {
			proxy.Cut()
		}
		t.Logf("with the bus %s after %v", name, arrives(a, b, atB, "This finds the bus "+name+"."))
		atA.wants("the own node", told(a.now(a.story.ID)))
		waitFor(t, func() bool { return !b.up() })
		arrives(b, a, atA, "This comes from behind a bus that is "+name+".")
		atB.wants("the own node", told(a.now(a.story.ID)))
		proxy.Set(netfault.Fault{})
		waitFor(t, b.up)
		b.blind.Store(true)
		t.Logf("mended after %v", arrives(a, b, atB, "This goes over the mended bus after it was "+name+"."))
		atA.wants("the own node", told(a.now(a.story.ID)))
		b.blind.Store(false)
	}
	if f := b.bridge.Figures(); f.Heard < 3 || f.Lost < 2 || f.Sent == 0 {
		t.Errorf("figures %+v", f)
	}
}
