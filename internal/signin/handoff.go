package signin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"regexp"
)

// A verifier is a secret that the opener of a window keeps; its challenge goes to
// the window, as in RFC 7636. Who swaps the window's one-time code for a session
// shows the verifier, so that a code somebody else catches is worth nothing.

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// challengeForm is the base64url of 32 bytes.
var challengeForm = regexp.MustCompile(`^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$`)

// Challenge returns the challenge of a verifier.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// CheckChallenge refuses a text that is no challenge.
func CheckChallenge(challenge string) error {
	if !challengeForm.MatchString(challenge) {
		return refuse("hand-over: malformed challenge")
	}
	return nil
}

// CheckVerifier refuses a verifier that is malformed or not the challenge's.
func CheckVerifier(challenge, verifier string) error {
	if !verifierForm.MatchString(verifier) {
		return refuse("hand-over: malformed verifier")
	}
	if subtle.ConstantTimeCompare([]byte(challenge), []byte(Challenge(verifier))) != 1 {
		return refuse("hand-over: the verifier is not the challenge's")
	}
	return nil
}
