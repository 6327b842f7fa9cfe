package signin

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSubject = 255
	maxName    = 200
	maxAddress = 254
)

// checkSubject refuses what cannot name a person: 1 to 255 bytes without control
// characters.
func checkSubject(s string) error {
	switch {
	case s == "":
		return refuse("subject: empty")
	case len(s) > maxSubject:
		return refuse("subject: %d bytes", len(s))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return refuse("subject: control characters")
	}
	return nil
}

// checkShownName refuses a name that no honest login sends. What the site thinks of
// it as a byline is the caller's to decide.
func checkShownName(s string) error {
	switch {
	case len(s) > maxName:
		return refuse("name: %d bytes", len(s))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return refuse("name: control characters")
	case strings.ContainsAny(s, "<>"):
		return refuse("name: markup")
	}
	return nil
}

// checkAddress refuses an e-mail address that is none; no address is fine.
func checkAddress(s string) error {
	if s == "" {
		return nil
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress {
		return refuse("e-mail: not an address")
	}
	return nil
}

// secureURL parses the address of a login: https, or http on this machine.
func secureURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is no address of a login", address)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("%q is not https", address)
	}
	return u, nil
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
