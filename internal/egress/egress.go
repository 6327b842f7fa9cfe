// Package egress is the one way out: every HTTP request that Parley makes to
// somebody else's server goes through its client. The client dials public
// addresses only, decided on the very address that is dialled, follows no
// redirect, and bounds time and size. What may never enter: what is sent and
// why, and any other client or dialer for HTTP.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"
)

// The caps of a client whose configuration sets none.
const (
	DefaultTimeout  = 5 * time.Second
	DefaultMaxBytes = 64 << 10
)

// ErrRefused is behind every error about a target that may not be reached.
// Such a request will not succeed by being sent again.
var ErrRefused = errors.New("egress: target refused")

// ErrTooLarge is what reading an answer beyond the cap ends with.
var ErrTooLarge = errors.New("egress: answer too large")

// Config says how far a client may go. The zero value is the public Internet
// by https, with the default caps.
type Config struct {
	// Allow are networks that may be dialled although they are not public: in-house
	// receivers, and the loopback of a test. They, and they alone, may also
	// be reached by plain http and on any port.
	Allow []netip.Prefix
	// Timeout bounds a whole exchange, the reading of the answer included.
	Timeout time.Duration
	// MaxBytes bounds an answer's body as it comes over the wire; nothing is
	// decompressed.
	MaxBytes int64
	// Roots are the authorities that certificates must come from; nil for the
	// system's.
	Roots *x509.CertPool
}

// Egress makes clients that keep to one configuration.
type Egress struct {
	config Config
	client *http.Client
	dialer net.Dialer
}

// New returns the way out that a configuration describes.
func New(config Config) *Egress {
	if config.Timeout <= 0 {
		config.Timeout = DefaultTimeout
	}
	if config.MaxBytes <= 0 {
		config.MaxBytes = DefaultMaxBytes
	}
	e := &Egress{config: config, dialer: net.Dialer{Timeout: config.Timeout}}
	e.client = &http.Client{
		Timeout:       config.Timeout,
		Transport:     gate{egress: e, secure: e.transport(e.maySecurely), plain: e.transport(e.mayPlainly)},
		CheckRedirect: stay,
	}
	return e
}

// Client returns the HTTP client. It may be shared and is to be used as it is:
// another transport or redirect policy would be another way out.
func (e *Egress) Client() *http.Client { return e.client }

// stay hands a redirect to the caller as the answer it is.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// transport returns a transport that connects only where may allows. It asks
// no proxy of the environment, keeps no connection and unpacks nothing.
func (e *Egress) transport(may func(netip.AddrPort) bool) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			d := e.dialer
			d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
				return allowed(resolved, may)
			}
			return d.DialContext(ctx, network, address)
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: e.config.Roots},
		TLSHandshakeTimeout:    e.config.Timeout,
		ResponseHeaderTimeout:  e.config.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
}

// allowed judges the address a socket is about to connect to. It stands after
// the resolver, so that what a name means between two questions is no matter.
func allowed(resolved string, may func(netip.AddrPort) bool) error {
	to, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("%w: %q is no address", ErrRefused, resolved)
	}
	if !may(to) {
		return fmt.Errorf("%w: %s is not to be dialled", ErrRefused, to)
	}
	return nil
}

// maySecurely says where TLS may go: allowed networks, and public addresses on
// the port of https or one that no ordinary service has.
func (e *Egress) maySecurely(to netip.AddrPort) bool {
	if e.mayPlainly(to) {
		return true
	}
	return Public(to.Addr()) && (to.Port() == 443 || to.Port() >= 1024)
}

// mayPlainly says where unencrypted HTTP may go: allowed networks.
func (e *Egress) mayPlainly(to netip.AddrPort) bool {
	addr := to.Addr().Unmap()
	for _, network := range e.config.Allow {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// Check refuses a URL that cannot be a target whatever its name resolves to,
// for telling whoever enters one. That it passes promises nothing: the address
// is judged when it is dialled.
func (e *Egress) Check(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", ErrRefused)
	}
	return u, e.check(u)
}

func (e *Egress) check(u *url.URL) error {
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || len(e.config.Allow) == 0):
		return fmt.Errorf("%w: scheme %q", ErrRefused, u.Scheme)
	case u.Opaque != "" || u.Hostname() == "":
		return fmt.Errorf("%w: no host", ErrRefused)
	case u.User != nil:
		return fmt.Errorf("%w: names a user", ErrRefused)
	case u.Fragment != "":
		return fmt.Errorf("%w: has a fragment", ErrRefused)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil
	}
	may := e.maySecurely
	if u.Scheme == "http" {
		may = e.mayPlainly
	}
	if !may(netip.AddrPortFrom(addr, port(u))) {
		return fmt.Errorf("%w: %s is not to be dialled", ErrRefused, addr)
	}
	return nil
}

// port returns the port a URL leads to.
func port(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

// gate is the transport of a client: it refuses impossible targets before
// anything is resolved, and caps answers.
type gate struct {
	egress        *Egress
	secure, plain *http.Transport
}

// RoundTrip implements http.RoundTripper.
func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.egress.check(r.URL); err != nil {
		if r.Body != nil {
			return nil, errors.Join(err, r.Body.Close())
		}
		return nil, err
	}
	transport := g.secure
	if r.URL.Scheme == "http" {
		transport = g.plain
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &capped{ReadCloser: answer.Body, left: g.egress.config.MaxBytes}
	return answer, nil
}

// capped is a body that ends with an error at its cap, never quietly.
type capped struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, ErrTooLarge
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return n - 1, ErrTooLarge
	}
	return n, err
}
