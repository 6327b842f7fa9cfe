package web

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/internal/forum"
)

// Lengths of feeds.
const (
	feedStories  = 30
	feedComments = 50
)

// feed is a list of what is new, before it is written as Atom or JSON Feed.
type feed struct {
	id      string // never changes
	title   string
	lang    string
	home    string // the page the feed is about
	self    string // the feed itself
	updated time.Time
	entries []feedEntry
}

// feedEntry is a story or a comment in a feed.
type feedEntry struct {
	id        string
	url       string
	title     string
	lang      string
	summary   string // plain text
	html      string
	author    string
	published time.Time // zero: unknown
	updated   time.Time
	answers   string // id and address of what it answers; empty: nothing in the feed's world
	undated   string // says that nobody knows when it was published
	picked    string // says that the newsroom picked it
}

// feedKind is a format of feeds.
type feedKind struct {
	page  pageKind
	media string
	write func(feed) ([]byte, error)
}

var (
	atomFeed = feedKind{atomKind, "application/atom+xml; charset=utf-8", writeAtom}
	jsonFeed = feedKind{jsonFeedKind, "application/feed+json; charset=utf-8", writeJSONFeed}
)

// feedKindOf returns the format a path asks for.
func feedKindOf(r *request) feedKind {
	if strings.HasSuffix(r.URL.Path, ".json") {
		return jsonFeed
	}
	return atomFeed
}

// feedSite lists the newest stories of a site.
func (s *server) feedSite(w http.ResponseWriter, r *request) error {
	stories, err := s.heads.Stories(r.Context(), r.site.ID, "", feedStories, r.exact)
	if err != nil {
		return err
	}
	kind := feedKindOf(r)
	key := keyOf(r, kind.page)
	key.state = stories.State
	return s.cache.serve(w, r, key, kind.media, func(context.Context) ([]byte, error) { return kind.write(s.siteFeed(r, stories.Stories)) })
}

func (s *server) siteFeed(r *request, stories []forum.Story) feed {
	root := s.BaseURL + r.prefix
	f := feed{
		id: root + "/", title: feedTitle(r.locale, "feed.stories", "site", r.site.Name), lang: r.locale, home: root + "/",
		self: root + r.URL.Path, updated: r.site.CreatedAt,
	}
	for _, x := range stories {
		e := feedEntry{
			id: root + "/s/" + x.ID.String(), url: s.BaseURL + forum.StoryPath(r.prefix, x), title: x.Headline, lang: x.Lang,
			summary: x.Lede, html: x.BodyHTML, author: x.Byline, published: x.PublishedAt, updated: x.UpdatedAt,
		}
		if e.author == "" {
			e.author = r.site.Name
		}
		f.add(r, e)
	}
	return f
}

// feedStory lists the newest comments on a story.
func (s *server) feedStory(w http.ResponseWriter, r *request) error {
	x, err := s.readStory(r)
	if err != nil {
		return err
	}
	kind := feedKindOf(r)
	key := keyOf(r, kind.page)
	key.about, key.revision = x.ID, x.Revision
	return s.cache.serve(w, r, key, kind.media, func(ctx context.Context) ([]byte, error) {
		f, err := s.storyFeed(ctx, r, x)
		if err != nil {
			return nil, err
		}
		return kind.write(f)
	})
}

func (s *server) storyFeed(ctx context.Context, r *request, x forum.Story) (feed, error) {
	root := s.BaseURL + r.prefix
	f := feed{
		id: root + "/s/" + x.ID.String() + "/comments", title: feedTitle(r.locale, "feed.comments", "headline", x.Headline), lang: r.locale,
		home: s.BaseURL + forum.StoryPath(r.prefix, x) + "#comments", self: root + r.URL.Path, updated: x.UpdatedAt,
	}
	// Tombstones stand between the published ones; the largest page has enough.
	page := forum.Page{View: forum.Conversation, Order: forum.Newest, Size: forum.Sizes[len(forum.Sizes)-1]}
	d, err := s.Desk.PublicDiscussion(ctx, r.site, x, page)
	if err != nil {
		return f, err
	}
	for _, n := range d.Nodes {
		if n.State == forum.Published && len(f.entries) < feedComments {
			f.add(r, s.commentEntry(r, x, n.Comment))
		}
	}
	return f, nil
}

func (s *server) commentEntry(r *request, x forum.Story, c forum.Comment) feedEntry {
	address := s.commentURL(r, c.ID)
	title := locale.T(r.locale, "permalink.nameless")
	if c.Byline.Name != "" {
		title = feedTitle(r.locale, "permalink.title", "name", c.Byline.Name)
	}
	e := feedEntry{
		id: address, url: address, title: title, html: c.HTML,
		author: calledIn(r.locale, c), published: c.CreatedAt, updated: c.EditedAt,
	}
	if e.updated.IsZero() {
		e.updated = c.CreatedAt
	}
	if e.updated.IsZero() {
		// Nobody knows the comment's own dates; the story's is no later change of it.
		e.updated = x.UpdatedAt
	}
	if c.Picked() {
		e.picked = locale.T(r.locale, "comment.pick")
	}
	if c.ParentID != 0 {
		e.answers = s.commentURL(r, c.ParentID)
	}
	return e
}

// add adds an entry, saying so if its date is unknown. What was imported
// yesterday was not published yesterday, so such an entry has no date of
// publication; "updated", which Atom alone demands, says when our copy changed.
func (f *feed) add(r *request, e feedEntry) {
	if e.published.IsZero() {
		e.undated = locale.T(r.locale, "date.unknown")
	}
	if e.updated.After(f.updated) {
		f.updated = e.updated
	}
	f.entries = append(f.entries, e)
}

// feedTitle is a sentence without the isolation characters that pages need and
// feed readers would show.
func feedTitle(loc, key string, args ...any) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(locale.T(loc, key, args...))
}

// The elements of Atom (RFC 4287) and of its threading extension (RFC 4685).
type (
	atomDocument struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Thread  string      `xml:"xmlns:thr,attr"`
		Lang    string      `xml:"xml:lang,attr,omitempty"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		Lang      string         `xml:"xml:lang,attr,omitempty"`
		ID        string         `xml:"id"`
		Title     string         `xml:"title"`
		Updated   string         `xml:"updated"`
		Published string         `xml:"published,omitempty"`
		Author    atomPerson     `xml:"author"`
		Links     []atomLink     `xml:"link"`
		Answers   *atomAnswers   `xml:"thr:in-reply-to"`
		Category  []atomCategory `xml:"category"`
		Summary   string         `xml:"summary,omitempty"`
		Content   *atomContent   `xml:"content"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomAnswers struct {
		Ref  string `xml:"ref,attr"`
		Href string `xml:"href,attr"`
		Type string `xml:"type,attr"`
	}
	atomCategory struct {
		Term  string `xml:"term,attr"`
		Label string `xml:"label,attr"`
	}
	atomContent struct {
		Type string `xml:"type,attr"`
		HTML string `xml:",chardata"`
	}
)

// The terms that mark entries: one whose date of publication nobody knows, and
// one that the newsroom picked.
const (
	undatedTerm = "date-unknown"
	pickedTerm  = "pick"
)

// writeAtom writes a feed as Atom. encoding/xml puts U+FFFD for characters that
// XML 1.0 cannot hold.
func writeAtom(f feed) ([]byte, error) {
	doc := atomDocument{
		Thread: "http://purl.org/syndication/thread/1.0", Lang: f.lang, ID: f.id, Title: f.title, Updated: jsonTime(f.updated),
		Links: []atomLink{{"alternate", "text/html", f.home}, {"self", "application/atom+xml", f.self}},
	}
	for _, e := range f.entries {
		doc.Entries = append(doc.Entries, atomEntryOf(e))
	}
	b := bytes.NewBufferString(xml.Header)
	err := xml.NewEncoder(b).Encode(doc)
	return b.Bytes(), err
}

func atomEntryOf(e feedEntry) atomEntry {
	x := atomEntry{
		Lang: e.lang, ID: e.id, Title: e.title, Updated: jsonTime(e.updated), Published: jsonTime(e.published), Author: atomPerson{e.author},
		Links: []atomLink{{"alternate", "text/html", e.url}}, Summary: e.summary,
	}
	if e.html != "" {
		x.Content = &atomContent{"html", e.html}
	}
	if e.answers != "" {
		x.Answers = &atomAnswers{e.answers, e.answers, "text/html"}
	}
	if e.undated != "" {
		x.Category = append(x.Category, atomCategory{undatedTerm, e.undated})
	}
	if e.picked != "" {
		x.Category = append(x.Category, atomCategory{pickedTerm, e.picked})
	}
	return x
}

// The objects of JSON Feed 1.1.
type (
	jsonDocument struct {
		Version  string      `json:"version"`
		Title    string      `json:"title"`
		Home     string      `json:"home_page_url"`
		Self     string      `json:"feed_url"`
		Language string      `json:"language,omitempty"`
		Items    []jsonEntry `json:"items"`
	}
	jsonEntry struct {
		ID        string       `json:"id"`
		URL       string       `json:"url"`
		Title     string       `json:"title"`
		Summary   string       `json:"summary,omitempty"`
		HTML      string       `json:"content_html"`
		Published string       `json:"date_published,omitempty"`
		Modified  string       `json:"date_modified,omitempty"`
		Language  string       `json:"language,omitempty"`
		Authors   []jsonPerson `json:"authors"`
		Tags      []string     `json:"tags,omitempty"`
		Parley    *jsonAnswers `json:"_parley,omitempty"`
	}
	jsonPerson struct {
		Name string `json:"name"`
	}
	jsonAnswers struct {
		About     string `json:"about"`
		InReplyTo string `json:"in_reply_to"`
	}
)

// threadExtension is where the meaning of in_reply_to is written down.
const threadExtension = "https://www.rfc-editor.org/rfc/rfc4685"

// writeJSONFeed writes a feed as JSON Feed 1.1.
func writeJSONFeed(f feed) ([]byte, error) {
	doc := jsonDocument{
		Version: "https://jsonfeed.org/version/1.1", Title: f.title, Home: f.home, Self: f.self, Language: f.lang, Items: []jsonEntry{},
	}
	for _, e := range f.entries {
		x := jsonEntry{
			ID: e.id, URL: e.url, Title: e.title, Summary: e.summary, HTML: e.html, Published: jsonTime(e.published),
			Modified: jsonTime(e.updated), Language: e.lang, Authors: []jsonPerson{{e.author}},
		}
		if e.undated != "" {
			x.Modified, x.Tags = "", []string{e.undated}
		}
		if e.picked != "" {
			x.Tags = append(x.Tags, e.picked)
		}
		if e.answers != "" {
			x.Parley = &jsonAnswers{threadExtension, e.answers}
		}
		doc.Items = append(doc.Items, x)
	}
	return json.Marshal(doc)
}
