package web

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/storetest"
)

// writeCertificate writes a certificate for 127.0.0.1 with its key and returns a
// pool that trusts it.
func writeCertificate(t *testing.T, cert, key string, serial int64) *x509.CertPool {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shape := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// TestCertificateFiles serves by TLS, takes over a renewed certificate without a new
// start, keeps the good one while the new files do not fit, and logs no address of
// a client that does not trust it.
func TestCertificateFiles(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	if _, err := CertificateFiles(cert, key); err == nil {
		t.Error("a certificate that is not there was taken")
	}
	pool := writeCertificate(t, cert, key, 1)
	config, err := CertificateFiles(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	p := probe(t, storetest.URL(t, "sqlite"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, l, config, p.server, slog.New(slog.NewTextHandler(p.log, nil)))
	}()
	ask := func(pool *x509.CertPool) (int64, int, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		res, err := client.Get("https://" + l.Addr().String() + healthPath)
		if err != nil {
			return 0, 0, err
		}
		defer res.Body.Close()
		return res.TLS.PeerCertificates[0].SerialNumber.Int64(), res.ProtoMajor, nil
	}
	if serial, major, err := ask(pool); serial != 1 || major != 2 || err != nil {
		t.Errorf("certificate %d by HTTP/%d, %v", serial, major, err)
	}
	if _, _, err := ask(x509.NewCertPool()); err == nil {
		t.Error("nobody vouches for it")
	}
	renewed := writeCertificate(t, cert, key, 2)
	// A new time even where the file system counts them coarsely.
	if err := os.Chtimes(cert, time.Time{}, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if serial, _, err := ask(renewed); serial != 2 || err != nil {
		t.Errorf("renewed: certificate %d, %v", serial, err)
	}
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if serial, _, err := ask(renewed); serial != 2 || err != nil {
		t.Errorf("while the key is being written: certificate %d, %v", serial, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(p.log.String(), "TLS handshake error from (address)") || strings.Contains(p.log.String(), "127.0.0.1") {
		t.Errorf("the log:\n%s", p.log)
	}
}

// TestToTLS sends readers to the base URL, wherever they thought they were.
func TestToTLS(t *testing.T) {
	h := NewACME([]string{"talk.example"}, t.TempDir(), http.DefaultClient).Challenges("https://talk.example")
	for target, want := range map[string]string{
		"http://talk.example/s/1?order=new":   "https://talk.example/s/1?order=new",
		"http://evil.example/desk":            "https://talk.example/desk",
		"http://talk.example//evil.example/a": "https://talk.example//evil.example/a",
		"http://talk.example/a%2Fb":           "https://talk.example/a%2Fb",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
		if got := w.Header().Get("Location"); w.Code != http.StatusPermanentRedirect || got != want {
			t.Errorf("%s: %d to %q, want %q", target, w.Code, got, want)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "http://talk.example/comments", strings.NewReader("text=a")))
	if w.Code != http.StatusBadRequest {
		t.Errorf("a form without TLS: %d", w.Code)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://talk.example/.well-known/acme-challenge/x", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("a challenge nobody set: %d", w.Code)
	}
}

// TestACME_onlyItsHosts asks for a certificate of another host: no authority is
// asked.
func TestACME_onlyItsHosts(t *testing.T) {
	asked := false
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = true
		return nil, context.Canceled
	})}
	config := NewACME([]string{"talk.example"}, t.TempDir(), client).TLS()
	if _, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: "evil.example"}); err == nil || asked {
		t.Errorf("for another host: %v, an authority was asked: %t", err, asked)
	}
	if _, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: "talk.example", SupportedProtos: []string{"h2"}}); err == nil || !asked {
		t.Errorf("for its own: %v, an authority was asked: %t", err, asked)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
