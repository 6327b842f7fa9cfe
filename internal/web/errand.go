package web

import (
	"net/http"
	"net/url"
	"strings"

	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// errand is what somebody had come for before signing in: a page of this site to
// go back to, or another page that opened this window and waits for its session.
type errand struct {
	back      string // path of this site; empty: none
	challenge string // of the page that waits; empty: none waits
	origin    string // of the page that waits, exact
	kind      forum.SessionKind
}

// readErrand reads an errand of a query or form. What is malformed is dropped: one
// signs in all the same, and goes to one's own page.
func (s *server) readErrand(r *request, values url.Values) errand {
	e := errand{back: localPath(values.Get("return_to"), "")}
	if strings.HasPrefix(e.back, r.prefix+"/signin") {
		e.back = ""
	}
	kind, origin := forum.SessionKind(values.Get("kind")), values.Get("origin")
	ours := kind == forum.SessionFrame && origin == s.ownOrigin(r)
	theirs := kind == forum.SessionEmbed && originOf(r.site, origin) == origin && origin != ""
	if challenge := values.Get("challenge"); challenge != "" && len(challenge) < 100 && (ours || theirs) {
		e.challenge, e.origin, e.kind = challenge, origin, kind
	}
	return e
}

// ownOrigin is the origin under which a request reached this installation. A
// loopback installation answers to several names.
func (s *server) ownOrigin(r *request) string { return s.base.Scheme + "://" + r.Host }

// pairs are the errand as fields of a form.
func (e errand) pairs() []view.Pair {
	var all []view.Pair
	for _, p := range []view.Pair{{Name: "return_to", Value: e.back}, {Name: "challenge", Value: e.challenge}, {Name: "origin", Value: e.origin}, {Name: "kind", Value: string(e.kind)}} {
		if p.Value != "" {
			all = append(all, p)
		}
	}
	return all
}

// query is the errand as a query with its "?"; empty: there is none.
func (e errand) query() string {
	q := url.Values{}
	for _, p := range e.pairs() {
		q.Set(p.Name, p.Value)
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// errandOf reads an errand as an attempt kept it.
func (s *server) errandOf(r *request, kept string) errand {
	values, err := url.ParseQuery(strings.TrimPrefix(kept, "?"))
	if err != nil {
		return errand{}
	}
	return s.readErrand(r, values)
}

// entered gives a browser its session and returns where it goes on: to the choice
// of its first name, or on its errand.
func (s *server) entered(w http.ResponseWriter, r *request, in desk.Entered) (string, error) {
	s.remember(w, r, in.Grant)
	r.actor.Account, r.actor.Kind, r.actor.Session = in.Account, in.Grant.Session.Kind, in.Grant.Session.ID
	e := s.errandOf(r, in.Errand)
	if !in.First() {
		return s.onward(r, e)
	}
	path := r.prefix + "/signin/name" + e.query()
	if in.Suggested != "" {
		path = withQuery(path, "name", in.Suggested)
	}
	return path, nil
}

// onward returns where an errand leads.
func (s *server) onward(r *request, e errand) (string, error) {
	if e.challenge != "" {
		code, err := s.Desk.Handoff(r.Context(), r.site, r.actor, e.challenge, e.origin, e.kind)
		return r.prefix + "/signin/window/" + code, err
	}
	switch {
	case e.back != "":
		return e.back, nil
	case r.actor.Account.Role.Staff():
		return r.prefix + "/desk", nil
	}
	return r.prefix + "/me", nil
}

// deviceOf says in plain words which browser on which system a request comes from;
// the names are the same in every language.
func deviceOf(agent string) string {
	system := firstIn(agent, "iPhone", "iPad", "Android", "Windows", "CrOS", "Mac OS X", "Linux")
	switch system {
	case "CrOS":
		system = "ChromeOS"
	case "Mac OS X":
		system = "macOS"
	}
	browser := firstIn(agent, "Firefox", "FxiOS", "Edg", "OPR", "SamsungBrowser", "CriOS", "Chrome", "Safari")
	switch browser {
	case "FxiOS":
		browser = "Firefox"
	case "Edg":
		browser = "Edge"
	case "OPR":
		browser = "Opera"
	case "SamsungBrowser":
		browser = "Samsung Internet"
	case "CriOS":
		browser = "Chrome"
	}
	return strings.Trim(browser+" · "+system, " ·")
}

// firstIn returns the first of the words that a text holds.
func firstIn(text string, words ...string) string {
	for _, w := range words {
		if strings.Contains(text, w) {
			return w
		}
	}
	return ""
}
