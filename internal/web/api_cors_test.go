package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/internal/forum"
)

// preflightOf asks as a browser does before a page of an origin calls.
func (b *browser) preflightOf(path, origin, method string) answer {
	return b.do(http.MethodOptions, path, nil, http.Header{
		"Origin": {origin}, "Access-Control-Request-Method": {method}, "Access-Control-Request-Headers": {"content-type,idempotency-key"},
	})
}

func TestCORS_preflight(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for _, r := range routesOf(t, h) {
		if r.framing != acrossOrigins {
			continue
		}
		path := strings.NewReplacer("{comment}", "0000000000001", "{story}", h.story.ID.String(), "{file}", "x").Replace(r.pattern)
		a := b.preflightOf(path, paperOrigin, r.method).want(http.StatusNoContent)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":      paperOrigin,
			"Access-Control-Allow-Credentials": "true",
			"Access-Control-Max-Age":           "600",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", r.pattern, name, got, want)
			}
		}
		if !strings.Contains(a.header.Get("Access-Control-Allow-Methods"), r.method) {
			t.Errorf("%s %s: %q", r.method, r.pattern, a.header.Get("Access-Control-Allow-Methods"))
		}
		for _, name := range []string{"Content-Type", "Idempotency-Key", "Authorization", "Parley-Context"} {
			if !strings.Contains(a.header.Get("Access-Control-Allow-Headers"), name) {
				t.Errorf("%s: headers %q", r.pattern, a.header.Get("Access-Control-Allow-Headers"))
			}
		}
		for _, foreign := range []string{"https://evil.example", "null", "http://paper.example", "https://paper.example:8443", "https://PAPER.example", "https://paper.example.evil.example", ""} {
			noCORS(t, b.preflightOf(path, foreign, r.method).want(http.StatusForbidden))
		}
	}
}

// noCORS fails the test if an answer lets another origin's script read it.
func noCORS(t *testing.T, a answer) {
	t.Helper()
	for name, values := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: %s: %v", a.path, name, values)
		}
	}
}

func TestCORS_closedRoutes(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for _, path := range []string{"/desk/decisions", "/api/v1/comments/0000000000001/decisions", "/api/v1/sites/main/stories/x", "/session/end"} {
		a := b.preflightOf(path, paperOrigin, http.MethodPost)
		noCORS(t, a)
		if a.status < 400 {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

func TestCORS_inlineActs(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	body := fmt.Sprintf(`{"story":%q,"byline":"none","text":"From the page."}`, h.story.ID)
	isProblem(t, b.postJSON(body, http.Header{"Origin": {"https://evil.example"}}).want(http.StatusForbidden))
	isProblem(t, b.postJSON(body, http.Header{"Origin": {"null"}}).want(http.StatusForbidden))

	a := b.postJSON(body, http.Header{"Origin": {paperOrigin}, "Sec-Fetch-Site": {"cross-site"}}).want(http.StatusCreated)
	if a.header.Get("Access-Control-Allow-Origin") != paperOrigin || a.header.Get("Parley-Token") == "" {
		t.Errorf("headers %v", a.header)
	}
	for _, c := range a.header.Values("Set-Cookie") {
		if !strings.Contains(c, "SameSite=None") || !strings.Contains(c, "Partitioned") {
			t.Errorf("cookie %q", c)
		}
	}
	// The session that an act on another site's page made may act there, and
	// never at the desk.
	header := http.Header{"Origin": {paperOrigin}, "Authorization": {"Parley " + a.header.Get("Parley-Token")}}
	id := decode(t, a)["id"].(string)
	header.Set("Content-Type", "application/json")
	b.do("PATCH", "/api/v1/comments/"+id, strings.NewReader(`{"text":"Edited there."}`), header).want(http.StatusOK)
	isProblem(t, b.do("POST", "/api/v1/comments/"+id+"/decisions", strings.NewReader(`{"verb":"hold","from":"published"}`), header).want(http.StatusForbidden))

	// An error can be read there too.
	refused := b.postJSON(`{"text":1}`, http.Header{"Origin": {paperOrigin}}).want(http.StatusBadRequest)
	if refused.header.Get("Access-Control-Allow-Origin") != paperOrigin {
		t.Errorf("headers %v", refused.header)
	}
}

func TestCORS_ofTheSiteAsked(t *testing.T) {
	h := newHouse(t)
	other := h.addSite("other", func(s *forum.Settings) { s.Origins = []string{"https://other.example"} })
	b := h.browser()
	b.preflightOf(h.at(other)+"/api/v1/comments", "https://other.example", "POST").want(http.StatusNoContent)
	noCORS(t, b.preflightOf(h.at(other)+"/api/v1/comments", paperOrigin, "POST").want(http.StatusForbidden))
	noCORS(t, b.preflightOf("/api/v1/comments", "https://other.example", "POST").want(http.StatusForbidden))
}

// A shared cache keeps answers apart by origin, also those to no origin.
func TestCORS_varies(t *testing.T) {
	h := newHouse(t)
	for _, origin := range []string{"", paperOrigin, "https://evil.example"} {
		for _, path := range []string{"/embed/v1.js", "/embed/v1/counts?id=x", "/api/v1/search?q=x"} {
			header := http.Header{}
			if origin != "" {
				header.Set("Origin", origin)
			}
			a := h.browser().do(http.MethodGet, path, nil, header).want(http.StatusOK)
			if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(vary, "Origin") {
				t.Errorf("%s to %q varies by %v", path, origin, vary)
			}
		}
	}
}
