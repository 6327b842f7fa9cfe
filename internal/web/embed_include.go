package web

import (
	"context"
	"net/http"
	"net/url"

	"parley/frontend/pages/include"
	"parley/frontend/view"
	"parley/internal/forum"
)

// The formats of a discussion for another site's page.
const (
	formatHTML    = "html"    // for the loader's shadow root
	formatInclude = "include" // for the page's own source
)

// showInclude gives a discussion to another site's page: as HTML that the loader
// puts into a shadow root, or, for a CMS or a proxy, as an element that works in
// the page's source without script.
func (s *server) showInclude(w http.ResponseWriter, r *request) error {
	e, err := s.findEmbedded(r)
	if err != nil {
		return err
	}
	format := formatInclude
	if r.URL.Query().Get("format") == formatHTML {
		format = formatHTML
	}
	page, err := s.readPage(r)
	if err != nil {
		return err
	}
	build := func(ctx context.Context) ([]byte, error) { return s.buildInclude(ctx, r, e, page, format) }
	if !e.known() {
		// Its words come from the URL; they go into no cache.
		r.route.cache = personal
		body, err := build(r.Context())
		if err != nil {
			return err
		}
		return sendMade(w, r, htmlType, body)
	}
	r.about = e.story.ID
	key := keyOf(r, includeKind)
	if format == formatHTML {
		key.kind = inlineKind
	}
	key.about, key.revision, key.page = e.story.ID, e.story.Revision, page
	return s.cache.serveIf(w, r, key, htmlType, s.cursorStands(e.story, page), build)
}

// buildInclude renders the discussion with complete addresses: a path would
// mean a page of the site around it.
func (s *server) buildInclude(ctx context.Context, r *request, e embedded, page forum.Page, format string) ([]byte, error) {
	there := *r
	there.prefix = s.BaseURL + r.prefix
	d, err := s.embeddedDiscussion(ctx, &there, e, page, nil)
	if err != nil {
		return nil, err
	}
	d.Embed = &view.Embed{Kind: forum.SessionEmbed, Origin: originOf(r.site, e.story.URL), URL: e.story.URL}
	if e.known() {
		d.Feeds = s.storyFeeds(r, e.story)
	}
	v := view.Include{
		Styles: s.BaseURL + s.embedCSS, Script: s.BaseURL + s.script, StoryID: e.story.ExternalID, URL: e.story.URL,
		Title: e.story.Headline, Discussion: d,
	}
	if format == formatHTML {
		return render(ctx, include.Inline(v))
	}
	// A form in another site's source would be sent from there and refused, so
	// what can be done leads to our own pages until script attaches.
	v.Discussion.Static = s.ownPage(r, e)
	if v.JSONLD, err = s.includeData(ctx, r, e); err != nil {
		return nil, err
	}
	return render(ctx, include.Element(v))
}

// ownPage is the discussion's own page with us.
func (s *server) ownPage(r *request, e embedded) string {
	if e.known() {
		return s.BaseURL + forum.StoryPath(r.prefix, e.story) + "#comments"
	}
	q := url.Values{"id": {e.ref.ExternalID}, "url": {e.ref.URL}, "title": {e.ref.Title}, "lang": {r.locale}}
	return s.BaseURL + r.prefix + "/embed/v1/frame?" + q.Encode()
}

// includeData is the story's data for search engines; empty for a story that is
// not stored.
func (s *server) includeData(ctx context.Context, r *request, e embedded) (string, error) {
	if !e.known() {
		return "", nil
	}
	d, err := s.Desk.PublicDiscussion(ctx, r.site, e.story, forum.DefaultPage())
	if err != nil {
		return "", err
	}
	return s.jsonLD(r, d, view.Head{Canonical: s.storyURL(r, e.story)})
}
