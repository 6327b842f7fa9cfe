package signin

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
)

// minSecret is the least length of a shared secret.
const minSecret = 32

// maxPayload bounds a DiscourseConnect payload.
const maxPayload = 8 << 10

// Connect is a publication's login that speaks DiscourseConnect: we send the
// reader there with a signed nonce, and the login sends them back with a signed
// answer.
type Connect struct {
	url    *url.URL
	secret []byte
	issuer string
}

// NewConnect returns the login at an address. The secret is shared with it and has
// at least 32 bytes.
func NewConnect(address, secret string) (*Connect, error) {
	u, err := secureURL(address)
	if err != nil {
		return nil, fmt.Errorf("DiscourseConnect address: %w", err)
	}
	if len(secret) < minSecret {
		return nil, fmt.Errorf("DiscourseConnect secret has %d bytes, at least %d are needed", len(secret), minSecret)
	}
	return &Connect{url: u, secret: []byte(secret), issuer: "discourse:" + u.Scheme + "://" + u.Host}, nil
}

// Request returns where to send the reader. The nonce is fresh, bound to the
// browser and used once; back is the address the answer comes to.
func (c *Connect) Request(nonce, back string) string {
	payload := url.Values{"nonce": {nonce}, "return_sso_url": {back}}
	sso, sig := signPayload(c.secret, payload.Encode())
	u := *c.url
	q := u.Query()
	q.Set("sso", sso)
	q.Set("sig", sig)
	u.RawQuery = q.Encode()
	return u.String()
}

// Answer checks what the login sent back for the request with a nonce. Roles and
// groups in it are not heeded.
func (c *Connect) Answer(sso, sig, nonce string) (Identity, error) {
	fields, err := openPayload(c.secret, sso, sig)
	if err != nil {
		return Identity{}, err
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(fields.Get("nonce")), []byte(nonce)) != 1 {
		return Identity{}, refuse("DiscourseConnect: the nonce is not the request's")
	}
	subject := fields.Get("external_id")
	if err := checkSubject(subject); err != nil {
		return Identity{}, err
	}
	id := Identity{Issuer: c.issuer, Subject: subject, Name: fields.Get("username")}
	if id.Name == "" {
		id.Name = fields.Get("name")
	}
	if err := checkShownName(id.Name); err != nil {
		return Identity{}, err
	}
	// The protocol's way to say that an address is not verified.
	if fields.Get("require_activation") != "true" {
		id.Email = fields.Get("email")
	}
	return id, checkAddress(id.Email)
}

// signPayload encodes a payload and signs the encoded text.
func signPayload(secret []byte, payload string) (sso, sig string) {
	sso = base64.StdEncoding.EncodeToString([]byte(payload))
	return sso, hex.EncodeToString(payloadMAC(secret, sso))
}

// openPayload checks the signature of a payload and reads its fields; each may be
// there once.
func openPayload(secret []byte, sso, sig string) (url.Values, error) {
	if len(sso) > maxPayload {
		return nil, refuse("DiscourseConnect: a payload of %d bytes", len(sso))
	}
	given, err := hex.DecodeString(sig)
	if err != nil || !hmac.Equal(given, payloadMAC(secret, sso)) {
		return nil, refuse("DiscourseConnect: the signature is not ours")
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(sso)
	if err != nil {
		return nil, refuse("DiscourseConnect: the payload is no base64")
	}
	fields, err := url.ParseQuery(string(payload))
	if err != nil {
		return nil, refuse("DiscourseConnect: the payload is no query")
	}
	for name, values := range fields {
		if len(values) != 1 {
			return nil, refuse("DiscourseConnect: %q is there %d times", name, len(values))
		}
	}
	return fields, nil
}

func payloadMAC(secret []byte, sso string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(sso))
	return mac.Sum(nil)
}
