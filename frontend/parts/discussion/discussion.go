// Package discussion is everything beneath a story: the count, the box, how to
// read it, and the comments. The classes begin with "discussion" and "thread".
// The page around it must not enter: the same HTML stands on a story page, in a
// frame and inside another site.
package discussion

import (
	"parley/frontend/locale"
	"parley/frontend/parts/comment"
	"parley/frontend/view"
	"parley/internal/forum"
)

// context returns what the comments of a discussion have in common.
func context(d view.Discussion) comment.Context {
	return comment.Context{
		Prefix:   d.Prefix,
		Locale:   d.Locale,
		Personal: d.Personal,
		State:    d.State,
		Static:   d.Static != "",
		Back:     comment.Links(d.Comments),
	}
}

// heading returns the words above the discussion.
func heading(d view.Discussion) string {
	if d.Count == 0 {
		return locale.T(d.Locale, "comments.none")
	}
	return locale.N(d.Locale, "comments.count", d.Count)
}

// back returns where forms of the discussion return to.
func back(d view.Discussion) string {
	if d.Back != "" {
		return d.Back
	}
	return d.StoryURL
}

// latest returns the newest comment's id, or nothing.
func latest(d view.Discussion) string {
	if d.Latest == 0 {
		return ""
	}
	return d.Latest.String()
}

// shut returns the key of what a discussion without a box says, or nothing.
func shut(s forum.StoryState) string {
	switch s {
	case forum.StoryClosed:
		return "discussion.closed"
	case forum.StoryReadOnly:
		return "discussion.readOnly"
	}
	return ""
}
