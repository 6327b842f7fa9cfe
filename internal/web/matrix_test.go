package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// visitor is one sort of client in the matrix.
type visitor struct {
	name  string
	calls []caller   // the kinds of caller it counts as
	role  forum.Role // what it is at the desk; empty: nothing
	owner bool       // whether it wrote the comment the routes are about
	make  func(t *testing.T, m *matrix) *browser
}

// admitted says, from the policy alone, whether a route lets the visitor in.
func (v visitor) admitted(w who) bool {
	if !slices.Contains(v.calls, w.caller) {
		return false
	}
	actor := forum.Actor{Account: forum.Account{ID: 1, Role: v.role}, Kind: forum.SessionPage, Strong: true}
	return w.act == "" || forum.May(actor, w.act)
}

// matrix is an installation with one of everything that a route can be about.
type matrix struct {
	*house
	foreign forum.Site
	author  *browser
	other   *browser
	key     string
	ids     map[string]string // path values by name
}

// What every visitor counts as, what one with a session does, and the desk.
var (
	everybody = []caller{probingCaller, anyCaller, writingCaller}
	session   = []caller{probingCaller, anyCaller, writingCaller, knownCaller}
	worker    = []caller{probingCaller, anyCaller, writingCaller, knownCaller, staffCaller}
)

// visitors are all sorts of clients: readers, each role of the desk, those of
// another site, and the newsroom's own systems.
func visitors() []visitor {
	all := []visitor{
		{"nobody", everybody, "", false, func(_ *testing.T, m *matrix) *browser { return m.browser() }},
		{"author", session, forum.RoleGuest, true, func(_ *testing.T, m *matrix) *browser { return m.author }},
		{"another reader", session, forum.RoleGuest, false, func(_ *testing.T, m *matrix) *browser { return m.other }},
		{"owner of another site", everybody, "", false, func(_ *testing.T, m *matrix) *browser { return m.house.owner(m.foreign) }},
		{"newsroom", []caller{probingCaller, anyCaller, writingCaller, newsroomCaller}, "", false, func(_ *testing.T, m *matrix) *browser {
			return m.withKey(m.key)
		}},
		{"newsroom of another site", everybody, "", false, func(t *testing.T, m *matrix) *browser {
			key, err := m.desk.AddKey(context.Background(), m.foreign, "foreign")
			if err != nil {
				t.Fatal(err)
			}
			return m.withKey(key)
		}},
	}
	for _, role := range forum.StaffRoles() {
		all = append(all, visitor{string(role), worker, role, false, func(_ *testing.T, m *matrix) *browser {
			return m.staffed(m.site, role)
		}})
	}
	return all
}

func (m *matrix) withKey(key string) *browser {
	b := m.browser()
	b.header.Set("Authorization", "Bearer "+key)
	return b
}

func newMatrix(t *testing.T) *matrix {
	m := &matrix{house: newHouse(t)}
	m.foreign = m.addSite("foreign")
	m.author, m.other = m.browser(), m.browser()
	m.other.write(m.site, m.story.ID, 0, forum.BylineName, "Another Reader", "I was here too.")
	id := m.author.write(m.site, m.story.ID, 0, forum.BylineName, "First Author", "The first comment.")
	var err error
	if m.key, err = m.desk.AddKey(context.Background(), m.site, "cms"); err != nil {
		t.Fatal(err)
	}
	author := m.comment(id).AccountID
	decision := m.alwaysHold(author)
	m.ids = map[string]string{
		"decision": decision.String(), "account": author.String(), "appeal": decision.String(),
		"story": m.story.ID.String(), "slug": forum.Slug(m.story.Headline), "comment": id.String(), "section": "world",
		"picture": "none", "file": "none", "token": "none", "receipt": "none", "notice": "none", "queue": "held", "proposal": id.String(), "invitation": id.String(), "month": "2026-03", "site": m.site.Slug, "externalId": "x-1", "external": "x-1", "endpoint": id.String(), "job": id.String(), "sort": "all", "id": id.String(),
	}
	m.ids["author"] = "0000000000000"
	return m
}

// alwaysHold lets the desk hold every comment of an account, which keeps it from
// nothing, and returns the decision.
func (m *matrix) alwaysHold(account forum.ID) forum.ID {
	m.t.Helper()
	lead := forum.Actor{Account: forum.Account{ID: 1, Role: forum.RoleLead}, Kind: forum.SessionPage, Strong: true}
	done, err := m.desk.Sanction(context.Background(), m.site, lead, desk.Penalty{Account: account, Kind: forum.AlwaysHold, Reason: "other"})
	if err != nil {
		m.t.Fatal(err)
	}
	return done.Decision
}

// fill puts path values into a pattern.
func (m *matrix) fill(pattern string) string {
	path := strings.ReplaceAll(pattern, "{$}", "")
	for name, value := range m.ids {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if strings.HasPrefix(path, "/api/v1/stories/") {
		path = strings.Replace(path, m.ids["comment"], m.ids["story"], 1)
	}
	return path
}

// call makes the request of a route, with an empty body of the right type.
func (m *matrix) call(b *browser, r route) answer {
	if r.method == http.MethodGet {
		return b.do(r.method, m.fill(r.pattern), nil, nil)
	}
	if strings.HasPrefix(r.pattern, "/api/") {
		return b.json(r.method, m.fill(r.pattern), "{}")
	}
	return b.post(m.fill(r.pattern), nil)
}

// routesOf returns the table of a server that answers nothing.
func routesOf(t *testing.T, h *house) []route {
	t.Helper()
	s, err := newServer(Config{Desk: h.desk, BaseURL: "http://127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return s.routes()
}

// TestMatrix_whoMayEnter calls every route as every sort of caller. A caller the
// policy does not admit gets 401 or 403; one it admits gets neither, except where
// the thing the route is about is somebody else's.
func TestMatrix_whoMayEnter(t *testing.T) {
	storetest.NoRace(t)
	m := newMatrix(t)
	for _, r := range routesOf(t, m.house) {
		if r.method == http.MethodOptions {
			continue
		}
		for _, c := range visitors() {
			t.Run(fmt.Sprintf("%s %s/%s", r.method, r.pattern, c.name), func(t *testing.T) {
				if r.pattern == "/session/end" || strings.HasSuffix(r.pattern, "/withdraw") && r.method == http.MethodPost && c.owner {
					return // acts that would take the caller's standing away; they have tests of their own
				}
				b := c.make(t, m)
				b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				defer func() { b.client.CheckRedirect = nil }()
				b.t = t
				a := m.call(b, r)
				refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
				if admitted := c.admitted(r.who); admitted == refused && !ownRefusal(r, c, a) {
					t.Errorf("status %d; admitted by policy: %t\n%s", a.status, admitted, excerpt(a.body))
				}
				if a.status >= 500 {
					t.Errorf("status %d\n%s", a.status, excerpt(a.body))
				}
			})
		}
	}
}

// ownRefusal reports whether a refusal comes from a rule about the comment
// rather than from the route's policy: nobody votes on or reports an own comment.
func ownRefusal(r route, c visitor, a answer) bool {
	if c.admitted(r.who) && provesItself(r.pattern) {
		return true
	}
	return c.owner && a.status == http.StatusForbidden &&
		(strings.HasSuffix(r.pattern, "/vote") || r.pattern == "/votes" || strings.HasSuffix(r.pattern, "/report") || strings.HasSuffix(r.pattern, "/reports"))
}

// provesItself reports whether a route is about signing in: 401 and 403 are then
// what it says of a proof that is none, and page_signin_test.go tests them.
func provesItself(pattern string) bool {
	for _, door := range []string{"/signin/", "/me/security/", "/me/passkeys", "/api/v1/session"} {
		if strings.HasPrefix(pattern, door) {
			return true
		}
	}
	return false
}

// TestMatrix_objects checks, for every route about one comment, that another
// reader's and a foreign site's are out of reach where only the author's own
// counts.
func TestMatrix_objects(t *testing.T) {
	m := newMatrix(t)
	other := m.browser()
	other.write(m.site, m.story.ID, 0, forum.BylineName, "Other Reader", "Another comment.")
	foreign := m.browser()
	story := m.addStory(m.foreign, "Elsewhere")
	foreign.write(m.foreign, story.ID, 0, forum.BylineName, "Foreign Reader", "A comment elsewhere.")
	for _, r := range routesOf(t, m.house) {
		own := r.who == known && (strings.Contains(r.pattern, "{comment}") || strings.Contains(r.pattern, "{id}") || strings.Contains(r.pattern, "{decision}"))
		if !own || r.method == http.MethodOptions {
			continue
		}
		t.Run(r.method+" "+r.pattern, func(t *testing.T) {
			for name, b := range map[string]*browser{"other": other, "foreign": foreign} {
				prefix := ""
				if name == "foreign" {
					prefix = "/at/foreign"
				}
				var a answer
				switch {
				case r.method == http.MethodGet:
					a = b.do(r.method, prefix+m.fill(r.pattern), nil, nil)
				case strings.HasPrefix(r.pattern, "/api/"):
					a = b.json(r.method, prefix+m.fill(r.pattern), takeOver(r))
				default:
					a = b.post(prefix+m.fill(r.pattern), map[string][]string{"text": {"Taken over."}})
				}
				if a.status != http.StatusNotFound {
					t.Errorf("%s: status %d, want 404\n%s", name, a.status, excerpt(a.body))
				}
			}
		})
	}
	m.browser().get("/c/" + m.ids["comment"]).has("The first comment.")
}

// takeOver is a good body for a route about an own comment.
func takeOver(r route) string {
	if r.method == http.MethodPatch {
		return `{"text":"Taken over."}`
	}
	return `{}`
}

// TestMatrix_origin sends every unsafe request as a page of another site would.
func TestMatrix_origin(t *testing.T) {
	m := newMatrix(t)
	for _, r := range routesOf(t, m.house) {
		if r.method == http.MethodGet || r.method == http.MethodOptions {
			continue
		}
		t.Run(r.method+" "+r.pattern, func(t *testing.T) {
			for _, h := range []http.Header{
				{"Origin": {"https://evil.example"}},
				{"Origin": {"null"}},
				{"Sec-Fetch-Site": {"cross-site"}},
				{"Sec-Fetch-Site": {"same-site"}, "Origin": {"https://evil.example"}},
				{"Origin": {"https://paper.example.evil.example"}},
			} {
				kind := "application/x-www-form-urlencoded"
				if strings.HasPrefix(r.pattern, "/api/") {
					kind = "application/json"
				}
				h.Set("Content-Type", kind)
				a := m.author.do(r.method, m.fill(r.pattern), strings.NewReader(""), h)
				if a.status != http.StatusForbidden {
					t.Errorf("%v: status %d, want 403", h, a.status)
				}
				if got := a.header.Get("Access-Control-Allow-Origin"); got != "" {
					t.Errorf("%v: allowed origin %q", h, got)
				}
			}
		})
	}
}

// TestMatrix_headers checks that every answer, good or bad, carries what keeps
// browsers from doing more with it than they should.
func TestMatrix_headers(t *testing.T) {
	m := newMatrix(t)
	b := m.browser()
	for _, r := range routesOf(t, m.house) {
		if r.method != http.MethodGet {
			continue
		}
		t.Run(r.pattern, func(t *testing.T) {
			a := b.plain().get(m.fill(r.pattern))
			if got := a.header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("X-Content-Type-Options %q", got)
			}
			csp := a.header.Get("Content-Security-Policy")
			for _, bad := range []string{"unsafe-inline", "unsafe-eval", "*"} {
				if strings.Contains(csp, bad) {
					t.Errorf("CSP holds %q: %s", bad, csp)
				}
			}
			if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors") {
				t.Errorf("CSP %q", csp)
			}
			framed := strings.Contains(csp, "frame-ancestors 'self' "+paperOrigin)
			if framed != (r.framing == inFrames || r.framing == acrossOrigins) {
				t.Errorf("framed %t by %q", framed, csp)
			}
			if (r.cache == personal || r.cache == streamed) && a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("personal, but Cache-Control %q", a.header.Get("Cache-Control"))
			}
		})
	}
}

// TestRoutes_policy checks that the table itself is complete.
func TestRoutes_policy(t *testing.T) {
	for _, r := range routesOf(t, newHouse(t)) {
		if r.who == nobody || r.handle == nil {
			t.Errorf("%s %s has no policy", r.method, r.pattern)
		}
		if r.method != http.MethodGet && r.method != http.MethodOptions && r.pace == unpaced {
			t.Errorf("%s %s is unsafe and has no pace", r.method, r.pattern)
		}
		if r.method == http.MethodGet && r.who == writer {
			t.Errorf("%s %s reads and would make a session", r.method, r.pattern)
		}
	}
}
