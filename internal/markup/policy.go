package markup

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

const (
	commentRel = "nofollow ugc noopener"
	storyRel   = "noopener"
)

// The policies list everything that may leave this package. They are the last
// to touch the HTML.
var (
	commentPolicy = newPolicy(commentRel)
	storyPolicy   = newPolicy(storyRel, "h2", "h3", "h4")
)

func newPolicy(rel string, more ...string) *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li")
	p.AllowElements(more...)
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^auto$`)).OnElements(append(more, "p", "pre", "blockquote", "li")...)
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("rel").Matching(regexp.MustCompile("^" + rel + "$")).OnElements("a")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	// A site's own pages; the writer makes such links in stories only.
	p.AllowRelativeURLs(rel == storyRel)
	return p
}
