package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/jobs"
	"parley/internal/live"
	"parley/internal/meter"
	"parley/internal/web"
)

// door returns the server of a desk behind a listener, whose readers a hub tells
// what moved, and whose answers have tags for a CDN.
func (p *program) door(d *desk.Desk, hub *live.Hub, l net.Listener, tags web.Tags) (*web.Server, error) {
	return web.New(web.Config{
		Desk:           d,
		Log:            p.log,
		LogRequests:    p.opts.LogRequests,
		BaseURL:        p.opts.base(l.Addr().String()),
		TrustedProxies: p.opts.proxies,
		Unlimited:      p.opts.RateLimits == "off",
		CacheBytes:     p.opts.cache,
		Live:           hub,
		Tags:           tags,
	})
}

// serve answers requests, with the jobs and the admin listener beside it, until
// the program is told to stop, and then while it drains. The admin listener ends
// last.
func (p *program) serve(s *session, l net.Listener, drain time.Duration) error {
	hub := live.New(s.desk, live.DefaultLimits, p.now, p.log)
	s.desk.Watch(hub.Tell)
	tags, purge, purged, err := p.purge(s.desk)
	if err != nil {
		return err
	}
	door, err := p.door(s.desk, hub, l, tags)
	if err != nil {
		return err
	}
	bridge, endBus, err := p.bridge(s.desk, hub)
	if err != nil {
		return err
	}
	defer endBus()
	work := jobs.New(s.desk, p.log)
	endAdmin, err := p.admin(door, s.store.Meters, work.Meters, hub.Meters, bridge.Meters, purged)
	if err != nil {
		return err
	}
	defer endAdmin()
	config, challenges, err := p.secure(l)
	if err != nil {
		return err
	}
	endRedirect, err := p.redirect(challenges)
	if err != nil {
		return err
	}
	defer endRedirect()
	defer p.noteSeen(s.desk)
	endPurge := beside(p.ctx, purge)
	defer endPurge()
	endBridge := beside(p.ctx, bridge.Run)
	defer endBridge()
	endJobs := beside(p.ctx, work.Run)
	defer endJobs()
	endWatchdog := beside(p.ctx, p.watchdog)
	defer endWatchdog()
	defer context.AfterFunc(p.ctx, func() { p.notify(notifyStopping) })()
	p.notify(notifyReady)
	return door.Serve(p.ctx, door.Fair(l), config, drain)
}

// lastWrite is how long a process that ends waits for its turn to write.
const lastWrite = 2 * time.Second

// noteSeen writes down which sessions were in use, as nobody reads any more.
func (p *program) noteSeen(d *desk.Desk) {
	ctx, done := context.WithTimeout(context.WithoutCancel(p.ctx), lastWrite)
	defer done()
	if err := d.NoteAllSeen(ctx); err != nil {
		p.log.Warn("sessions in use were not noted", "error", err)
	}
}

// admin opens the admin listener, if one is asked for, which shows the readings of
// sources.
func (p *program) admin(door *web.Server, sources ...func() []meter.Reading) (end func(), err error) {
	if p.opts.Admin == "" && p.sockets[adminListener] == nil {
		return func() {}, nil
	}
	l, err := p.listen(adminListener, p.opts.Admin)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	fmt.Fprintf(p.stdout, "Metrics are at http://%s/metrics\n", l.Addr())
	return beside(p.ctx, func(ctx context.Context) {
		if err := web.Serve(ctx, l, nil, door.Admin(sources...), p.log); err != nil {
			p.log.Error("admin listener", "error", err)
		}
	}), nil
}

// secure returns how the public listener speaks TLS; nil: it does not. The handler is
// what the address without TLS answers with.
func (p *program) secure(l net.Listener) (*tls.Config, http.Handler, error) {
	base := p.opts.base(l.Addr().String())
	switch {
	case p.opts.TLSCert != "":
		config, err := web.CertificateFiles(p.opts.TLSCert, p.opts.TLSKey)
		if err != nil {
			return nil, nil, exitWith(exitConfig, fmt.Errorf("tls_cert: %w", err))
		}
		return config, web.ToTLS(base), nil
	case len(p.opts.TLSHosts) > 0:
		authority := web.NewACME(p.opts.TLSHosts, p.opts.TLSCache, egress.New(egress.Config{Timeout: authorityTime}).Client())
		return authority.TLS(), authority.Challenges(base), nil
	}
	return nil, web.ToTLS(base), nil
}

// authorityTime is how long a certificate authority may take to answer.
const authorityTime = 30 * time.Second

// redirect opens the address for those who come without TLS, if one is asked for.
func (p *program) redirect(h http.Handler) (end func(), err error) {
	if p.opts.Redirect == "" && p.sockets[redirectListener] == nil {
		return func() {}, nil
	}
	l, err := p.listen(redirectListener, p.opts.Redirect)
	if err != nil {
		return nil, fmt.Errorf("redirect: %w", err)
	}
	return beside(p.ctx, func(ctx context.Context) {
		if err := web.Serve(ctx, l, nil, h, p.log); err != nil {
			p.log.Error("redirecting listener", "error", err)
		}
	}), nil
}

// beside runs f until end is called, which waits for it. f does not hear of the
// program being told to stop: what needs it ends first.
func beside(ctx context.Context, f func(context.Context)) (end func()) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { f(ctx) })
	return func() {
		stop()
		running.Wait()
	}
}
