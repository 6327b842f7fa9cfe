package search

import "parley/frontend/view"

// more names what the next page brings: more of what was found, or a look at what
// is older.
func more(v view.Search) string {
	if v.Since.IsZero() {
		return "search.more"
	}
	return "search.further"
}
