package web

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/meter"
)

// maxBody is the most bytes a request may carry, whatever the site's limit for
// comments is.
const maxBody = 40 << 10

const (
	formFields = 4 << 10 // what a request holds besides a comment's text
	formByte   = 3       // how many bytes a form writes for one of another script than Latin
)

// maxStoryBody is the most bytes a story from the newsroom may carry.
const maxStoryBody = 12 << 20

// ctxKey keys what middleware hands on inside a request's context.
type ctxKey int

const prefixKey ctxKey = iota

// outer is what every request goes through before its route is known.
func (s *server) outer(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(bare http.ResponseWriter, r *http.Request) {
		took := meter.Start()
		x := s.way(r)
		if x.noted != nil && s.unchanged(bare, r, x, took) {
			return
		}
		w := &countedWriter{ResponseWriter: bare, id: [1]string{requestID()}, plain: x.plain, at: s.traffic.elsewhere, took: took}
		h := bare.Header()
		h["Request-Id"] = w.id[:]
		if s.draining.Load() {
			h["Connection"] = []string{"close"}
		}
		s.traffic.running.Add(1)
		defer s.answered(r.Context(), w)
		defer s.recovered(r.Context(), w)
		if !s.hostAllowed(r.Host) && !probing(r) {
			http.Error(w, "421 Misdirected Request", http.StatusMisdirectedRequest)
			return
		}
		if x.noted != nil && s.shortWay(w, r, x) {
			return
		}
		ctx := forum.WithRequest(r.Context(), w.id[0])
		slug, rest, found := sitePrefix(r.URL.Path)
		if found {
			ctx = context.WithValue(ctx, prefixKey, slug)
		}
		r = r.WithContext(ctx)
		if found {
			u := *r.URL
			u.Path, u.RawPath = rest, ""
			if _, raw, ok := sitePrefix(r.URL.EscapedPath()); ok && raw != (&url.URL{Path: rest}).EscapedPath() {
				u.RawPath = raw
			}
			r.URL = &u
		}
		if mux.ServeHTTP(w, r); w.missing {
			s.unrouted(w, r)
		}
	})
}

// requestID makes a name for a request. It need only differ from all others.
func requestID() string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], rand.Uint64())
	binary.LittleEndian.PutUint64(b[8:], rand.Uint64())
	return idLetters.EncodeToString(b[:])
}

// idLetters writes 16 bytes as 26 letters and digits.
var idLetters = base32.StdEncoding.WithPadding(base32.NoPadding)

// sitePrefix takes "/at/{site}" off a path.
func sitePrefix(path string) (slug, rest string, found bool) {
	after, ok := strings.CutPrefix(path, "/at/")
	if !ok {
		return "", path, false
	}
	slug, rest, _ = strings.Cut(after, "/")
	return slug, "/" + rest, true
}

// recovered answers a request whose handler panicked. The path is not logged: it may hold a one-time link.
func (s *server) recovered(ctx context.Context, w *countedWriter) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Log.LogAttrs(ctx, slog.LevelError, "panic", slog.String("request", w.id[0]), slog.String("method", w.at.method),
		slog.String("route", w.at.route), slog.String("panic", fmt.Sprint(v)), slog.String("stack", string(debug.Stack())))
	http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
}

// answered counts an answer that was given.
func (s *server) answered(ctx context.Context, w *countedWriter) {
	s.traffic.running.Add(-1)
	if w.status == 0 {
		w.status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	s.tally(ctx, w.id[0], w.at, w.status, w.bytes, w.took)
}

// tally counts an answer and, if that is wanted, logs it.
func (s *server) tally(ctx context.Context, id string, at *routeTraffic, status int, bytes int64, took meter.Watch) {
	at.count(status, bytes, took)
	if s.LogRequests {
		s.Log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("request", id), slog.String("method", at.method),
			slog.String("route", at.route), slog.Int("status", status), slog.Int64("bytes", bytes),
			slog.Float64("ms", float64(took.Elapsed().Microseconds())/1000))
	}
}

// unrouted answers what no route matches with a page. It is under the same policy
// as one that is there.
func (s *server) unrouted(w *countedWriter, hr *http.Request) {
	w.routed, w.missing = true, false
	nowhere := route{who: anybody, pace: reading, cache: uncached, framing: ownPages}
	r := &request{Request: hr, route: nowhere, requestID: w.id[0], locale: "en"}
	err := s.admit(w, r)
	if err == nil {
		err = forum.Fail(forum.NotFound, "error.notFound")
	}
	s.fail(w, r, err)
}

// guard carries out the policy of a route around its handler.
func (s *server) guard(rt route) http.Handler {
	at := s.traffic.route(rt.method + " " + rt.pattern)
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, route: rt, locale: "en", tags: s.Tags}
		if c, ok := w.(*countedWriter); ok {
			c.routed, c.at = true, at
			r.requestID, r.plain = c.id[0], c.plain
		}
		if err := s.admit(w, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		if err := rt.handle(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// refuse answers a request that was not admitted. A comment that came too fast
// comes back in its form: its author's text is not lost.
func (s *server) refuse(w http.ResponseWriter, r *request, problem error) {
	if r.route.pattern == writePattern && forum.IsKind(problem, forum.TooFast) {
		limitBody(w, r)
		if draft, err := readDraft(r); err == nil {
			if problem = s.writeAgain(w, r, draft, "", problem); problem == nil {
				return
			}
		}
	}
	s.fail(w, r, problem)
}

// admit checks everything a policy asks, in the order in which a refusal says
// least about what is behind it.
func (s *server) admit(w http.ResponseWriter, r *request) error {
	if r.route.who == prober {
		s.protect(w, r)
		return nil
	}
	r.exact = r.mustBeExact()
	err := s.findSite(r)
	r.in()
	r.device = readDevice(r.Request)
	// What is refused is protected like what is shown.
	s.protect(w, r)
	if err != nil {
		return err
	}
	if err := s.checkOrigin(w, r); err != nil {
		return err
	}
	client := s.network.client(r.Request)
	network := s.network.key(client)
	if err := s.limits.take(r.route.pace, network, s.unpaced(r.route.pace, client)); err != nil {
		return err
	}
	limitBody(w, r)
	if err := s.identify(r); err != nil {
		return err
	}
	r.actor.Network, r.actor.Request = network, r.requestID
	if !r.route.shared() {
		r.actor.Device = deviceOf(r.UserAgent())
	}
	if err := s.renew(w, r); err != nil {
		return err
	}
	if err := s.mayEnter(r); err != nil {
		return err
	}
	s.noteAct(w, r)
	return nil
}

// unpaced reports whether a client may call as often as it likes. A proxy here that
// was not named as trusted stands for all readers: to limit what it reads would lock
// them out together.
func (s *server) unpaced(p pace, client netip.Addr) bool {
	return s.Unlimited || (p == reading && client.IsLoopback())
}

// findSite sets the site the request is about: that of the prefix or the path,
// else the oldest. The oldest site's pages are linked without a prefix, so that
// each has one address.
func (s *server) findSite(r *request) error {
	slug, prefixed := r.Context().Value(prefixKey).(string)
	if named := r.PathValue("site"); named != "" {
		slug, prefixed = named, true
	}
	exact := r.exact && !r.believesSite()
	found, err := s.siteNow(r, slug, prefixed, exact)
	if err == nil && found == nil && r.exact && !exact {
		found, err = s.siteNow(r, slug, prefixed, true)
	}
	if err != nil {
		return err
	}
	if found == nil {
		return forum.Fail(forum.NotFound, "error.notFound").Because("there is no site %q", slug)
	}
	r.paper, r.site, r.prefix = found, found.site, found.prefix
	return nil
}

// siteNow returns the site of a slug, or the oldest for a path without one, as is
// known or, exactly, as the database has it; nil: there is none.
func (s *server) siteNow(r *request, slug string, prefixed, exact bool) (*paper, error) {
	list, err := s.heads.Sites(r.Context(), exact)
	if err != nil {
		return nil, err
	}
	r.sites = list
	papers, err := s.papers.of(list)
	if err != nil {
		return nil, err
	}
	if prefixed {
		return papers.bySlug[slug], nil
	}
	return papers.first, nil
}

// checkOrigin refuses unsafe requests that another site's page makes. Routes
// open across origins accept the exact origins the site has registered.
func (s *server) checkOrigin(w http.ResponseWriter, r *request) error {
	origin := r.Header.Get("Origin")
	registered := origin != "" && slices.Contains(r.site.Settings.Origins, origin)
	if r.route.framing == acrossOrigins && registered {
		allowOrigin(w.Header(), origin)
		return nil
	}
	if err := s.csrf.Check(r.Request); err != nil {
		return forum.Fail(forum.Forbidden, "error.originRefused").Because("%w", err)
	}
	return nil
}

// allowOrigin lets script of a registered origin read the answer.
func allowOrigin(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("Access-Control-Expose-Headers", "Parley-Token, Retry-After")
}

// limitBody caps the body before anything reads it. A comment as long as the
// site allows passes in any script.
func limitBody(w http.ResponseWriter, r *request) {
	if r.Body == http.NoBody {
		return
	}
	limit := max(maxBody, utf8.UTFMax*r.site.Settings.MaxLength+formFields)
	if r.isForm() {
		limit *= formByte
	}
	if r.route.who == newsroom || r.route.who == deskFor(forum.ActRules) {
		limit = maxStoryBody
	}
	r.Body = http.MaxBytesReader(bare(w), r.Body, int64(limit))
}

// isForm reports whether the body says that it is a form.
func (r *request) isForm() bool {
	media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/x-www-form-urlencoded")
}

// mayEnter checks that the caller is one the route is for.
func (s *server) mayEnter(r *request) error {
	switch r.route.who.caller {
	case writingCaller:
		if !r.actor.Known() {
			return s.limits.take(arriving, r.actor.Network, s.Unlimited)
		}
	case knownCaller:
		if !r.actor.Known() {
			return forum.Fail(forum.Unauthorised, "error.signInNeeded")
		}
	case staffCaller:
		return mayWork(r.actor, r.route.who.act)
	case newsroomCaller:
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return forum.Fail(forum.Unauthorised, "error.signInNeeded")
		}
		return s.Desk.CheckKey(r.Context(), r.site, key)
	}
	return nil
}

// mayWork checks that an actor works for the newsroom, has proved it lately, and
// has a right; an empty one asks for no particular one.
func mayWork(a forum.Actor, act forum.Act) error {
	switch {
	case !a.Known():
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	case !a.Account.Role.Staff() || a.Kind != forum.SessionPage:
		return forum.Fail(forum.Forbidden, "error.forbidden")
	case forum.WeakStaff(a):
		return forum.Fail(forum.Unauthorised, "error.strongNeeded")
	case act != "" && !forum.May(a, act):
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return nil
}

// protect sets the headers that tell browsers what the answer may do.
func (s *server) protect(w http.ResponseWriter, r *request) {
	h := w.Header()
	h["X-Content-Type-Options"] = protection.nosniff
	h["Referrer-Policy"] = protection.referrer
	h["Permissions-Policy"] = protection.permissions
	h["Cross-Origin-Resource-Policy"] = protection.sameOrigin
	if r.route.framing == acrossOrigins {
		h["Cross-Origin-Resource-Policy"] = protection.crossOrigin
	}
	switch r.route.framing {
	case ownPages:
		h["Cross-Origin-Opener-Policy"] = protection.sameOrigin
	case ownWindows:
		h["Cross-Origin-Opener-Policy"] = protection.noOpener
	case inFrames:
		// In a frame a page has no masthead.
		h["Vary"] = protection.varyFramed
	default:
		h["Vary"] = protection.varyAcross
	}
	if s.secure() {
		h["Strict-Transport-Security"] = protection.transport
	}
	if !s.UnsafeNoCSP {
		h["Content-Security-Policy"] = r.policy()
	}
}

// protection holds the values of headers that are the same in every answer. They
// are shared and never changed: who adds to one gets a copy.
var protection = struct {
	nosniff, referrer, permissions, sameOrigin, crossOrigin, noOpener, transport, varyFramed, varyAcross []string
}{
	nosniff:     []string{"nosniff"},
	referrer:    []string{"strict-origin-when-cross-origin"},
	permissions: []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
	sameOrigin:  []string{"same-origin"},
	crossOrigin: []string{"cross-origin"},
	noOpener:    []string{"unsafe-none"},
	transport:   []string{"max-age=31536000"},
	varyFramed:  []string{"Sec-Fetch-Dest"},
	varyAcross:  []string{"Origin, Sec-Fetch-Dest"},
}

// unprotect takes the headers of protect from an answer that says that nothing has
// changed. They are no less part of what the browser has than its bytes: the ETag
// names both (RFC 9110, 15.4.5).
func unprotect(h http.Header) {
	for _, name := range protections {
		delete(h, name)
	}
}

// protections are the headers that protect sets, but Vary.
var protections = []string{
	"X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Resource-Policy", "Cross-Origin-Opener-Policy",
	"Strict-Transport-Security", "Content-Security-Policy",
}

// form parses a posted form, saying in words what is wrong with it.
func (r *request) form() error {
	if !r.isForm() {
		return forum.Fail(forum.Invalid, "error.badRequest").Because("content type %q", r.Header.Get("Content-Type"))
	}
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		// What is left unread would otherwise stand before the next request.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1))
		return forum.Fail(forum.TooLarge, "error.bodyTooLarge")
	case err != nil:
		return forum.Fail(forum.Invalid, "error.badRequest").Because("%w", err)
	}
	return nil
}
