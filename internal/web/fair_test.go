package web

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

// TestFair has one network hold as many connections as it may, and another come then.
func TestFair(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := &fair{Listener: l, trusts: func(netip.Addr) bool { return false }, most: 2, held: map[netip.Prefix]int{}}
	a, b := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("2001:db8::/64")
	take := func(network netip.Prefix) (near net.Conn, held net.Conn, ok bool) {
		t.Helper()
		near, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { near.Close() })
		far, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		held, ok = f.hold(far.(*net.TCPConn), network)
		return near, held, ok
	}
	_, first, ok := take(a)
	_, _, also := take(a)
	if _, _, third := take(a); !ok || !also || third {
		t.Errorf("held %t, %t, and beyond the limit %t", ok, also, third)
	}
	if _, _, other := take(b); !other {
		t.Error("another network has no place")
	}
	for range 2 { // as net/http does
		_ = first.Close()
	}
	if _, _, again := take(a); !again || f.held[a] != 2 {
		t.Errorf("after one was closed: %t, %d held", again, f.held[a])
	}
}

// TestFair_machine has this machine hold as many as it likes.
func TestFair_machine(t *testing.T) {
	h := newHouse(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	x := h.server.Config.Handler.(*Server).Fair(l).(*fair)
	x.most = 0
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	far, err := x.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if err := near.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(make([]byte, 1)); errors.Is(err, io.EOF) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("this machine is turned away: %v", err)
	}
}
