package web

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"parley/internal/forum"
)

// plainly asks a handler and returns the answer without what differs each time. A
// request has an id, but one for which nothing was done.
func (s *server) plainly(t *testing.T, h http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	hr := httptest.NewRequest(method, s.BaseURL+path, nil)
	hr.Body = http.NoBody
	for name, values := range header {
		hr.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, hr)
	if id := w.Header().Get("Request-Id"); len(id) != 26 && (id != "" || w.Code != http.StatusNotModified) {
		t.Errorf("%s %s is called %q", method, path, id)
	}
	w.Header().Del("Request-Id")
	return w
}

// TestLane_same asks for a story the short way and the long, with all that a reader
// can vary, and compares the answers.
func TestLane_same(t *testing.T) {
	h := newHouse(t)
	c := h.remark("A comment.")
	short := h.server.Config.Handler.(*Server)
	long, err := New(short.shared.Config)
	if err != nil {
		t.Fatal(err)
	}
	long.shared.lane.most = 0
	path := forum.StoryPath("", h.story)
	etag := short.shared.plainly(t, short, http.MethodGet, path, nil).Header().Get("Etag")
	all := variations()
	for _, header := range []http.Header{
		{},
		{"If-None-Match": {etag}},
		{"If-None-Match": {`"other", W/` + etag}},
		{"If-None-Match": {etag}, "Accept-Encoding": {"br"}},
		{"Accept-Encoding": {"br"}},
		{"Accept-Encoding": {"zstd"}},
		{"Accept-Encoding": {"gzip"}},
		{"Accept-Encoding": {"identity;q=0"}},
		{"Cookie": {"theirs=1"}},
		{"Cookie": {"theirs=1", "parley-js=1"}},
		{"Cookie": {"parley-mutes=AAAAAAAAAAAAA"}},
		{"Cookie": {"parley-view=newest.flat.50"}},
		{"Cookie": {"parley-seen=" + h.story.ID.String() + "." + c.ID.String()}},
		{"Cookie": {"__Host-parley-main=evil"}},
		{"Sec-Fetch-Dest": {"iframe"}},
		{"Sec-Fetch-Dest": {"document"}},
		{"Origin": {paperOrigin}},
		{"Authorization": {"Parley evil"}},
		{"Parley-Context": {"frame"}},
	} {
		all = append(all, variation{method: http.MethodGet, header: header}, variation{method: http.MethodHead, header: header})
	}
	all = append(all, variation{method: http.MethodPost}, variation{method: http.MethodGet, query: "part=discussion"})
	hits := int64(0)
	for _, v := range all {
		at := path
		if v.query != "" {
			at += "?" + v.query
		}
		want := short.shared.plainly(t, long, v.method, at, v.header)
		// The first may be the one that is noted.
		for range 2 {
			before := short.shared.lane.taken.Load()
			got := short.shared.plainly(t, short, v.method, at, v.header)
			hits += short.shared.lane.taken.Load() - before
			if got.Code != want.Code || got.Body.String() != want.Body.String() {
				t.Errorf("%s %s %v: %d and %d bytes, want %d and %d", v.method, at, v.header, got.Code, got.Body.Len(), want.Code, want.Body.Len())
			}
			if d := gocmp.Diff(want.Header(), got.Header()); d != "" {
				t.Errorf("%s %s %v: %s", v.method, at, v.header, d)
			}
		}
	}
	if hits < 50 {
		t.Errorf("%d answers came the short way", hits)
	}
}

// TestLane_logged asks for answers that are logged: each has an id and is counted.
func TestLane_logged(t *testing.T) {
	h := newHouse(t)
	config := h.server.Config.Handler.(*Server).shared.Config
	var log bytes.Buffer
	config.LogRequests, config.Log = true, slog.New(slog.NewTextHandler(&log, nil))
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []http.Header{{}, {"If-None-Match": {"*"}}} {
		for range 5 {
			log.Reset()
			hr := httptest.NewRequest(http.MethodGet, s.shared.BaseURL+forum.StoryPath("", h.story), nil)
			hr.Body, hr.Header = http.NoBody, header
			w := httptest.NewRecorder()
			s.ServeHTTP(w, hr)
			for _, want := range []string{
				"request=" + cmp.Or(w.Header().Get("Request-Id"), "(none)"), fmt.Sprint("status=", w.Code), "route=/s/{story}/{slug}",
				fmt.Sprint("bytes=", w.Body.Len()),
			} {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the log lacks %s: %s", want, log.String())
				}
			}
		}
	}
	at := s.shared.traffic.byPattern["GET /s/{story}/{slug}"]
	if all, short := at.seconds.Read().Count, s.shared.lane.taken.Load(); all != 10 || short < 6 {
		t.Errorf("%d answers are counted, %d came the short way", all, short)
	}
}

// TestLane_hosts asks for a page that is noted under a host that is not this one.
func TestLane_hosts(t *testing.T) {
	h := newHouse(t)
	s := h.server.Config.Handler.(*Server)
	path := forum.StoryPath("", h.story)
	for range 5 {
		s.shared.plainly(t, s, http.MethodGet, path, nil)
	}
	for _, header := range []http.Header{{}, {"If-None-Match": {"*"}}} {
		hr := httptest.NewRequest(http.MethodGet, "http://elsewhere.example"+path, nil)
		hr.Body, hr.Header = http.NoBody, header
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, hr); w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%v: %d", header, w.Code)
		}
	}
}

// TestLane_moves changes what an answer stands on: the next comes the long way and
// has the change.
func TestLane_moves(t *testing.T) {
	h := newHouse(t)
	s := h.server.Config.Handler.(*Server)
	ask := func() (body string, short bool) {
		before := s.shared.lane.taken.Load()
		w := s.shared.plainly(t, s, http.MethodGet, forum.StoryPath("", h.story), nil)
		return w.Body.String(), s.shared.lane.taken.Load() > before
	}
	// A second may end between two requests, but not between all.
	settle := func() {
		t.Helper()
		for range 5 {
			if _, short := ask(); short {
				return
			}
		}
		t.Error("no answer comes the short way")
	}
	settle()
	h.remark("First.")
	if body, short := ask(); short || !strings.Contains(body, "First.") {
		t.Errorf("a comment is not seen; the short way: %v", short)
	}
	settle()
	h.addSite("other")
	if _, short := ask(); short {
		t.Error("a change of the sites is not seen")
	}
	settle()
	s.shared.cache.pages.InvalidateAll()
	if _, short := ask(); short {
		t.Error("a page that is not kept is sent")
	}
}

// TestLane_bounded notes more answers than there is room for.
func TestLane_bounded(t *testing.T) {
	l := newLane(1)
	for i := range forum.ID(100) {
		l.note(i.String(), &noted{})
	}
	n := 0
	l.noted.Range(func(any, any) bool { n++; return true })
	if int64(n) > l.most || n == 0 {
		t.Errorf("%d answers are noted, at most %d should be", n, l.most)
	}
}
