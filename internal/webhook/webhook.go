// Package webhook signs what Parley tells other programs and checks what they
// sign, by the Standard Webhooks specification (standardwebhooks.com): an HMAC
// over id, time and body, in headers of fixed names. What may never enter: the
// network, the events themselves, and when they are sent again.
package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a signed request.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const (
	// tolerance is how far the clocks of two programs may be apart.
	tolerance = 5 * time.Minute
	prefix    = "whsec_"
	version   = "v1"
	// newSecret is how many random bytes a secret has; the specification asks
	// for 24 to 64.
	newSecret = 32
)

// ErrSecret is the answer to a text that is no secret, and ErrSignature is
// behind every refusal of a signed request.
var (
	ErrSecret    = errors.New("webhook: no secret")
	ErrSignature = errors.New("webhook: not signed")
)

// Key signs and verifies with one or more secrets. During a rotation there are
// two: what is signed carries a signature of each, and what is verified needs
// one.
type Key struct{ secrets [][]byte }

// NewKey reads secrets as NewSecret writes them, with or without the prefix.
func NewKey(secrets ...string) (Key, error) {
	var k Key
	for _, text := range secrets {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, prefix))
		if err != nil || len(secret) == 0 {
			return Key{}, ErrSecret
		}
		k.secrets = append(k.secrets, secret)
	}
	if len(k.secrets) == 0 {
		return Key{}, ErrSecret
	}
	return k, nil
}

// NewSecret makes a secret, in the form in which it is shown and kept.
func NewSecret() string {
	secret := make([]byte, newSecret)
	_, _ = rand.Read(secret) // never fails
	return prefix + base64.StdEncoding.EncodeToString(secret)
}

// Sign sets the headers of a request with this body. The id names the event, and
// is the same however often it is sent; at is the time of this attempt.
func (k Key) Sign(header http.Header, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(k.secrets))
	for i, secret := range k.secrets {
		signatures[i] = version + "," + base64.StdEncoding.EncodeToString(sum(secret, id, stamp, body))
	}
	header.Set(HeaderID, id)
	header.Set(HeaderTimestamp, stamp)
	header.Set(HeaderSignature, strings.Join(signatures, " "))
}

// Verify checks that a body was signed with one of the key's secrets, at about
// the time it is now.
func (k Key) Verify(header http.Header, now time.Time, body []byte) error {
	id, stamp, signatures := header.Get(HeaderID), header.Get(HeaderTimestamp), header.Get(HeaderSignature)
	if id == "" || stamp == "" || signatures == "" {
		return fmt.Errorf("%w: a header is missing", ErrSignature)
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: timestamp", ErrSignature)
	}
	// A request exactly as old as the tolerance is too old.
	if age := now.Sub(time.Unix(seconds, 0)); age >= tolerance || age < -tolerance {
		return fmt.Errorf("%w: timestamp %s from now", ErrSignature, age.Round(time.Second))
	}
	for _, secret := range k.secrets {
		if signed(signatures, sum(secret, id, stamp, body)) {
			return nil
		}
	}
	return fmt.Errorf("%w: no signature fits", ErrSignature)
}

// signed reports whether one of a header's signatures is the wanted one. Those
// of other versions are passed over.
func signed(signatures string, want []byte) bool {
	for field := range strings.FieldsSeq(signatures) {
		v, text, _ := strings.Cut(field, ",")
		if v != version {
			continue
		}
		if got, err := base64.StdEncoding.DecodeString(text); err == nil && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}

func sum(secret []byte, id, stamp string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(id + "." + stamp + "."))
	h.Write(body)
	return h.Sum(nil)
}
