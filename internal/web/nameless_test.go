package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestWithoutAddresses(t *testing.T) {
	for line, want := range map[string]string{
		"http: TLS handshake error from 203.0.113.77:4711: EOF":           "http: TLS handshake error from (address) EOF",
		"http: TLS handshake error from [2001:db8::7]:4711: remote error": "http: TLS handshake error from (address) remote error",
		"http: panic serving 203.0.113.77:4711: boom":                     "http: panic serving (address) boom",
		"read tcp 10.0.0.1:80->203.0.113.77:4711: reset":                  "read tcp (address) -> (address) reset",
		"http: Accept error: too many open files; retrying in 5ms":        "http: Accept error: too many open files; retrying in 5ms",
	} {
		if got := withoutAddresses(line); got != want {
			t.Errorf("%q became %q, want %q", line, got, want)
		}
	}
}

// TestPanic_saysWhereNotWhat has a handler panic: the log names the route and the
// request, but not the path, in which a one-time link may stand.
func TestPanic_saysWhereNotWhat(t *testing.T) {
	h := newHouse(t)
	var log bytes.Buffer
	s, err := newServer(Config{Desk: h.desk, Log: slog.New(slog.NewTextHandler(&log, nil)), BaseURL: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	broken := route{"GET", "/welcome/{token}", anybody, reading, personal, ownPages, func(http.ResponseWriter, *request) error { panic("out of paper") }}
	s.traffic = newTraffic([]route{broken})
	mux := http.NewServeMux()
	mux.Handle("GET /welcome/{token}", s.guard(broken))
	w := httptest.NewRecorder()
	s.outer(mux).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/welcome/SECRETLINK", nil))
	id := w.Header().Get("Request-Id")
	if w.Code != http.StatusInternalServerError || id == "" {
		t.Errorf("%d, request %q", w.Code, id)
	}
	for _, want := range []string{"request=" + id, "route=/welcome/{token}", `panic="out of paper"`, "stack="} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "SECRETLINK") {
		t.Errorf("the log holds the path:\n%s", log.String())
	}
	if n := s.traffic.byPattern["GET /welcome/{token}"].seconds.Read().Count; n != 1 {
		t.Errorf("counted %d times", n)
	}
}
