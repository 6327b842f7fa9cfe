package web

import (
	"net/http"
	"net/url"
	"strings"

	"parley/frontend/locale"
	"parley/internal/desk"
	"parley/internal/forum"
)

// handler answers a request or says why it cannot; fail.go turns the error into
// an answer.
type handler func(w http.ResponseWriter, r *request) error

// request is an HTTP request with what the guard found out about it.
type request struct {
	*http.Request
	route  route
	sites  *desk.SiteList
	paper  *paper // of one of them; nil: there is no such site
	site   forum.Site
	prefix string // "" or "/at/slug"
	exact  bool   // what the database has now is asked for
	actor  forum.Actor
	token  string // the session's token; empty: no session
	// inMemory says that the page holds the token itself, in place of a cookie.
	inMemory  bool
	device    device     // what the browser remembers in cookies
	locale    string     // of the interface
	values    url.Values // of the query; nil: not read yet
	requestID string     // for the log
	tags      Tags       // of the configuration
	about     forum.ID   // the story that a page shows; zero: none, or many
	plain     string     // the path of a request that may go the short way; see lane.go
	// learn notes an answer for the short way before it is sent; nil: it is not kept.
	learn func(http.Header)
}

// in sets the language of the interface: what the reader asked for in the URL,
// else the first of the wishes that exists, else the site's.
func (r *request) in(wishes ...string) {
	if r.speaks(r.query().Get("lang")) {
		return
	}
	for _, w := range wishes {
		if r.speaks(w) {
			return
		}
	}
	if !r.speaks(r.site.Settings.Locale) {
		r.locale = "en"
	}
}

// speaks sets the language of the interface if there is such a catalogue.
func (r *request) speaks(wish string) bool {
	if wish == "" || locale.Known(wish) != wish {
		return false
	}
	r.locale = wish
	return true
}

// query returns the query of the URL, read once.
func (r *request) query() url.Values {
	if r.values == nil && r.URL.RawQuery != "" {
		r.values = r.URL.Query()
	}
	return r.values
}

// id reads a path value that names something.
func (r *request) id(name string) (forum.ID, error) { return forum.ParseID(r.PathValue(name)) }

// formID reads a form value that names something; an absent one is zero.
func (r *request) formID(name string) (forum.ID, error) {
	text := r.PostFormValue(name)
	if text == "" {
		return 0, nil
	}
	return forum.ParseID(text)
}

// queryID reads a parameter of the query that names something; an absent one is
// zero.
func (r *request) queryID(name string) (forum.ID, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	return forum.ParseID(text)
}

// wantsJSON reports whether an answer to an error should be JSON.
func (r *request) wantsJSON() bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(r.Header.Get("Accept"), "json")
}

// scripted reports whether the page's script adds what is personal, so that the
// public page will do.
func (r *request) scripted() bool {
	c, err := r.Cookie("parley-js")
	return err == nil && c.Value == "1"
}

// wantsPersonal reports whether the page must be made for this reader.
func (r *request) wantsPersonal() bool {
	return (r.actor.Known() || r.device.personal()) && !r.scripted()
}

// part returns which piece of a page the script asks for; empty: all of it.
func (r *request) part() string { return r.query().Get("part") }

// localPath returns a path of this site from a form, or another if it is not
// one: it must begin with exactly one slash, since browsers take "//host" and
// "/\host" to another site, and be well escaped, since not all clients follow a path
// that is not.
func localPath(path, otherwise string) string {
	if len(path) == 0 || path[0] != '/' || len(path) > 2000 {
		return otherwise
	}
	if len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return otherwise
	}
	if strings.ContainsFunc(path, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return otherwise
	}
	if _, err := url.Parse(path); err != nil {
		return otherwise
	}
	return path
}

// withQuery returns a local path with one parameter of its query set.
func withQuery(path, name, value string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// normalText turns the line ends of a form, which are CR LF whatever the author
// typed, into those the author typed.
func normalText(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
