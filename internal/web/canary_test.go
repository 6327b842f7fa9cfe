package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/exporter"
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
// the log, what others take along, or a table where it has no business.
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
	m.furnishCanary(id)
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
	for _, canary := range canaries {
		if strings.Contains(log.String(), canary) {
			t.Errorf("the log holds %s", canary)
		}
	}
	for _, line := range []string{`msg=request `, `msg="slow statement" `, `msg="request failed" `} {
		if !strings.Contains(log.String(), line) {
			t.Errorf("no %s was logged", line)
		}
	}
	m.checkTaken()
	m.index()
	m.checkKept()
}

// canaries is what must come out nowhere: of who wrote under a mask, and of who
// filed a notice.
var canaries = []string{canaryMail, canaryAddress, canaryEmail, canaryName}

// furnishCanary has happen to the person whatever leaves a trace: somebody answers
// and reports, they file a notice with their name and address, and the desk, which
// has endpoints for everything, rejects what they wrote and bans them.
func (m *matrix) furnishCanary(id forum.ID) {
	m.t.Helper()
	ctx := m.t.Context()
	chief := forum.Actor{Account: storetest.Account(m.t, m.store, m.site.ID, forum.RoleAdmin), Kind: forum.SessionPage, Strong: true}
	if _, err := m.desk.AddEndpoint(ctx, m.site, chief, forum.ToEmail, "desk@paper.example", forum.Events()); err != nil {
		m.t.Fatal(err)
	}
	answer := m.other.write(m.site, m.story.ID, id, forum.BylineName, "Third Reader", "An answer to a mask.")
	ok(m.t, m.author.post("/c/"+answer.String()+"/report", url.Values{"reason": {"abuse"}, "words": {"It is about me."}}))
	_, filed := noticers["form"](m.author, answer, forum.NoticeThreat, "The text threatens the harbour master by name.")
	ok(m.t, filed)
	gone := m.author.write(m.site, m.story.ID, answer, forum.BylinePseudonym, "Masked Bird", "Another comment with a mask.")
	ruling := desk.Ruling{Comment: gone, Verb: forum.Reject, From: m.comment(gone).State, Reason: "abuse"}
	if _, err := m.desk.Decide(ctx, m.site, chief, ruling); err != nil {
		m.t.Fatal(err)
	}
	ban := desk.Penalty{Account: m.comment(id).AccountID, Kind: forum.Suspend, Until: time.Now().Add(time.Hour), Reason: "abuse", Comment: gone}
	if _, err := m.desk.Sanction(ctx, m.site, chief, ban); err != nil {
		m.t.Fatal(err)
	}
}

// checkTaken looks at what others take along: the figures, the statements of
// reasons, and another reader's own data.
func (m *matrix) checkTaken() {
	m.t.Helper()
	now := time.Now().UTC()
	month := "/transparency/" + now.Format("2006-01")
	for path, word := range map[string]string{month: "suspend", month + ".csv": "suspend", month + ".json": "suspend"} {
		a := m.browser().get(path).want(http.StatusOK)
		if !strings.Contains(strings.ToLower(a.body), word) {
			m.t.Errorf("%s says nothing of a %q", path, word)
		}
		checkCanary(m.t, path, a)
	}
	for _, path := range []string{"/me/data.json", "/me/data.html"} {
		a := m.other.get(path).want(http.StatusOK)
		if !strings.Contains(a.body, "An answer to a mask.") {
			m.t.Errorf("%s lacks what its reader wrote", path)
		}
		checkCanary(m.t, path, a)
	}
	var b strings.Builder
	say := func(key string, args ...any) string { return feedTitle("en", key, args...) }
	n, err := exporter.Month(m.t.Context(), &b, m.desk, m.site, now, say, func(code string) string { return code })
	if err != nil || n < 2 {
		m.t.Errorf("%d statements, %v", n, err)
	}
	checkCanary(m.t, "the statements", answer{body: b.String()})
}

// checkKept looks at what is kept: an address where it is used to sign in, a
// notifier with the notice, and nothing of either in the search, the log with its
// private values, or the bodies of what endpoints are told. Where a person wrote
// from is kept nowhere.
func (m *matrix) checkKept() {
	m.t.Helper()
	home := map[string][]string{canaryMail: {"credentials"}, canaryEmail: {"notices", "jobs"}, canaryName: {"notices"}} // a job mails the receipt
	seen := map[string]bool{}
	for _, row := range strings.Split(storetest.Dump(m.t, "sqlite", m.path), "\n") {
		table, _, _ := strings.Cut(row, ":")
		seen[table] = true
		for _, canary := range canaries {
			if strings.Contains(row, canary) && !slices.Contains(home[canary], table) {
				m.t.Errorf("the table %s holds %s: %s", table, canary, row)
			}
		}
		for _, word := range []string{"birds", "notificata"} {
			if table == "search_lists" && strings.Contains(row, word) {
				m.t.Errorf("%q is a search term: %s", word, row)
			}
		}
	}
	for _, table := range []string{"search_lists", "log_entries", "log_private", "deliveries", "notices", "decisions", "notifications"} {
		if !seen[table] {
			m.t.Errorf("the table %s is empty", table)
		}
	}
}

func checkCanary(t *testing.T, what string, a answer) {
	t.Helper()
	for _, canary := range canaries {
		if strings.Contains(a.body, canary) || strings.Contains(fmt.Sprint(a.header), canary) {
			t.Errorf("%s: the answer holds %s", what, canary)
		}
	}
}
