package web

import (
	"context"
	"io"
	"net/http"

	"github.com/a-h/templ"

	"parley/frontend/base"
	"parley/frontend/parts/discussion"
	"parley/frontend/view"
	"parley/internal/forum"
)

// showFrame shows a discussion alone, for a frame on another site: the stored
// public page, or one made for a reader whose browser runs no script. It only
// reads; a story is added when somebody writes under it.
func (s *server) showFrame(w http.ResponseWriter, r *request) error {
	e, err := s.findEmbedded(r)
	if err != nil {
		return err
	}
	return s.serveFrame(w, r, e)
}

// serveFrame answers with a discussion alone.
func (s *server) serveFrame(w http.ResponseWriter, r *request, e embedded) error {
	r.about = e.story.ID
	page, err := s.readPage(r)
	if err != nil {
		return err
	}
	f := frame{embedded: e, theme: themeOf(r), origin: originOf(r.site, r.query().Get("origin")), page: page}
	if f.origin == "" {
		f.origin = originOf(r.site, e.story.URL)
	}
	if !e.known() || r.wantsPersonal() {
		return s.personalFrame(w, r, f)
	}
	key := keyOf(r, frameKind)
	key.about, key.revision, key.page, key.theme, key.origin = e.story.ID, e.story.Revision, f.page, f.theme, f.origin
	return s.cache.serveIf(w, r, key, htmlType, s.cursorStands(e.story, f.page), func(ctx context.Context) ([]byte, error) {
		c, err := s.framePage(ctx, r, f, nil)
		if err != nil {
			return nil, err
		}
		return render(ctx, c)
	})
}

// frame is what a page in a frame shows and how it looks.
type frame struct {
	embedded
	theme  string
	origin string // of the page around, if the site registered it
	page   forum.Page
}

// host is the page around the frame as far as it may be told what happens here:
// nothing is said to an origin that the site has not registered.
func (f frame) host(site forum.Site) string {
	if f.origin != "" && originOf(site, f.story.URL) == f.origin {
		return f.story.URL
	}
	return f.origin
}

// themeOf returns the look that is asked for.
func themeOf(r *request) string {
	if t := r.query().Get("theme"); t == "light" || t == "dark" {
		return t
	}
	return "auto"
}

// personalFrame makes the page for this request: for one reader, or for a story
// that is not stored, whose words come from the URL and go into no cache.
func (s *server) personalFrame(w http.ResponseWriter, r *request, f frame) error {
	r.route.cache = personal
	return s.showInTurn(w, r, func() (templ.Component, error) {
		var p *personalView
		if f.known() && r.wantsPersonal() {
			var err error
			if p, err = s.newPersonal(r, f.story); err != nil {
				return nil, err
			}
		}
		return s.framePage(r.Context(), r, f, p)
	})
}

func (s *server) framePage(ctx context.Context, r *request, f frame, p *personalView) (templ.Component, error) {
	d, err := s.embeddedDiscussion(ctx, r, f.embedded, f.page, p)
	if err != nil {
		return nil, err
	}
	d.Embed = &view.Embed{Kind: forum.SessionFrame, Origin: f.origin, URL: f.host(r.site), Known: p.signedIn()}
	shell := s.shell(r, f.story.Headline)
	shell.Embedded, shell.Theme, shell.NoIndex = true, f.theme, true
	// Its own page, or the one around the frame, is what search engines should find.
	shell.Head = view.Head{Canonical: f.story.URL}
	if f.known() {
		shell.Head.Canonical = s.storyURL(r, f.story)
	}
	return within(base.Page(shell), discussion.Section(d)), nil
}

// within puts a component into the place a page has for its content.
func within(page, content templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page.Render(templ.WithChildren(ctx, content), w)
	})
}
