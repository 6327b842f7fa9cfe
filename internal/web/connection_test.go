package web

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes, of which it counts how often they
// were told until when they may read.
type pipes struct {
	far  chan net.Conn
	told atomic.Int64
	once sync.Once
}

type countedPipe struct {
	net.Conn
	told *atomic.Int64
}

func (c countedPipe) SetReadDeadline(t time.Time) error {
	c.told.Add(1)
	return c.Conn.SetReadDeadline(t)
}

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.far <- countedPipe{far, &p.told}
	return near
}

func (p *pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.far; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.far) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.UnixAddr{} }

// TestConnection_limits has connections wait longer than they may.
func TestConnection_limits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		p := &pipes{far: make(chan net.Conn, 1)}
		all := newConnections(p, time.Now)
		go all.watch(ctx)
		defer synctest.Wait()
		defer stop()
		near := p.dial()
		c, err := all.Accept()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		wait := func(within time.Duration) time.Duration {
			t.Helper()
			if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
				t.Fatal(err)
			}
			began = time.Now()
			defer time.AfterFunc(time.Hour, func() { c.Close() }).Stop()
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the end of waiting is %v", err)
			}
			return time.Since(began)
		}
		for _, limit := range []time.Duration{5 * time.Second, time.Minute, 2500 * time.Millisecond} {
			if took := wait(limit); took < limit || took > limit+lookEvery {
				t.Errorf("%v is over after %v", limit, took)
			}
		}
		if took := wait(100 * time.Millisecond); took != 100*time.Millisecond {
			t.Errorf("a short limit is over after %v", took)
		}
		// As net/http ends its own read.
		if took := wait(-time.Hour); took != 0 {
			t.Errorf("a limit that is over is over after %v", took)
		}
		before := p.told.Load()
		for _, in := range []time.Duration{5 * time.Second, time.Minute, 20 * time.Second} {
			if err := c.SetReadDeadline(time.Now().Add(in)); err != nil {
				t.Fatal(err)
			}
		}
		if told := p.told.Load() - before; told != 1 {
			t.Errorf("the system was told %d times: once that the limit before is over no more", told)
		}
		go func() { _, _ = io.WriteString(near, "x") }()
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Errorf("a connection that has time: %v", err)
		}
		if err := c.SetWriteDeadline(time.Now().Add(4 * time.Second)); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		defer time.AfterFunc(time.Hour, func() { c.Close() }).Stop()
		if _, err := io.WriteString(c, "nobody reads this"); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) > 5*time.Second {
			t.Errorf("writing ends with %v after %v", err, time.Since(began))
		}
		if c.Close(); len(all.open) > 0 {
			t.Error("a closed connection is looked at")
		}
		near.Close()
	})
}

// TestServe_limits has a client that says nothing more, in the middle of a header, of
// a body, and after an answer, or before TLS has begun.
func TestServe_limits(t *testing.T) {
	for name, x := range map[string]struct {
		secure *tls.Config
		sends  string
		limit  time.Duration
	}{
		"nothing":      {nil, "", headerTime},
		"header":       {nil, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ", headerTime},
		"body":         {nil, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{", readTime},
		"no more":      {nil, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", idleTime},
		"and more":     {nil, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", idleTime},
		"no TLS":       {&tls.Config{}, "", headerTime},
		"half a hello": {&tls.Config{}, "\x16\x03\x01\x02\x00\x01", headerTime},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &pipes{far: make(chan net.Conn, 1)}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			reads := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
			go func() { ended <- Serve(ctx, p, x.secure, reads, slog.New(slog.DiscardHandler)) }()
			near := p.dial()
			began := time.Now()
			defer time.AfterFunc(time.Hour, func() { near.Close() }).Stop()
			go func() { _, _ = io.WriteString(near, x.sends) }()
			if _, err := io.Copy(io.Discard, near); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took < x.limit || took > x.limit+lookEvery {
				t.Errorf("%s: is cut off after %v, the limit is %v", name, took, x.limit)
			}
			near.Close()
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
