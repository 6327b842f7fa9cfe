package name

import (
	"iter"
	"maps"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// confusables_gen.go is written by "go run ./internal/name/gen -in confusables.txt" from
// the file of that name in the Unicode security data.

// own are pairs that UTS #39 leaves apart, because it compares identifiers in
// one typeface and in one case. Small capitals are letters here, so that
// Cyrillic в, н, т equal the capitals they have. The letter i looks like l as a
// capital, and a name is the same name in capitals.
const own = "i:l ʙ:b ɢ:g ʜ:h ɪ:l ᴊ:j ᴋ:k ĸ:k ʟ:l ᴍ:rn ʍ:rn ɴ:n ᴏ:o ᴘ:p ʀ:r ꜱ:s ᴛ:t ᴜ:u ᴠ:v ʏ:y ᴢ:z β:b"

// lookalikes maps a character to what it looks like.
var lookalikes = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	for _, c := range confusables {
		for _, r := range c.from {
			m[r] = c.to
		}
	}
	for pair := range strings.FieldsSeq(own) {
		from, to, _ := strings.Cut(pair, ":")
		m[[]rune(from)[0]] = to
	}
	return m
})

// Lookalikes yields every character that looks like a text, with that text.
func Lookalikes() iter.Seq2[rune, string] { return maps.All(lookalikes()) }

// Lookalike returns what a character in folded case looks like: its prototype in
// UTS #39, which can have one itself.
func Lookalike(r rune) (string, bool) {
	like, ok := lookalikes()[r]
	return like, ok
}

// Skeleton is equal for texts that look alike: the skeleton of UTS #39, 4, of
// the text's compatible spelling (NFKC) with its case folded, without the marks
// that many scripts share (accents, Arabic vowel signs), blanks and punctuation.
// It compares the site's own name with a reader's, too.
func Skeleton(text string) string {
	s := bare(text)
	// A look-alike can have one itself: 0 is O in the table, folded o.
	for range 4 {
		var b strings.Builder
		for _, r := range s {
			if like, ok := Lookalike(r); ok {
				b.WriteString(like)
			} else {
				b.WriteRune(r)
			}
		}
		next := bare(b.String())
		if next == s {
			break
		}
		s = next
	}
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return r
		}
		return -1
	}, s)
}

// bare folds a text's case and spelling and drops what does not tell names
// apart: invisible characters, shared marks, and the stroke that stretches an
// Arabic word.
func bare(text string) string {
	const tatweel = 'ـ'
	text = norm.NFD.String(cases.Fold().String(norm.NFKC.String(text)))
	return strings.Map(func(r rune) rune {
		if r == tatweel || invisible(r) || unicode.Is(unicode.Inherited, r) {
			return -1
		}
		return r
	}, text)
}
