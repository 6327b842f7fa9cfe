// Package base is what every page stands in: the document, its head, the
// masthead and the foot, with the tokens and the typography in the style sheets
// beside it. No page's own content may enter here.
package base

import (
	"strings"

	"parley/frontend/locale"
	"parley/frontend/view"
)

// title returns the title of the document.
func title(s view.Shell) string {
	if s.Title == "" || s.Title == s.SiteName {
		return s.SiteName
	}
	// Isolation characters would show in a browser's tab and in search results.
	return plain(locale.T(s.Locale, "page.title", "title", s.Title, "site", s.SiteName))
}

// plain removes the isolation characters of locale.T.
func plain(text string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(text)
}

// inLanguage returns the path of this page in another language.
func inLanguage(s view.Shell, loc string) string {
	return s.Prefix + s.Path + "?lang=" + loc
}

// front returns the path of the front page.
func front(s view.Shell) string { return s.Prefix + "/" }

// staff reports whether the page was made for a member of the desk.
func staff(s view.Shell) bool { return s.Account != nil && s.Account.Staff }

// kind returns the Open Graph type.
func kind(h view.Head) string {
	if h.Type == "" {
		return "website"
	}
	return h.Type
}
