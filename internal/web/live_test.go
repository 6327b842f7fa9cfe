package web

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/live"
)

// liveHouse is a house whose readers are told what moved.
type liveHouse struct {
	*house
	hub  *live.Hub
	stop func()
}

// Ways to start a server. A hurried one gives every answer a thousandth of a
// second, for which streams must not care.
var (
	plainly   = (*httptest.Server).Start
	hurriedly = func(s *httptest.Server) { s.Config.WriteTimeout = time.Millisecond; s.Start() }
	securely  = func(s *httptest.Server) { s.EnableHTTP2 = true; s.StartTLS() }
)

// newLiveHouse starts a house with limits for its streams.
func newLiveHouse(t *testing.T, limits live.Limits, start func(*httptest.Server)) *liveHouse {
	t.Helper()
	h := newHouse(t)
	l := &liveHouse{house: h, hub: live.New(h.desk, limits, time.Now, slog.New(slog.DiscardHandler))}
	h.desk.Watch(l.hub.Tell)
	// The test's own address is a proxy, so that it can be many networks.
	handler, err := New(Config{
		Desk: h.desk, Log: slog.New(slog.DiscardHandler), BaseURL: h.server.URL, Live: l.hub,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	open := newConnections(server.Listener, time.Now)
	server.Listener, server.Config.ConnState = open, open.note
	start(server)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); l.hub.Run(ctx) }()
	l.stop = func() { stop(); <-ended }
	t.Cleanup(func() { l.stop(); server.Close() })
	l.server = server
	return l
}

// stream is an open stream of events.
type stream struct {
	t      *testing.T
	status int
	header http.Header
	proto  int
	lines  *bufio.Reader
	close  func()
}

func (l *liveHouse) open(path string, header http.Header) *stream {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 30*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.server.URL+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := l.server.Client().Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	s := &stream{t: l.t, status: res.StatusCode, header: res.Header, proto: res.ProtoMajor, lines: bufio.NewReader(res.Body)}
	s.close = func() { cancel(); res.Body.Close() }
	l.t.Cleanup(s.close)
	return s
}

// next returns the next event, without signs of life; "retry" is how long to wait
// before coming back, and "end" the end.
func (s *stream) next() string {
	s.t.Helper()
	var event strings.Builder
	for {
		line, err := s.lines.ReadString('\n')
		switch {
		case err != nil:
			return "end"
		case line == "\n" && event.Len() > 0:
			return event.String()
		case strings.HasPrefix(line, "retry:"):
			event.WriteString("retry")
		case line != "\n" && line[0] != ':':
			event.WriteString(line)
		}
	}
}

func (s *stream) wants(what string, events ...string) {
	s.t.Helper()
	for _, want := range events {
		if got := s.next(); got != want {
			s.t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
}

// TestPass_secondVersion sends two pieces with more silence between them than either may
// take.
func TestPass_secondVersion(t *testing.T) {
	const limit = 100 * time.Millisecond
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c := http.NewResponseController(w)
		for i, piece := range []string{"first, ", "second"} {
			time.Sleep(time.Duration(3*i) * limit)
			if err := pass(c, w, []byte(piece), limit); err != nil {
				t.Errorf("%s: %v", piece, err)
			}
		}
	}))
	securely(server)
	defer server.Close()
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); err != nil || string(got) != "first, second" || res.ProtoMajor != 2 {
		t.Errorf("%q, %v, HTTP/%d", got, err, res.ProtoMajor)
	}
}

// told is how a story's stream tells how it stands.
func told(x forum.Story) string {
	return fmt.Sprintf("id: %d\ndata: {\"story\":%q,\"revision\":%d,\"count\":%d}\n", x.Revision, x.ID.String(), x.Revision, x.Comments)
}

func (h *house) now(story forum.ID) forum.Story {
	h.t.Helper()
	x, err := h.desk.Story(context.Background(), h.site.ID, story)
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

// post has a new reader post a comment without HTTP.
func (h *house) post(text string) {
	h.t.Helper()
	_, err := h.desk.Post(context.Background(), h.site, forum.Actor{}, desk.Draft{
		Story: h.story.ID, Text: text, Byline: forum.BylineNone, Key: rand.Text(),
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestLive_story(t *testing.T) {
	for proto, start := range map[int]func(*httptest.Server){1: hurriedly, 2: securely} {
		t.Run(fmt.Sprintf("HTTP/%d", proto), func(t *testing.T) {
			l := newLiveHouse(t, live.DefaultLimits, start)
			path := "/s/" + l.story.ID.String() + "/live"
			s := l.open(path, http.Header{"Origin": {paperOrigin}})
			if s.status != http.StatusOK || s.header.Get("Content-Type") != eventType || s.header.Get("Cache-Control") != "no-store" ||
				s.header.Get("Access-Control-Allow-Origin") != paperOrigin || s.header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("status %d, header %v", s.status, s.header)
			}
			if s.proto != proto {
				t.Errorf("HTTP/%d, want %d", s.proto, proto)
			}
			before := l.now(l.story.ID)
			s.wants("at first", "retry", told(before))
			l.post("The first word.")
			after := l.now(l.story.ID)
			s.wants("a comment", told(after))

			known := func(revision int64) http.Header { return http.Header{"Last-Event-Id": {fmt.Sprint(revision)}} }
			back := l.open(path, known(before.Revision))
			back.wants("what was missed", "retry", told(after))
			current := l.open(path, known(after.Revision))
			l.post("The second word.")
			current.wants("nothing was missed before the second", "retry", told(l.now(l.story.ID)))

			l.stop()
			s.wants("the end", told(l.now(l.story.ID)), "retry", "end")
		})
	}
}

func TestLive_refuses(t *testing.T) {
	l := newLiveHouse(t, live.Limits{Network: 1, Site: 2}, plainly)
	from := func(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }
	l.open("/live", from("192.0.2.1"))
	for _, c := range []struct {
		path, address string
		status        int
	}{
		{"/live", "192.0.2.1", http.StatusServiceUnavailable},
		{"/s/" + l.story.ID.String() + "/live", "192.0.2.2", http.StatusOK},
		{"/live", "192.0.2.3", http.StatusServiceUnavailable},
		{"/desk/live", "192.0.2.4", http.StatusUnauthorized},
	} {
		s := l.open(c.path, from(c.address))
		if s.status != c.status || s.status == http.StatusServiceUnavailable && s.header.Get("Retry-After") == "" {
			t.Errorf("%s for %s: status %d, header %v; want %d", c.path, c.address, s.status, s.header, c.status)
		}
	}
	if f := l.hub.Figures(); f.Streams != 2 || f.Refused != 2 {
		t.Errorf("figures %+v", f)
	}
	if s := l.open("/s/0000000000001/live", from("192.0.2.5")); s.status != http.StatusServiceUnavailable {
		t.Errorf("a story there is not, beyond the limit: status %d", s.status)
	}
}

func TestLive_probes(t *testing.T) {
	l := newLiveHouse(t, live.DefaultLimits, plainly)
	if s := l.open("/s/0000000000001/live", nil); s.status != http.StatusNotFound {
		t.Errorf("a story there is not: status %d", s.status)
	}
	if n := l.hub.Figures().Streams; n != 0 {
		t.Errorf("%d streams of stories there are not", n)
	}
	res, err := l.server.Client().Head(l.server.URL + "/live")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("HEAD: status %d", res.StatusCode)
	}
}

// TestLive_cheap opens many streams and counts what they cost: no goroutine, and
// less memory than 12 kB each, the test's own ends included.
func TestLive_cheap(t *testing.T) {
	const readers, most = 500, 12 << 10
	l := newLiveHouse(t, live.Limits{Network: readers, Site: readers}, plainly)
	request := fmt.Sprintf("GET /s/%s/live HTTP/1.1\r\nHost: %s\r\n\r\n", l.story.ID, l.server.Listener.Addr())
	conns := make([]net.Conn, 0, readers)
	open := func() {
		c, err := net.Dial("tcp", l.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if _, err := c.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		hears(t, c, "retry:")
		conns = append(conns, c)
	}
	for range 50 { // what only the first cost
		open()
	}
	before, goroutines := memory(), runtime.NumGoroutine()
	for len(conns) < readers {
		open()
	}
	waitFor(t, func() bool { return runtime.NumGoroutine() <= goroutines+5 })
	if each := (memory() - before) / (readers - 50); each > most {
		t.Errorf("a stream costs %d bytes, want at most %d", each, most)
	} else {
		t.Logf("a stream costs %d bytes", each)
	}

	l.post("For all of them.")
	for _, c := range conns {
		hears(t, c, told(l.now(l.story.ID)))
	}
	for _, c := range conns {
		c.Close()
	}
	// Written to by turns, each is found gone.
	waitFor(t, func() bool { l.post("Is anybody there?"); return l.hub.Figures().Streams == 0 })
}

// hears reads from a connection until words came.
func hears(t *testing.T, c net.Conn, words string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var got []byte
	var part [2048]byte
	for !strings.Contains(string(got), words) {
		n, err := c.Read(part[:])
		if err != nil {
			t.Fatalf("%v after %q, want %q", err, got, words)
		}
		got = append(got, part[:n]...)
	}
}

// memory returns the bytes that live objects and stacks take.
func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// waitFor waits until something is so.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it never came to be so")
		}
	}
}

// However many readers come back after a restart, the database is asked about the
// site and the story now and then, not for each of them.
func TestLive_stampede(t *testing.T) {
	l := newLiveHouse(t, live.DefaultLimits, plainly)
	path := "/s/" + l.story.ID.String() + "/live"
	for range 2 {
		began, before := time.Now(), l.store.RowsRead()
		for range 30 {
			if s := l.open(path, http.Header{"Cookie": {cookieActed + "=1"}}); s.status != http.StatusOK {
				t.Fatal(s.status)
			}
		}
		seconds := int64(time.Since(began)/time.Second) + 2
		if rows := l.store.RowsRead() - before; rows > 4*seconds {
			t.Errorf("30 streams read %d rows in %d seconds", rows, seconds)
		}
	}
}
