package signin

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// segment decodes base64url as RFC 7515 writes it: without padding, white space or
// bits that mean nothing.
func segment(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return nil, fmt.Errorf("white space in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// members reads one JSON object of valid UTF-8 in which every name is there once,
// and nothing after it.
func members(b []byte) (map[string]jsontext.Value, error) {
	var m map[string]jsontext.Value
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("not an object")
	}
	return m, nil
}

// only refuses an object that has a member besides the ones allowed.
func only(m map[string]jsontext.Value, allowed ...string) error {
	known := map[string]bool{}
	for _, name := range allowed {
		known[name] = true
	}
	for name := range m {
		if !known[name] {
			return fmt.Errorf("%q is not allowed", clip(name))
		}
	}
	return nil
}

// text reads a member that is a string, if it is there.
func text(m map[string]jsontext.Value, name string) (string, error) {
	v, ok := m[name]
	if !ok {
		return "", nil
	}
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return "", fmt.Errorf("%s is not a string", name)
	}
	return s, nil
}

// clip shortens what a stranger sent for the log.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
