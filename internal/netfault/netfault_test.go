package netfault

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// echo answers every line with itself.
func echo(t *testing.T) func() (net.Conn, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
}

func dial(t *testing.T, p *Proxy) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, bufio.NewReader(c)
}

func say(t *testing.T, c net.Conn, line string) {
	t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func hears(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if got, err := r.ReadString('\n'); err != nil || got != want+"\n" {
		t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

func TestProxy_passes(t *testing.T) {
	p := Open(t, echo(t))
	c, r := dial(t, p)
	for _, f := range []Fault{{}, {Delay: time.Millisecond}, {Trickle: true}} {
		p.Set(f)
		say(t, c, strings.Repeat("word ", 100))
		hears(t, r, strings.Repeat("word ", 100))
	}
	if p.Came() != 1 || p.Turns() != 3 {
		t.Errorf("%d connections, %d turns", p.Came(), p.Turns())
	}
}

func TestProxy_holds(t *testing.T) {
	p := Open(t, echo(t))
	c, r := dial(t, p)
	for _, f := range []Fault{{HoldRequests: true}, {HoldAnswers: true}} {
		p.Set(f)
		say(t, c, "held")
		if err := c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if line, err := r.ReadString('\n'); err == nil {
			t.Fatalf("%+v: %q came through", f, line)
		}
		if err := c.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		p.Set(Fault{})
		hears(t, r, "held")
	}
}

// TestProxy_endsInOrder has the far end say something and leave.
func TestProxy_endsInOrder(t *testing.T) {
	p := Open(t, func() (net.Conn, error) {
		near, far := tcpPair(t)
		go func() {
			_, _ = io.WriteString(far, "goodbye")
			_ = far.Close()
		}()
		return near, nil
	})
	p.Set(Fault{Trickle: true})
	_, r := dial(t, p)
	if got, err := io.ReadAll(r); err != nil || string(got) != "goodbye" {
		t.Errorf("%q, %v", got, err)
	}
}

// tcpPair returns both ends of a connection.
func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Error(err)
		return nil, nil
	}
	if far, err = l.Accept(); err != nil {
		t.Error(err)
	}
	return near, far
}

func TestProxy_breaks(t *testing.T) {
	p := Open(t, echo(t))
	c, r := dial(t, p)
	say(t, c, "before")
	hears(t, r, "before")
	p.Cut()
	if _, err := r.ReadString('\n'); err == nil {
		t.Error("a cut connection answers")
	}
	p.Set(Fault{ResetAt: []byte("DONE")})
	c, r = dial(t, p)
	say(t, c, "work")
	hears(t, r, "work")
	say(t, c, "half DONE")
	if got, err := io.ReadAll(r); strings.Contains(string(got), "DONE") || err == nil || p.Resets() != 1 {
		t.Errorf("%q, %v, %d resets", got, err, p.Resets())
	}
	p.Set(Fault{Refuse: true})
	// The reset may come before the connection is even there.
	if refused, err := net.Dial("tcp", p.Addr()); err == nil {
		defer refused.Close()
		if _, err := refused.Read(make([]byte, 1)); err == nil {
			t.Error("a refused connection answers")
		}
	}
	if p.Came() != 2 {
		t.Errorf("%d connections", p.Came())
	}
}
