// Package view has the shapes that pages and parts show: plain data, ready to
// print, no behaviour beyond naming things. The door fills them; templates read
// them. No query, no HTTP and no decision about rights may enter here.
package view

import (
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
)

// Shell is what every page needs around its content.
type Shell struct {
	SiteName  string
	SiteSlug  string
	Prefix    string // "" or "/at/slug": stands before every path of this site
	BaseURL   string // scheme://host of this installation, without a slash
	Locale    string // en, ar, tr, ru: the interface language
	Title     string // of the document, without the site's name
	Path      string // of this page, below Prefix, for the language links
	Sections  []forum.Section
	Section   string // slug of the section shown, or empty
	Head      Head
	Account   *Account // nil: the public page, the same for everybody
	Proposals int      // at the desk: how many wait for the reader to agree
	Embedded  bool     // inside a frame on another site: no masthead, no footer
	Theme     string   // "auto", "light" or "dark"
	NoIndex   bool
	Styles    string // URL path of the style sheet
	Inner     string // and of the one for the desk and readers' own pages; empty: not needed
	Script    string // URL path of the script
}

// Head is what search engines and other sites read.
type Head struct {
	Canonical   string // absolute URL
	Description string
	Image       string // absolute URL
	Type        string // Open Graph type: article or website
	Published   time.Time
	JSONLD      string // a complete JSON text, safe inside <script type="application/ld+json">
	Atom        string // absolute URL of the page's feed, or empty
	JSONFeed    string
}

// Account is the reader a personal page was made for.
type Account struct {
	// NeedsProof says that nothing but a link used once lets this person in.
	NeedsProof bool
	Name       string // empty: a guest who chose none
	Staff      bool
	Role       forum.Role
	// Unseen is how much of what the reader was told is new.
	Unseen int
}

// Front is the front page or a section page.
type Front struct {
	Shell   Shell
	Heading string // the section's name; empty on the front page
	Stories []Teaser
	More    string // path of the next page, or empty
}

// Teaser is a story on a front page.
type Teaser struct {
	ID       forum.ID
	Path     string
	Headline string
	Lede     string
	Section  string // its name
	Byline   string
	Lang     string
	Picture  Picture
	At       time.Time // zero: date unknown
	Comments int
}

// Picture is an image with known size, so that nothing moves when it arrives.
// A Picture without Src is none.
type Picture struct {
	Src           string
	Width, Height int
	Alt           string
	Caption       string
	Credit        string
}

// Story is a story page.
type Story struct {
	Shell      Shell
	ID         forum.ID
	Headline   string
	Lede       string
	Byline     string
	Section    string // its name
	SectionURL string
	Lang       string
	At         time.Time
	Updated    time.Time // zero: never
	Picture    Picture
	Body       markup.HTML
	Discussion Discussion
}

// Discussion is the comments beneath a story, or alone in a frame.
type Discussion struct {
	StoryID  forum.ID
	StoryURL string // path of the story page (without #), below no prefix: complete
	Prefix   string // as in Shell
	Locale   string
	Lang     string // of the story
	Headline string
	Revision int64
	Count    int      // published comments
	Latest   forum.ID // newest visible comment; zero: none
	State    forum.StoryState
	Reason   string         // why it is closed or read-only
	Controls forum.Controls // in effect
	Page     forum.Page
	Comments []Comment // threaded: roots with their replies inside; else flat
	Picked   bool      // the newsroom picked comments of it
	Next     string    // path with query of the next page of the list; empty: this is the last
	All      string    // path with query that loads everything; empty: everything is here
	Search   string    // path of the search in this discussion
	Feeds    Feeds
	Box      Box
	Focus    *Focus // a permalink page: what is marked
	Personal bool   // made for one reader; script need not ask for the overlay
	Unread   int    // personal pages: comments newer than the reader's last mark
	Embed    *Embed // set in a frame or inline on another site
	Static   string // in another site's own source, where nothing can be sent: the page to write on
	Back     string // path of this page with its query, where forms return; empty: StoryURL
}

// Feeds are the addresses of a discussion's feeds.
type Feeds struct{ Atom, JSON string }

// Focus says which comment a permalink page is about.
type Focus struct {
	Comment forum.ID
	Whole   string // path of the whole discussion at that comment
}

// Embed is what a discussion on another site needs to act.
type Embed struct {
	Kind   forum.SessionKind
	Origin string // the host page's origin, exact
	URL    string // of the host page
	Token  string // always empty in public HTML
	Known  bool   // personal pages: the reader has signed in
}

// Comment is one comment as a page shows it.
type Comment struct {
	ID       forum.ID
	Path     string // permalink: Prefix + /c/{id}
	Name     string // the byline's name; empty: nameless
	Kind     forum.BylineKind
	Staff    bool        // badge: belongs to the newsroom
	Badge    Badge       // another badge of a name; empty: none
	Profile  string      // path of the author's profile; empty: none
	Author   string      // author key, for mutes
	HTML     markup.HTML // empty on a tombstone
	Lang     string
	At       time.Time // zero: date unknown
	Edited   bool
	Pick     bool // picked by the newsroom
	State    forum.State
	Gone     Gone    // why there is a tombstone; empty: the comment is shown
	Depth    int     // below its root, 0 for a root
	Up, Down int     // as shown to everybody
	Parent   *Parent // nil: a root
	Children []Comment
	Hidden   int    // visible comments below it in all (for "fold, n hidden")
	More     int    // of these not on this page
	MoreURL  string // path that shows them
	Focused  bool

	// Personal pages only.
	Own         bool
	Vote        forum.Vote
	Editable    time.Time // until when the author may edit; zero: not
	MayWithdraw bool
	New         bool // since the reader was here
	Muted       bool
}

// Gone says why a comment is not shown.
type Gone string

// The reasons of a tombstone.
const (
	GoneRejected  Gone = "rejected"
	GoneWithdrawn Gone = "withdrawn"
	GoneHeld      Gone = "held" // taken back into review
)

// Parent is what a reply answers.
type Parent struct {
	ID      forum.ID    // zero: known by name only
	Path    string      // permalink
	Anchor  string      // "#c-{id}" when the parent is on this page, else its permalink
	Name    string      // empty: nameless
	Excerpt string      // a nameless parent's first words; empty on a removed one
	Guessed bool        // an import knew the parent by name only
	Gone    Gone        // removed: never quoted
	HTML    markup.HTML // the whole text for "Show comment"; empty when Gone or not loaded
	Author  string
}

// Box is the form in which a comment is written.
type Box struct {
	Action     string // where the form goes: Prefix + /comments
	Preview    string // Prefix + /preview
	StoryID    forum.ID
	Story      *StoryRef // an embedded story nobody has written under yet
	Parent     *Parent   // nil: a root
	Bylines    []forum.BylineKind
	Byline     forum.BylineKind // chosen
	Name       string
	NameFixed  bool // the account has its name
	Text       string
	Key        string // idempotency key; empty in public HTML
	MaxLength  int
	Links      bool
	Guidelines string
	Errors     []FieldError
	PreviewOf  markup.HTML // set after "Preview"
	Closed     bool
	Controls   forum.Controls // of the story, in effect
	SignIn     string         // path where a reader signs in, if only who has signed in may write; empty: this one has
	Edit       forum.ID       // editing this comment instead
	Until      time.Time      // of the edit window
	Open       bool           // shown open, not collapsed to one line
	Confirm    bool           // a rule asked to think again: sending it now is sending it anyway
}

// Include is a discussion for another site's page, with complete addresses.
type Include struct {
	Styles, Script      string // URLs
	StoryID, URL, Title string // how the page names its story
	Discussion          Discussion
	JSONLD              string // as in Head; empty: none
}

// StoryRef identifies a story that another page embeds.
type StoryRef struct{ ExternalID, URL, Title string }

// FieldError is an error at a field; Field is empty for the form as a whole.
type FieldError struct {
	Field string
	Text  string // in the reader's language
}

// ErrorAt returns what is wrong at a field; empty: nothing.
func ErrorAt(errors []FieldError, field string) string {
	for _, e := range errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

// Permalink is the page of one comment: its ancestors, itself marked, replies.
type Permalink struct {
	Shell      Shell
	Headline   string
	StoryURL   string
	Discussion Discussion
}

// Write is a page with only a box: reply, edit, preview, or a failed post.
type Write struct {
	Shell    Shell
	Heading  string
	Headline string
	StoryURL string
	Box      Box
}

// Report is the page on which a comment is reported.
type Report struct {
	Shell    Shell
	Comment  Comment
	Action   string
	Illegal  string // where content against the law is reported
	StoryURL string
	Reason   forum.Reason
	Words    string
	Errors   []FieldError
}

// Confirm is a page that asks once more, or welcomes: text and one button.
type Confirm struct {
	Shell   Shell
	Heading string
	Text    string
	Action  string
	Button  string
	Danger  bool
	Back    string
}

// Notice is a page that says one thing: thanks, an error, nothing found.
type Notice struct {
	Shell   Shell
	Heading string
	Text    string
	Back    string // path
	BackTo  string // words of the link
}

// Search is a search and what it found.
type Search struct {
	Shell    Shell
	Headline string // of the story searched; empty: the whole site
	StoryURL string
	Action   string
	Query    string
	Hits     []Hit
	Next     string
	Since    time.Time // nothing older was looked at; zero: there is only more to show, or no more
	Asked    bool      // a query was given
}

// Hit is a comment that a search found.
type Hit struct {
	Comment  Comment
	Headline string
	StoryURL string
	Why      string // pages about one's own comments: the reason of a rejection, in words
	Decision string // the same: path of the statement of the last decision; empty: none
}
