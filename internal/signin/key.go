package signin

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
)

// Algorithm is how a token is signed. Each key has exactly one.
type Algorithm string

// The algorithms.
const (
	HS256 Algorithm = "HS256" // a shared secret of at least 32 bytes
	RS256 Algorithm = "RS256" // RSA of at least 2,048 bits
	ES256 Algorithm = "ES256" // ECDSA on P-256
	EdDSA Algorithm = "EdDSA" // Ed25519
)

// minModulus is the least size of an RSA key.
const minModulus = 2048

// Key verifies tokens of one algorithm.
type Key struct {
	id        string
	algorithm Algorithm
	material  any // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// SecretKey returns a key for HS256. The id is what tokens name it by in "kid";
// empty if they do not.
func SecretKey(id string, secret []byte) (Key, error) {
	if len(secret) < minSecret {
		return Key{}, fmt.Errorf("the secret has %d bytes, at least %d are needed", len(secret), minSecret)
	}
	return Key{id: id, algorithm: HS256, material: secret}, nil
}

// PublicKey reads a public key in PEM or as a JSON Web Key. A key in PEM has the id
// given; a JSON Web Key has its own unless it has none.
func PublicKey(id string, a Algorithm, source []byte) (Key, error) {
	block, _ := pem.Decode(source)
	if block == nil {
		k, err := webKey(source, a)
		if k.id == "" {
			k.id = id
		}
		return k, err
	}
	if block.Type != "PUBLIC KEY" {
		return Key{}, fmt.Errorf("PEM block %q is not a PUBLIC KEY", block.Type)
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("public key: %w", err)
	}
	k := Key{id: id, algorithm: a, material: parsed}
	return k, k.check()
}

// check refuses a key that is not of its algorithm, or too weak.
func (k Key) check() error {
	switch m := k.material.(type) {
	case *rsa.PublicKey:
		if k.algorithm == RS256 && m.N.BitLen() >= minModulus && m.E >= 65537 {
			return nil
		}
	case *ecdsa.PublicKey:
		if k.algorithm == ES256 && m.Curve == elliptic.P256() {
			return nil
		}
	case ed25519.PublicKey:
		if k.algorithm == EdDSA && len(m) == ed25519.PublicKeySize {
			return nil
		}
	}
	return fmt.Errorf("key %q is not a key for %s, or too weak", clip(k.id), k.algorithm)
}

// jwk is a public JSON Web Key (RFC 7517) as far as we read it.
type jwk struct {
	Type      string `json:"kty"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	Curve     string `json:"crv"`
	N         string `json:"n"`
	E         string `json:"e"`
	X         string `json:"x"`
	Y         string `json:"y"`
}

// webKey reads a JSON Web Key for an algorithm.
func webKey(source []byte, a Algorithm) (Key, error) {
	var j jwk
	if err := json.Unmarshal(source, &j); err != nil {
		return Key{}, fmt.Errorf("neither PEM nor a JSON Web Key: %w", err)
	}
	if (j.Algorithm != "" && j.Algorithm != string(a)) || (j.Use != "" && j.Use != "sig") {
		return Key{}, fmt.Errorf("key %q is for %s %s, not for signing with %s", clip(j.ID), j.Use, j.Algorithm, a)
	}
	material, err := j.material()
	if err != nil {
		return Key{}, fmt.Errorf("key %q: %w", clip(j.ID), err)
	}
	k := Key{id: j.ID, algorithm: a, material: material}
	return k, k.check()
}

func (j jwk) material() (any, error) {
	switch {
	case j.Type == "RSA":
		n, err1 := segment(j.N)
		e, err2 := segment(j.E)
		if err1 != nil || err2 != nil || len(e) == 0 || len(e) > 4 {
			return nil, fmt.Errorf("malformed RSA key")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	case j.Type == "EC" && j.Curve == "P-256":
		x, err1 := segment(j.X)
		y, err2 := segment(j.Y)
		if err1 != nil || err2 != nil || len(x) != 32 || len(y) != 32 {
			return nil, fmt.Errorf("malformed EC key")
		}
		// It refuses a point that is not on the curve.
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	case j.Type == "OKP" && j.Curve == "Ed25519":
		x, err := segment(j.X)
		if err != nil {
			return nil, fmt.Errorf("malformed Ed25519 key")
		}
		return ed25519.PublicKey(x), nil
	}
	return nil, fmt.Errorf("keys of type %s %s are not known", clip(j.Type), clip(j.Curve))
}
