// Package signintest plays the other side of signing in for tests: a publication's
// own login that signs tokens, well or in every wrong way, and an OpenID Connect
// provider.
//
// What may never enter: anything that ships.
package signintest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"testing"
	"time"
)

// Login is a publication's own login. It has a key of each kind.
type Login struct {
	Issuer   string
	Audience string
	KeyID    string
	Now      time.Time
	Secret   []byte
	RSA      *rsa.PrivateKey
	EC       *ecdsa.PrivateKey
	Ed       ed25519.PrivateKey
}

// NewLogin returns a login with fresh keys.
func NewLogin(t testing.TB, issuer, audience string, now time.Time) *Login {
	t.Helper()
	l := &Login{Issuer: issuer, Audience: audience, KeyID: "key-1", Now: now, Secret: []byte(rand.Text() + rand.Text())}
	var err error
	if l.RSA, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if l.EC, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, l.Ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return l
}

// Header is that of a good token.
func (l *Login) Header(algorithm string) map[string]any {
	return map[string]any{"alg": algorithm, "typ": "JWT", "kid": l.KeyID}
}

// Claims are those of a good token.
func (l *Login) Claims() map[string]any {
	return map[string]any{
		"iss": l.Issuer, "aud": l.Audience, "sub": "reader-4711", "jti": rand.Text(),
		"iat": l.Now.Unix(), "exp": l.Now.Add(4 * time.Minute).Unix(),
	}
}

// Token returns a good token, with more or other claims if some are given.
func (l *Login) Token(algorithm string, other ...map[string]any) string {
	claims := l.Claims()
	for _, o := range other {
		maps.Copy(claims, o)
	}
	return l.Sign(algorithm, object(l.Header(algorithm)), object(claims))
}

// Sign signs a header and a payload, whatever they say.
func (l *Login) Sign(algorithm, header, payload string) string {
	signed := encode(header) + "." + encode(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(l.signature(algorithm, signed))
}

func (l *Login) signature(algorithm, signed string) []byte {
	sum := sha256.Sum256([]byte(signed))
	switch algorithm {
	case "HS256":
		return hmacOf(l.Secret, signed)
	case "RS256":
		s, err := rsa.SignPKCS1v15(nil, l.RSA, crypto.SHA256, sum[:])
		must(err)
		return s
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, l.EC, sum[:])
		must(err)
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "EdDSA":
		return ed25519.Sign(l.Ed, []byte(signed))
	case "HS384":
		mac := hmac.New(sha512.New384, l.Secret)
		mac.Write([]byte(signed))
		return mac.Sum(nil)
	}
	return nil
}

// PEM returns the public key of an algorithm.
func (l *Login) PEM(algorithm string) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: l.der(algorithm)})
}

func (l *Login) der(algorithm string) []byte {
	var public any = l.RSA.Public()
	switch algorithm {
	case "ES256":
		public = l.EC.Public()
	case "EdDSA":
		public = l.Ed.Public()
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	must(err)
	return der
}

// JWK returns the public key of an algorithm as a JSON Web Key.
func (l *Login) JWK(algorithm string) map[string]any {
	k := map[string]any{"kid": l.KeyID, "alg": algorithm, "use": "sig"}
	raw := base64.RawURLEncoding.EncodeToString
	switch algorithm {
	case "RS256":
		k["kty"], k["n"], k["e"] = "RSA", raw(l.RSA.N.Bytes()), raw(big.NewInt(int64(l.RSA.E)).Bytes())
	case "ES256":
		point, err := l.EC.PublicKey.Bytes()
		must(err)
		k["kty"], k["crv"], k["x"], k["y"] = "EC", "P-256", raw(point[1:33]), raw(point[33:])
	case "EdDSA":
		k["kty"], k["crv"], k["x"] = "OKP", "Ed25519", raw(l.Ed.Public().(ed25519.PublicKey))
	}
	return k
}

// KeySet returns a JSON Web Key Set of the keys of algorithms.
func (l *Login) KeySet(algorithms ...string) string {
	keys := []any{}
	for _, a := range algorithms {
		keys = append(keys, l.JWK(a))
	}
	return object(map[string]any{"keys": keys})
}

func hmacOf(key []byte, signed string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return mac.Sum(nil)
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func object(v any) string {
	b, err := json.Marshal(v)
	must(err)
	return string(b)
}

func must(err error) {
	if err != nil {
		panic(fmt.Sprint("signintest: ", err))
	}
}
