package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/store"
	"parley/internal/storetest"
)

// probed is a server without a site, at a database of its own.
type probed struct {
	t      *testing.T
	store  *store.Store
	server *Server
	now    time.Time
	log    *syncBuffer
}

func probe(t *testing.T, url string) *probed {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
	p := &probed{t: t, store: s, now: storetest.Epoch, log: &syncBuffer{}}
	p.server, err = New(Config{
		Desk: desk.New(s, func() time.Time { return p.now }), Log: slog.New(slog.NewTextHandler(p.log, nil)), BaseURL: "https://talk.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ask asks both listeners and fails the test unless they agree.
func (p *probed) ask(path string) (int, readyAnswer) {
	p.t.Helper()
	var codes []int
	var answers []string
	for _, h := range []http.Handler{p.server, p.server.Admin()} {
		w := httptest.NewRecorder()
		// A load balancer knows an address, not the name readers use.
		h.ServeHTTP(w, httptest.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://10.0.0.7:8080"+path, nil))
		codes, answers = append(codes, w.Code), append(answers, w.Body.String())
	}
	if codes[0] != codes[1] || answers[0] != answers[1] {
		p.t.Fatalf("%s: the listeners differ: %v %q", path, codes, answers)
	}
	var a readyAnswer
	if err := json.Unmarshal([]byte(answers[0]), &a); err != nil {
		p.t.Fatalf("%s: %v in %q", path, err, answers[0])
	}
	return codes[0], a
}

// wants fails the test unless exactly this keeps the process from serving, and
// the process is said to live all the same.
func (p *probed) wants(what ...string) {
	p.t.Helper()
	p.now = p.now.Add(2 * readyFor)
	for path, ready := range map[string]bool{
		readyPath:                 len(what) == 0 || slices.Equal(what, []string{"writes"}),
		readyPath + "?for=writes": len(what) == 0,
	} {
		wantCode := http.StatusOK
		if !ready {
			wantCode = http.StatusServiceUnavailable
		}
		code, a := p.ask(path)
		if got := slices.Sorted(maps.Keys(a.Wrong)); code != wantCode || a.Ready != ready || !slices.Equal(got, what) {
			p.t.Errorf("%s: %d %+v, want %v to be wrong", path, code, a, what)
		}
	}
	if code, _ := p.ask(healthPath); code != http.StatusOK {
		p.t.Errorf("health %d", code)
	}
}

func TestReady(t *testing.T) {
	path := storetest.URL(t, "sqlite")
	p := probe(t, path)
	p.wants()
	storetest.Plant(t, "sqlite", path, `update goose_db_version set version_id = -version_id where version_id = (select max(version_id) from goose_db_version)`)
	p.wants("migrations")
	storetest.Plant(t, "sqlite", path, `update goose_db_version set version_id = -version_id where version_id < 0`)
	p.wants()
	if err := p.store.Close(); err != nil {
		t.Fatal(err)
	}
	p.wants("database")
	if !strings.Contains(p.log.String(), "database is closed") {
		t.Errorf("the log does not say why:\n%s", p.log)
	}
}

// TestServe_drains tells a server to stop: it says so while it still answers, each
// answer ends its connection, and what is under way finishes.
func TestServe_drains(t *testing.T) {
	p := probe(t, storetest.URL(t, "sqlite"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.server.Serve(ctx, l, nil, 300*time.Millisecond) }()
	url := "http://" + l.Addr().String()
	// This one has said half of what it wants.
	slow, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET /healthz HTTP/1.1\r\nHost: talk"); err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *http.Response {
		t.Helper()
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		return res
	}
	if res := ask(readyPath); res.StatusCode != http.StatusOK || res.Close {
		t.Fatalf("before: %d, closed %t", res.StatusCode, res.Close)
	}
	stop()
	for !p.server.shared.draining.Load() {
		runtime.Gosched()
	}
	if res := ask(readyPath); res.StatusCode != http.StatusServiceUnavailable || !res.Close {
		t.Errorf("draining: %d, closed %t", res.StatusCode, res.Close)
	}
	if res := ask(healthPath); res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("draining, %s: %d, closed %t", healthPath, res.StatusCode, res.Close)
	}
	for {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			break // the listener is closed
		}
		c.Close()
	}
	if _, err := io.WriteString(slow, ".example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(slow); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK\r\n") {
		t.Errorf("what was under way: %q, %v", answer, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestReady_writesRefused asks at a database that only reads.
func TestReady_writesRefused(t *testing.T) {
	p := probe(t, storetest.URL(t, "postgres")+"&options=-c%20default_transaction_read_only%3Don")
	p.wants("writes")
}

// TestReady_crowd has a crowd of probes cost the database no more than one.
func TestReady_crowd(t *testing.T) {
	p := probe(t, storetest.URL(t, "sqlite"))
	p.wants()
	before := p.store.RowsRead()
	for range 50 {
		p.ask(readyPath)
	}
	if n := p.store.RowsRead() - before; n != 0 {
		t.Errorf("%d rows read for what was just found out", n)
	}
}
