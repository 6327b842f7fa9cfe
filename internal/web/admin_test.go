package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley/internal/meter"
)

// scrape asks the admin listener and returns the lines of the answer that begin
// with a text.
func (h *house) scrape(prefix string, sources ...func() []meter.Reading) []string {
	h.t.Helper()
	w := h.atAdmin("/metrics", nil, sources...)
	if w.Code != http.StatusOK {
		h.t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func (h *house) atAdmin(path string, header http.Header, sources ...func() []meter.Reading) *httptest.ResponseRecorder {
	h.t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, path, nil)
	r.Header = header
	h.server.Config.Handler.(*Server).Admin(sources...).ServeHTTP(w, r)
	return w
}

func has(t *testing.T, lines []string, want string) {
	t.Helper()
	for _, l := range lines {
		if l == want {
			return
		}
	}
	t.Errorf("no line %q in\n%s", want, strings.Join(lines, "\n"))
}

// TestMetrics_requests counts what was asked for by route and status: paths,
// sites and people do not show.
func TestMetrics_requests(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for range 3 {
		b.get("/").want(http.StatusOK)
	}
	front := b.get("/").want(http.StatusOK)
	b.do(http.MethodGet, "/", nil, http.Header{"If-None-Match": {front.header.Get("ETag")}}).want(http.StatusNotModified)
	b.do(http.MethodHead, "/", nil, nil).want(http.StatusOK)
	b.get("/nowhere/anna@reader.test").want(http.StatusNotFound)
	b.do("BREW", "/", nil, nil).want(http.StatusMethodNotAllowed)
	id := b.write(h.site, h.story.ID, 0, "none", "", "Hello.")
	all := h.scrape("parley_http_")
	has(t, all, `parley_http_requests_total{method="GET",route="/{$}",status="200"} 5`)
	has(t, all, `parley_http_requests_total{method="GET",route="/{$}",status="304"} 1`)
	has(t, all, `parley_http_request_seconds_count{method="GET",route="/{$}"} 6`)
	has(t, all, `parley_http_requests_total{method="other",route="none",status="404"} 1`)
	has(t, all, `parley_http_requests_total{method="other",route="none",status="405"} 1`)
	has(t, all, `parley_http_requests_total{method="POST",route="/comments",status="303"} 1`)
	has(t, all, "parley_http_requests_running 0")
	for _, l := range all {
		for _, private := range []string{"anna", id.String(), h.story.ID.String(), "main"} {
			if strings.Contains(l, private) {
				t.Errorf("%q names %q", l, private)
			}
		}
	}
	before := len(h.scrape("parley_"))
	for _, path := range []string{"/nowhere/1", "/nowhere/2", "/at/main/nowhere", "/c/1", "/c/2"} {
		b.get(path)
	}
	if n := len(h.scrape("parley_")) - before; n > 20 {
		t.Errorf("%d lines more; labels follow what is asked for", n)
	}
}

// TestMetrics_bytes counts bodies as they were sent.
func TestMetrics_bytes(t *testing.T) {
	h := newHouse(t)
	a := h.browser().do(http.MethodGet, "/robots.txt", nil, http.Header{"Accept-Encoding": {"identity"}}).want(http.StatusOK)
	has(t, h.scrape("parley_http_response_bytes_total"),
		`parley_http_response_bytes_total{method="GET",route="/robots.txt"} `+a.header.Get("Content-Length"))
}

// TestMetrics_sources shows the rooms' own figures beside those of the process.
func TestMetrics_sources(t *testing.T) {
	h := newHouse(t)
	fine := meter.NewHistogram(1, 2)
	fine.Add(1.5)
	source := func() []meter.Reading {
		return append(h.store.Meters(),
			meter.Reading{Name: "parley_test_level", Help: "h", Kind: meter.Level, Value: 2},
			meter.Reading{Name: "parley_test_spread", Help: "h", Labels: []string{"a", "b"}, Spread: fine.Read()})
	}
	all := h.scrape("", source)
	for _, want := range []string{
		"# TYPE parley_db_transactions_total counter", "# TYPE parley_db_write_queue gauge", "# TYPE parley_db_commit_seconds histogram",
		"parley_test_level 2", `parley_test_spread_bucket{a="b",le="1"} 0`, `parley_test_spread_bucket{a="b",le="2"} 1`, `parley_test_spread_count{a="b"} 1`,
		"# TYPE go_goroutines gauge", "# TYPE process_resident_memory_bytes gauge",
	} {
		has(t, all, want)
	}
}

// TestAdmin_profiles offers profiles, but not the command line, and nothing to
// pages of other sites.
func TestAdmin_profiles(t *testing.T) {
	h := newHouse(t)
	for path, want := range map[string]int{
		"/debug/pprof/": http.StatusOK, "/debug/pprof/goroutine?debug=1": http.StatusOK, "/debug/pprof/cmdline": http.StatusNotFound,
		"/": http.StatusNotFound, "/desk": http.StatusNotFound,
	} {
		if w := h.atAdmin(path, nil); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if w := h.atAdmin("/debug/pprof/profile?seconds=1", http.Header{"Sec-Fetch-Site": {"cross-site"}}); w.Code != http.StatusForbidden {
		t.Errorf("another site's page started a profile: %d", w.Code)
	}
	h.browser().get("/metrics").want(http.StatusNotFound)
	h.browser().get("/debug/pprof/").want(http.StatusNotFound)
}

// TestBody_tooLargeEndsTheConnection sends more than is read: the rest must not
// stand before the next request.
func TestBody_tooLargeEndsTheConnection(t *testing.T) {
	h := newHouse(t)
	res, err := http.Post(h.server.URL+"/comments", "application/x-www-form-urlencoded", strings.NewReader("text="+strings.Repeat("a", 200<<10)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close {
		t.Errorf("%d, closed %t", res.StatusCode, res.Close)
	}
}
