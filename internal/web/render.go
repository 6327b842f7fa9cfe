package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// shell fills what stands around every page.
func (s *server) shell(r *request, title string) view.Shell {
	sh := view.Shell{
		SiteName: r.site.Name, SiteSlug: r.site.Slug, Prefix: r.prefix, BaseURL: s.BaseURL, Locale: r.locale, Title: title,
		Path: r.URL.EscapedPath(), Sections: r.site.Settings.Sections, Theme: "auto", Styles: s.styles, Script: s.script,
		Embedded: r.framed(),
		Head:     view.Head{Type: "website", Atom: s.BaseURL + r.prefix + "/feed.atom", JSONFeed: s.BaseURL + r.prefix + "/feed.json"},
	}
	if !r.route.reading() {
		sh.Inner = s.inner
	}
	if r.actor.Known() && r.route.cache != public {
		sh.Account = account(r.actor)
		sh.Account.NeedsProof = s.needsProof(r)
		sh.Account.Unseen = s.unseen(r)
		sh.Proposals = s.proposalsWaiting(r)
	}
	return sh
}

// needsProof reports, on pages of the desk, whether somebody of the newsroom has yet
// to add a way in that lasts. A page is shown all the same when nobody can tell.
func (s *server) needsProof(r *request) bool {
	if r.route.who.caller != staffCaller || !s.Desk.HasPasskeys(r.site) {
		return false
	}
	needs, err := s.Desk.NeedsProof(r.Context(), r.site, r.actor)
	if err != nil {
		s.lacks(r, "credentials", err)
	}
	return needs
}

func account(a forum.Actor) *view.Account {
	return &view.Account{Name: a.Account.Name, Role: a.Account.Role, Staff: a.Account.Role.Staff() && a.Kind == forum.SessionPage}
}

// drafts are buffers that pages are written to and compressed in: what is kept is copied
// out once it is known how long it is.
var drafts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// largestDraft is the room a buffer may have that is used again.
const largestDraft = 1 << 20

// drafted returns a copy of what write writes to an empty buffer.
func drafted(write func(*bytes.Buffer) error) ([]byte, error) {
	b := drafts.Get().(*bytes.Buffer)
	b.Reset()
	err := write(b)
	text := bytes.Clone(b.Bytes())
	if b.Cap() <= largestDraft {
		drafts.Put(b)
	}
	if err != nil {
		return nil, err
	}
	return text, nil
}

// render writes a template to bytes.
func render(ctx context.Context, c templ.Component) ([]byte, error) {
	return drafted(func(b *bytes.Buffer) error { return c.Render(ctx, b) })
}

// htmlType is the media type of every page.
const htmlType = "text/html; charset=utf-8"

// writePage answers with a page made for this request.
func (s *server) writePage(w http.ResponseWriter, r *request, status int, c templ.Component) {
	body, err := render(r.Context(), c)
	if err != nil {
		if r.Context().Err() != nil {
			return // the client is gone; there is nobody left to tell
		}
		s.Log.ErrorContext(r.Context(), "render page", "request", r.requestID, "route", r.route.pattern, "error", err)
		http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", htmlType)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if len(body) > 1<<10 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Add("Vary", "Accept-Encoding")
		if packed, err := pack(gzipCoding, body); err == nil {
			h.Set("Content-Encoding", "gzip")
			body = packed
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_, _ = w.Write(body)
}

// show answers with a page made for this request and status 200.
func (s *server) show(w http.ResponseWriter, r *request, c templ.Component) error {
	s.writePage(w, r, http.StatusOK, c)
	return nil
}

// showInTurn answers with a large page made for this request, when it is its
// turn. The turn ends before a byte is sent: a slow reader holds up nobody.
func (s *server) showInTurn(w http.ResponseWriter, r *request, make func() (templ.Component, error)) error {
	done, err := s.cache.turn()
	if err != nil {
		return err
	}
	body, err := func() ([]byte, error) {
		defer done()
		c, err := make()
		if err != nil {
			return nil, err
		}
		return render(r.Context(), c)
	}()
	if err != nil {
		return err
	}
	return s.show(w, r, templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := w.Write(body)
		return err
	}))
}

// seeOther sends a browser on after a form, within this site.
func seeOther(w http.ResponseWriter, r *request, path string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r.Request, path, http.StatusSeeOther)
	return nil
}

// back sends a browser to where its form came from.
func (r *request) back(w http.ResponseWriter) error {
	return seeOther(w, r, localPath(r.PostFormValue("back"), r.prefix+"/"))
}

// jsonTime writes an instant for machines; an unknown one is empty.
func jsonTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// calledIn returns what a comment's author is called in a language.
func calledIn(loc string, c forum.Comment) string {
	if c.Byline.Name == "" {
		return locale.T(loc, "comment.nameless")
	}
	return c.Byline.Name
}
