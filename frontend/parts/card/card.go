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

// button is a decision that a card offers with one press.
type button struct {
	verb forum.Verb
	key  string // the single-letter key
	main bool
}

// buttons lists the decisions other than rejecting that a card offers.
func buttons(c view.Card, may view.DeskRights) []button {
	var all []button
	switch {
	case len(c.Reports) > 0 && c.Comment.State == forum.Published:
		all = append(all, button{forum.Dismiss, "f", true}, button{forum.Hold, "h", false})
	case c.Comment.State == forum.Held, c.Comment.State == forum.Rejected:
		all = append(all, button{forum.Publish, "f", true})
	case c.Comment.State == forum.Published && !c.Reviewed:
		all = append(all, button{forum.Publish, "f", true}, button{forum.Hold, "h", false})
	case c.Comment.State == forum.Published:
		all = append(all, button{forum.Hold, "h", false})
	}
	if c.Comment.State == forum.Published && may.Feature {
		if c.Featured {
			all = append(all, button{forum.Unfeature, "e", false})
		} else {
			all = append(all, button{forum.Feature, "e", false})
		}
	}
	return all
}

// words are what a button of a card says.
func words(c view.Card, b button, loc string) string {
	if b.verb == forum.Publish && c.Comment.State == forum.Published {
		return locale.T(loc, "desk.seen")
	}
	return locale.T(loc, "desk."+string(b.verb))
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

// Figure writes a number that may stand for more.
func Figure(f view.Figure, loc string) string {
	if f.Many {
		return locale.T(loc, "desk.many", "n", locale.Number(loc, f.N))
	}
	return locale.Number(loc, f.N)
}
