package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// Session cookies. There is one for each kind of session: for Parley's own
// pages, for frames on other sites, and for script of other sites' pages.
// Browsers keep the last two apart for each site (Partitioned). All name the
// site, since accounts belong to one.
func (s *server) cookieName(site forum.Site, kind forum.SessionKind) string {
	switch {
	case kind != forum.SessionPage:
		return "__Host-parley-" + string(kind) + "-" + site.Slug
	case s.secure():
		return "__Host-parley-" + site.Slug
	}
	return "parley-" + site.Slug
}

// bearer is the scheme in which a frame whose cookies are off sends its token, and
// tokenHeader is where it gets it.
const (
	bearer      = "Parley "
	tokenHeader = "Parley-Token"
)

// identify finds out whose session the request carries. A request with a token
// in its Authorization header is judged by that alone, any other by its cookies.
// Script of another site's page acts with a session of its own, never with the
// one the reader has on our pages or in our frames.
func (s *server) identify(r *request) error {
	kinds := []forum.SessionKind{forum.SessionPage, forum.SessionFrame}
	if r.foreign(s.BaseURL) {
		kinds = []forum.SessionKind{forum.SessionEmbed}
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), bearer)
	for i := 0; i < len(kinds) && !ok && token == ""; i++ {
		if c, err := r.Cookie(s.cookieName(r.site, kinds[i])); err == nil {
			token = c.Value
		}
	}
	if token == "" {
		return nil
	}
	actor, err := s.Desk.Authenticate(r.Context(), r.site, token)
	if forum.IsKind(err, forum.Unauthorised) || (err == nil && !slices.Contains(kinds, actor.Kind)) {
		// A session that ended reads like no session; the draft is kept.
		return nil
	}
	r.actor, r.token, r.inMemory = actor, token, ok
	return err
}

// foreign reports whether script of another origin's page makes the request.
func (r *request) foreign(own string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || origin == own {
		return false
	}
	// A loopback installation answers to several names of the same machine.
	return !strings.EqualFold(strings.TrimPrefix(strings.TrimPrefix(origin, "https://"), "http://"), r.Host)
}

// sessionKind says where a session made by this request will live.
func (s *server) sessionKind(r *request) forum.SessionKind {
	switch {
	case r.foreign(s.BaseURL):
		return forum.SessionEmbed
	case r.Header.Get("Parley-Context") == "frame" || r.framed():
		return forum.SessionFrame
	}
	return forum.SessionPage
}

// framed reports whether the request is a navigation inside a frame.
func (r *request) framed() bool { return r.Header.Get("Sec-Fetch-Dest") == "iframe" }

// remember gives the browser its new session; a nil grant changes nothing.
func (s *server) remember(w http.ResponseWriter, r *request, g *desk.Grant) {
	if g == nil {
		return
	}
	elsewhere := g.Session.Kind != forum.SessionPage
	c := &http.Cookie{
		Name: s.cookieName(r.site, g.Session.Kind), Value: g.Token, Path: "/", HttpOnly: true, Secure: s.secure() || elsewhere,
		Expires: g.Session.ExpiresAt, SameSite: http.SameSiteLaxMode,
	}
	hint := &http.Cookie{Name: "parley-known", Value: "1", Path: "/", Secure: c.Secure, Expires: c.Expires, SameSite: http.SameSiteLaxMode}
	if elsewhere {
		c.SameSite, c.Partitioned = http.SameSiteNoneMode, true
		hint.SameSite, hint.Partitioned = http.SameSiteNoneMode, true
		// Where the browser keeps no cookies, the frame holds this in memory.
		w.Header().Set(tokenHeader, g.Tab)
	}
	http.SetCookie(w, c)
	http.SetCookie(w, hint)
}

// forget takes the session's cookies back.
func (s *server) forget(w http.ResponseWriter, r *request) {
	for _, name := range []string{s.cookieName(r.site, forum.SessionPage), "parley-known", "parley-js"} {
		http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
	}
}

// cookieActed says for a moment that this browser did something here: it is shown
// what the database has, not what was known a second ago, whichever node it asks.
const (
	cookieActed = "parley-acted"
	actedLife   = 3 * time.Second
)

// noteAct remembers in the browser that it acts. What anybody may send changes no
// page, and leaves nothing behind: least of all with who files a notice.
func (s *server) noteAct(w http.ResponseWriter, r *request) {
	if safe(r.Method) {
		return
	}
	switch r.route.who.caller {
	case writingCaller, knownCaller, staffCaller:
		s.keepFor(w, r, cookieActed, "1", actedLife)
	}
}

// mustBeExact reports whether an answer must show what the database has now: all
// that is not the same for everybody, and what somebody sees who has just acted. A
// page that holds its token itself may have no cookies to say so.
func (r *request) mustBeExact() bool {
	if r.route.cache == streamed {
		return false // after a restart all readers come back at once
	}
	if !safe(r.Method) || !r.route.shared() {
		return true
	}
	return r.justActed()
}

// justActed reports whether somebody may have acted on another node a moment ago.
func (r *request) justActed() bool {
	_, err := r.Cookie(cookieActed)
	return err == nil || r.Header.Get("Authorization") != ""
}

// believesSite reports whether an act is judged by what is known of its site, which
// in another process may be a second old. It is an act that anybody may do, of somebody
// who has changed nothing of the site: as if the change had come a moment later.
func (r *request) believesSite() bool {
	return r.route.who.caller == writingCaller && !safe(r.Method) && !r.justActed()
}

// safe reports whether a method changes nothing.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// device is what a browser remembers without an account.
type device struct {
	view  forum.Page // the reader's choice; zero: none
	mutes []string   // author keys
	seen  string     // "story.comment": where this reader stopped, the latest first
}

// Cookies of a device. None of them names the reader.
const (
	cookieView  = "parley-view"
	cookieMutes = "parley-mutes"
	cookieSeen  = "parley-seen"
	deviceLife  = 365 * 24 * time.Hour
	maxMutes    = 60
	maxSeen     = 40
)

// personal reports whether the device wants pages made for it.
func (d device) personal() bool { return len(d.mutes) > 0 || d.seen != "" }

// readDevice reads a browser's cookies, ignoring what is not ours.
func readDevice(r *http.Request) device {
	var d device
	if c, err := r.Cookie(cookieView); err == nil {
		d.view = parseView(c.Value)
	}
	if c, err := r.Cookie(cookieMutes); err == nil {
		for key := range strings.SplitSeq(c.Value, ".") {
			if validAuthorKey(key) && len(d.mutes) < maxMutes {
				d.mutes = append(d.mutes, key)
			}
		}
	}
	if c, err := r.Cookie(cookieSeen); err == nil && len(c.Value) <= maxSeen*28 {
		d.seen = c.Value
	}
	return d
}

// validAuthorKey reports whether a text looks like an author key.
func validAuthorKey(key string) bool {
	if len(key) != 13 {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// seenIn returns the newest comment of a story that this device has marked as
// read; zero: none.
func (d device) seenIn(story forum.ID) forum.ID {
	for entry := range strings.SplitSeq(d.seen, "_") {
		s, c, _ := strings.Cut(entry, ".")
		if s == story.String() {
			id, err := forum.ParseID(c)
			if err != nil {
				return 0
			}
			return id
		}
	}
	return 0
}

// withSeen returns the cookie's text after a story was marked as read.
func (d device) withSeen(story, comment forum.ID) string {
	entries := []string{story.String() + "." + comment.String()}
	for entry := range strings.SplitSeq(d.seen, "_") {
		if entry != "" && !strings.HasPrefix(entry, story.String()) && len(entries) < maxSeen {
			entries = append(entries, entry)
		}
	}
	return strings.Join(entries, "_")
}

// keep stores a device cookie; an empty value removes it.
func (s *server) keep(w http.ResponseWriter, r *request, cookie, value string) {
	s.keepFor(w, r, cookie, value, deviceLife)
}

// keepFor stores a device cookie for a time.
func (s *server) keepFor(w http.ResponseWriter, r *request, cookie, value string, life time.Duration) {
	c := &http.Cookie{Name: cookie, Value: value, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode}
	if s.sessionKind(r) != forum.SessionPage {
		c.Secure, c.SameSite, c.Partitioned = true, http.SameSiteNoneMode, true
	}
	c.MaxAge = int(life / time.Second)
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}
