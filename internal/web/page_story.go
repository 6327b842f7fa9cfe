package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"parley/frontend/locale"
	"parley/frontend/pages/front"
	"parley/frontend/pages/story"
	"parley/frontend/parts/discussion"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// frontSize is how many stories a front page shows.
const frontSize = 24

func (s *server) showFront(w http.ResponseWriter, r *request) error {
	return s.frontPage(w, r, forum.Section{})
}

func (s *server) showSection(w http.ResponseWriter, r *request) error {
	section, ok := r.site.Settings.Section(r.PathValue("section"))
	if !ok {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return s.frontPage(w, r, section)
}

// frontPage shows the stories of a section, or of the whole site.
func (s *server) frontPage(w http.ResponseWriter, r *request, section forum.Section) error {
	after, err := parseStoryCursor(r.query().Get("after"))
	if err != nil {
		return err
	}
	stories, err := s.frontStories(r, section, after)
	if err != nil {
		return err
	}
	key := keyOf(r, frontKind)
	key.name, key.state, key.framed = section.Slug, stories.State, r.framed()
	return s.cache.serve(w, r, key, htmlType, func(ctx context.Context) ([]byte, error) {
		c, err := s.frontComponent(ctx, r, section, stories.Stories)
		if err != nil {
			return nil, err
		}
		return render(ctx, c)
	})
}

// frontStories reads the stories of a front page and one more. What comes after
// the first page is asked for rarely, and by addresses a reader can make up.
func (s *server) frontStories(r *request, section forum.Section, after desk.StoryCursor) (*desk.Listing, error) {
	if after != (desk.StoryCursor{}) {
		stories, err := s.Desk.Stories(r.Context(), r.site.ID, section.Slug, after, frontSize+1)
		return desk.NewListing(stories), err
	}
	return s.heads.Stories(r.Context(), r.site.ID, section.Slug, frontSize+1, r.exact)
}

// frontComponent is a page of stories, of which one more than it shows was read.
func (s *server) frontComponent(ctx context.Context, r *request, section forum.Section, stories []forum.Story) (templ.Component, error) {
	v := view.Front{Heading: section.Name}
	if len(stories) > frontSize {
		stories = stories[:frontSize]
		v.More = r.prefix + r.URL.Path + "?after=" + storyCursor(stories[frontSize-1])
	}
	var err error
	if v.Stories, err = s.teasers(ctx, r, stories); err != nil {
		return nil, err
	}
	title := section.Name
	if title == "" {
		title = locale.T(r.locale, "front.title")
	}
	v.Shell = s.shell(r, title)
	v.Shell.Section = section.Slug
	v.Shell.Head.Canonical = s.BaseURL + r.prefix + r.URL.Path
	return front.Page(v), nil
}

// storyCursor writes where a list goes on after a story: "microseconds.id". One
// whose date nobody knows stands at 0, behind all others.
func storyCursor(x forum.Story) string {
	at := int64(0)
	if !x.PublishedAt.IsZero() {
		at = x.PublishedAt.UnixMicro()
	}
	return fmt.Sprintf("%d.%s", at, x.ID)
}

// parseStoryCursor reads what storyCursor wrote.
func parseStoryCursor(text string) (desk.StoryCursor, error) {
	if text == "" {
		return desk.StoryCursor{}, nil
	}
	at, id, _ := strings.Cut(text, ".")
	var c desk.StoryCursor
	var err error
	if _, err = fmt.Sscan(at, &c.PublishedAt); err == nil {
		c.ID, err = forum.ParseID(id)
	}
	if err != nil {
		return c, forum.Fail(forum.NotFound, "error.notFound").Because("cursor %q", text)
	}
	return c, nil
}

func (s *server) teasers(ctx context.Context, r *request, stories []forum.Story) ([]view.Teaser, error) {
	pictures, err := s.pictures(ctx, r, stories)
	if err != nil {
		return nil, err
	}
	out := make([]view.Teaser, len(stories))
	for i, x := range stories {
		section, _ := r.site.Settings.Section(x.Section)
		out[i] = view.Teaser{
			ID: x.ID, Path: forum.StoryPath(r.prefix, x), Headline: x.Headline, Lede: x.Lede, Section: section.Name,
			Byline: x.Byline, Lang: x.Lang, At: x.PublishedAt, Comments: x.Comments, Picture: pictures[i],
		}
	}
	return out, nil
}

// pictures returns the pictures of stories with their sizes.
func (s *server) pictures(ctx context.Context, r *request, stories []forum.Story) ([]view.Picture, error) {
	var ids []string
	for _, x := range stories {
		if x.Picture != "" {
			ids = append(ids, x.Picture)
		}
	}
	sizes, err := s.Desk.PictureSizes(ctx, r.site.ID, ids)
	if err != nil {
		return nil, err
	}
	out := make([]view.Picture, len(stories))
	for i, x := range stories {
		out[i] = view.Picture{Alt: x.PictureAlt, Caption: x.Caption, Credit: x.Credit}
		if p, ok := sizes[x.Picture]; ok {
			out[i].Src, out[i].Width, out[i].Height = r.prefix+"/media/"+p.ID, p.Width, p.Height
		}
	}
	return out, nil
}

func (s *server) showPicture(w http.ResponseWriter, r *request) error {
	p, err := s.Desk.Picture(r.Context(), r.site.ID, r.PathValue("picture"))
	if err != nil {
		return err
	}
	// Whatever the bytes are, as a document of their own they may do nothing.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return madePage(p.Type, p.ID, p.Bytes).sendPlain(w, r)
}

func (s *server) redirectStory(w http.ResponseWriter, r *request) error {
	x, err := s.readStory(r)
	if err != nil {
		return err
	}
	moved(w, r, forum.StoryPath(r.prefix, x))
	return nil
}

// moved sends a browser to where a story is now. A headline may change back, so
// the answer is asked for again each time.
func moved(w http.ResponseWriter, r *request, path string) {
	w.Header().Set("Cache-Control", "no-cache")
	http.Redirect(w, r.Request, path, http.StatusMovedPermanently)
}

// readStory reads the story a path names and sets the language of the page.
func (s *server) readStory(r *request) (forum.Story, error) {
	x, err := s.readHead(r)
	if err != nil {
		return forum.Story{}, err
	}
	return x.Story, nil
}

// readHead is readStory with what is made of the story besides.
func (s *server) readHead(r *request) (*desk.Head, error) {
	id, err := r.id("story")
	if err != nil {
		return nil, err
	}
	x, err := s.heads.Story(r.Context(), r.site.ID, id, r.exact)
	if err != nil {
		return nil, err
	}
	r.about = x.ID
	r.in(x.Lang)
	return x, nil
}

// showStory shows a story with its discussion: the stored public page, or one
// made for a reader whose browser runs no script.
func (s *server) showStory(w http.ResponseWriter, r *request) error {
	head, err := s.readHead(r)
	if err != nil {
		return err
	}
	if r.part() == "" && r.URL.EscapedPath() != head.Path {
		moved(w, r, r.prefix+head.Path+query(r))
		return nil
	}
	x := head.Story
	if r.framed() && r.part() == "" {
		return s.serveFrame(w, r, embedded{story: x})
	}
	page, err := s.readPage(r)
	if err != nil {
		return err
	}
	if r.wantsPersonal() {
		return s.personalStory(w, r, x, page)
	}
	key := keyOf(r, storyKind)
	key.about, key.revision, key.page, key.part = x.ID, x.Revision, page, knownPart(r)
	s.watch(r, head, key)
	return s.cache.serveIf(w, r, key, htmlType, s.cursorStands(x, page), func(ctx context.Context) ([]byte, error) {
		d, err := s.Desk.PublicDiscussion(ctx, r.site, x, page)
		if err != nil {
			return nil, err
		}
		c, err := s.storyComponent(ctx, r, d, nil)
		if err != nil {
			return nil, err
		}
		return render(ctx, c)
	})
}

// cursorStands tells whether a page of a story is one that a link leads to, and not
// one whose cursor somebody made up.
func (s *server) cursorStands(x forum.Story, page forum.Page) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) { return s.Desk.CursorStands(ctx, x, page) }
}

// personalStory makes a story page for one reader.
func (s *server) personalStory(w http.ResponseWriter, r *request, x forum.Story, page forum.Page) error {
	r.route.cache = personal
	return s.showInTurn(w, r, func() (templ.Component, error) {
		d, err := s.Desk.Discussion(r.Context(), x, page)
		if err != nil {
			return nil, err
		}
		p, err := s.newPersonal(r, x)
		if err != nil {
			return nil, err
		}
		return s.storyComponent(r.Context(), r, d, p)
	})
}

// knownPart returns the part of a page that is asked for if it is one we have,
// so that nothing else gets into a cache key.
func knownPart(r *request) string {
	if r.part() == "discussion" {
		return "discussion"
	}
	return ""
}

// storyComponent is the page of a story, or the part of it the script asks for.
func (s *server) storyComponent(ctx context.Context, r *request, d desk.Discussion, p *personalView) (templ.Component, error) {
	dv := s.discussionView(r, d, p)
	if knownPart(r) == "discussion" {
		return discussion.Section(dv), nil
	}
	x := d.Story
	pictures, err := s.pictures(ctx, r, []forum.Story{x})
	if err != nil {
		return nil, err
	}
	section, _ := r.site.Settings.Section(x.Section)
	v := view.Story{
		Shell: s.shell(r, x.Headline), ID: x.ID, Headline: x.Headline, Lede: x.Lede, Byline: x.Byline, Section: section.Name,
		SectionURL: r.prefix + "/section/" + section.Slug, Lang: x.Lang, At: x.PublishedAt, Picture: pictures[0],
		Body: markup.HTML(x.BodyHTML), Discussion: dv,
	}
	v.Shell.Section = section.Slug
	// The headline of a story that only readers have named is not the newsroom's.
	v.Shell.NoIndex = !x.Listed
	v.Shell.Head, err = s.storyHead(r, d, pictures[0])
	return story.Page(v), err
}

// storyHead is what search engines and other sites read of a story.
func (s *server) storyHead(r *request, d desk.Discussion, p view.Picture) (view.Head, error) {
	x := d.Story
	feeds := s.storyFeeds(r, x)
	h := view.Head{
		Canonical: s.storyURL(r, x), Description: x.Lede, Type: "article", Published: x.PublishedAt, Atom: feeds.Atom, JSONFeed: feeds.JSON,
	}
	if p.Src != "" {
		h.Image = s.BaseURL + p.Src
	}
	ld, err := s.jsonLD(r, d, h)
	h.JSONLD = ld
	return h, err
}

// storyURL is the address that stands for a story: the newsroom's own, else ours.
func (s *server) storyURL(r *request, x forum.Story) string {
	if x.URL != "" {
		return x.URL
	}
	return s.BaseURL + forum.StoryPath(r.prefix, x)
}

// storyFeeds are the addresses of a discussion's feeds.
func (s *server) storyFeeds(r *request, x forum.Story) view.Feeds {
	base := s.BaseURL + r.prefix + "/s/" + x.ID.String()
	return view.Feeds{Atom: base + "/feed.atom", JSON: base + "/feed.json"}
}

// ldComments is how many comments the page's data for search engines repeats.
const ldComments = 10

// ldText is how many characters of each.
const ldText = 200

// The shapes of schema.org, their fields in the order in which they are written.
type (
	ldArticle struct {
		Context       string     `json:"@context"`
		Type          string     `json:"@type"`
		Author        *ldNamed   `json:"author,omitempty"`
		Comments      []ldAnswer `json:"comment,omitempty"`
		CommentCount  int        `json:"commentCount"`
		DatePublished string     `json:"datePublished,omitempty"`
		Description   string     `json:"description,omitempty"`
		DiscussionURL string     `json:"discussionUrl"`
		Headline      string     `json:"headline"`
		Image         string     `json:"image,omitempty"`
		InLanguage    string     `json:"inLanguage"`
		Publisher     ldNamed    `json:"publisher"`
		URL           string     `json:"url"`
	}
	ldAnswer struct {
		Type        string  `json:"@type"`
		Author      ldNamed `json:"author"`
		DateCreated string  `json:"dateCreated,omitempty"`
		Text        string  `json:"text"`
		URL         string  `json:"url"`
	}
	ldNamed struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
)

// jsonLD describes the story and its first comments as schema.org NewsArticle.
func (s *server) jsonLD(r *request, d desk.Discussion, h view.Head) (string, error) {
	x := d.Story
	article := ldArticle{
		Context: "https://schema.org", Type: "NewsArticle", Headline: x.Headline, URL: h.Canonical, InLanguage: x.Lang, CommentCount: x.Comments,
		Publisher: ldNamed{"Organization", r.site.Name}, DiscussionURL: s.BaseURL + forum.StoryPath(r.prefix, x) + "#comments",
		Description: x.Lede, DatePublished: jsonTime(x.PublishedAt), Image: h.Image,
	}
	if x.Byline != "" {
		article.Author = &ldNamed{"Person", x.Byline}
	}
	for _, n := range d.Nodes {
		if n.State == forum.Published && len(article.Comments) < ldComments {
			article.Comments = append(article.Comments, s.ldComment(r, &n.Comment))
		}
	}
	b, err := json.Marshal(article)
	return string(b), err
}

func (s *server) ldComment(r *request, c *forum.Comment) ldAnswer {
	return ldAnswer{
		Type: "Comment", URL: s.BaseURL + r.prefix + "/c/" + c.ID.String(), Text: markup.Excerpt(c.Source, ldText),
		Author: ldNamed{"Person", calledIn(r.locale, *c)}, DateCreated: jsonTime(c.CreatedAt),
	}
}

// query returns the query of a request with its question mark.
func query(r *request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return "?" + r.URL.RawQuery
}
