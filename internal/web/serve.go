package web

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of the HTTP server.
const (
	headerTime  = 5 * time.Second
	readTime    = 20 * time.Second
	writeTime   = 60 * time.Second
	idleTime    = 60 * time.Second
	headerBytes = 16 << 10
	drainTime   = 10 * time.Second
	eventTime   = 10 * time.Second // for one event of a stream
)

// writeBy writes an event to a connection that was taken over.
func writeBy(c net.Conn, b []byte) error {
	if err := c.SetWriteDeadline(time.Now().Add(eventTime)); err != nil {
		return err
	}
	_, err := c.Write(b)
	return err
}

// pass sends a piece of an answer at once, in a limit of time of its own.
func pass(c *http.ResponseController, w io.Writer, b []byte, limit time.Duration) error {
	if err := c.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	// Over HTTP/2 a limit that nobody takes back ends the stream although all is sent.
	return c.SetWriteDeadline(time.Time{})
}

// Serve answers requests on a listener until ctx ends. Then, for a while, /readyz
// says that this process is stopping, so that whoever spreads requests sends it no
// more, and every answer ends its connection, so that whoever has one opens the
// next elsewhere. At last the listener is closed, streams end with a word when to
// come back, and the requests under way finish.
func (s *Server) Serve(ctx context.Context, l net.Listener, secure *tls.Config, drain time.Duration) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		s.shared.draining.Store(true)
		time.AfterFunc(drain, stop)
	})()
	if s.shared.Live != nil {
		var telling sync.WaitGroup
		defer telling.Wait()
		defer stop()
		telling.Go(func() { s.shared.Live.Run(serving) })
	}
	return Serve(serving, l, secure, s, s.shared.Log)
}

// Serve answers requests on a listener until ctx ends, then lets those under way
// finish. If secure is not nil it speaks TLS.
func Serve(ctx context.Context, l net.Listener, secure *tls.Config, h http.Handler, log *slog.Logger) error {
	open := newConnections(l, time.Now)
	looking, stop := context.WithCancel(context.WithoutCancel(ctx))
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	watching.Go(func() { open.watch(looking) })
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          stdlog.New(nameless{log}, "", 0),
		ConnState:         open.note,
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(open.secured(secure)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	// http.Server.Shutdown would drop the requests that have been sent but not been
	// read, so it comes when there are none.
	err := l.Close()
	if served := <-ended; !errors.Is(served, net.ErrClosed) {
		err = errors.Join(err, served)
	}
	open.rest(late)
	return errors.Join(err, srv.Shutdown(late))
}
