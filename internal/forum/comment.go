package forum

import "time"

// Comment is what a reader wrote.
type Comment struct {
	SiteID    ID
	ID        ID // orders comments by time
	StoryID   ID
	ParentID  ID // zero: a root
	RootID    ID // the root above it; its own id for a root
	Path      string
	Depth     int // 0 for a root; at most MaxDepth, deeper replies stay at MaxDepth
	AccountID ID
	Byline    Byline
	AuthorKey string // tells authors apart in public HTML: one per named account, one per pseudonym, one per nameless comment
	Source    string // exactly what the author wrote; empty once withdrawn
	HTML      string // derived by markup from Source
	State     State
	// CreatedAt is zero for an imported comment whose date nobody knows.
	CreatedAt   time.Time
	EditedAt    time.Time // zero: never
	PublishedAt time.Time // when it first became visible; zero: never
	// Guessed says that an import knew the parent by name only.
	Guessed bool
	// ParentName is the name an import read for a parent it could not find.
	ParentName string

	// Counters, changed in the transaction of the row they count.
	Replies     int // visible direct replies
	Descendants int // visible comments below it
	Up, Down    int // votes
	Reports     int // open reports that count
	// Reviewed says that somebody of the desk has looked at the comment.
	Reviewed   bool
	FeaturedAt time.Time // zero: not picked
	HeldFor    string    // code of what holds it ("first-comment", "rule"); empty: nothing

	// ShownUp, ShownDown and Score are what pages show and order by; a job
	// copies them from the counters, so that a vote does not move a revision.
	ShownUp, ShownDown int
	Score              float64
}

// Visible reports whether pages show the comment or its tombstone: it is
// published, or something visible hangs below it.
func (c Comment) Visible() bool { return c.State == Published || c.Descendants > 0 }

// Tombstone reports whether pages show only that something was here.
func (c Comment) Tombstone() bool { return c.State != Published }

// Picked reports whether the newsroom's pick of the comment is shown.
func (c Comment) Picked() bool { return c.State == Published && !c.FeaturedAt.IsZero() }

// Editable reports whether its author may still edit the comment.
func (c Comment) Editable(now time.Time, window time.Duration) bool {
	return (c.State == Published || c.State == Held) && now.Before(c.EditableUntil(window))
}

// EditableUntil returns when the author's edit window closes.
func (c Comment) EditableUntil(window time.Duration) time.Time {
	return c.CreatedAt.Add(window)
}
