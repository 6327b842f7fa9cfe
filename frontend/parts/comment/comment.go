// Package comment is the HTML of one comment and of everything below it. The
// classes begin with "comment"; a branch of replies is part of its comment.
// Text of a comment enters only as markup.HTML. No form but the buttons of the
// page's shared form, and no knowledge of the page around it, may enter here.
package comment

import (
	"slices"
	"strconv"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// maxLevel is the deepest level of nesting in the HTML; the door gives deeper
// replies as its siblings.
const maxLevel = 8

// Context is what every comment of a page has in common.
type Context struct {
	Prefix   string // as in view.Shell
	Locale   string
	Personal bool             // made for one reader: print what is theirs
	State    forum.StoryState // whether to offer voting and replying
	Static   bool             // nothing can be sent from here
	// Back has, for a comment on this page, the replies to it on this page: a
	// reader who followed "in reply to" finds the way back there.
	Back map[forum.ID][]forum.ID
}

// Links collects Context.Back from the comments of a page.
func Links(comments []view.Comment) map[forum.ID][]forum.ID {
	back := make(map[forum.ID][]forum.ID)
	shown := make(map[forum.ID]bool, 2*len(comments))
	walk(comments, func(c *view.Comment) { shown[c.ID] = c.Gone == "" })
	walk(comments, func(c *view.Comment) {
		if c.Parent != nil && c.Gone == "" && shown[c.Parent.ID] {
			back[c.Parent.ID] = append(back[c.Parent.ID], c.ID)
		}
	})
	return back
}

// walk visits comments and all below them, in their order.
func walk(comments []view.Comment, visit func(*view.Comment)) {
	for i := range comments {
		visit(&comments[i])
		walk(comments[i].Children, visit)
	}
}

// Anchor returns the id of a comment's element.
func Anchor(id forum.ID) string { return "c-" + id.String() }

// backAnchor returns the id of the link that leads from a parent to its reply.
func backAnchor(reply forum.ID) string { return "b-" + reply.String() }

// class returns the classes of a comment's element.
func class(c *view.Comment) string {
	level := " d" + strconv.Itoa(min(c.Depth, maxLevel))
	if c.Gone != "" {
		return "comment gone" + level
	}
	return "comment" + level
}

// path returns a path of one comment, such as its reply form.
func path(x Context, c *view.Comment, page string) string {
	return x.Prefix + "/c/" + c.ID.String() + "/" + page
}

// parentLink returns where "in reply to" leads: to the way back beside the
// parent if it is on this page, else to wherever the parent is.
func parentLink(c *view.Comment, x Context) string {
	if slices.Contains(x.Back[c.Parent.ID], c.ID) {
		return "#" + backAnchor(c.ID)
	}
	return c.Parent.Anchor
}

// quotes are the quotation marks of the catalogues.
const quotes = "“”«»„‟\""

// around returns the words before and after the link to a parent.
func around(p *view.Parent, loc string) (before, after string) {
	if p.Name == "" && p.Excerpt != "" {
		before, after = locale.Around(loc, "comment.replyToText", "text")
		return strings.TrimRight(before, quotes), strings.TrimLeft(after, quotes)
	}
	if p.Name == "" {
		return "", ""
	}
	return locale.Around(loc, "comment.replyTo", "name")
}

// called returns what a parent is called in its link.
func called(p *view.Parent, loc string) string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Excerpt != "":
		// The quotation marks belong to the link, so that no blank comes between.
		before, after := locale.Around(loc, "comment.replyToText", "text")
		opening := strings.TrimPrefix(before, strings.TrimRight(before, quotes))
		closing := strings.TrimSuffix(after, strings.TrimLeft(after, quotes))
		return opening + p.Excerpt + closing
	}
	return locale.T(loc, "comment.replyToNameless")
}

// Name returns what an author is called.
func Name(name, loc string) string {
	if name == "" {
		return locale.T(loc, "comment.nameless")
	}
	return name
}

// figure returns a count as a button shows it: nothing for none.
func figure(loc string, n int) string {
	if n == 0 {
		return ""
	}
	return locale.Number(loc, n)
}

// foreign returns the language of a comment's text when it is known and not
// that of the page.
func foreign(c *view.Comment, loc string) string {
	if c.Lang == loc {
		return ""
	}
	return c.Lang
}

// answerable reports whether a comment takes a reply.
func answerable(c *view.Comment, x Context) bool {
	return x.State == forum.StoryOpen && c.State == forum.Published
}

// votable reports whether the reader may vote on a comment.
func votable(c *view.Comment, x Context) bool {
	return !x.Static && x.State != forum.StoryClosed && !c.Own && c.State == forum.Published
}
