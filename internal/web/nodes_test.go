package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

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

// newNode starts a node on a database with a bus.
func newNode(t *testing.T, database string, bus live.Bus) *node {
	t.Helper()
	s, err := store.Open(t.Context(), database)
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
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

// up reports whether the node hears the others.
func (n *node) up() bool { return n.bridge.Figures().Up }

// buses are what carries news between nodes: each gives node a a way to it and node b
// one through a network.
var buses = map[string]func(t *testing.T, database string) (a, b live.Bus, road *netfault.Proxy){
	"notify": func(t *testing.T, database string) (a, b live.Bus, road *netfault.Proxy) {
		road = netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(database) })
		via, err := pgtest.Via(database, road.Addr())
		if err != nil {
			t.Fatal(err)
		}
		open := func(url string) live.Bus {
			bus, err := store.NewBus(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(bus.Close)
			return bus
		}
		return open(database), open(via), road
	},
	"nats": func(t *testing.T, _ string) (a, b live.Bus, road *netfault.Proxy) {
		s, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoLog: true, NoSigs: true})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		address := s.Addr().String()
		road = netfault.Open(t, func() (net.Conn, error) { return net.Dial("tcp", address) })
		open := func(address string) live.Bus {
			bus, err := live.NewNATS("nats://" + address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(bus.Close)
			return bus
		}
		return open(address), open(road.Addr()), road
	},
}

// witness reads a page again and again, and counts the times it lacks what was
// acknowledged a second or longer before it was asked for.
type witness struct {
	from *node

	mu    sync.Mutex
	known []sighting
	reads int
	stale []string
}

// sighting is a text that every reader must find from a time on.
type sighting struct {
	text  string
	since time.Time
}

// mostStale is how old what a node shows may be.
const mostStale = time.Second

func (w *witness) acknowledged(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known = append(w.known, sighting{text, time.Now().Add(mostStale)})
}

func (w *witness) watch(ctx context.Context) {
	path := forum.StoryPath("", w.from.story) + "?size=50"
	b := w.from.browser()
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		began := time.Now()
		body := b.get(path).body
		w.mu.Lock()
		w.reads++
		for _, k := range w.known {
			if !began.Before(k.since) && !strings.Contains(body, k.text) {
				w.stale = append(w.stale, k.text)
			}
		}
		w.mu.Unlock()
	}
}

// arrives has one node take a comment and waits until another's reader is told and
// finds it in the page; it returns how long that took.
func (w *witness) arrives(from, to *node, s *stream, text string) time.Duration {
	to.t.Helper()
	began := time.Now()
	from.post(text)
	w.acknowledged(text)
	s.wants(text, told(from.now(from.story.ID)))
	took := time.Since(began)
	path := forum.StoryPath("", to.story)
	waitFor(to.t, func() bool { return strings.Contains(to.browser().get(path).body, text) })
	return took
}

// TestNodes runs two nodes on one database: what one of them takes is at the
// other by the bus, without it by looking, and by the bus again when that is
// mended. All the while no page is staler than a second.
func TestNodes(t *testing.T) {
	for name, open := range buses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := storetest.URL(t, "postgres")
			here, there, road := open(t, database)
			testNodes(t, newNode(t, database, here), newNode(t, database, there), road)
		})
	}
	t.Run("notify past a pooler", func(t *testing.T) {
		t.Parallel()
		database := storetest.URL(t, "postgres")
		here, there, road := buses["notify"](t, database)
		pooled := pgtest.Pooled(t, database)
		testNodes(t, newNode(t, pooled, here), newNode(t, pooled, there), road)
	})
}

func testNodes(t *testing.T, a, b *node, road *netfault.Proxy) {
	a.site = a.addSite("main")
	a.story = a.addStory(a.site, "The dam holds")
	b.site, b.story = a.site, a.story
	waitFor(t, func() bool { return a.up() && b.up() })
	atB := b.open("/s/"+a.story.ID.String()+"/live", nil)
	atB.wants("at first", "retry", told(a.now(a.story.ID)))
	atA := a.open("/s/"+a.story.ID.String()+"/live", nil)
	atA.wants("at first", "retry", told(a.now(a.story.ID)))
	w := &witness{from: b}
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	defer watching.Wait()
	defer stop()

	b.blind.Store(true)
	t.Logf("by the bus after %v", w.arrives(a, b, atB, "This goes over the bus."))
	atA.wants("the own node", told(a.now(a.story.ID)))
	b.blind.Store(false)
	for name, fault := range map[string]netfault.Fault{"silent": {HoldRequests: true, HoldAnswers: true}, "broken": {Refuse: true}} {
		road.Set(fault)
		if fault.Refuse {
			road.Cut()
		}
		t.Logf("with the bus %s after %v", name, w.arrives(a, b, atB, "This finds the bus "+name+"."))
		atA.wants("the own node", told(a.now(a.story.ID)))
		waitFor(t, func() bool { return !b.up() })
		w.arrives(b, a, atA, "This comes from behind a bus that is "+name+".")
		atB.wants("the own node", told(a.now(a.story.ID)))
		road.Set(netfault.Fault{})
		waitFor(t, b.up)
		b.blind.Store(true)
		t.Logf("mended after %v", w.arrives(a, b, atB, "This goes over the mended bus after it was "+name+"."))
		atA.wants("the own node", told(a.now(a.story.ID)))
		b.blind.Store(false)
	}
	if f := b.bridge.Figures(); f.Heard < 3 || f.Lost < 2 || f.Sent == 0 {
		t.Errorf("figures %+v", f)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.stale) > 0 || w.reads < 20 {
		t.Errorf("%d of %d reads were too old: %q", len(w.stale), w.reads, w.stale)
	}
	t.Logf("%d reads", w.reads)
}
