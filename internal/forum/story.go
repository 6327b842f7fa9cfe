package forum

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// StoryState says whether a discussion takes comments and votes.
type StoryState string

// The states of a story.
const (
	StoryOpen     StoryState = "open"
	StoryReadOnly StoryState = "read-only" // readable, votable; no new comments
	StoryClosed   StoryState = "closed"    // readable only
)

// Story is what is discussed. A story that only exists on another site (it was
// embedded) has no body and no picture.
type Story struct {
	SiteID      ID
	ID          ID
	ExternalID  string // the newsroom's own key, or empty
	URL         string // canonical URL on the newsroom's site, or empty when Parley is the page
	Headline    string
	Lede        string
	Byline      string // who wrote it
	Section     string // slug of a section, or empty
	Lang        string // language of the text: en, ar, tr, ru, …
	Body        string // Markdown as the newsroom wrote it
	BodyHTML    string // derived from Body
	Picture     string // id of a picture, or empty
	PictureAlt  string
	Caption     string
	Credit      string
	PublishedAt time.Time // zero: unknown
	CreatedAt   time.Time
	UpdatedAt   time.Time
	State       StoryState
	StateReason string // why it is closed or read-only, in the desk's words
	Listed      bool   // whether front pages and feeds show it
	Revision    int64
	Comments    int // published comments
	Held        int // comments awaiting review
	Controls    Controls
}

// TakesComments reports whether new comments are accepted.
func (s Story) TakesComments() bool { return s.State == StoryOpen }

// TakesVotes reports whether votes are accepted.
func (s Story) TakesVotes() bool { return s.State != StoryClosed }

// trackingParams are query parameters that name a visit, not a page.
var trackingParams = []string{
	"fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid",
	"ref", "ref_src", "_ga", "_gl", "_openstat", "ysclid", "twclid", "ttclid", "wbraid", "gbraid",
}

// translator shows other sites' pages under its own address; the page is in u.
const translator = "translate.googleusercontent.com"

// CanonicalURL normalises the address of a story: scheme and host folded,
// default port, fragment, tracking parameters and trailing slash dropped, the
// rest of the query sorted, a translator's address replaced by the page it
// shows. It refuses what is not an absolute http(s) URL with a host and without
// credentials.
func CanonicalURL(raw string) (string, error) {
	bad := Fail(Invalid, "error.storyURL").At("url")
	if len(raw) > 2000 || !utf8.ValidString(raw) {
		return "", bad.Because("%d bytes", len(raw))
	}
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", bad.Because("%w", err)
	}
	u.Scheme = strings.ToLower(u.Scheme)
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil {
		return "", bad.Because("%q", raw)
	}
	if u.Host = canonicalHost(u); u.Hostname() == "" {
		return "", bad.Because("%q", raw)
	}
	if page := u.Query().Get("u"); u.Host == translator && page != "" {
		return CanonicalURL(page)
	}
	u.Fragment, u.RawFragment = "", ""
	u.RawQuery = canonicalQuery(u.RawQuery)
	u.ForceQuery = false
	if u.Path != "/" {
		u.Path = strings.TrimRight(u.Path, "/")
		u.RawPath = strings.TrimRight(u.RawPath, "/")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), nil
}

// canonicalHost folds a host and drops the port its scheme implies.
func canonicalHost(u *url.URL) string {
	host := strings.ToLower(strings.TrimRight(u.Hostname(), "."))
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port := u.Port()
	if port == "" || (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		return host
	}
	return host + ":" + port
}

// canonicalQuery sorts a query and drops what names a visit. One that is not
// made of key=value pairs stays as it is, so that old addresses such as
// "?id=5;page=2" do not all become the same page.
func canonicalQuery(raw string) string {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return raw
	}
	for key := range query {
		if strings.HasPrefix(strings.ToLower(key), "utm_") || slices.Contains(trackingParams, strings.ToLower(key)) {
			query.Del(key)
		}
	}
	return query.Encode()
}

// URLKey returns the part of a canonical URL that identifies a story: host and
// scheme stay out of it only as far as http and https, and a leading "www.",
// name the same page.
func URLKey(canonical string) string {
	key := strings.TrimPrefix(strings.TrimPrefix(canonical, "https://"), "http://")
	return strings.TrimPrefix(key, "www.")
}

// Slug returns the words of a headline for a URL: letters and digits of any
// script, lower case, joined by hyphens, at most 80 bytes. It is decoration:
// the id before it names the story.
func Slug(headline string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(headline) {
		if !isSlugRune(r) {
			gap = b.Len() > 0
			continue
		}
		if b.Len()+len(string(r))+1 > 80 {
			break
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	if b.Len() == 0 {
		return "story"
	}
	return b.String()
}

// isSlugRune reports whether a rune may stand in a slug: letters, digits, and
// the marks that some scripts cannot be read without.
func isSlugRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// StoryPath returns the path of a story's page, escaped, below a site's prefix
// ("" or "/at/slug").
func StoryPath(prefix string, s Story) string {
	return prefix + "/s/" + s.ID.String() + "/" + url.PathEscape(Slug(s.Headline))
}
