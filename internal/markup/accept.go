package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/internal/forum"
)

// lineEnds are all spellings of the end of a line.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// accept judges a source before anything parses it, and returns it with simple
// line ends and in decent characters. The length is counted in characters
// (code points), after line ends became one each. Errors: error.textLong,
// error.textCharacters (broken UTF-8, or control characters), error.textEmpty.
func accept(source string, max int) (string, error) {
	if len(source) > 2*utf8.UTFMax*max { // nobody counts a text of gigabytes
		return "", tooLong(max, len(source)/utf8.UTFMax)
	}
	if !utf8.ValidString(source) {
		return "", forum.Fail(forum.Invalid, "error.textCharacters")
	}
	text := lineEnds.Replace(source)
	if n := utf8.RuneCountInString(text); n > max {
		return "", tooLong(max, n)
	}
	if strings.ContainsFunc(text, control) {
		return "", forum.Fail(forum.Invalid, "error.textCharacters")
	}
	text = decent(text)
	if blank(text) {
		return "", forum.Fail(forum.Invalid, "error.textEmpty")
	}
	return text, nil
}

func tooLong(max, length int) *forum.Error {
	return forum.Fail(forum.Invalid, "error.textLong").With("max", max).With("length", length)
}

// control excepts the characters that lay out a text.
func control(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }

// blank says whether nothing of a text can be seen.
func blank(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return !unicode.IsSpace(r) && r != '\u2800' && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
	}) < 0
}

// salvage does for a text that was accepted long ago, elsewhere or never what
// accept does, without refusing: what cannot stand is dropped, and what is over
// max characters is cut.
func salvage(source string, max int) string {
	text := clip(source, max)
	if printable(text) {
		return text
	}
	text = strings.ToValidUTF8(text, "\ufffd")
	return decent(strings.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, lineEnds.Replace(text)))
}

// printable reports whether a text has nothing but ASCII's printable characters and
// line feeds.
func printable(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' && c != '\n') || c > '~' {
			return false
		}
	}
	return true
}

// clip returns the first max characters.
func clip(text string, max int) string {
	if len(text) <= max {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > max {
			return text[:i]
		}
	}
	return text
}
