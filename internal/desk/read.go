package desk

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Node is a comment in the shape of a thread.
type Node struct {
	forum.Comment
	Children []*Node // visible replies that were read, in reading order
	// More is how many visible comments below a root were not read; MoreAfter is
	// the path after which they go on.
	More      int
	MoreAfter string
}

// Discussion is a part of a story's comments, ready to be shown to anybody: of the
// comments, and of the accounts that signed them, it has what pages show.
type Discussion struct {
	Story   forum.Story
	Page    forum.Page
	Nodes   []*Node                    // threaded: roots; else comments without children
	Parents map[forum.ID]forum.Comment // the parents of all comments read, in any state
	Staff   map[forum.ID]forum.Account // authors who work at the desk and signed with their name
	Named   map[forum.ID]forum.Account // authors who signed with their name
	Next    string                     // cursor of the next page; empty: this is the last
	Latest  forum.ID                   // newest visible comment; zero: none
	Picked  bool                       // the newsroom picked comments of it
}

// Discussion reads a page of a story's comments. What it costs depends on what
// it returns, not on how many comments there are.
func (d *Desk) Discussion(ctx context.Context, story forum.Story, page forum.Page) (Discussion, error) {
	return discussion(ctx, d.store.Reader, story, page)
}

// PublicDiscussion is Discussion for a page that everybody gets: the story as of the
// revision it has here, or later, and the site's staff likewise. It may come from a replica.
func (d *Desk) PublicDiscussion(ctx context.Context, site forum.Site, story forum.Story, page forum.Page) (out Discussion, err error) {
	err = d.store.AsOf(ctx, site, story.ID, story.Revision, func(ctx context.Context, r store.Reader) (err error) {
		out, err = discussion(ctx, r, story, page)
		return err
	})
	return out, err
}

func discussion(ctx context.Context, r store.Reader, story forum.Story, page forum.Page) (Discussion, error) {
	page = page.Normal()
	out := Discussion{Story: story, Page: page}
	after, err := parseCursor(page)
	if err != nil {
		return out, err
	}
	var read []forum.Comment
	switch page.View {
	case forum.Conversation:
		read, out.Next, err = conversation(ctx, r, story, page, after)
		out.Nodes = flat(read)
	case forum.Picks:
		read, out.Next, err = picks(ctx, r, story, page, after)
		out.Nodes = flat(read)
	default:
		out.Nodes, read, out.Next, err = threads(ctx, r, story, page, after)
	}
	if err != nil {
		return out, err
	}
	if err := complete(ctx, r, story.SiteID, &out, read); err != nil {
		return out, err
	}
	beside, err := r.Outline(ctx, story.SiteID, story.ID)
	out.Picked, out.Latest = beside.Picked, beside.Newest
	return out, err
}

// pageSize returns how many roots or comments a page reads.
func pageSize(page forum.Page) int {
	if page.All {
		return forum.MaxAll
	}
	return page.Size
}

func conversation(ctx context.Context, r store.Reader, story forum.Story, page forum.Page, after store.Cursor) ([]forum.Comment, string, error) {
	size := pageSize(page)
	read, err := r.Flat(ctx, story.SiteID, story.ID, page.Order, after.ID, size+1)
	if err != nil {
		return nil, "", err
	}
	read, next := cut(read, size, page)
	return read, next, nil
}

func picks(ctx context.Context, r store.Reader, story forum.Story, page forum.Page, after store.Cursor) ([]forum.Comment, string, error) {
	size := pageSize(page)
	read, err := r.Picks(ctx, story.SiteID, story.ID, page.Order, after, size+1)
	if err != nil {
		return nil, "", err
	}
	read, next := cut(read, size, page)
	return read, next, nil
}

func threads(ctx context.Context, r store.Reader, story forum.Story, page forum.Page, after store.Cursor) ([]*Node, []forum.Comment, string, error) {
	size := pageSize(page)
	roots, err := r.Roots(ctx, story.SiteID, story.ID, page.Order, after, size+1)
	if err != nil {
		return nil, nil, "", err
	}
	if page.All {
		size = fitting(roots)
	}
	roots, next := cut(roots, size, page)
	ids := make([]forum.ID, 0, len(roots))
	for _, c := range roots {
		if c.Descendants > 0 {
			ids = append(ids, c.ID)
		}
	}
	limit := forum.FirstReplies
	if page.All {
		limit = forum.MaxAll
	}
	replies, err := r.FirstReplies(ctx, story.SiteID, ids, limit)
	if err != nil {
		return nil, nil, "", err
	}
	read := slices.Concat(roots, replies)
	return grow(roots, replies), read, next, nil
}

// fitting returns how many of the roots, with everything below them, come to at
// most MaxAll comments; at least one.
func fitting(roots []forum.Comment) int {
	total := 0
	for i, c := range roots {
		total += 1 + c.Descendants
		if total > forum.MaxAll {
			return max(1, i)
		}
	}
	return len(roots)
}

// cut takes what is beyond the size off a page and returns the cursor of the
// next page if there was one.
func cut(read []forum.Comment, size int, page forum.Page) ([]forum.Comment, string) {
	if len(read) <= size {
		return read, ""
	}
	read = read[:size]
	return read, cursorAfter(read[size-1], page)
}

// cursorAfter is where a page goes on after its last comment.
func cursorAfter(last forum.Comment, page forum.Page) string {
	switch {
	case page.Order == forum.Useful:
		// The exact bits of the score: paging neither repeats nor skips a tie.
		return cursorBits(math.Float64bits(last.Score), last)
	case page.View == forum.Picks:
		return cursorBits(uint64(last.FeaturedAt.UnixMicro()), last)
	}
	return last.ID.String()
}

// CursorStands reports whether a page's cursor is one that a page of this story
// ends with as it is now. One that a link of a moment ago holds, or that somebody
// made up, works as well, but there is no end of those.
func (d *Desk) CursorStands(ctx context.Context, story forum.Story, page forum.Page) (bool, error) {
	if page.After == "" {
		return true, nil
	}
	after, err := parseCursor(page)
	if err != nil {
		return false, err
	}
	c, err := d.store.Comment(ctx, story.SiteID, after.ID)
	if forum.IsKind(err, forum.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	shown := c.StoryID == story.ID && c.Visible() && (page.View != forum.Threaded || c.ParentID == 0)
	return shown && cursorAfter(c, page) == page.After, nil
}

// cursorBits writes the cursor of an order that is not that of the ids.
func cursorBits(bits uint64, c forum.Comment) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, bits)) + "." + c.ID.String()
}

// parseCursor reads what a page's After says.
func parseCursor(page forum.Page) (store.Cursor, error) {
	if page.After == "" {
		return store.Cursor{}, nil
	}
	text, id, found := strings.Cut(page.After, ".")
	if !found {
		text, id = "", page.After
	}
	var c store.Cursor
	var err error
	if c.ID, err = forum.ParseID(id); err != nil {
		return c, err
	}
	if page.Order != forum.Useful && page.View != forum.Picks {
		return c, nil
	}
	bits, err := hex.DecodeString(text)
	if err != nil || len(bits) != 8 {
		return c, forum.Fail(forum.NotFound, "error.notFound").Because("cursor %q", page.After)
	}
	if page.View == forum.Picks {
		c.At = time.UnixMicro(int64(binary.BigEndian.Uint64(bits)))
		return c, nil
	}
	c.Score = math.Float64frombits(binary.BigEndian.Uint64(bits))
	if math.IsNaN(c.Score) || math.IsInf(c.Score, 0) {
		return c, forum.Fail(forum.NotFound, "error.notFound").Because("cursor %q", page.After)
	}
	return c, nil
}

func flat(comments []forum.Comment) []*Node {
	nodes := make([]*Node, len(comments))
	for i, c := range comments {
		nodes[i] = &Node{Comment: c}
	}
	return nodes
}

// grow hangs replies below their roots. Each reply goes under the nearest
// comment above it that was read.
func grow(roots, replies []forum.Comment) []*Node {
	nodes := flat(roots)
	byRoot := make(map[forum.ID][]forum.Comment, len(roots))
	for _, c := range replies {
		byRoot[c.RootID] = append(byRoot[c.RootID], c)
	}
	for _, root := range nodes {
		below := byRoot[root.ID]
		slices.SortFunc(below, func(a, b forum.Comment) int { return cmp.Compare(a.Path, b.Path) })
		hang(root, below)
	}
	return nodes
}

// hang puts comments, in reading order, below a node. What the node counts below
// itself beyond the published ones of them is More.
func hang(top *Node, below []forum.Comment) {
	line := []*Node{top}
	published := 0
	for _, c := range below {
		for len(line) > 1 && !forum.Under(c.Path, line[len(line)-1].Path) {
			line = line[:len(line)-1]
		}
		n := &Node{Comment: c}
		above := line[len(line)-1]
		above.Children = append(above.Children, n)
		line = append(line, n)
		if c.State == forum.Published {
			published++
		}
		top.MoreAfter = c.Path
	}
	top.More = top.Descendants - published
	if len(below) == 0 {
		top.MoreAfter = top.Path
	}
}

// complete reads the parents and the staff badges of the comments of a page.
func complete(ctx context.Context, r store.Reader, site forum.ID, out *Discussion, read []forum.Comment) error {
	at := make(map[forum.ID]int, len(read))
	for i := range read {
		at[read[i].ID] = i
	}
	out.Parents = map[forum.ID]forum.Comment{}
	var missing, named []forum.ID
	for i := range read {
		c := &read[i]
		if above, ok := at[c.ParentID]; ok {
			out.Parents[c.ParentID] = read[above]
		} else if c.ParentID != 0 {
			missing = append(missing, c.ParentID)
		}
		if c.Byline.Kind == forum.BylineName {
			named = append(named, c.AccountID)
		}
	}
	slices.Sort(missing)
	found, err := r.CommentsByID(ctx, site, slices.Compact(missing))
	if err != nil {
		return err
	}
	maps.Copy(out.Parents, found)
	slices.Sort(named)
	out.Named, err = r.Signers(ctx, site, slices.Compact(named))
	out.Staff = map[forum.ID]forum.Account{}
	for id, a := range out.Named {
		if a.Role.Staff() {
			out.Staff[id] = a
		}
	}
	return err
}

// Permalink is one comment with what is around it.
type Permalink struct {
	Discussion // Nodes: the line of ancestors as one nested branch, ending in the comment and its replies
	Target     forum.Comment
}

// Permalink reads a comment with its ancestors and its first replies. A comment
// that is not public is NotFound, except to its author.
func (d *Desk) Permalink(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (Permalink, error) {
	var out Permalink
	var err error
	if out.Story, err = d.storyOf(ctx, site, id); err != nil {
		return out, err
	}
	c, err := d.Visible(ctx, site, actor, id)
	if err != nil {
		return out, err
	}
	out.Target = c
	line, err := d.store.Ancestors(ctx, c)
	if err != nil {
		return out, err
	}
	below, err := d.store.Branch(ctx, site.ID, c.RootID, c.Path, forum.BelowPath(c.Path), forum.MoreReplies)
	if err != nil {
		return out, err
	}
	target := &Node{Comment: c}
	hang(target, below)
	top := target
	for _, a := range slices.Backward(line) {
		top = &Node{Comment: a, Children: []*Node{top}}
	}
	out.Nodes = []*Node{top}
	out.Page = forum.DefaultPage()
	if err := complete(ctx, d.store.Reader, site.ID, &out.Discussion, slices.Concat(line, []forum.Comment{c}, below)); err != nil {
		return out, err
	}
	out.Latest, err = d.store.Newest(ctx, site.ID, c.StoryID)
	return out, err
}

// storyOf returns the story of a comment. It is read before what a page shows of
// it: what is read of a story belongs to the revision it had before, or to a later
// one, and never to an earlier one, whose texts would be kept as this one's.
func (d *Desk) storyOf(ctx context.Context, site forum.Site, comment forum.ID) (forum.Story, error) {
	c, err := d.store.Comment(ctx, site.ID, comment)
	if err != nil {
		return forum.Story{}, err
	}
	return d.store.Story(ctx, site.ID, c.StoryID)
}

// Visible returns a comment that the actor may see: a public one or a tombstone
// of one, or one of the actor's own. Any other is NotFound.
func (d *Desk) Visible(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (forum.Comment, error) {
	c, err := d.store.Comment(ctx, site.ID, id)
	if err != nil {
		return c, err
	}
	own := actor.Known() && actor.Account.ID == c.AccountID
	if !c.Visible() && !own {
		return c, forum.Fail(forum.NotFound, "error.notFound").Because("comment is %s", c.State)
	}
	return c, nil
}

// Replies is a further part of a branch.
type Replies struct {
	Discussion
	Top forum.Comment // below which the branch hangs
}

// Replies reads more replies below a comment, after a path.
func (d *Desk) Replies(ctx context.Context, site forum.Site, id forum.ID, after string) (Replies, error) {
	var out Replies
	var err error
	if out.Story, err = d.storyOf(ctx, site, id); err != nil {
		return out, err
	}
	top, err := d.store.Comment(ctx, site.ID, id)
	if err != nil {
		return out, err
	}
	if !top.Visible() {
		return out, forum.Fail(forum.NotFound, "error.notFound").Because("comment is %s", top.State)
	}
	if !forum.ValidPath(after) || !forum.Under(after, top.Path) {
		after = top.Path
	}
	out.Top = top
	below, err := d.store.Branch(ctx, site.ID, top.RootID, after, forum.BelowPath(top.Path), forum.MoreReplies+1)
	if err != nil {
		return out, err
	}
	if len(below) > forum.MoreReplies {
		below = below[:forum.MoreReplies]
		out.Next = below[forum.MoreReplies-1].Path
	}
	node := &Node{Comment: top}
	hang(node, below)
	out.Nodes = node.Children
	out.Page = forum.DefaultPage()
	return out, complete(ctx, d.store.Reader, site.ID, &out.Discussion, below)
}
