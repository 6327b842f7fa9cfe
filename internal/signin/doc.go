// Package signin has the protocols of signing in without a password: e-mail
// codes, passkeys, OpenID Connect, the publication's own login as a signed token
// or as DiscourseConnect, recovery codes, and the hand-over from a first-party
// window to a frame.
//
// A protocol turns what a browser sent into an Identity or refuses it. Every
// refusal is the same to the reader (error.signInFailed) and precise in its cause,
// for the log. Who the identity belongs to, what was used before, and whether the
// person is barred, is the caller's to find out.
//
// What may never enter: SQL, pages, cookies, a clock or an HTTP client of its own.
package signin

import (
	"crypto/rand"

	"parley/internal/forum"
)

// Identity is somebody as a login vouches for them. Issuer and Subject together
// name one person; neither the name nor the address does.
type Identity struct {
	Issuer  string
	Subject string
	Name    string // what the login calls the person; may be empty
	Email   string // only if the login verified it
}

// Secret returns a fresh token of at least 128 random bits, in letters and digits.
func Secret() string { return rand.Text() }

// refuse is the one answer to everything that does not sign in. The cause is for
// the log and holds no secret.
func refuse(format string, args ...any) error {
	return forum.Fail(forum.Unauthorised, "error.signInFailed").Because(format, args...)
}
