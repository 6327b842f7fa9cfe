// Package netfault is a bad network for tests: a TCP proxy that delays, holds,
// trickles, cuts and resets what passes between a program and what it calls.
//
// It is for tests only; the program must never import it. It knows no protocol: a
// test that wants an answer lost says which bytes the answer holds.
package netfault

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Fault is what goes wrong. The zero Fault is a network that works.
type Fault struct {
	Refuse       bool          // who comes is turned away with a reset
	HoldRequests bool          // nothing reaches the far end, as if packets were dropped
	HoldAnswers  bool          // nothing comes back
	Delay        time.Duration // before each piece, in both directions
	Trickle      bool          // one byte at a time
	// ResetAt resets a connection in the middle of the first answer with these bytes:
	// what precedes them is passed on, they are not.
	ResetAt []byte
}

// Proxy is one network path. It is safe for concurrent use.
type Proxy struct {
	listener net.Listener
	dial     func() (net.Conn, error)
	running  sync.WaitGroup

	mu      sync.Mutex
	fault   Fault
	changed chan struct{} // closed when fault changes
	pairs   map[*pair]struct{}
	closed  bool
	came    int
	turns   int
	resets  int
}

// pair is a connection and its other half.
type pair struct {
	near, far net.Conn
	asking    bool // what passed last was a request
}

// Open starts a proxy on loopback to what dial reaches. It ends with t, and with
// it every connection through it.
func Open(t testing.TB, dial func() (net.Conn, error)) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, dial: dial, changed: make(chan struct{}), pairs: map[*pair]struct{}{}}
	p.running.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

// Addr returns host:port of the proxy.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set makes the network so from now on, for connections there are as well. What
// was held is passed on once nothing holds it.
func (p *Proxy) Set(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	close(p.changed)
	p.changed = make(chan struct{})
}

// Cut resets every connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		p.drop(c)
	}
}

// Came returns how many connections there were so far.
func (p *Proxy) Came() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.came
}

// Turns returns how often requests began to pass, on any connection, with an answer
// before them or none: how many round trips there were, of who asks only when the
// answer before has come.
func (p *Proxy) Turns() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turns
}

// turn notes the direction of what passes.
func (p *Proxy) turn(c *pair, answers bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !answers && !c.asking {
		p.turns++
	}
	c.asking = !answers
}

// Resets returns how many answers were lost to [Fault.ResetAt].
func (p *Proxy) Resets() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resets
}

func (p *Proxy) close() {
	p.mu.Lock()
	p.closed = true
	close(p.changed)
	for c := range p.pairs {
		p.drop(c)
	}
	p.mu.Unlock()
	p.listener.Close()
	p.running.Wait()
}

func (p *Proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		if f, _, _ := p.now(); f.Refuse {
			reset(near)
			continue
		}
		p.running.Go(func() { p.join(near) })
	}
}

// join connects the far end and passes on in both directions.
func (p *Proxy) join(near net.Conn) {
	far, err := p.dial()
	if err != nil {
		reset(near)
		return
	}
	c := &pair{near: near, far: far}
	p.mu.Lock()
	p.came++
	p.pairs[c] = struct{}{}
	if p.closed {
		p.drop(c)
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pass(c, near, far, false) })
	both.Go(func() { p.pass(c, far, near, true) })
	both.Wait()
	p.end(c)
}

// end drops a connection.
func (p *Proxy) end(c *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(c)
}

// pass passes one direction on until it ends. Where it ends in order, so does what it
// is passed on to; where it breaks, so do both.
func (p *Proxy) pass(c *pair, from, to net.Conn, answers bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			p.turn(c, answers)
		}
		if n > 0 && !p.send(to, buffer[:n], answers) {
			p.end(c)
			return
		}
		if half, ok := to.(interface{ CloseWrite() error }); ok && errors.Is(err, io.EOF) && half.CloseWrite() == nil {
			return
		}
		if err != nil {
			p.end(c)
			return
		}
	}
}

// send passes a piece on as the fault of the moment has it; false ends the
// connection.
func (p *Proxy) send(to net.Conn, piece []byte, answers bool) bool {
	f, open := p.await(answers)
	if !open {
		return false
	}
	time.Sleep(f.Delay)
	cut := -1
	if answers && len(f.ResetAt) > 0 {
		cut = bytes.Index(piece, f.ResetAt)
	}
	if cut >= 0 {
		piece = piece[:cut]
	}
	step := len(piece)
	if f.Trickle {
		step = 1
	}
	for len(piece) > 0 {
		n := min(step, len(piece))
		if _, err := to.Write(piece[:n]); err != nil {
			return false
		}
		piece = piece[n:]
	}
	if cut >= 0 {
		p.mu.Lock()
		p.resets++
		p.mu.Unlock()
	}
	return cut < 0
}

// await waits while a direction is held and returns the fault of the moment;
// false: the proxy has ended.
func (p *Proxy) await(answers bool) (Fault, bool) {
	for {
		f, changed, open := p.now()
		if !open || answers && !f.HoldAnswers || !answers && !f.HoldRequests {
			return f, open
		}
		<-changed
	}
}

func (p *Proxy) now() (Fault, <-chan struct{}, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault, p.changed, !p.closed
}

// drop resets both halves of a connection. The lock is held.
func (p *Proxy) drop(c *pair) {
	delete(p.pairs, c)
	reset(c.near)
	reset(c.far)
}

// reset closes a connection so that the other side sees it break, not end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it may be closed already
	}
	_ = c.Close()
}
