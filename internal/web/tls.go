package web

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// CertificateFiles returns a configuration with the certificate in two PEM files,
// which are read again when one of them has been replaced. Files that fit together
// no more leave the last good ones in use.
func CertificateFiles(cert, key string) (*tls.Config, error) {
	f := &certificateFiles{cert: cert, key: key}
	if err := f.read(); err != nil {
		return nil, err
	}
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current(), nil },
		NextProtos:     []string{"h2", "http/1.1"},
		MinVersion:     tls.VersionTLS12,
	}, nil
}

type certificateFiles struct {
	cert, key string
	mu        sync.Mutex
	pair      *tls.Certificate
	written   [2]time.Time // when the files were, as of the last look
}

// current returns the certificate, of newer files if there are any.
func (f *certificateFiles) current() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times() != f.written {
		// The old pair stays if the new one is not complete yet.
		_ = f.read()
	}
	return f.pair
}

func (f *certificateFiles) times() (written [2]time.Time) {
	for i, path := range []string{f.cert, f.key} {
		if info, err := os.Stat(path); err == nil {
			written[i] = info.ModTime()
		}
	}
	return written
}

func (f *certificateFiles) read() error {
	written := f.times()
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	f.pair, f.written = &pair, written
	return nil
}

// ACME gets certificates for hosts by the ACME protocol (RFC 8555) from Let's
// Encrypt, and keeps them in a folder.
type ACME struct{ manager *autocert.Manager }

// NewACME returns what gets certificates for these hosts and no other. Having it
// accepts the authority's terms. The client makes its requests.
func NewACME(hosts []string, folder string, client *http.Client) *ACME {
	return &ACME{&autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		HostPolicy: autocert.HostWhitelist(hosts...),
		Cache:      autocert.DirCache(folder),
		Client:     &acme.Client{HTTPClient: client},
	}}
}

// TLS returns the configuration of the public listener.
func (a *ACME) TLS() *tls.Config {
	c := a.manager.TLSConfig()
	c.MinVersion = tls.VersionTLS12
	return c
}

// Challenges returns the handler of port 80: it answers the authority's questions
// and sends everybody else to the base URL.
func (a *ACME) Challenges(base string) http.Handler { return a.manager.HTTPHandler(ToTLS(base)) }

// ToTLS sends who came without TLS to the same page under the base URL, whatever
// host was asked for. What was sent in a form has travelled readable already and is
// not taken.
func ToTLS(base string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "Use HTTPS", http.StatusBadRequest)
			return
		}
		to := url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, base+to.RequestURI(), http.StatusPermanentRedirect)
	})
}
