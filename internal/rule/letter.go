package rule

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"parley/internal/name"
	"parley/internal/term"
)

// tongue is how a language writes: which marks make another letter of it, and
// what its capitals are.
type tongue int

const (
	usual  tongue = iota
	turkic        // I is the capital of ı, İ that of i; ç ğ ö ş ü are letters
	tongues
)

// tongueOf returns the tongue of a language tag ("tr", "en-GB"; empty: unknown).
func tongueOf(language string) tongue {
	switch primary(language) {
	case "tr", "az", "crh":
		return turkic
	}
	return usual
}

// primary is the first part of a language tag, in lower case.
func primary(language string) string {
	tag, _, _ := strings.Cut(strings.ToLower(language), "-")
	return tag
}

// bareScripts are written with marks that make no other letter: accents, stress,
// Arabic vowel signs and hamzas, Hebrew points. In other scripts (the Indic ones,
// Thai) a mark is a vowel and stays.
var bareScripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew, unicode.Armenian,
}

// Letters that have a mark and are letters of their own, always and in the turkic
// tongues. Without them мой is мои, and the Turkish şık and sik are one word.
const (
	ownLetters    = "йўїѓќ"
	turkicLetters = "çğöşü"
)

// plain are letters without a decomposition that are typed for one another.
// The dotless ı is not among them: it makes other words (sıkıcı, sikici).
var plain = strings.NewReplacer(
	"ø", "o", "ł", "l", "đ", "d", "ħ", "h", "æ", "ae", "œ", "oe",
	"ک", "ك", "ی", "ي", "ى", "ي", "ھ", "ه", "ہ", "ه",
	"ـ", "", // tatweel only stretches a word
)

var turkicCapitals = strings.NewReplacer("I", "ı", "İ", "i")

// spell brings one character, with the marks that follow it, to the letters it
// is compared by. The answer is empty for what nobody sees.
func (t tongue) spell(cluster string) string {
	text := norm.NFC.String(norm.NFKC.String(cluster))
	if t == turkic {
		text = turkicCapitals.Replace(text)
	}
	text = norm.NFC.String(cases.Fold().String(text))
	var b strings.Builder
	onBare := false
	for _, r := range text {
		if strings.ContainsRune(ownLetters, r) || t == turkic && strings.ContainsRune(turkicLetters, r) {
			b.WriteRune(r)
			onBare = true
			continue
		}
		for _, part := range norm.NFD.String(string(r)) {
			switch {
			case unicode.Is(unicode.Mn, part) && (onBare || unicode.Is(unicode.Inherited, part)), ignorable(part):
				continue
			case unicode.Is(unicode.Nd, part):
				part = term.Digit(part)
			}
			onBare = unicode.In(part, bareScripts...) || part == 'ـ'
			b.WriteRune(part)
		}
	}
	return norm.NFC.String(plain.Replace(b.String()))
}

// ignorable is what text is laid out with and nobody sees.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// commonEnd is behind the Latin, Greek, Cyrillic, Hebrew and Arabic letters,
// whose spellings are kept at hand.
const commonEnd = 0x700

// spelled is what a single character below commonEnd is folded to: one letter,
// or a text of none or several.
type spelled struct {
	r    rune
	kind kind
	text string // if it is not one character
}

var spellings = sync.OnceValue(func() *[tongues][commonEnd]spelled {
	var table [tongues][commonEnd]spelled
	for t := range tongues {
		for r := range rune(commonEnd) {
			text := t.spell(string(r))
			if one := []rune(text); len(one) == 1 {
				table[t][r] = spelled{r: one[0], kind: kindOf(one[0])}
			} else {
				table[t][r] = spelled{text: text}
			}
		}
	}
	return &table
})

// leet are digits and signs written for letters.
var leet = map[rune]rune{
	'0': 'o', '1': 'l', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'l', '|': 'l',
}

// shapes maps letters to what they look like, when that differs.
var shapes = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	for from := range name.Lookalikes() {
		for _, r := range usual.spell(string(from)) {
			if _, done := m[r]; !done && wordRune(r) {
				m[r] = shape(r)
			}
		}
	}
	for from := range leet {
		m[from] = shape(from)
	}
	for r := range rune(commonEnd) {
		if wordRune(r) {
			m[r] = shape(r)
		}
	}
	for r, s := range m {
		if s == string(r) {
			delete(m, r)
		}
	}
	return m
})

// shape is the look of one letter: its look-alike without marks, with what is
// written for a letter as that letter.
func shape(r rune) string {
	s := string(r)
	for range 4 { // a look-alike can have one itself: з is 3, and 3 is e
		var b strings.Builder
		for _, r := range usual.spell(s) {
			if letter, ok := leet[r]; ok {
				b.WriteRune(letter)
			} else if like, ok := name.Lookalike(r); ok {
				b.WriteString(like)
			} else {
				b.WriteString(strings.TrimFunc(norm.NFD.String(string(r)), unicode.IsMark))
			}
		}
		if b.String() == s {
			break
		}
		s = b.String()
	}
	return strings.Map(func(r rune) rune {
		if wordRune(r) {
			return r
		}
		return -1
	}, s)
}

// wordRune reports whether words consist of such characters.
func wordRune(r rune) bool {
	if r < unicode.MaxASCII {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// unspaced are scripts that write words without blanks between them.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

func isUnspaced(r rune) bool { return r >= 0x0e00 && unicode.In(r, unspaced...) }

// script is one of the alphabets whose letters are taken for one another's.
type script uint8

const (
	noScript script = iota
	latin
	cyrillic
	greek
	scripts
)

func scriptOf(r rune) script {
	if r < commonEnd {
		return scriptsOf()[r]
	}
	return findScript(r)
}

var scriptsOf = sync.OnceValue(func() *[commonEnd]script {
	var table [commonEnd]script
	for r := range table {
		table[r] = findScript(rune(r))
	}
	return &table
})

func findScript(r rune) script {
	switch {
	case unicode.Is(unicode.Latin, r):
		return latin
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic
	case unicode.Is(unicode.Greek, r):
		return greek
	}
	return noScript
}
