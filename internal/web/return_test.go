package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"parley/internal/forum"
	"parley/internal/storetest"
)

// lead is a request that says which page to go back to.
type lead struct {
	route string // method and pattern
	field string // where it says so: in the query of a GET, else in the form
	form  func(m *matrix) url.Values
}

// with is a form whose values do not change.
func with(pairs ...string) func(*matrix) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return func(*matrix) url.Values { return maps.Clone(v) }
}

// leads are all requests that say which page to go back to, in an order in which
// one browser of the desk can send them again and again.
var leads = []lead{
	{"POST /preferences", "back", with("view", "threaded")},
	{"POST /mutes", "back", func(m *matrix) url.Values { return url.Values{"mute": {m.ids["author"]}} }},
	{"POST /seen", "back", func(m *matrix) url.Values { return url.Values{"story": {m.ids["story"]}, "latest": {m.ids["comment"]}} }},
	{"POST /votes", "back", func(m *matrix) url.Values { return url.Values{"up": {m.ids["comment"]}} }},
	{"POST /desk/decisions", "back", func(m *matrix) url.Values {
		return url.Values{"comment": {m.ids["comment"]}, "verb": {"reject"}, "from": {"published"}, "reason": {"spam"}}
	}},
	{"POST /desk/undo", "back", func(m *matrix) url.Values { return url.Values{"decision": {m.lastDecision()}} }},
	{"POST /desk/bulk", "back", func(m *matrix) url.Values {
		return url.Values{"verb": {"hold"}, "id": {m.ids["comment"]}, "reason": {"spam"}}
	}},
	{"GET /signin", "return_to", with()},
	{"GET /signin/recovery", "return_to", with()},
	{"GET /signin/name", "return_to", with()},
	{"POST /signin/on", "return_to", with()},
	{"POST /signin/email", "return_to", with("email", "")},
	{"POST /signin/name", "return_to", with("name", " ")},
	{"POST /signin/recovery", "return_to", with("code", "none")},
}

// lastDecision returns the youngest decision on the comment of the matrix.
func (m *matrix) lastDecision() string {
	m.t.Helper()
	id, err := forum.ParseID(m.ids["comment"])
	if err != nil {
		m.t.Fatal(err)
	}
	all, err := m.store.DecisionsOn(context.Background(), m.site.ID, id)
	if err != nil || len(all) == 0 {
		m.t.Fatalf("%d decisions, %v", len(all), err)
	}
	return all[len(all)-1].ID.String()
}

// follow sends a lead to a page.
func (m *matrix) follow(b *browser, l lead, to string) answer {
	method, pattern, _ := strings.Cut(l.route, " ")
	form := l.form(m)
	form.Set(l.field, to)
	if method == http.MethodGet {
		return b.get(pattern + "?" + form.Encode())
	}
	if pattern == "/signin/recovery" {
		return b.post(pattern+"?"+url.Values{l.field: {to}}.Encode(), form)
	}
	return b.post(pattern, form)
}

// addresses are all places that an answer leads to or hands on.
func addresses(a answer) []string {
	var all []string
	if to := a.header.Get("Location"); to != "" {
		all = append(all, to)
	}
	for z := html.NewTokenizer(strings.NewReader(a.body)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return all
		}
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		t := z.Token()
		attributes := map[string]string{}
		for _, x := range t.Attr {
			attributes[x.Key] = x.Val
		}
		for _, name := range []string{"href", "action", "formaction"} {
			if at, ok := attributes[name]; ok {
				all = append(all, at)
			}
		}
		if action, err := url.Parse(attributes["action"]); err == nil {
			all = append(all, action.Query()["return_to"]...)
		}
		if t.Data == "input" && slices.Contains([]string{"back", "return_to"}, attributes["name"]) {
			all = append(all, attributes["value"])
		}
	}
}

// staysHere reports whether a browser takes an address for one of this site. It
// drops tabs and line ends and takes a backslash for a slash, as browsers do.
func (h *house) staysHere(at string) bool {
	seen := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(at)
	seen = strings.TrimLeftFunc(seen, func(r rune) bool { return r <= ' ' })
	rest, _ := strings.CutPrefix(seen, h.server.URL)
	if rest == "" || strings.ContainsAny(rest[:1], "#?") {
		return true
	}
	return rest[0] == '/' && !strings.HasPrefix(rest, "//")
}

// hostileReturns are values of a parameter that says where to go back to: our own
// and, where they are, those that others collected.
func hostileReturns(t *testing.T) []string {
	t.Helper()
	all := []string{
		"//evil.example", `/\evil.example`, "/\t/evil.example", "https://evil.example", "javascript:alert(1)", "/\r\nSet-Cookie: crlf=injection",
		"/%0d%0aSet-Cookie:crlf=injection", "/.//evil.example", "/%2f/evil.example", "/..//evil.example", "/at/main//evil.example", `\\evil.example`,
	}
	if os.Getenv("PARLEY_FIXTURES") == "" {
		t.Log("PARLEY_FIXTURES names no folder of fixtures; testing our own values only")
		return all
	}
	for _, file := range []string{"openredirect-patt.jsonl", "crlf.jsonl"} {
		for _, a := range attacks(t, file) {
			all = append(all, a.Payload)
		}
	}
	return all
}

// TestReturn_staysHere asks every route that takes a page to go back to for one of
// another site, and for one that ends a header.
func TestReturn_staysHere(t *testing.T) {
	storetest.NoRace(t)
	m := newMatrix(t)
	b := m.owner(m.site)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	stranger := m.browser()
	stranger.client.CheckRedirect = b.client.CheckRedirect
	const good = "/marked"
	for _, l := range leads {
		a := m.follow(b, l, good)
		if !slices.ContainsFunc(addresses(a), func(at string) bool { return strings.HasPrefix(at, good) }) {
			t.Errorf("%s: status %d, and %s leads nowhere:\n%v", l.route, a.status, l.field, addresses(a))
		}
	}
	for _, to := range hostileReturns(t) {
		for _, l := range leads {
			m.staysWhole(fmt.Sprintf("%s with %q", l.route, to), m.follow(b, l, to))
		}
		// The path itself may be taken for one to go back to after signing in.
		path := (&url.URL{Path: "/" + to}).EscapedPath()
		for _, prefix := range []string{"", "/at/main"} {
			m.staysWhole("GET "+prefix+path, b.get(prefix+path))
			m.staysWhole("GET "+prefix+path+" of a stranger", stranger.get(prefix+path))
		}
	}
}

// staysWhole fails the test if an answer leads to another site or its headers hold
// what stood in a parameter.
func (m *matrix) staysWhole(what string, a answer) {
	m.t.Helper()
	if a.status >= 500 {
		m.t.Errorf("%s: status %d", what, a.status)
	}
	for _, at := range addresses(a) {
		if !m.staysHere(at) {
			m.t.Errorf("%s leads to %q", what, at)
		}
	}
	for name, values := range a.header {
		if name != "Location" && strings.Contains(strings.ToLower(fmt.Sprint(name, values)), "crlf=") {
			m.t.Errorf("%s: the header %s is %q", what, name, values)
		}
	}
}

// TestReturn_everyRoute fails for a route that takes a page to go back to and is not
// among leads.
func TestReturn_everyRoute(t *testing.T) {
	storetest.NoRace(t)
	m := newMatrix(t)
	const good = "/marked"
	names := []string{"back", "return_to", "next", "return", "return_url", "redirect", "to", "url", "origin"}
	values := url.Values{}
	for _, name := range names {
		values.Set(name, good)
	}
	for _, r := range routesOf(t, m.house) {
		name := r.method + " " + r.pattern
		known := slices.ContainsFunc(leads, func(l lead) bool { return l.route == name })
		if known || r.pattern == "/session/end" || (r.method != http.MethodGet && r.method != http.MethodPost) {
			continue
		}
		b := m.owner(m.site)
		b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		var a answer
		if r.method == http.MethodGet {
			a = b.get(m.fill(r.pattern) + "?" + values.Encode())
		} else {
			a = b.post(m.fill(r.pattern)+"?"+values.Encode(), values)
		}
		if slices.ContainsFunc(addresses(a), func(at string) bool { return strings.HasPrefix(at, good) }) {
			t.Errorf("%s leads to %s: it belongs among leads", name, good)
		}
	}
}
