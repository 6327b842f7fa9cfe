package signintest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// Authenticator is a device that holds one passkey.
type Authenticator struct {
	Origin   string // of the page that asks
	Verifies bool   // the device asks its owner who they are
	Counter  uint32 // how often it signed; the device adds one each time

	id     []byte
	handle []byte
	key    *ecdsa.PrivateKey
}

// The flags of authenticator data (WebAuthn, section 6.1).
const (
	userPresent    = 1
	userVerified   = 4
	backupEligible = 8
	backedUp       = 16
	hasKey         = 64
)

// Create answers a request for a new passkey.
func (a *Authenticator) Create(t testing.TB, options []byte) []byte {
	t.Helper()
	var asked struct {
		PublicKey struct {
			Challenge string
			RP        struct{ ID string }
			User      struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	a.id = []byte(rand.Text())
	if a.handle, err = base64.RawURLEncoding.DecodeString(asked.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := a.key.PublicKey.Bytes()
	must(err)
	// A COSE key (RFC 9053): EC2, ES256, P-256, x, y.
	public, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	must(err)
	data := a.data(asked.PublicKey.RP.ID, hasKey)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), public...)
	attestation, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	must(err)
	return a.answer(map[string]any{
		"clientDataJSON":    raw(a.client("webauthn.create", asked.PublicKey.Challenge)),
		"attestationObject": raw(attestation), "transports": []string{"internal"},
	})
}

// Use answers a request to show the passkey.
func (a *Authenticator) Use(t testing.TB, options []byte) []byte {
	t.Helper()
	var asked struct {
		PublicKey struct {
			Challenge string
			RPID      string `json:"rpId"`
		}
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	client, data := a.client("webauthn.get", asked.PublicKey.Challenge), a.data(asked.PublicKey.RPID, 0)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sum[:])
	must(err)
	return a.answer(map[string]any{
		"clientDataJSON": raw(client), "authenticatorData": raw(data), "signature": raw(signature), "userHandle": raw(a.handle),
	})
}

func (a *Authenticator) client(ceremony, challenge string) []byte {
	return []byte(object(map[string]any{"type": ceremony, "challenge": challenge, "origin": a.Origin, "crossOrigin": false}))
}

func (a *Authenticator) data(rp string, flags byte) []byte {
	hash := sha256.Sum256([]byte(rp))
	flags |= userPresent | backupEligible | backedUp
	if a.Verifies {
		flags |= userVerified
	}
	a.Counter++
	return binary.BigEndian.AppendUint32(append(hash[:], flags), a.Counter)
}

func (a *Authenticator) answer(response map[string]any) []byte {
	return []byte(object(map[string]any{
		"id": raw(a.id), "rawId": raw(a.id), "type": "public-key", "response": response,
		"clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform",
	}))
}

func raw(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
