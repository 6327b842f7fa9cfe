package web

import (
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// apiComment is a comment as anybody may see it: nothing that leads to the
// person behind it but the name it shows.
type apiComment struct {
	ID         string      `json:"id"`
	Story      string      `json:"story"`
	Parent     string      `json:"parent,omitempty" doc:"The comment it answers; absent on a root."`
	ParentName string      `json:"parentName,omitempty" doc:"The name an import read for a parent it could not find."`
	URL        string      `json:"url"`
	State      forum.State `json:"state" enum:"held,published,rejected,withdrawn" doc:"Any but published, and held ones of one's own, is a tombstone: it stands where replies hang below it."`
	Byline     *apiByline  `json:"byline,omitempty" doc:"Absent on a tombstone."`
	HTML       string      `json:"html,omitempty"`
	CreatedAt  *time.Time  `json:"createdAt,omitempty" doc:"Absent where nobody knows the date."`
	Edited     bool        `json:"edited"`
	Picked     bool        `json:"picked" doc:"Picked by the newsroom."`
	Depth      int         `json:"depth" doc:"How many comments stand above it."`
	Replies    int         `json:"replies" doc:"Visible comments below it, at any depth."`
	More       int         `json:"more,omitempty" doc:"Of these, how many are not in this list; the conversation view has them all."`
	Up         int         `json:"up"`
	Down       int         `json:"down"`
}

// apiByline is the name a comment shows.
type apiByline struct {
	Kind  forum.BylineKind `json:"kind" enum:"name,pseudonym,none"`
	Name  string           `json:"name,omitempty"`
	Key   string           `json:"key" doc:"The same for all comments of one named author, for muting; says nothing else."`
	Staff bool             `json:"staff" doc:"Signed by a member of the newsroom."`
}

// commentURL is the address of a comment's own page.
func (s *server) commentURL(r *request, id forum.ID) string {
	return s.BaseURL + r.prefix + "/c/" + id.String()
}

// apiComment writes a comment; own says that the caller wrote it.
func (s *server) apiComment(r *request, c forum.Comment, staff, own bool) apiComment {
	out := apiComment{
		ID: c.ID.String(), Story: c.StoryID.String(), ParentName: c.ParentName, URL: s.commentURL(r, c.ID), State: c.State,
		Depth: c.Depth, Replies: c.Descendants,
	}
	if c.ParentID != 0 {
		out.Parent = c.ParentID.String()
	}
	if gone(c.State, own) != "" {
		return out
	}
	out.Byline = &apiByline{Kind: c.Byline.Kind, Name: c.Byline.Name, Key: c.AuthorKey, Staff: staff && c.Byline.Kind == forum.BylineName}
	out.HTML, out.Edited, out.Up, out.Down = c.HTML, !c.EditedAt.IsZero(), c.ShownUp, c.ShownDown
	out.CreatedAt, out.Picked = knownTime(c.CreatedAt), c.Picked()
	return out
}

// knownTime returns an instant for JSON, or nothing for an unknown one.
func knownTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// apiNodes writes a thread as a flat list in reading order.
func (s *server) apiNodes(r *request, d desk.Discussion, nodes []*desk.Node, out []apiComment) []apiComment {
	for _, n := range nodes {
		_, staff := d.Staff[n.AccountID]
		c := s.apiComment(r, n.Comment, staff, false)
		c.More = n.More
		out = s.apiNodes(r, d, n.Children, append(out, c))
	}
	return out
}

// apiStory is what a list of comments says of its story.
type apiStory struct {
	ID         string           `json:"id"`
	ExternalID string           `json:"externalId,omitempty" doc:"The newsroom's own key."`
	URL        string           `json:"url" doc:"The story's page in Parley."`
	Canonical  string           `json:"canonical,omitempty" doc:"The story's page on the newsroom's own site."`
	Headline   string           `json:"headline"`
	State      forum.StoryState `json:"state" enum:"open,read-only,closed"`
	Comments   int              `json:"comments" doc:"Published comments."`
	Revision   int64            `json:"revision" doc:"Moves with every change of the discussion."`
}

func (s *server) apiStory(r *request, x forum.Story) apiStory {
	return apiStory{
		ID: x.ID.String(), ExternalID: x.ExternalID, URL: s.BaseURL + forum.StoryPath(r.prefix, x), Canonical: x.URL,
		Headline: x.Headline, State: x.State, Comments: x.Comments, Revision: x.Revision,
	}
}
