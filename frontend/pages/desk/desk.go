package desk

import (
	"strconv"

	"parley/frontend/locale"
	"parley/frontend/parts/card"
	"parley/frontend/view"
	"parley/internal/forum"
)

// verbs are the decisions that a search may ask for.
var verbs = []forum.Verb{forum.Publish, forum.Reject, forum.Hold, forum.Dismiss, forum.Feature, forum.Undo}

// empty names the sentence of a list without cards.
func empty(v view.Desk) string {
	if v.Queue == "search" {
		if v.Filter.Asked {
			return "desk.foundNothing"
		}
		return "desk.searchHelp"
	}
	return "desk.empty"
}

// found says how many comments a search found.
func found(v view.Desk) string {
	return locale.T(v.Shell.Locale, "desk.found", "n", card.Figure(v.Total, v.Shell.Locale))
}

// digit is the key of a reason in its list; those behind the tenth have none.
func digit(i int) string {
	if i > 9 {
		return ""
	}
	return strconv.Itoa((i + 1) % 10)
}
