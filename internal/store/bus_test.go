package store_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/store"
)

// through returns the URL of a database as it is reached through a network.
func through(t *testing.T, database string) (string, *netfault.Proxy) {
	t.Helper()
	p := netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(database) })
	via, err := pgtest.Via(database, p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return via, p
}

// Two ways in which a network is lost: it swallows everything, or connections break
// and nobody can connect.
func silence(p *netfault.Proxy) { p.Set(netfault.Fault{HoldRequests: true, HoldAnswers: true}) }

func breaks(p *netfault.Proxy) {
	p.Set(netfault.Fault{Refuse: true})
	p.Cut()
}

func newBus(t *testing.T, database string) *store.Bus {
	t.Helper()
	b, err := store.NewBus(database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// TestBus sends texts over two real connections, loses the one that listens in the
// two ways a network does, and finds that it is told so.
func TestBus(t *testing.T) {
	database := pgtest.Open(t)
	away, proxy := through(t, database)
	here, there := newBus(t, database), newBus(t, away+"&pool_max_conns=3")
	for name, lose := range map[string]func(*netfault.Proxy){"silent": silence, "broken": breaks} {
		proxy.Set(netfault.Fault{})
		up, heard, ended := make(chan bool, 1), make(chan string, 10), make(chan error, 1)
		go func() {
			ended <- there.Listen(t.Context(), func() { up <- true }, func(text []byte) { heard <- string(text) })
		}()
		<-up
		long := strings.Repeat("ş", 3900)
		if err := here.Send(t.Context(), [][]byte{[]byte("one"), []byte(long)}); err != nil {
			t.Fatal(err)
		}
		if err := there.Send(t.Context(), [][]byte{[]byte("own")}); err != nil {
			t.Fatal(err)
		}
		if got := []string{<-heard, <-heard, <-heard}; !slices.Equal(got, []string{"one", long, "own"}) {
			t.Errorf("heard %q", got)
		}
		lose(proxy)
		if err := <-ended; err == nil {
			t.Errorf("%s: a lost listener ended well", name)
		}
		if err := there.Send(t.Context(), [][]byte{[]byte("nobody")}); err == nil {
			t.Errorf("%s: sent over a lost connection", name)
		}
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := here.Listen(ctx, func() {}, nil); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a listener told to stop: %v", err)
	}
}
