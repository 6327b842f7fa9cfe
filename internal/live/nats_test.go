package live

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestNATS sends texts over a real server, ends it, and finds that it is told so.
func TestNATS(t *testing.T) {
	s := startNATS(t, server.Options{})
	listen := func(address string) (heard chan string, ended chan error) {
		b, err := NewNATS(address)
		if err != nil {
			t.Fatal(err)
		}
		up := make(chan bool, 1)
		heard, ended = make(chan string, 10), make(chan error, 1)
		go func() {
			ended <- b.Listen(context.Background(), func() { up <- true }, func(text []byte) { heard <- string(text) })
		}()
		<-up
		return heard, ended
	}
	heard, ended := listen(s.ClientURL())
	apart, _ := listen(s.ClientURL() + "/paper.moves")
	b, err := NewNATS(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Send(t.Context(), [][]byte{[]byte("one"), []byte("two")}); err != nil {
		t.Fatal(err)
	}
	if one, two := <-heard, <-heard; one != "one" || two != "two" {
		t.Errorf("heard %q and %q", one, two)
	}
	s.Shutdown()
	s.WaitForShutdown()
	if err := <-ended; err == nil {
		t.Error("a lost listener ended well")
	}
	if err := b.Send(t.Context(), [][]byte{[]byte("nobody")}); err == nil {
		t.Error("sent to a server that is gone")
	}
	if len(apart) > 0 {
		t.Errorf("another subject heard %q", <-apart)
	}
	for _, address := range []string{"nats://", "nats://127.0.0.1/two words", "nats://127.0.0.1/all.>"} {
		if _, err := NewNATS(address); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
}

// startNATS starts a real server with options.
func startNATS(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.NoLog, o.NoSigs = "127.0.0.1", server.RANDOM_PORT, true, true
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// carries reports what keeps a text from coming back from a server.
func carries(t *testing.T, address, text string) error {
	t.Helper()
	b, err := NewNATS(address)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, stop := context.WithCancel(t.Context())
	up, heard, ended := make(chan bool, 1), make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- b.Listen(ctx, func() { up <- true }, func(text []byte) { heard <- string(text) })
	}()
	defer stop()
	select {
	case err := <-ended:
		return err
	case <-up:
	}
	if err := b.Send(ctx, [][]byte{[]byte(text)}); err != nil {
		return err
	}
	if got := <-heard; got != text {
		t.Errorf("heard %d bytes, want %d", len(got), len(text))
	}
	stop()
	return <-ended
}

// TestNATS_who shows who is there in each of the ways an address can say it.
func TestNATS_who(t *testing.T) {
	for _, x := range []struct {
		name     string
		options  server.Options
		who      string
		accepted bool
	}{
		{"a password", server.Options{Username: "paper", Password: "s3 cret"}, "paper:s3%20cret@", true},
		{"another", server.Options{Username: "paper", Password: "s3 cret"}, "paper:guess@", false},
		{"none", server.Options{Username: "paper", Password: "s3 cret"}, "", false},
		{"a token", server.Options{Authorization: "t0ken"}, "t0ken@", true},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := startNATS(t, x.options)
			err := carries(t, "nats://"+x.who+s.Addr().String(), strings.Repeat("ş", 4000))
			if (err == nil) != x.accepted {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestNATS_tls speaks TLS with a server whose certificate is known, and with no other.
func TestNATS_tls(t *testing.T) {
	known := httptest.NewTLSServer(nil)
	defer known.Close()
	file := filepath.Join(t.TempDir(), "roots.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: known.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	s := startNATS(t, server.Options{TLS: true, TLSConfig: &tls.Config{Certificates: known.TLS.Certificates}})
	_, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for address, wants := range map[string]bool{
		"tls://127.0.0.1:" + port: true, "nats://127.0.0.1:" + port: true, "tls://localhost:" + port: false,
	} {
		if err := carries(t, address, "secret"); (err == nil) != wants {
			t.Errorf("%s: %v", address, err)
		}
	}
	plain := startNATS(t, server.Options{})
	if err := carries(t, "tls://"+plain.Addr().String(), "secret"); err == nil {
		t.Error("a server without TLS was told a secret")
	}
}

// TestNATS_idle sends on a line that the server has ended because nothing was sent on
// it for long.
func TestNATS_idle(t *testing.T) {
	s := startNATS(t, server.Options{PingInterval: 20 * time.Millisecond, MaxPingsOut: 1})
	b, err := NewNATS(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for range 2 {
		if err := b.Send(t.Context(), [][]byte{[]byte("one")}); err != nil {
			t.Fatal(err)
		}
		for s.NumClients() > 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// TestNATS_hostile hears nothing from what is no server, or says what none should.
func TestNATS_hostile(t *testing.T) {
	for _, says := range []string{
		"", "HTTP/1.1 400 Bad Request\r\n\r\n", "INFO {\r\n", "INFO {}\r\n-ERR 'no'\r\n", "INFO " + strings.Repeat("a", maxNATS) + "\r\n",
		"INFO {}\r\nMSG a 1 5\r\nearly\r\nPONG\r\n", "INFO {}\r\nPONG\r\nMSG a 1 99999999\r\n", "INFO {}\r\nPONG\r\nMSG a 1 -1\r\n",
		"INFO {}\r\nPONG\r\nMSG\r\n", "INFO {}\r\nPONG\r\nWHAT\r\n", "INFO {}\r\nPONG\r\n",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = io.WriteString(c, says) // the client may have gone
			_ = c.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		})
		b, err := NewNATS("nats://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		err = b.Listen(t.Context(), func() {}, func(text []byte) { t.Errorf("%q: heard %q", says, text) })
		if err == nil {
			t.Errorf("%q: no error", says)
		}
		l.Close()
		serving.Wait()
	}
}
