package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"parley/frontend/locale"
	"parley/frontend/pages/permalink"
	"parley/frontend/parts/comment"
	"parley/frontend/parts/discussion"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// showComment shows a comment on its own page: what it answers, itself marked,
// and its replies. The script asks for the comment alone with part=comment.
func (s *server) showComment(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	d, err := s.Desk.Permalink(r.Context(), r.site, r.actor, id)
	if err != nil {
		return err
	}
	r.in(d.Story.Lang)
	if r.part() == "comment" && d.Target.State == forum.Withdrawn && !d.Target.Visible() {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	if r.part() == "comment" || r.wantsPersonal() || !d.Target.Visible() {
		return s.personalComment(w, r, d)
	}
	r.about = d.Story.ID
	key := keyOf(r, commentKind)
	key.about, key.revision, key.framed = id, d.Story.Revision, r.framed()
	return s.cache.serve(w, r, key, htmlType, func(ctx context.Context) ([]byte, error) {
		return render(ctx, s.permalinkPage(r, d, nil))
	})
}

// personalComment makes the page, or the comment alone, for one reader.
func (s *server) personalComment(w http.ResponseWriter, r *request, d desk.Permalink) error {
	r.route.cache = personal
	p, err := s.newPersonal(r, d.Story)
	if err != nil {
		return err
	}
	if r.part() != "comment" {
		return s.show(w, r, s.permalinkPage(r, d, p))
	}
	t := newThread(r, d.Discussion, p)
	v := t.comment(d.Target)
	v.Depth, v.Hidden = min(d.Target.Depth, maxNesting), d.Target.Descendants
	return s.show(w, r, comment.Item(v, comment.Context{
		Prefix: r.prefix, Locale: r.locale, Personal: true, State: d.Story.State,
	}))
}

func (s *server) permalinkPage(r *request, d desk.Permalink, p *personalView) templ.Component {
	dv := s.discussionView(r, d.Discussion, p)
	dv.Focus = &view.Focus{Comment: d.Target.ID, Whole: forum.StoryPath(r.prefix, d.Story) + "#comments"}
	dv.Next, dv.All, dv.Back = "", "", r.prefix+"/c/"+d.Target.ID.String()
	if p != nil && d.Target.State == forum.Held {
		dv.Comments = mergeHeld(dv.Comments, d.Target.ID)
	}
	mark(dv.Comments, d.Target.ID)
	title := locale.T(r.locale, "permalink.nameless")
	if name := d.Target.Byline.Name; name != "" && !d.Target.Tombstone() {
		title = locale.T(r.locale, "permalink.title", "name", name)
	}
	v := view.Permalink{Shell: s.shell(r, title), Headline: d.Story.Headline, StoryURL: forum.StoryPath(r.prefix, d.Story), Discussion: dv}
	// The discussion is what search engines should find; its parts only repeat it.
	v.Shell.Head.Canonical = s.storyURL(r, d.Story)
	v.Shell.NoIndex = true
	return permalink.Page(v)
}

// mergeHeld takes own held comments other than the page's own off the list: a
// page about one comment shows that one.
func mergeHeld(list []view.Comment, id forum.ID) []view.Comment {
	var out []view.Comment
	for _, c := range list {
		if c.State != forum.Held || c.ID == id || len(c.Children) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// mark marks the comment a page is about.
func mark(list []view.Comment, id forum.ID) {
	for i := range list {
		list[i].Focused = list[i].ID == id
		mark(list[i].Children, id)
	}
}

// showReplies shows more replies below a comment, as a page or, for the script,
// as a list.
func (s *server) showReplies(w http.ResponseWriter, r *request) error {
	id, err := r.id("comment")
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	if len(after) > 1000 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	d, err := s.Desk.Replies(r.Context(), r.site, id, after)
	if err != nil {
		return err
	}
	r.in(d.Story.Lang)
	if r.wantsPersonal() {
		r.route.cache = personal
		p, err := s.newPersonal(r, d.Story)
		if err != nil {
			return err
		}
		return s.show(w, r, s.repliesPage(r, d, p))
	}
	r.about = d.Story.ID
	key := keyOf(r, repliesKind)
	key.about, key.revision, key.framed = id, d.Story.Revision, r.framed()
	if r.part() == "replies" {
		key.part = "replies"
	}
	if len(d.Nodes) > 0 {
		key.first = d.Nodes[0].ID
	}
	return s.cache.serve(w, r, key, htmlType, func(ctx context.Context) ([]byte, error) {
		return render(ctx, s.repliesPage(r, d, nil))
	})
}

func (s *server) repliesPage(r *request, d desk.Replies, p *personalView) templ.Component {
	dv := s.discussionView(r, d.Discussion, p)
	if p != nil {
		dv.Comments = mergeHeld(dv.Comments, 0)
	}
	dv.Focus = &view.Focus{Comment: d.Top.ID, Whole: forum.StoryPath(r.prefix, d.Story) + "#comments"}
	dv.All, dv.Next, dv.Back = "", "", r.prefix+"/c/"+d.Top.ID.String()
	if d.Next != "" {
		dv.Next = r.prefix + "/c/" + d.Top.ID.String() + "/replies?after=" + url.QueryEscape(d.Next)
	}
	if r.part() == "replies" {
		return discussion.Replies(dv.Comments, comment.Context{
			Prefix: r.prefix, Locale: r.locale, Personal: p != nil, State: d.Story.State, Back: comment.Links(dv.Comments),
		})
	}
	v := view.Permalink{
		Shell: s.shell(r, locale.T(r.locale, "permalink.replies")), Headline: d.Story.Headline,
		StoryURL: forum.StoryPath(r.prefix, d.Story), Discussion: dv,
	}
	v.Shell.Head.Canonical = s.storyURL(r, d.Story)
	v.Shell.NoIndex = true
	return permalink.Page(v)
}
