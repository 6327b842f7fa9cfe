package forum

import (
	"slices"
	"time"
)

// Role is what an account may do on its site. permission.go has the table of
// rights.
type Role string

// The roles of readers, and of those whose comments were imported.
const (
	RoleGuest    Role = "guest"    // a device without sign-in
	RoleReader   Role = "reader"   // signed in
	RoleTrusted  Role = "trusted"  // a reader whose comments the desk no longer looks at first
	RoleArchived Role = "archived" // author of imported comments; nobody can act as it
)

// The roles of the desk.
const (
	RoleReviewer  Role = "reviewer"  // works the queue and nothing else
	RoleModerator Role = "moderator" // decides on comments and on authors
	RoleLead      Role = "lead"      // answers for the desk: rules, bans, appeals, the log
	RoleAdmin     Role = "admin"     // decides on the site and who works on it
	RoleAuditor   Role = "auditor"   // reads the log and nothing else
)

// StaffRoles lists the roles of the desk in rising order of rights; the auditor
// stands apart.
func StaffRoles() []Role {
	return []Role{RoleAuditor, RoleReviewer, RoleModerator, RoleLead, RoleAdmin}
}

// Staff reports whether the role works for the newsroom.
func (r Role) Staff() bool { return slices.Contains(StaffRoles(), r) }

// Valid reports whether r is a role.
func (r Role) Valid() bool {
	return r.Staff() || r == RoleGuest || r == RoleReader || r == RoleTrusted || r == RoleArchived
}

// Account is a person or device the site can hold to account.
type Account struct {
	SiteID    ID
	ID        ID
	Role      Role
	Sections  []string // slugs of the sections a role of the desk is for; none: the whole site
	Name      string   // the name it writes under; empty until chosen
	AuthorKey string   // tells its named comments apart in public HTML; random, says nothing
	CreatedAt time.Time
	Accepted  int // comments published
	Rejected  int // comments rejected
	// ReportsUpheld and ReportsDismissed count what became of its reports.
	ReportsUpheld, ReportsDismissed int
	ProfileOff                      bool      // it has no public profile
	RulesSeenAt                     time.Time // when it was shown the site's rules; zero: never
	MergedInto                      ID        // the account a guest became when it signed in; zero: none
	ErasedAt                        time.Time // zero: not erased
}

// In reports whether the account's role is for a section; stories without one
// belong to the whole site only.
func (a Account) In(section string) bool {
	return len(a.Sections) == 0 || slices.Contains(a.Sections, section)
}

// SignedIn reports whether somebody can come back to the account from another
// device: it is neither a device's own nor an archived author's.
func (a Account) SignedIn() bool {
	return a.ID != 0 && a.Role != RoleGuest && a.Role != RoleArchived
}

// Sanctionable reports whether the desk may set a sanction on the account: it
// belongs to a reader who still acts as it.
func (a Account) Sanctionable() bool {
	return !a.Role.Staff() && a.Role != RoleArchived && a.MergedInto == 0 && a.ErasedAt.IsZero()
}

// Accuracy returns the share of an account's reports that the desk agreed with,
// between 0 and 1, and drawn towards ½ while there are few (Laplace's rule).
func (a Account) Accuracy() float64 {
	return float64(a.ReportsUpheld+1) / float64(a.ReportsUpheld+a.ReportsDismissed+2)
}

// SessionKind says where a session may be used.
type SessionKind string

// The kinds of session.
const (
	SessionPage  SessionKind = "page"  // Parley's own pages
	SessionFrame SessionKind = "frame" // our frame in another site
	SessionEmbed SessionKind = "embed" // inline in another page: posts and votes, never moderates
)

// Session proves that a browser acts for an account. Only a hash of its token
// is stored.
type Session struct {
	SiteID    ID
	ID        ID // names it in its owner's list
	AccountID ID
	Kind      SessionKind
	Device    string // browser and system in plain words, for its owner
	CreatedAt time.Time
	ExpiresAt time.Time
	SeenAt    time.Time // to the hour
	// StrongUntil is until when the session counts as proof enough for the desk:
	// it was begun with a passkey, an identity provider or a recovery code. Zero:
	// never.
	StrongUntil time.Time
}

// Actor is who performs an act: an account through a session, or nobody yet.
// The zero Actor is a reader without a session.
type Actor struct {
	Account Account
	Kind    SessionKind
	Session ID // names the session; zero: none
	// Device is the browser and its system in plain words, for the owner's list
	// of sessions.
	Device string
	// Strong says that the session is proof enough for the desk.
	Strong bool
	// Network is a keyed hash of the client's address, for rate limits and for
	// counting a flood from one network once. It is never shown.
	Network string
	// Request is the id of the request, for the log.
	Request string
}

// Known reports whether the actor has an account.
func (a Actor) Known() bool { return a.Account.ID != 0 }
