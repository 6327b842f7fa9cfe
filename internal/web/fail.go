package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"parley/frontend/locale"
	"parley/frontend/pages/notice"
	"parley/frontend/view"
	"parley/internal/forum"
)

// statuses says which HTTP status each kind of error has.
var statuses = map[forum.Kind]int{
	forum.Internal:     http.StatusInternalServerError,
	forum.Invalid:      http.StatusUnprocessableEntity,
	forum.NotFound:     http.StatusNotFound,
	forum.Forbidden:    http.StatusForbidden,
	forum.Unauthorised: http.StatusUnauthorized,
	forum.Conflict:     http.StatusConflict,
	forum.Gone:         http.StatusGone,
	forum.Closed:       http.StatusForbidden,
	forum.TooFast:      http.StatusTooManyRequests,
	forum.TooLarge:     http.StatusRequestEntityTooLarge,
	forum.Unavailable:  http.StatusServiceUnavailable,
}

// problem is an error as RFC 9457 writes it, with what our script needs.
type problem struct {
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail"`
	Code       string         `json:"code"`
	RetryAfter int            `json:"retryAfter,omitempty"`
	Decision   string         `json:"decision,omitempty"` // the sanction that is the reason
	Errors     []problemField `json:"errors,omitempty"`
}

type problemField struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// fail answers with an error: as problem+json to script, as a page to a person.
// Errors of ours are logged in full; the reader learns only that it is ours.
func (s *server) fail(w http.ResponseWriter, r *request, err error) {
	var e *forum.Error
	if !errors.As(err, &e) {
		e = forum.Fail(forum.Internal, "error.internal").Because("%w", err)
	}
	s.logFailure(r, e)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	setRetry(h, e)
	if r.wantsJSON() {
		writeProblem(w, describe(r.locale, e))
		return
	}
	s.failPage(w, r, e)
}

// setRetry says when to try again, if waiting helps.
func setRetry(h http.Header, e *forum.Error) {
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(seconds(e.RetryAfter)))
	}
}

// logFailure writes what an operator needs to know and nothing personal.
func (s *server) logFailure(r *request, e *forum.Error) {
	level := slog.LevelDebug
	if e.Code == "error.signInFailed" {
		// The reader is told nothing; who set the login up finds the reason here.
		level = slog.LevelInfo
	}
	if e.Kind == forum.Internal || e.Kind == forum.Unavailable {
		level = slog.LevelError
		if errors.Is(e.Cause, context.Canceled) {
			level = slog.LevelDebug
		}
	}
	s.Log.LogAttrs(r.Context(), level, "request failed", slog.String("request", r.requestID), slog.String("method", r.Method),
		slog.String("route", r.route.pattern), slog.Int("status", statuses[e.Kind]), slog.String("error", e.Error()))
}

// lacks logs that a page is shown without a part that could not be read, unless
// whoever asked for it has left: then nothing could be.
func (s *server) lacks(r *request, part string, err error) {
	if r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "a part of a page is missing", "request", r.requestID, "part", part, "error", err)
	}
}

// describe writes an error in a reader's language.
func describe(loc string, e *forum.Error) problem {
	status := statuses[e.Kind]
	p := problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: sentence(loc, e), Code: e.Code,
		RetryAfter: seconds(e.RetryAfter),
	}
	p.Decision, _ = e.Args["decision"].(string)
	if e.Field != "" {
		p.Errors = []problemField{{Location: "body." + e.Field, Message: p.Detail}}
	}
	return p
}

// sentence is what a reader is told about an error.
func sentence(loc string, e *forum.Error) string {
	args := make([]any, 0, 2*len(e.Args))
	for name, value := range e.Args {
		args = append(args, name, value)
	}
	return locale.T(loc, e.Code, args...)
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func writeProblem(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	// The client may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(p)
}

// failPage shows an error to a person, with a way on.
func (s *server) failPage(w http.ResponseWriter, r *request, e *forum.Error) {
	heading := locale.T(r.locale, failHeading(e.Kind))
	shell := s.shell(r, heading)
	shell.NoIndex = true
	v := view.Notice{
		Shell: shell, Heading: heading, Text: sentence(r.locale, e),
		Back: r.prefix + "/", BackTo: locale.T(r.locale, "notice.toFront"),
	}
	if e.Code == "error.signInNeeded" || e.Code == "error.strongNeeded" {
		var e errand
		if r.Method == http.MethodGet {
			e.back = localPath(r.prefix+r.URL.RequestURI(), "")
		}
		v.Back, v.BackTo = r.prefix+"/signin"+e.query(), locale.T(r.locale, "nav.signIn")
	} else if r.route.who == staff && r.actor.Known() {
		v.Back, v.BackTo = r.prefix+"/desk", locale.T(r.locale, "desk.title")
	}
	s.writePage(w, r, statuses[e.Kind], notice.Page(v))
}

// failHeading names the catalogue text above an error.
func failHeading(k forum.Kind) string {
	if k == forum.NotFound || k == forum.Gone {
		return "notice.notFound"
	}
	return "notice.error"
}
