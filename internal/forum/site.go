package forum

import (
	"crypto/sha256"
	"encoding/binary"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Site is one publication.
type Site struct {
	ID        ID
	Slug      string // its handle in URLs and commands; never changes
	Name      string
	CreatedAt time.Time
	Settings  Settings
	// StaffChanges counts how often somebody came to the desk or left it: what pages
	// show of authors may have changed with it.
	StaffChanges int64
}

// Settings are what the owner of a site decides. The zero value is never used:
// start from DefaultSettings.
type Settings struct {
	Locale     string       `json:"locale"`      // language of pages that are not a story's: en, ar, tr, ru
	Sections   []Section    `json:"sections"`    // in the order of the masthead
	Bylines    []BylineKind `json:"bylines"`     // which bylines a reader may choose; never empty
	HoldFirst  bool         `json:"hold_first"`  // hold an author's comments until one was accepted
	EditWindow Seconds      `json:"edit_window"` // how long an author may edit
	MaxLength  int          `json:"max_length"`  // characters in a comment
	Links      bool         `json:"links"`       // whether comments may hold links
	Origins    []string     `json:"origins"`     // exact origins that may embed and call: scheme://host[:port]
	Guidelines string       `json:"guidelines"`  // one line above the box
	// Reasons are what rejections and sanctions may name; none: DefaultReasons.
	Reasons []RejectReason `json:"reasons,omitempty"`

	NamelessPace Pace `json:"nameless_pace"` // limits of nameless comments per account
	ReaderPace   Pace `json:"reader_pace"`   // limits of other comments per account
	// FourEyes says that long bans, mass acts, exports and grants of roles wait for
	// a second person.
	FourEyes bool `json:"four_eyes"`
	// TrustedAfter is how many accepted comments make a reader trusted, if fewer
	// than one in twenty of the last 30 days were rejected; 0: only the desk does.
	TrustedAfter int `json:"trusted_after"`
	// ProfilesHidden asks search engines to leave profiles out.
	ProfilesHidden bool        `json:"profiles_hidden"`
	Temperature    Temperature `json:"temperature"` // steps by measured signals
	SignIn         SignIn      `json:"sign_in"`     // how people sign in
}

// Seconds is a duration as settings write it: a whole number of seconds.
type Seconds int

// Duration returns s as a time.Duration.
func (s Seconds) Duration() time.Duration { return time.Duration(s) * time.Second }

// Section is a part of a site.
type Section struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// Pace limits how fast one account writes: at least Gap between two comments
// and at most Count in Window. A zero field sets no limit.
type Pace struct {
	Gap    Seconds `json:"gap"`
	Count  int     `json:"count"`
	Window Seconds `json:"window"`
}

// DefaultSettings are those of a new site: first comments are held, every
// byline is allowed, nobody may embed.
func DefaultSettings() Settings {
	return Settings{
		Locale:       "en",
		Bylines:      []BylineKind{BylineName, BylinePseudonym, BylineNone},
		HoldFirst:    true,
		EditWindow:   300,
		MaxLength:    5000,
		Links:        true,
		NamelessPace: Pace{Gap: 30, Count: 3, Window: 600},
		ReaderPace:   Pace{Gap: 5, Count: 20, Window: 3600},
		FourEyes:     true,
		TrustedAfter: 20,
		SignIn:       SignIn{Email: true, Passkeys: true},
	}
}

// Allows reports whether readers of the site may choose the byline.
func (s Settings) Allows(kind BylineKind) bool {
	for _, k := range s.Bylines {
		if k == kind {
			return true
		}
	}
	return false
}

// Section returns the section with a slug.
func (s Settings) Section(slug string) (Section, bool) {
	for _, x := range s.Sections {
		if x.Slug == slug {
			return x, true
		}
	}
	return Section{}, false
}

var siteSlug = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// SiteID returns the id of the site with a slug: the first 63 bits of the
// slug's SHA-256. Deriving it makes the primary key refuse a second site of the
// same slug, without a unique index that leaves the site out. It refuses a slug
// that is not 1 to 40 of a–z, 0–9 and inner hyphens.
func SiteID(slug string) (ID, error) {
	if !siteSlug.MatchString(slug) {
		return 0, Fail(Invalid, "error.siteSlug").With("slug", slug)
	}
	h := sha256.Sum256([]byte(slug))
	return ID(binary.BigEndian.Uint64(h[:8]) >> 1), nil
}

// Locales are the languages of the interface.
func Locales() []string { return []string{"en", "ar", "tr", "ru"} }

// Check refuses settings that no site can work with; the error names the field.
func (s Settings) Check() error {
	bad := func(field string) error {
		return Fail(Invalid, "error.setting").With("setting", field).At(field)
	}
	switch {
	case !slices.Contains(Locales(), s.Locale):
		return bad("locale")
	case len(s.Bylines) == 0 || slices.ContainsFunc(s.Bylines, func(k BylineKind) bool { return !k.Valid() }):
		return bad("bylines")
	case s.EditWindow < 0 || s.EditWindow > 7*24*3600:
		return bad("edit_window")
	case s.MaxLength < 1 || s.MaxLength > 50_000:
		return bad("max_length")
	case s.TrustedAfter < 0 || s.TrustedAfter > 100_000:
		return bad("trusted_after")
	case !goodReasons(s.Reasons):
		return bad("reasons")
	case !s.NamelessPace.ok():
		return bad("nameless_pace")
	case !s.ReaderPace.ok():
		return bad("reader_pace")
	case slices.ContainsFunc(s.Sections, func(x Section) bool { return !siteSlug.MatchString(x.Slug) || x.Name == "" }):
		return bad("sections")
	case !s.Temperature.Valid():
		return bad("temperature")
	case !s.SignIn.ok():
		return bad("sign_in")
	case slices.ContainsFunc(s.Origins, func(o string) bool { return !isOrigin(o) }):
		return bad("origins")
	}
	return nil
}

const (
	maxPaceCount = 1000            // bounds how many comments a pace check reads
	maxPaceWait  = 366 * 24 * 3600 // bounds its times, so that they cannot overflow
)

func (p Pace) ok() bool {
	return p.Gap >= 0 && p.Gap <= maxPaceWait && p.Window >= 0 && p.Window <= maxPaceWait && p.Count >= 0 && p.Count <= maxPaceCount
}

// originForm is how browsers write an origin: lower case, the host in ASCII.
var originForm = regexp.MustCompile(`^https?://(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$`)

// isOrigin reports whether a text is exactly scheme://host or
// scheme://host:port, as browsers send it: without the scheme's own port.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !originForm.MatchString(s) {
		return false
	}
	return !(u.Scheme == "http" && u.Port() == "80") && !(u.Scheme == "https" && u.Port() == "443")
}
