package web

import (
	"fmt"

	"parley/internal/forum"
)

// pageKey is all that a page which is kept may depend on, and so all that can make
// one more of it. A field is either something of the site's own, or one of a few
// values: no text that a request brings may get in here.
type pageKey struct {
	kind pageKind
	// edition names the site as pages show it; empty on what is the same for all.
	edition  string
	about    forum.ID // the story, or the comment of a permalink; zero: a list
	revision int64    // of the story
	state    string   // what a list shows: a digest of the revisions of its stories
	name     string   // of a section of the site, of an asset, of a month and its format
	locale   string   // one of the catalogues
	// page is normal (forum.Page.Normal). Its After is a cursor that pages of the story
	// write themselves; see pageCache.serveIf.
	page   forum.Page
	first  forum.ID // replies: the one the list begins with
	part   string   // "", "discussion" or "replies"
	framed bool
	theme  string // auto, light or dark
	origin string // one of those the site registered, or none
}

// pageKind is which page a key is of.
type pageKind string

// The kinds of pages that are kept.
const (
	frontKind        pageKind = "front"
	storyKind        pageKind = "story"
	commentKind      pageKind = "comment"
	repliesKind      pageKind = "replies"
	frameKind        pageKind = "frame"
	inlineKind       pageKind = "inline"
	includeKind      pageKind = "include"
	atomKind         pageKind = "atom"
	jsonFeedKind     pageKind = "json feed"
	transparencyKind pageKind = "transparency"
	assetKind        pageKind = "asset"
)

// keyOf begins the key of a page of the request's site.
func keyOf(r *request, kind pageKind) pageKey {
	return pageKey{kind: kind, edition: r.paper.edition, locale: r.locale}
}

// String writes a key so that no two keys are written alike.
func (k pageKey) String() string { return fmt.Sprintf("%#v", k) }
