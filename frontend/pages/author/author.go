package author

import (
	"parley/frontend/locale"
	"parley/frontend/view"
)

// recent says what became of the comments of the last 90 days.
func recent(v view.AuthorPage) string {
	return locale.T(v.Shell.Locale, "author.rate", "accepted", locale.Number(v.Shell.Locale, v.Recent.N),
		"rejected", locale.Number(v.Shell.Locale, v.Refused.N), "percent", locale.Number(v.Shell.Locale, v.Rate))
}

// span says which comments the recent record is of.
func span(v view.AuthorPage) string {
	if v.Newest > 0 {
		return locale.T(v.Shell.Locale, "author.newest", "n", v.Newest)
	}
	return locale.T(v.Shell.Locale, "author.recent")
}
