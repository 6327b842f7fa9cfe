// Package web is the door of Parley: every URL, what it needs, and the page or
// JSON it answers with. routes.go lists them all with their policies.
//
// What may never enter: SQL, rules about comments (desk and forum have them),
// and HTML that is not a template of frontend.
package web

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"parley/frontend"
	"parley/internal/desk"
	"parley/internal/live"
	"parley/internal/meter"
)

// Config is what a server needs.
type Config struct {
	Desk    *desk.Desk
	Log     *slog.Logger
	BaseURL string // scheme://host[:port] under which readers reach this installation
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Unlimited switches the rate limits off, for load tests on loopback.
	Unlimited bool
	// LogRequests logs every answer: route, status, bytes and time.
	LogRequests bool
	// UnsafeNoCSP leaves the Content-Security-Policy out, so that a test can see
	// whether escaping alone holds.
	UnsafeNoCSP bool
	// CacheBytes bounds the memory of rendered pages; 0 means 64 MiB, and less that
	// nothing that was read or rendered is kept.
	CacheBytes int64
	// Tags is how answers say to a CDN what they show; the zero value: not at all.
	Tags Tags
	// Live tells readers what moved, while Server.Serve runs; nil: they ask now and
	// then.
	Live *live.Hub
}

// Tags names what a page shows in a header that a CDN reads: see package cdn.
type Tags struct{ Header, Between string }

// server has what handlers share.
type server struct {
	Config
	base     *url.URL
	cache    *pageCache
	lane     *lane
	heads    *desk.Heads
	papers   papersOf
	limits   *limiter
	network  *networkKeys
	csrf     *http.CrossOriginProtection
	api      *api
	traffic  *traffic
	ready    readiness
	draining atomic.Bool
	styles   string // path of the site's style sheet
	inner    string // and of the one for the desk and readers' own pages
	script   string
	embedCSS string
}

// defaultCacheBytes is the page cache of a small machine.
const defaultCacheBytes = 64 << 20

// headsShare is the part of it, one of so many, that what is known of sites and
// stories may take besides.
const headsShare = 8

// Server answers every request for the installation.
type Server struct {
	http.Handler
	shared *server
}

// Meters returns the figures of the requests answered so far, and of the pages kept.
func (s *Server) Meters() []meter.Reading {
	all := append(s.shared.traffic.readings(), s.shared.cache.figures().readings()...)
	return append(all, s.shared.lane.reading())
}

// New returns the server of the whole installation.
func New(c Config) (*Server, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	if s.api, err = newAPI(s); err != nil {
		return nil, err
	}
	mux, err := s.mux()
	if err != nil {
		return nil, err
	}
	return &Server{Handler: s.outer(mux), shared: s}, nil
}

// newServer checks the configuration and makes what handlers share.
func newServer(c Config) (*server, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") || base.Path != "" {
		return nil, fmt.Errorf("base URL %q is not scheme://host", c.BaseURL)
	}
	for _, p := range c.TrustedProxies {
		if p.Bits() == 0 {
			return nil, fmt.Errorf("trusted proxies %s would believe everybody", p)
		}
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = defaultCacheBytes
	}
	s := &server{Config: c, base: base, csrf: http.NewCrossOriginProtection(), lane: newLane(c.CacheBytes)}
	if s.cache, err = newPageCache(c.CacheBytes); err != nil {
		return nil, err
	}
	if s.heads, err = desk.NewHeads(c.Desk, max(0, c.CacheBytes/headsShare)); err != nil {
		return nil, err
	}
	if s.limits, err = newLimiter(c.Desk.Now); err != nil {
		return nil, err
	}
	s.network = newNetworkKeys(c.Desk.Now, c.TrustedProxies)
	s.styles, _, _ = frontend.Asset("site.css")
	s.inner, _, _ = frontend.Asset("inner.css")
	s.script, _, _ = frontend.Asset("site.js")
	s.embedCSS, _, _ = frontend.Asset("embed.css")
	return s, nil
}

// secure reports whether readers reach the installation by https.
func (s *server) secure() bool { return s.base.Scheme == "https" }

// hostAllowed reports whether a request is for this installation: its base
// URL's host, or a loopback name while the base is one.
func (s *server) hostAllowed(host string) bool {
	if host == s.base.Host || strings.EqualFold(host, s.base.Host) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return isLoopback(s.base.Hostname()) && isLoopback(name)
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.IsLoopback()
}
