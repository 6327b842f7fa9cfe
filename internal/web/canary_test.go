package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/storetest"
)

// What names a person and is nobody's business: an address and where they wrote
// from. Neither stands in any text of theirs.
const (
	canaryMail    = "canary.person@birds.example"
	canaryAddress = "203.0.113.77"
)

// syncBuffer is a log that requests write to at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestCanary plants an address of a person and the address they write from, and
// calls every route as every sort of visitor: neither is in an answer, a header
// or the log.
func TestCanary(t *testing.T) {
	m := newMatrix(t)
	log := &syncBuffer{}
	m.server.Close()
	m.server = httptest.NewServer(nil)
	t.Cleanup(m.server.Close)
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	m.store.LogSlow(logger, 0)
	handler, err := New(Config{Desk: m.desk, Log: logger, LogRequests: true, BaseURL: m.server.URL, Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	m.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = canaryAddress + ":4711"
		handler.ServeHTTP(w, r)
	})
	m.author, m.other = m.browser(), m.browser()
	id := m.author.write(m.site, m.story.ID, 0, forum.BylinePseudonym, "Masked Bird", "A comment with a mask.")
	m.ids["comment"], m.ids["id"] = id.String(), id.String()
	c, err := m.store.Comment(t.Context(), m.site.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Plant(t, "sqlite", m.path, fmt.Sprintf(`insert into credentials (site_id, credential_id, account_id, kind, subject, label, created_at)
		values (%d, 77, %d, 'email', '%s', '%s', %d)`, m.site.ID, c.AccountID, canaryMail, canaryMail, time.Now().UnixMicro()))
	own := map[string]bool{"/me/security": true, "/me/data.json": true, "/me/data.html": true, "/me/mail": true, "/me/security/code": true}
	for _, r := range routesOf(t, m.house) {
		if r.method == http.MethodOptions || r.pattern == "/session/end" {
			continue
		}
		for _, v := range visitors() {
			if v.owner && (own[r.pattern] || r.method != http.MethodGet) {
				continue
			}
			b := v.make(t, m)
			a := m.call(b, r)
			checkCanary(t, r.method+" "+r.pattern+" as "+v.name, a)
		}
	}
	lead := m.staffed(m.site, forum.RoleLead)
	checkCanary(t, "a revelation", lead.post("/desk/reveal", map[string][]string{"comment": {id.String()}, "words": {"threats in three stories"}}).want(http.StatusOK))
	for _, canary := range []string{canaryMail, canaryAddress} {
		if strings.Contains(log.String(), canary) {
			t.Errorf("the log holds %s", canary)
		}
	}
	for _, line := range []string{`msg=request `, `msg="slow statement" `, `msg="request failed" `} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no %s was logged", line)
		}
	}
}

func checkCanary(t *testing.T, what string, a answer) {
	t.Helper()
	for _, canary := range []string{canaryMail, canaryAddress} {
		if strings.Contains(a.body, canary) || strings.Contains(fmt.Sprint(a.header), canary) {
			t.Errorf("%s: the answer holds %s", what, canary)
		}
	}
}
