package web

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/desk"
	"parley/internal/forum"
)

// stories registers what is read of discussions and what the newsroom sends.
func (a *api) stories() {
	register(a, operation{
		"GET", "/api/v1/stories/{story}/comments", "listComments", "Read a part of a discussion, in reading order.", 0, []int{404, 429}, false,
	}, apiList)
	register(a, operation{"GET", "/api/v1/search", "searchComments", "Search published comments.", 0, []int{404, 422, 429}, false}, apiSearch)
	register(a, operation{
		"PUT", "/api/v1/stories/{story}/controls", "setControls", "Set the temperature of a discussion.", 0,
		[]int{401, 403, 404, 409, 415, 422},
		false,
	}, apiSetControls)
	register(a, operation{
		"PUT", "/api/v1/sites/{site}/stories/{externalId}", "putStory", "Publish a story or update it.", 0,
		[]int{401, 404, 409, 413, 415, 422, 429},
		true,
	}, apiPutStory)
}

type listInput struct {
	Story string      `path:"story"`
	View  forum.View  `query:"view" enum:"threaded,conversation,picks" doc:"threaded: roots with their first replies; conversation: every comment by time; picks: what the newsroom picked, by when it did."`
	Order forum.Order `query:"order" enum:"newest,oldest,useful"`
	Size  int         `query:"size" enum:"25,50,100" doc:"How many roots, or comments of a conversation."`
	After string      `query:"after" doc:"The next of the page before."`
}

type listOutput struct {
	Body struct {
		Story    apiStory     `json:"story"`
		Comments []apiComment `json:"comments" doc:"In reading order; parent says what hangs below what."`
		Next     string       `json:"next,omitempty" doc:"Absent on the last page."`
	}
}

func apiList(c *call, in *listInput) (*listOutput, error) {
	id, err := forum.ParseID(in.Story)
	if err != nil {
		return nil, err
	}
	x, err := c.server.Desk.Story(c.Context(), c.site.ID, id)
	if err != nil {
		return nil, err
	}
	d, err := c.server.Desk.Discussion(c.Context(), x, forum.Page{View: in.View, Order: in.Order, Size: in.Size, After: in.After}.Normal())
	if err != nil {
		return nil, err
	}
	out := &listOutput{}
	out.Body.Story, out.Body.Next = c.server.apiStory(c.request, x), d.Next
	out.Body.Comments = c.server.apiNodes(c.request, d, d.Nodes, []apiComment{})
	return out, nil
}

type searchInput struct {
	Query  string `query:"q" required:"true" doc:"Words that a comment must have, all of them."`
	Story  string `query:"story" doc:"Only in this story."`
	Before string `query:"before" doc:"The next of the page before."`
}

type searchOutput struct {
	Body struct {
		Comments []apiHit `json:"comments" doc:"The newest first."`
		Next     string   `json:"next,omitempty" doc:"Absent on the last page. Where few comments have all words, a page may have fewer than others, or none, before the last."`
	}
}

type apiHit struct {
	apiComment
	Headline string `json:"headline" doc:"Of the comment's story."`
}

func apiSearch(c *call, in *searchInput) (*searchOutput, error) {
	q := strings.TrimSpace(in.Query)
	if q == "" || len(q) > maxQuery || !utf8.ValidString(q) {
		return nil, forum.Fail(forum.Invalid, "error.query").At("q")
	}
	story, err := optionalID(in.Story)
	if err != nil {
		return nil, err
	}
	before, err := optionalID(in.Before)
	if err != nil {
		return nil, err
	}
	found, err := c.server.Desk.Search(c.Context(), c.site, story, q, before)
	if err != nil {
		return nil, err
	}
	out := &searchOutput{}
	out.Body.Comments = make([]apiHit, len(found.Hits))
	for i, h := range found.Hits {
		out.Body.Comments[i] = apiHit{c.server.apiComment(c.request, h.Comment, h.Author.Role.Staff(), false), h.Story.Headline}
	}
	if found.Next != 0 {
		out.Body.Next = found.Next.String()
	}
	return out, nil
}

type storyInput struct {
	Site       string `path:"site" doc:"The site's slug."`
	ExternalID string `path:"externalId" doc:"The newsroom's own key of the story."`
	Body       struct {
		Headline    string           `json:"headline"`
		Lede        string           `json:"lede,omitempty"`
		Body        string           `json:"body,omitempty" doc:"Markdown."`
		Byline      string           `json:"byline,omitempty" doc:"Who wrote it."`
		Section     string           `json:"section,omitempty" doc:"Slug of one of the site's sections."`
		Lang        string           `json:"lang,omitempty" doc:"Language of the text; the site's if absent."`
		URL         string           `json:"url,omitempty" doc:"The story's page on the newsroom's own site."`
		Picture     *storyPicture    `json:"picture,omitempty"`
		PublishedAt time.Time        `json:"publishedAt,omitempty" doc:"Absent: unknown."`
		State       forum.StoryState `json:"state,omitempty" enum:"open,read-only,closed" doc:"open if absent."`
		StateReason string           `json:"stateReason,omitempty" doc:"Why it is closed or read-only."`
	}
}

type storyPicture struct {
	Data    []byte `json:"data,omitempty" doc:"JPEG, PNG or GIF; absent: the one it has."`
	Alt     string `json:"alt,omitempty"`
	Caption string `json:"caption,omitempty"`
	Credit  string `json:"credit,omitempty"`
}

type storyOutput struct {
	Status int
	Body   apiStory
}

func apiPutStory(c *call, in *storyInput) (*storyOutput, error) {
	if in.ExternalID == "" {
		return nil, forum.Fail(forum.Invalid, "error.externalID").At("externalId")
	}
	x, added, err := c.server.Desk.PutStory(c.Context(), c.site, in.article())
	if err != nil {
		return nil, placeInStory(err)
	}
	out := &storyOutput{Status: http.StatusOK, Body: c.server.apiStory(c.request, x)}
	if added {
		out.Status = http.StatusCreated
	}
	return out, nil
}

func (in *storyInput) article() desk.Article {
	b := in.Body
	a := desk.Article{
		ExternalID: in.ExternalID, URL: b.URL, Headline: b.Headline, Lede: b.Lede, Byline: b.Byline, Section: b.Section, Lang: b.Lang,
		Body: b.Body, PublishedAt: b.PublishedAt, State: b.State, StateReason: b.StateReason,
	}
	if p := b.Picture; p != nil {
		a.Picture, a.PictureAlt, a.Caption, a.Credit = p.Data, p.Alt, p.Caption, p.Credit
	}
	return a
}

// storyPlaces are the fields of an article that stand elsewhere in the body.
var storyPlaces = map[string]string{
	"picture": "picture.data", "alt": "picture.alt", "caption": "picture.caption", "credit": "picture.credit", "reason": "stateReason",
}

// placeInStory names the place in the body where an error of an article stands.
func placeInStory(err error) error {
	var e *forum.Error
	if errors.As(err, &e) && storyPlaces[e.Field] != "" {
		return e.At(storyPlaces[e.Field])
	}
	return err
}
