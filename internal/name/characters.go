package name

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// punctuation that stands inside people's names. Whatever is not listed,
	// a letter, a mark or a digit is refused: symbols, emoji and brackets make
	// badges; controls and private characters make nothing good.
	punctuation = " '’-‐.,_&·・׳״־་"
	maxMarks    = 4 // on one letter; Thai, Vietnamese and Arabic use up to 3

	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// compatible are letters of living languages although Unicode calls them
// compatible spellings of others; the rest of those (𝐛𝐨𝐥𝐝, ﬁ, ᵃ) is decoration.
const compatible = "ำຳໜໝև"

// wellFormed says whether a tidy name consists of characters of names, in an
// order that names have.
func wellFormed(name string) bool {
	return ordered([]rune(name)) && marked([]rune(norm.NFD.String(name)))
}

// ordered judges each character where it stands. There must be a letter; the
// name begins with a letter, a digit or the apostrophe of "'t Hooft", and ends
// with none of the punctuation but a full stop.
func ordered(name []rune) bool {
	letters, stops := 0, 0
	for i, r := range name {
		switch {
		case unicode.IsLetter(r):
			if !nameLetter(r) {
				return false
			}
			letters++
			stops = 0
		case unicode.In(r, unicode.Mn, unicode.Mc):
			if invisible(r) || !living(r) {
				return false
			}
			stops = 0
		case unicode.Is(unicode.Nd, r):
			stops = 0
		case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
			if !joins(name, i) {
				return false
			}
		case !strings.ContainsRune(punctuation, r):
			return false
		case r != ' ':
			if stops++; stops > 2 || i > 0 && name[i-1] == r {
				return false
			}
		}
	}
	return letters > 0 && opens(name) && closes(name[len(name)-1])
}

func opens(name []rune) bool {
	if name[0] == '\'' || name[0] == '’' {
		name = name[1:]
	}
	return unicode.IsLetter(name[0]) || unicode.Is(unicode.Nd, name[0])
}

func closes(last rune) bool {
	return last == '.' || !strings.ContainsRune(punctuation, last)
}

// nameLetter excludes letters nobody sees, decoration, and scripts nobody
// writes a name in any more (cuneiform is also very wide).
func nameLetter(r rune) bool {
	if invisible(r) || !living(r) {
		return false
	}
	return norm.NFKC.String(string(r)) == string(r) || strings.ContainsRune(compatible, r)
}

// marked says whether each combining mark of a decomposed name stands on a
// letter, at most maxMarks on one and none twice in a row (UTS #39, 5.4).
func marked(name []rune) bool {
	count := -1 // below zero: no letter to stand on
	for i, r := range name {
		switch {
		case unicode.IsLetter(r):
			count = 0
		case unicode.IsMark(r):
			if count < 0 || count == maxMarks || r == name[i-1] {
				return false
			}
			count++
		case r != zeroWidthJoiner && r != zeroWidthNonJoiner:
			count = -1
		}
	}
	return true
}

// joins says whether a zero-width joiner or non-joiner does something where it
// stands: beside a virama, or between two Arabic letters. This is the rule
// CONTEXTJ of RFC 5892, appendix A, without its table of joining types.
func joins(name []rune, i int) bool {
	if i == 0 {
		return false
	}
	if virama(name[i-1]) {
		return true
	}
	if i+1 == len(name) {
		return false
	}
	before, after := name[i-1], name[i+1]
	return unicode.IsLetter(before) && virama(after) ||
		name[i] == zeroWidthNonJoiner && unicode.Is(unicode.Arabic, before) && unicode.Is(unicode.Arabic, after)
}

func virama(r rune) bool { return norm.NFD.PropertiesString(string(r)).CCC() == 9 }

// invisible is Unicode's Default_Ignorable_Code_Point, roughly.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
