package markup

import (
	"strings"
	"unicode"
)

// maxMarks is how many combining marks a character may carry. No script needs
// as many; more of them paint over the neighbours' comments.
const maxMarks = 8

// decent drops what disfigures the text around: combining marks beyond
// maxMarks, the bidirectional embeddings and overrides that Unicode advises
// against (UAX #9, 2.7), and isolates that are not closed in their line.
func decent(text string) string {
	if isASCII(text) {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		drop := loneIsolates(line)
		marks := 0
		for i, r := range line {
			switch {
			case unicode.IsMark(r):
				marks++
			case r != '\u200d' && r != '\u200c': // joiners do not begin a new character
				marks = 0
			}
			if marks <= maxMarks && !drop[i] && !(r >= '\u202a' && r <= '\u202e') {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// loneIsolates finds the isolates of a line that nothing closes, and the ends
// of isolates that nothing opened.
func loneIsolates(line string) map[int]bool {
	var open []int
	lone := map[int]bool{}
	for i, r := range line {
		switch r {
		case '\u2066', '\u2067', '\u2068':
			open = append(open, i)
		case '\u2069':
			if len(open) == 0 {
				lone[i] = true
			} else {
				open = open[:len(open)-1]
			}
		}
	}
	for _, i := range open {
		lone[i] = true
	}
	return lone
}
