package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// bareScripts are written with marks that readers leave out when they search:
// accents, Arabic vowel signs and hamzas, Hebrew points. In other scripts (the
// Indic ones, Thai) a mark is a vowel and stays.
var bareScripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew,
}

// plain are letters that have no decomposition, but that readers type as the
// letter beside them on their keyboard.
var plain = strings.NewReplacer(
	"ı", "i", "ø", "o", "ł", "l", "đ", "d", "ħ", "h", "æ", "ae", "œ", "oe",
	"ک", "ك", "ی", "ي", "ى", "ي",
	"ـ", "", // tatweel only stretches a word
	"\u200b", " ", // ZERO WIDTH SPACE parts words where blanks do not
)

// fold brings the spellings of a word to one: Unicode NFKC and full case
// folding, both Turkish i's to plain i, no accents on [bareScripts], decimal
// digits to 0–9. No locale takes part, so the answer is the same everywhere. A blank
// joins with nothing, so that the pieces between blanks are folded one by one: those
// of plain letters quickly.
func fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for piece := range strings.SplitAfterSeq(text, " ") {
		if isASCII(piece) {
			b.WriteString(strings.ToLower(piece))
		} else {
			b.WriteString(foldAny(piece))
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldAny folds a text of any letters.
func foldAny(text string) string {
	text = norm.NFKC.String(strings.ToValidUTF8(text, "\ufffd"))
	text = norm.NFKD.String(cases.Fold().String(text))
	text = plain.Replace(cases.Fold().String(bare(text)))
	return norm.NFC.String(text)
}

// bare drops from a decomposed text the marks on letters of bareScripts and
// every invisible format character, and turns decimal digits to 0–9.
func bare(text string) string {
	var b strings.Builder
	onBare := false
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) && onBare:
			continue
		case unicode.Is(unicode.Cf, r) && r != '\u200b':
			continue
		case unicode.Is(unicode.Nd, r):
			r = Digit(r)
		}
		onBare = unicode.In(r, bareScripts...) || r == 'ـ'
		b.WriteRune(r)
	}
	return b.String()
}

// Digit returns the ASCII digit of a decimal digit, and any other character as it
// is. Unicode keeps the digits of every script together, from zero to nine
// (Unicode Standard, 4.6).
func Digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}
