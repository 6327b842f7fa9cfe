package egress

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"parley/internal/fixture"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "93.184.216.34": true, "2606:4700::1111": true, "2a00:1450:4001::1": true,
		"::ffff:8.8.8.8": true,
		"0.0.0.0":        false, "10.1.2.3": false, "100.64.0.1": false, "127.0.0.1": false, "127.255.255.254": false,
		"169.254.169.254": false, "172.31.255.255": false, "192.0.0.192": false, "192.168.0.1": false,
		"198.19.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false,
		"::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b:1::7f00:1": false, "64:ff9b::808:808": false, "100::1": false,
		"2001::1": false, "2001:0:7f00:1::": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false,
		"5f00::1": false, "fc00::1": false, "fd00:ec2::254": false, "fe80::1": false, "fe80::1%eth0": false,
		"2606:4700::1111%eth0": false, "fec0::1": false, "ff02::1": false, "4000::1": false,
	} {
		if got := Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("Public(%s) = %v, want %v", text, got, want)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestCheck(t *testing.T) {
	loopback := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	for _, test := range []struct {
		egress *Egress
		url    string
		ok     bool
	}{
		{New(Config{}), "https://example.com/hook?x=1", true},
		{New(Config{}), "https://example.com:8443/hook", true},
		{New(Config{}), "https://8.8.8.8/", true},
		{New(Config{}), "https://8.8.8.8:25/", false},
		{New(Config{}), "http://example.com/", false},
		{New(Config{}), "https://user@example.com/", false},
		{New(Config{}), "https://example.com/#x", false},
		{New(Config{}), "https:example.com", false},
		{New(Config{}), "https:///x", false},
		{New(Config{}), "https://[::1]/", false},
		{New(Config{}), "https://127.0.0.1/", false},
		{New(Config{}), "ftp://example.com/", false},
		{New(Config{}), "", false},
		{loopback, "http://127.0.0.1:9999/", true},
		{loopback, "https://127.0.0.1:22/", true},
		{loopback, "http://[::ffff:127.0.0.1]:9999/", true},
		{loopback, "http://8.8.8.8/", false},
		{loopback, "http://10.0.0.1/", false},
	} {
		if _, err := test.egress.Check(test.url); (err == nil) != test.ok || err != nil && !errors.Is(err, ErrRefused) {
			t.Errorf("Check(%q) = %v, want ok %v", test.url, err, test.ok)
		}
	}
}

// listener counts the connections that reach an address of the loopback.
type listener struct {
	*httptest.Server
	reached atomic.Int64
}

func listen(t *testing.T, address string, handle http.HandlerFunc) *listener {
	t.Helper()
	l := &listener{}
	on, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("cannot listen on %s: %v", address, err)
	}
	l.Server = &httptest.Server{Listener: on, Config: &http.Server{
		Handler:   handle,
		ConnState: func(_ net.Conn, s http.ConnState) { count(&l.reached, s) },
	}}
	l.Start()
	t.Cleanup(l.Close)
	return l
}

func count(n *atomic.Int64, s http.ConnState) {
	if s == http.StateNew {
		n.Add(1)
	}
}

func (l *listener) port() string {
	_, port, _ := net.SplitHostPort(l.Listener.Addr().String())
	return port
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// names answers DNS questions of the loopback: the next of a name's answers
// each time it is asked, and the last one from then on.
type names struct {
	mu      sync.Mutex
	answers map[string][][]netip.Addr
}

func (n *names) next(name string) []netip.Addr {
	n.mu.Lock()
	defer n.mu.Unlock()
	left := n.answers[name]
	if len(left) == 0 {
		return nil
	}
	if len(left) > 1 {
		n.answers[name] = left[1:]
	}
	return left[0]
}

// resolver starts the server and returns a resolver that asks it.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); n.serve(server) }()
	t.Cleanup(func() { _ = server.Close(); <-ended })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func (n *names) serve(server net.PacketConn) {
	packet := make([]byte, 1500)
	for {
		size, from, err := server.ReadFrom(packet)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(packet[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m = dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}, Questions: m.Questions}
		if q.Type == dnsmessage.TypeA {
			for _, a := range n.next(q.Name.String()) {
				m.Answers = append(m.Answers, dnsmessage.Resource{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: a.As4()},
				})
			}
		}
		if answer, err := m.Pack(); err == nil {
			_, _ = server.WriteTo(answer, from)
		}
	}
}

func get(e *Egress, url string) (int, string, error) {
	answer, err := e.Client().Get(url)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(body), err
}

// TestClient_rebinding serves a name that means an allowed address when it is
// first asked for and a forbidden one afterwards.
func TestClient_rebinding(t *testing.T) {
	forbidden := listen(t, "127.0.0.1:0", ok)
	friend := listen(t, "127.0.0.2:"+forbidden.port(), ok)
	here, there := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	zone := &names{answers: map[string][][]netip.Addr{
		"rebind.test.": {{there}, {here}},
		"both.test.":   {{here, there}},
	}}
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	e.dialer.Resolver = zone.resolver(t)
	if status, _, err := get(e, "http://rebind.test:"+forbidden.port()+"/"); err != nil || status != 200 {
		t.Fatalf("the first answer is allowed, but: %d, %v", status, err)
	}
	if _, _, err := get(e, "http://rebind.test:"+forbidden.port()+"/"); !errors.Is(err, ErrRefused) {
		t.Errorf("the second answer must be refused: %v", err)
	}
	if status, _, err := get(e, "http://both.test:"+forbidden.port()+"/"); err != nil || status != 200 {
		t.Errorf("one of two addresses is allowed, but: %d, %v", status, err)
	}
	if forbidden.reached.Load() != 0 || friend.reached.Load() != 2 {
		t.Errorf("%d connections to the forbidden address and %d to the other, want 0 and 2", forbidden.reached.Load(), friend.reached.Load())
	}
}

func TestClient_publicOnly(t *testing.T) {
	server := listen(t, "127.0.0.1:0", ok)
	zone := &names{answers: map[string][][]netip.Addr{"inside.test.": {{netip.MustParseAddr("127.0.0.1")}}}}
	e := New(Config{})
	e.dialer.Resolver = zone.resolver(t)
	for _, target := range []string{
		"https://127.0.0.1:" + server.port(), "https://localhost:" + server.port(), "http://localhost:" + server.port(),
		"https://inside.test:" + server.port(), "https://127。0。0。1:" + server.port(),
	} {
		if _, _, err := get(e, target); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v, want a refusal", target, err)
		}
	}
	if n := server.reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestClient_plainOnlyWhereAllowed keeps http from leaving for the public
// Internet as soon as any network is allowed.
func TestClient_plainOnlyWhereAllowed(t *testing.T) {
	zone := &names{answers: map[string][][]netip.Addr{"public.test.": {{netip.MustParseAddr("93.184.216.34")}}}}
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}})
	e.dialer.Resolver = zone.resolver(t)
	if _, _, err := get(e, "http://public.test/"); !errors.Is(err, ErrRefused) {
		t.Errorf("plain http to a public address: %v, want a refusal", err)
	}
}

func TestClient_noRedirect(t *testing.T) {
	var second atomic.Int64
	server := listen(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/second" {
			second.Add(1)
			return
		}
		http.Redirect(w, r, "/second", http.StatusFound)
	})
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	status, _, err := get(e, server.URL+"/first")
	if err != nil || status != http.StatusFound || second.Load() != 0 {
		t.Errorf("status %d, %v, followed %d times; want 302 and none", status, err, second.Load())
	}
}

func TestClient_caps(t *testing.T) {
	endless := func(w http.ResponseWriter) {
		chunk := make([]byte, 4096)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	server := listen(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			_, _ = io.WriteString(w, strings.Repeat("x", 1000))
		case "/over":
			_, _ = io.WriteString(w, strings.Repeat("x", 1001))
		case "/endless":
			endless(w)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = z.Write(make([]byte, 100_000))
			_ = z.Close()
		}
	})
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, MaxBytes: 1000})
	if _, body, err := get(e, server.URL+"/exact"); err != nil || len(body) != 1000 {
		t.Errorf("%d bytes, %v; want 1000", len(body), err)
	}
	for _, path := range []string{"/over", "/endless"} {
		if _, body, err := get(e, server.URL+path); !errors.Is(err, ErrTooLarge) || len(body) != 1000 {
			t.Errorf("%s: %d bytes, %v; want 1000 and a refusal", path, len(body), err)
		}
	}
	if _, body, err := get(e, server.URL+"/bomb"); err != nil || len(body) > 1000 {
		t.Errorf("%d bytes, %v; a packed answer must stay packed", len(body), err)
	}
}

func TestClient_time(t *testing.T) {
	server := listen(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 50 * time.Millisecond})
	if _, _, err := get(e, server.URL); err == nil {
		t.Error("a server that never ends was waited for")
	}
}

func TestClient_noProxy(t *testing.T) {
	proxy := listen(t, "127.0.0.1:0", ok)
	server := listen(t, "127.0.0.2:0", ok)
	t.Setenv("HTTP_PROXY", proxy.URL)
	e := New(Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if _, _, err := get(e, server.URL); err != nil || proxy.reached.Load() != 0 {
		t.Errorf("%v, proxy reached %d times", err, proxy.reached.Load())
	}
}

// TestClient_attacks asks for each target of the attack collection. Those that
// describe the behaviour of a server, and so name it with words behind the URL,
// are played by servers in the tests above.
func TestClient_attacks(t *testing.T) {
	file, err := os.Open(fixture.Path(t, "attacks", "ssrf-own.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	e := New(Config{})
	e.dialer.Resolver = (&names{}).resolver(t)
	asked := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct{ ID, Payload, Must string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		asked++
		target, _, _ := strings.Cut(line.Payload, " ")
		for _, scheme := range []string{"", "https"} {
			if _, _, err := get(e, withScheme(target, scheme)); err == nil {
				t.Errorf("%s: %s was reached", line.ID, line.Payload)
			} else if scheme == "" && !errors.Is(err, ErrRefused) && !isParse(err) && strings.HasPrefix(target, "http") && !strings.HasPrefix(target, "https") {
				t.Errorf("%s: %s failed but was not refused: %v", line.ID, line.Payload, err)
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d targets", asked)
	}
}

// withScheme asks for an http target by https too, so that it is not the scheme
// alone that refuses it.
func withScheme(target, scheme string) string {
	if rest, found := strings.CutPrefix(target, "http://"); found && scheme != "" {
		return scheme + "://" + rest
	}
	return target
}

// isParse reports whether a URL was no URL at all.
func isParse(err error) bool {
	var e *url.Error
	return errors.As(err, &e) && e.Op == "parse"
}
