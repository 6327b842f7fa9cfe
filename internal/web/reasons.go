package web

import (
	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// reasons are what a decision may name today, in the reader's language.
func reasons(r *request) []view.Reason {
	var all []view.Reason
	for _, code := range r.site.Settings.OpenReasons() {
		all = append(all, view.Reason{Code: code, Words: reasonWords(r.site, r.locale, code)})
	}
	return all
}

// reasonWords returns the words of a decision's reason in a reader's language.
func reasonWords(site forum.Site, loc, code string) string {
	return locale.Reason(loc, site.Settings, code)
}
