package audit

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Head is the end of a site's log at an instant, signed. One is a line of JSON
// in the file of heads, and the data of the event log.head.
type Head struct {
	Site      string `json:"site"` // its slug
	Seq       int64  `json:"seq"`
	Hash      string `json:"hash"`
	At        string `json:"at"`        // RFC 3339, UTC
	Key       string `json:"key"`       // the public key, base64
	Signature string `json:"signature"` // Ed25519 over Head.signed, base64
}

// signed is the text that the signature is over.
func (h Head) signed() []byte {
	return fmt.Appendf(nil, "parley log head 1\n%s\n%d\n%s\n%s\n", h.Site, h.Seq, h.Hash, h.At)
}

// Sign returns the head of a site's log, signed.
func Sign(key ed25519.PrivateKey, site string, seq int64, hash string, at time.Time) Head {
	h := Head{Site: site, Seq: seq, Hash: hash, At: at.UTC().Format(time.RFC3339)}
	h.Key = KeyName(key.Public().(ed25519.PublicKey))
	h.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, h.signed()))
	return h
}

// Check reports whether the head was signed by the owner of a key.
func (h Head) Check(key ed25519.PublicKey) error {
	if h.Key != KeyName(key) {
		return errors.New("it names another key")
	}
	signature, err := base64.StdEncoding.DecodeString(h.Signature)
	if err != nil || !ed25519.Verify(key, h.signed(), signature) {
		return errors.New("its signature is wrong")
	}
	return nil
}

// Line returns the head as a line of the file of heads.
func (h Head) Line() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write head: %w", err)
	}
	return append(text, '\n'), nil
}

// maxLine is the longest line of a file of heads that is read.
const maxLine = 4096

// ReadHeads reads a file of heads. Lines that are none, and lines that the key
// did not sign, are faults. Without a key, each line's own is believed, but all
// lines must have the same.
func ReadHeads(r io.Reader, key ed25519.PublicKey) ([]Head, []Fault, error) {
	var heads []Head
	var faults []Fault
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		h, err := readHead(lines.Bytes())
		if err == nil && key == nil {
			key, err = ParseKeyName(h.Key)
		}
		if err == nil {
			err = h.Check(key)
		}
		if err != nil {
			faults = append(faults, Fault{Kind: Signed, Note: fmt.Sprintf("line %d of the signed heads: %v", n, err)})
			continue
		}
		heads = append(heads, h)
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("read signed heads: %w", err)
	}
	return heads, faults, nil
}

func readHead(line []byte) (Head, error) {
	var h Head
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil || d.More() {
		return h, errors.New("it cannot be read")
	}
	return h, nil
}

func sortHeads(heads []Head) {
	slices.SortStableFunc(heads, func(a, b Head) int { return int(a.Seq - b.Seq) })
}

// KeyName returns a public key as heads name it.
func KeyName(key ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(key) }

// ParseKeyName reads a public key as heads name it.
func ParseKeyName(name string) (ed25519.PublicKey, error) {
	key, err := base64.StdEncoding.DecodeString(name)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("it names no key")
	}
	return key, nil
}

const pemType = "PRIVATE KEY"

// MarshalKey returns a private key as the text of a file (PKCS #8 in PEM).
func MarshalKey(key ed25519.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der}), nil
}

// ParseKey reads what MarshalKey wrote.
func ParseKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != pemType {
		return nil, errors.New("there is no private key in it")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("its key cannot be read: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, errors.New("its key is not Ed25519")
	}
	return key, nil
}
