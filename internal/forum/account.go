package forum

import "time"

// Role is what an account may do on its site, in rising order of rights.
type Role string

// The roles. The next ones (reviewer, lead, auditor) join this list.
const (
	RoleGuest     Role = "guest"     // a device without sign-in
	RoleReader    Role = "reader"    // signed in
	RoleModerator Role = "moderator" // decides on comments
	RoleOwner     Role = "owner"     // decides on the site
	RoleArchived  Role = "archived"  // author of imported comments; nobody can act as it
)

// Staff reports whether the role works at the desk.
func (r Role) Staff() bool { return r == RoleModerator || r == RoleOwner }

// Account is a person or device the site can hold to account.
type Account struct {
	SiteID    ID
	ID        ID
	Role      Role
	Name      string // the name it writes under; empty until chosen
	AuthorKey string // tells its named comments apart in public HTML; random, says nothing
	CreatedAt time.Time
	Accepted  int // comments published
	Rejected  int // comments rejected
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
	AccountID ID
	Kind      SessionKind
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Actor is who performs an act: an account through a session, or nobody yet.
// The zero Actor is a reader without a session.
type Actor struct {
	Account Account
	Kind    SessionKind
	// Network is a keyed hash of the client's address, for rate limits. It is
	// never stored and never shown.
	Network string
}

// Known reports whether the actor has an account.
func (a Actor) Known() bool { return a.Account.ID != 0 }
