// Package told puts notifications into words and shows them in a list. What may
// never enter: markup of what somebody wrote; an excerpt is plain text.
package told

import (
	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// Sentence says what happened, in one line without markup.
func Sentence(v view.Told, loc string) string {
	key := "told." + string(v.Kind)
	switch v.Kind {
	case forum.ToldReply:
		if v.Gone {
			key += "Gone"
		} else if v.Who == "" {
			key += "Nameless"
		}
	case forum.ToldDecision, forum.ToldSanction:
		if special := key + "." + string(v.Verb); locale.Has(special) {
			key = special
		}
	}
	return locale.T(loc, key, "name", v.Who, "story", v.Headline)
}
