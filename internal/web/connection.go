package web

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// connections is a listener that knows its open connections: which of them are at
// work, and whose time is over.
//
// net/http sets a connection's limits of time anew several times with each request,
// and each of them would be an alarm of the runtime's, set and taken back. Here they
// are written down, and looked through now and then.
type connections struct {
	net.Listener
	now func() time.Time // the system's: limits are its instants

	mu     sync.Mutex
	open   map[*connection]struct{}
	looked atomic.Pointer[time.Time] // when it was looked last
}

// lookEvery is how often it is looked whose time is over: so much later than its
// limit says a connection may be interrupted.
const lookEvery = time.Second

func newConnections(l net.Listener, now func() time.Time) *connections {
	a := &connections{Listener: l, now: now, open: map[*connection]struct{}{}}
	a.look()
	return a
}

// Accept is net.Listener.Accept. Of a new connection a request is expected.
func (a *connections) Accept() (net.Conn, error) {
	bare, err := a.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: bare, among: a}
	c.busy.Store(true)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open[c] = struct{}{}
	return c, nil
}

// secured returns the listener, with TLS on it unless config is nil.
func (a *connections) secured(config *tls.Config) net.Listener {
	if config == nil {
		return a
	}
	return tls.NewListener(a, config)
}

// note is http.Server.ConnState. A connection is busy while a request is expected for
// the first time or under way.
func (*connections) note(conn net.Conn, state http.ConnState) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	conn.(*connection).busy.Store(state == http.StateNew || state == http.StateActive)
}

// each calls f with every open connection.
func (a *connections) each(f func(*connection)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c := range a.open {
		f(c)
	}
}

// watch interrupts connections whose time is over, until ctx ends.
func (a *connections) watch(ctx context.Context) {
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			a.look()
		}
	}
}

// look interrupts connections whose time is over.
func (a *connections) look() {
	now := a.now()
	a.looked.Store(&now)
	a.each(func(c *connection) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.read.look(now, c.Conn.SetReadDeadline)
		c.write.look(now, c.Conn.SetWriteDeadline)
	})
}

// restStep is how often it is looked whether all are at rest.
const restStep = 5 * time.Millisecond

// rest waits until no connection is busy, or until ctx ends.
func (a *connections) rest(ctx context.Context) {
	again := time.NewTicker(restStep)
	defer again.Stop()
	for {
		busy := false
		a.each(func(c *connection) { busy = busy || c.busy.Load() })
		if !busy {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// connection is one of connections.
type connection struct {
	net.Conn
	among *connections
	busy  atomic.Bool

	mu          sync.Mutex
	read, write limit
}

// Close is net.Conn.Close.
func (c *connection) Close() error {
	c.among.mu.Lock()
	delete(c.among.open, c)
	c.among.mu.Unlock()
	return c.Conn.Close()
}

// SyscallConn is syscall.Conn, for streams that are written to without waiting.
func (c *connection) SyscallConn() (syscall.RawConn, error) {
	bare, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return bare.SyscallConn()
}

// CloseWrite ends what is sent, for net/http to let a client read an answer to the
// end that came before all of its request was read.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetDeadline is net.Conn.SetDeadline.
func (c *connection) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// SetReadDeadline is net.Conn.SetReadDeadline.
func (c *connection) SetReadDeadline(t time.Time) error {
	return c.limit(&c.read, t, c.Conn.SetReadDeadline)
}

// SetWriteDeadline is net.Conn.SetWriteDeadline.
func (c *connection) SetWriteDeadline(t time.Time) error {
	return c.limit(&c.write, t, c.Conn.SetWriteDeadline)
}

func (c *connection) limit(l *limit, t time.Time, tell func(time.Time) error) error {
	soon := c.among.soon(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.note(t, soon) {
		return tell(l.told)
	}
	return nil
}

// soon reports whether a limit is over before it is looked again, or shortly after.
func (a *connections) soon(t time.Time) bool {
	return !t.IsZero() && t.Sub(*a.looked.Load()) < 2*lookEvery
}

// limit is until when a connection may take for what it does.
type limit struct {
	until time.Time // zero: as long as it likes
	told  time.Time // what the system was told
}

// note notes a limit and reports whether the system must be told: of one that is
// over soon, and that one it was told of is over no more.
func (l *limit) note(t time.Time, soon bool) bool {
	l.until = t
	if soon {
		l.told = t
		return true
	}
	if l.told.IsZero() {
		return false
	}
	l.told = time.Time{}
	return true
}

// look tells the system of a limit that is over.
func (l *limit) look(now time.Time, tell func(time.Time) error) {
	if l.until.IsZero() || l.until.After(now) || l.told.Equal(l.until) {
		return
	}
	l.told = l.until
	// A connection that was just closed needs no limit.
	_ = tell(l.told)
}
