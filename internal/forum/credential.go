package forum

import "time"

// CredentialKind is how an account proves itself.
type CredentialKind string

// The kinds of credential.
const (
	CredentialEmail    CredentialKind = "email"    // a code sent to an address
	CredentialPasskey  CredentialKind = "passkey"  // a key in a device
	CredentialOIDC     CredentialKind = "oidc"     // an OpenID Connect provider
	CredentialSSO      CredentialKind = "sso"      // the publication's own login
	CredentialRecovery CredentialKind = "recovery" // a code on paper, used once
)

// Strong reports whether a credential of the kind is proof enough for the desk. A
// passkey is, if its device asked who holds it.
func (k CredentialKind) Strong() bool {
	return k == CredentialPasskey || k == CredentialOIDC || k == CredentialRecovery
}

// Credential is one way an account proves itself. Kind, Issuer and Subject together
// belong to one account of a site; an address that a login names is not among
// them, so that nobody becomes somebody else by it.
type Credential struct {
	SiteID    ID
	ID        ID
	AccountID ID
	Kind      CredentialKind
	Issuer    string // of the login; empty for the others
	Subject   string // the folded address, the passkey's id, the login's subject, the code's hash
	Data      string // what the kind keeps besides: JSON
	Label     string // how its owner tells it apart: the address as typed, the provider's name
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// Attempt is somebody on the way in. It belongs to the browser that holds its
// token, of which only a hash is stored, and is used once.
type Attempt struct {
	SiteID    ID
	TokenHash string
	Kind      string
	Target    string // what it is about, as a digest: an address, a provider
	AccountID ID     // whose it is, if that is known
	Secret    string // sealed: the code, or a challenge
	State     string // what its kind keeps: JSON
	Network   string
	Tries     int
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero: not yet
}
