package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/markup"
)

// maxNesting is how deep comments nest in HTML; deeper ones stand beside one
// another in the deepest list and say what they answer.
const maxNesting = 8

// quoteLength is how many characters name a nameless parent.
const quoteLength = 48

// thread turns what desk read into what a page shows.
type thread struct {
	r        *request
	parents  map[forum.ID]forum.Comment
	named    map[forum.ID]forum.Account
	onPage   map[forum.ID]bool
	personal *personalView
}

// personalView is what one reader sees in a discussion beyond the public page.
type personalView struct {
	overlay desk.Overlay
	own     map[forum.ID]bool
	mutes   []string
	seen    forum.ID
	now     time.Time
	window  time.Duration
}

// newPersonal gathers what is personal to this request's reader.
func (s *server) newPersonal(r *request, story forum.Story) (*personalView, error) {
	overlay, err := s.Desk.Overlay(r.Context(), r.actor, story)
	if err != nil {
		return nil, err
	}
	p := &personalView{
		overlay: overlay, own: make(map[forum.ID]bool, len(overlay.Own)), mutes: slices.Concat(r.device.mutes, overlay.Mutes),
		seen: r.device.seenIn(story.ID), now: s.Desk.Now(), window: r.site.Settings.EditWindow.Duration(),
	}
	for _, c := range overlay.Own {
		p.own[c.ID] = true
	}
	return p, nil
}

// signedIn reports whether the page is made for somebody who has signed in.
func (p *personalView) signedIn() bool {
	return p != nil && p.overlay.Account.SignedIn()
}

// newThread prepares the views of a discussion's comments.
func newThread(r *request, d desk.Discussion, p *personalView) *thread {
	t := &thread{r: r, parents: d.Parents, named: d.Named, onPage: map[forum.ID]bool{}, personal: p}
	var walk func([]*desk.Node)
	walk = func(nodes []*desk.Node) {
		for _, n := range nodes {
			t.onPage[n.ID] = true
			walk(n.Children)
		}
	}
	walk(d.Nodes)
	return t
}

// views turns nodes into views, level deep in the page.
func (t *thread) views(nodes []*desk.Node, level int) []view.Comment {
	out := make([]view.Comment, 0, len(nodes))
	for _, n := range nodes {
		c := t.comment(n.Comment)
		c.Depth, c.Hidden, c.More = level, n.Descendants, n.More
		if n.More > 0 {
			c.MoreURL = t.r.prefix + "/c/" + n.ID.String() + "/replies?after=" + url.QueryEscape(n.MoreAfter)
		}
		below := t.views(n.Children, min(level+1, maxNesting))
		if level < maxNesting {
			c.Children = below
			out = append(out, c)
			continue
		}
		// Beyond the last level a branch goes on in place, one below the other.
		out = append(out, c)
		out = append(out, below...)
	}
	return out
}

// comment turns one comment into a view, with its parent named and quoted.
func (t *thread) comment(c forum.Comment) view.Comment {
	v := view.Comment{
		ID: c.ID, Path: t.r.prefix + "/c/" + c.ID.String(), Name: c.Byline.Name, Kind: c.Byline.Kind, Author: c.AuthorKey,
		HTML: markup.HTML(c.HTML), At: c.CreatedAt, Edited: !c.EditedAt.IsZero(), State: c.State, Up: c.ShownUp, Down: c.ShownDown,
	}
	if c.Byline.Kind == forum.BylineName {
		t.badge(&v, c)
	}
	own := t.personal != nil && t.personal.own[c.ID]
	v.Pick = c.Picked()
	v.Gone = gone(c.State, own)
	if v.Gone != "" {
		v.HTML, v.Name, v.Author, v.Profile, v.Badge = "", "", "", "", ""
	}
	v.Parent = t.parent(c)
	if t.personal != nil {
		t.personalise(&v, c, own)
	}
	return v
}

// badge says who writes under a name, and links to what else they wrote.
func (t *thread) badge(v *view.Comment, c forum.Comment) {
	a, known := t.named[c.AccountID]
	if !known {
		return
	}
	v.Staff = a.Role.Staff()
	if b := desk.BadgeOf(a); b != desk.BadgeStaff {
		v.Badge = view.Badge(b)
	}
	if !a.ProfileOff && c.AuthorKey == a.AuthorKey {
		v.Profile = t.r.prefix + "/u/" + a.AuthorKey
	}
}

// gone says why a comment leaves a tombstone; an author sees the own held one.
func gone(state forum.State, own bool) view.Gone {
	switch state {
	case forum.Rejected:
		return view.GoneRejected
	case forum.Withdrawn:
		return view.GoneWithdrawn
	case forum.Held:
		if !own {
			return view.GoneHeld
		}
	}
	return ""
}

func (t *thread) personalise(v *view.Comment, c forum.Comment, own bool) {
	p := t.personal
	v.Own = own
	v.Vote = p.overlay.Votes[c.ID]
	v.Muted = !own && slices.Contains(p.mutes, c.AuthorKey)
	v.New = p.seen != 0 && c.ID > p.seen && !own
	if !own || v.Gone != "" {
		return
	}
	v.MayWithdraw = forum.MayMove(c.State, forum.Withdrawn)
	if c.Editable(p.now, p.window) {
		v.Editable = c.EditableUntil(p.window)
	}
}

// parent describes what a reply answers. What was removed is never quoted.
func (t *thread) parent(c forum.Comment) *view.Parent {
	if c.ParentID == 0 {
		if c.ParentName == "" {
			return nil
		}
		return &view.Parent{Name: c.ParentName, Guessed: true}
	}
	p, ok := t.parents[c.ParentID]
	if !ok && t.personal != nil {
		p, ok = t.personal.overlay.Parents[c.ParentID]
	}
	if !ok {
		return nil
	}
	return parentView(t.r, p, c.Guessed, t.onPage[p.ID])
}

func parentView(r *request, p forum.Comment, guessed, onPage bool) *view.Parent {
	v := &view.Parent{ID: p.ID, Path: r.prefix + "/c/" + p.ID.String(), Guessed: guessed, Gone: gone(p.State, false)}
	v.Anchor = v.Path
	if onPage {
		v.Anchor = "#c-" + p.ID.String()
	}
	if v.Gone != "" {
		return v
	}
	v.Name, v.Author, v.HTML = p.Byline.Name, p.AuthorKey, markup.HTML(p.HTML)
	if v.Name == "" {
		v.Excerpt = markup.Excerpt(p.Source, quoteLength)
	}
	return v
}

// discussionView fills the view of a discussion; p is nil for the public page.
func (s *server) discussionView(r *request, d desk.Discussion, p *personalView) view.Discussion {
	t := newThread(r, d, p)
	storyPath := forum.StoryPath(r.prefix, d.Story)
	v := view.Discussion{
		StoryID: d.Story.ID, StoryURL: storyPath, Prefix: r.prefix, Locale: r.locale, Lang: d.Story.Lang, Headline: d.Story.Headline,
		Revision: d.Story.Revision, Count: d.Story.Comments, Latest: d.Latest, State: d.Story.State, Reason: d.Story.StateReason, Controls: d.Story.Controls.Effective(),
		Page: d.Page, Picked: d.Picked, Comments: t.views(d.Nodes, 0), Search: r.prefix + "/s/" + d.Story.ID.String() + "/search",
		Feeds: s.storyFeeds(r, d.Story), Box: s.box(r, d.Story, nil), Personal: p != nil, Back: storyPath + pageQuery(d.Page, d.Page.After, d.Page.All),
	}
	if d.Next != "" {
		v.Next = storyPath + pageQuery(d.Page, d.Next, d.Page.All)
	}
	if !d.Page.All && (d.Next != "" || unread(v.Comments) || d.Page.After != "") {
		v.All = storyPath + pageQuery(d.Page, "", true)
	}
	if p != nil {
		s.personaliseDiscussion(&v, d, t, p)
	}
	return v
}

// unread reports whether replies were left out of the page.
func unread(comments []view.Comment) bool {
	return slices.ContainsFunc(comments, func(c view.Comment) bool { return c.More > 0 })
}

// personaliseDiscussion adds the reader's name to the box, own comments that
// wait for review to the list, and the number of new ones.
func (s *server) personaliseDiscussion(v *view.Discussion, d desk.Discussion, t *thread, p *personalView) {
	v.Box = personalBox(v.Box, p.overlay)
	v.Comments = append(t.waiting(d, p), v.Comments...)
	var count func([]view.Comment)
	count = func(list []view.Comment) {
		for _, c := range list {
			if c.New {
				v.Unread++
			}
			count(c.Children)
		}
	}
	count(v.Comments)
}

// waiting returns the reader's own held comments, which public pages leave out,
// to stand before the others. A held reply says what it answers.
func (t *thread) waiting(d desk.Discussion, p *personalView) []view.Comment {
	var held []view.Comment
	for _, c := range p.overlay.Own {
		if c.State == forum.Held && !t.onPage[c.ID] {
			held = append(held, t.comment(c))
		}
	}
	return held
}

// pageQuery writes a page as a query, leaving out what is the default.
func pageQuery(p forum.Page, after string, all bool) string {
	q := url.Values{}
	d := forum.DefaultPage()
	if p.View != d.View {
		q.Set("view", string(p.View))
	}
	if p.Order != d.Order {
		q.Set("order", string(p.Order))
	}
	if p.Size != d.Size {
		q.Set("size", strconv.Itoa(p.Size))
	}
	if after != "" {
		q.Set("after", after)
	}
	if all {
		q.Set("all", "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// readPage reads which part of a discussion a URL asks for; what it leaves open
// is as this device chose. TooFast if this network asks for too many in one piece.
func (s *server) readPage(r *request) (forum.Page, error) {
	q := r.query()
	p := r.device.view
	// A cursor belongs to the page that wrote it, which left out what is default.
	if p == (forum.Page{}) || q.Has("after") {
		p = forum.DefaultPage()
	}
	if v := q.Get("view"); v != "" {
		p.View = forum.View(v)
	}
	if v := q.Get("order"); v != "" {
		p.Order = forum.Order(v)
	}
	if n, err := strconv.Atoi(q.Get("size")); err == nil {
		p.Size = n
	}
	p.After, p.All = q.Get("after"), q.Get("all") == "1"
	if !p.All {
		return p.Normal(), nil
	}
	return p.Normal(), s.limits.take(whole, r.actor.Network, s.Unlimited)
}

// parseView reads the choice a device remembers: view.order.size.
func parseView(text string) forum.Page {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return forum.Page{}
	}
	size, err := strconv.Atoi(parts[2])
	if err != nil {
		return forum.Page{}
	}
	return forum.Page{View: forum.View(parts[0]), Order: forum.Order(parts[1]), Size: size}.Normal()
}

// box fills the form for a new comment under a story, or for a reply.
func (s *server) box(r *request, story forum.Story, parent *view.Parent) view.Box {
	set, controls := r.site.Settings, story.Controls.Effective()
	b := view.Box{
		Action: r.prefix + "/comments", Preview: r.prefix + "/preview", StoryID: story.ID, Parent: parent,
		Bylines: set.Bylines, Byline: set.Bylines[0], MaxLength: set.MaxLength, Links: set.Links && !controls.NoLinks,
		Guidelines: set.Guidelines, Closed: !story.TakesComments(), Controls: controls,
	}
	if controls.VerifiedOnly {
		b.SignIn = r.prefix + signInPath + "?return_to=" + url.QueryEscape(forum.StoryPath(r.prefix, story)+"#comments")
	}
	return b
}

// signInPath is where readers sign in.
const signInPath = "/signin"

// personalBox puts the reader's own name, and the kind of byline last used here,
// into the box.
func personalBox(b view.Box, o desk.Overlay) view.Box {
	if o.Account.Name != "" {
		b.Name, b.NameFixed = o.Account.Name, true
	}
	if o.Account.SignedIn() {
		b.SignIn = ""
	}
	if kind := lastByline(o); kind != "" && slices.Contains(b.Bylines, kind) {
		b.Byline = kind
	}
	return b
}
