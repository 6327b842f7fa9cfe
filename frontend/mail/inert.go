package mail

import (
	"regexp"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/view"
)

var (
	linkForm    = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*:(?://|\\\\)\S+|\bwww\.\S+|\b(?:mailto|tel|javascript|data|sms):\S+`)
	addressForm = regexp.MustCompile(`\S+@\S+`)
	// A dot between two characters that are no blanks makes a host of a word in
	// the eyes of many mail programs.
	hostDot = regexp.MustCompile(`([^\s.])([.．。｡])([^\s.])`)
)

// inert makes a reader's words safe for programs that turn whatever looks like a
// link into one: links and addresses are named instead of shown, dots inside
// words are parted by a space of no width, and nothing changes the direction of
// what follows.
func inert(text, loc string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		case r < ' ' && r != '\n', r == 0x7f:
			return ' '
		}
		return r
	}, text)
	text = linkForm.ReplaceAllLiteralString(text, locale.T(loc, "mail.link"))
	text = addressForm.ReplaceAllLiteralString(text, locale.T(loc, "mail.address"))
	// Twice, because a match takes the character after the dot along.
	for range 2 {
		text = hostDot.ReplaceAllString(text, "${1}${2}\u200b${3}")
	}
	return text
}

// inertTold makes everything inert that somebody else than Parley wrote.
func inertTold(v view.Told, loc string) view.Told {
	v.Who, v.Headline = inert(v.Who, loc), inert(v.Headline, loc)
	v.Excerpt, v.Reason, v.Note = inert(v.Excerpt, loc), inert(v.Reason, loc), inert(v.Note, loc)
	return v
}
