// Package card is one comment at the moderation desk: what it says, why it is
// there, and the decisions that can be made. The classes begin with "card". An
// address, a mail or anything else that names a person must never enter here.
package card

import (
	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// id returns the id of a part of a card.
func id(c view.Card, part string) string { return "card-" + part + "-" + c.Comment.ID.String() }

// verbs lists the decisions other than rejecting that a card offers.
func verbs(c view.Card) []forum.Verb {
	switch {
	case len(c.Reports) > 0 && c.Comment.State == forum.Published:
		return []forum.Verb{forum.Dismiss, forum.Hold}
	case c.Comment.State == forum.Held, c.Comment.State == forum.Rejected:
		return []forum.Verb{forum.Publish}
	case c.Comment.State == forum.Published:
		return []forum.Verb{forum.Hold}
	}
	return nil
}

// rejectable reports whether a card offers to reject.
func rejectable(c view.Card) bool {
	return c.Comment.State == forum.Held || c.Comment.State == forum.Published
}

// titled returns who wrote the comment, as a heading.
func titled(c view.Card, loc string) string {
	if c.Comment.Name == "" {
		return locale.T(loc, "permalink.nameless")
	}
	return locale.T(loc, "desk.wrote", "name", c.Comment.Name)
}
