package web

import (
	"net"
	"net/netip"
	"sync"
)

// mostConnections is how many connections one network may hold at once. A browser
// holds six, and a large office behind one address a few hundred.
const mostConnections = 1000

// Fair returns a listener at which one network, an IPv4 address or an IPv6 /64, holds a
// thousand connections at most: those beyond are closed at once. Trusted proxies,
// private networks and this machine may hold as many as they like, since they bring
// everybody's.
func (s *Server) Fair(l net.Listener) net.Listener {
	return &fair{Listener: l, trusts: s.shared.network.trusts, most: mostConnections, held: map[netip.Prefix]int{}}
}

type fair struct {
	net.Listener
	trusts func(netip.Addr) bool
	most   int

	mu   sync.Mutex
	held map[netip.Prefix]int
}

// Accept is net.Listener.Accept.
func (f *fair) Accept() (net.Conn, error) {
	for {
		c, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		tcp, ok := c.(*net.TCPConn)
		if !ok {
			return c, nil
		}
		addr := remoteAddr(c.RemoteAddr().String())
		if addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || f.trusts(addr) {
			return c, nil
		}
		if held, ok := f.hold(tcp, networkOf(addr)); ok {
			return held, nil
		}
		// Whoever holds so many is told nothing; that closing fails is no news either.
		_ = tcp.SetLinger(0)
		_ = c.Close()
	}
}

func (f *fair) hold(c *net.TCPConn, network netip.Prefix) (net.Conn, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held[network] >= f.most {
		return nil, false
	}
	f.held[network]++
	return &heldConn{TCPConn: c, release: sync.OnceFunc(func() { f.release(network) })}, true
}

func (f *fair) release(network netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held[network]--; f.held[network] == 0 {
		delete(f.held, network)
	}
}

// heldConn is a connection that counts until it is closed.
type heldConn struct {
	*net.TCPConn
	release func()
}

// Close is net.Conn.Close.
func (c *heldConn) Close() error {
	defer c.release()
	return c.TCPConn.Close()
}
