package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// embedded is the story another page shows the discussion of.
type embedded struct {
	story forum.Story   // without an id: nobody has written under it yet
	ref   desk.StoryRef // as the page named it; shown only for a story that is not stored
}

// known reports whether the story is stored.
func (e embedded) known() bool { return e.story.ID != 0 }

// Lengths of what a page may say of its story.
const (
	maxEmbedKey   = 200
	maxEmbedTitle = 300 // characters
)

// findEmbedded finds the story that the query of an embedding page names. One
// that is not stored must stand on an origin the site registered: nobody else's
// words are shown on our pages.
func (s *server) findEmbedded(r *request) (embedded, error) {
	q := r.URL.Query()
	e := embedded{ref: desk.StoryRef{ExternalID: q.Get("id"), URL: q.Get("url"), Title: cleanTitle(q.Get("title"))}}
	if len(e.ref.ExternalID) > maxEmbedKey || (e.ref.ExternalID == "" && e.ref.URL == "") {
		return e, forum.Fail(forum.Invalid, "error.storyURL").At("url")
	}
	var err error
	e.story, err = s.heads.FindStory(r.Context(), r.site, e.ref, r.exact)
	if err == nil {
		r.in(e.story.Lang)
		return e, nil
	}
	if !forum.IsKind(err, forum.NotFound) {
		return e, err
	}
	if e.ref.URL, err = forum.CanonicalURL(e.ref.URL); err != nil {
		return e, err
	}
	if originOf(r.site, e.ref.URL) == "" {
		return e, forum.Fail(forum.Forbidden, "error.originRefused").Because("page %s", e.ref.URL)
	}
	if e.ref.Title == "" {
		e.ref.Title = e.ref.URL
	}
	e.story = forum.Story{
		SiteID: r.site.ID, ExternalID: e.ref.ExternalID, URL: e.ref.URL, Headline: e.ref.Title, Lang: r.locale, State: forum.StoryOpen,
	}
	return e, nil
}

// originOf returns the registered origin an address belongs to, or nothing.
func originOf(site forum.Site, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	origin := u.Scheme + "://" + u.Host
	if !slices.Contains(site.Settings.Origins, origin) {
		return ""
	}
	return origin
}

// cleanTitle makes one line of a title, at most maxEmbedTitle characters long.
func cleanTitle(title string) string {
	title = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(title, ""))
	title = strings.Join(strings.Fields(title), " ")
	if runes := []rune(title); len(runes) > maxEmbedTitle {
		return string(runes[:maxEmbedTitle])
	}
	return title
}

// embeddedDiscussion fills the view of an embedded story's discussion; p is nil
// for the public one. A story that is not stored has an empty one, whose box
// says which story to add.
func (s *server) embeddedDiscussion(ctx context.Context, r *request, e embedded, page forum.Page, p *personalView) (view.Discussion, error) {
	d := desk.Discussion{Story: e.story, Page: page}
	if e.known() {
		var err error
		if p != nil {
			d, err = s.Desk.Discussion(ctx, e.story, page)
		} else {
			d, err = s.Desk.PublicDiscussion(ctx, r.site, e.story, page)
		}
		if err != nil {
			return view.Discussion{}, err
		}
	}
	v := s.discussionView(r, d, p)
	if !e.known() {
		v.StoryURL, v.Search, v.Feeds, v.Back = "", "", view.Feeds{}, r.prefix+"/"
		v.Box.Story = &view.StoryRef{ExternalID: e.ref.ExternalID, URL: e.ref.URL, Title: e.ref.Title}
	}
	return v, nil
}
