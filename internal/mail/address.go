package mail

import (
	"errors"
	"strings"

	"golang.org/x/net/idna"
)

// The longest address and the longest part before the @ (RFC 5321, 4.5.3.1).
const (
	MaxAddress = 254
	maxLocal   = 64
)

// ErrAddress is the answer to a text that is no address mail is sent to.
var ErrAddress = errors.New("mail: no address")

// Address checks that a text is one plain addr-spec and returns it as it is
// written to: the part before the @ as it was given, the domain in lower case
// and, for one in other scripts, as its A-labels.
//
// It takes less than RFC 5322 allows: no comments, no names, no quoted local
// parts, no address literals, no local parts beyond ASCII and no domains of one
// label. Nobody's mailbox at a provider needs these, and each of them has
// carried a second recipient through somebody's parser.
func Address(text string) (string, error) {
	at := strings.IndexByte(text, '@')
	if at <= 0 || len(text) > MaxAddress || strings.IndexByte(text[at+1:], '@') >= 0 {
		return "", ErrAddress
	}
	local, domain := text[:at], text[at+1:]
	if !localPart(local) {
		return "", ErrAddress
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !mailDomain(ascii) || len(local)+1+len(ascii) > MaxAddress {
		return "", ErrAddress
	}
	return local + "@" + strings.ToLower(ascii), nil
}

// Key returns what two spellings of an address have in common, for finding the
// account it belongs to: no provider that matters tells mailboxes apart by case.
func Key(address string) string { return strings.ToLower(address) }

// localPart reports whether a text is a dot-atom (RFC 5322, 3.2.3) that is not
// taken for something else on the way: no encoded word (RFC 2047) and no second
// apostrophe, which is in nobody's name and in every attempt at quoting.
func localPart(text string) bool {
	encoded := strings.Contains(text, "=?") && strings.Contains(text, "?=")
	if len(text) > maxLocal || encoded || strings.Count(text, "'") > 1 {
		return false
	}
	for atom := range strings.SplitSeq(text, ".") {
		if atom == "" || strings.IndexFunc(atom, notAtext) >= 0 {
			return false
		}
	}
	return true
}

func notAtext(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// mailDomain reports whether a text is a domain of the Internet: two labels or
// more of letters, digits and inner hyphens, the last of them no number.
func mailDomain(text string) bool {
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.IndexFunc(label, notHostRune) >= 0 {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != ""
}

func notHostRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
}
