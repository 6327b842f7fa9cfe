package main

import (
	"context"
	"net"

	"parley/internal/desk"
	"parley/internal/web"
)

// answer serves a desk on a listener until ctx ends, and then lets the requests
// under way finish.
func (p *program) answer(ctx context.Context, d *desk.Desk, l net.Listener) error {
	handler, err := web.New(web.Config{
		Desk:           d,
		Log:            p.log,
		BaseURL:        p.opts.base(l.Addr().String()),
		TrustedProxies: p.opts.proxies,
		Unlimited:      p.opts.RateLimits == "off",
		CacheBytes:     p.opts.cache,
	})
	if err != nil {
		return err
	}
	return web.Serve(ctx, l, handler, p.log)
}
