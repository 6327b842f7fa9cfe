package term

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxBytes = 64   // a longer term is cut: no database page holds a row of junk
	maxTerms = 2000 // a body of the longest story keeps its first words
)

// Index returns the terms a text is found by: folded, each once, in the order
// of their first appearance, at most 2,000, each at most 64 bytes.
//
// A word is a run of letters, marks and digits; this is finer than the word
// boundaries of UAX #29, so that "Ankara" is found in "Ankara'da", "homme" in
// "l'homme" and "example" in "example.com". Scripts that put no blanks between
// words are cut into overlapping pairs of characters, with every single Han
// and Hangul character beside them, because one can be a word.
func Index(text string) []string {
	var terms []string
	seen := map[string]bool{}
	add := func(t string) bool {
		if t = capped(t); !seen[t] {
			seen[t] = true
			terms = append(terms, t)
		}
		return len(terms) < maxTerms
	}
	for run := range runs(fold(text)) {
		for t := range run.terms(true) {
			if !add(t) {
				return terms
			}
		}
	}
	return terms
}

// run is a piece of a folded text without a boundary in it.
type run struct {
	text   string
	paired bool // in a script without blanks between words
	last   bool // the text ends with it
}

// terms yields the run whole, or its pairs of characters, and with singles
// also those characters that can be a word.
func (r run) terms(singles bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		chars := []rune(r.text)
		if !r.paired || len(chars) == 1 {
			yield(r.text)
			return
		}
		for i, c := range chars {
			if singles && unicode.In(c, unicode.Han, unicode.Hangul) && !yield(string(c)) {
				return
			}
			if i+1 < len(chars) && !yield(string(chars[i:i+2])) {
				return
			}
		}
	}
}

// runs yields the runs of a folded text that hold a letter or a digit.
func runs(text string) iter.Seq[run] {
	return func(yield func(run) bool) {
		start, paired := 0, false
		flush := func(end int) bool {
			piece := text[start:end]
			return strings.IndexFunc(piece, wordy) < 0 || yield(run{piece, paired, end == len(text)})
		}
		for i, c := range text {
			side := paired
			if !unicode.IsMark(c) {
				side = isPaired(c)
			}
			if inWord(c) && side == paired {
				continue
			}
			if !flush(i) {
				return
			}
			start, paired = i, side
			if !inWord(c) {
				start = i + utf8.RuneLen(c)
			}
		}
		flush(len(text))
	}
}

func wordy(c rune) bool  { return unicode.IsLetter(c) || unicode.IsNumber(c) }
func inWord(c rune) bool { return wordy(c) || unicode.IsMark(c) }

// isPaired says whether words of the character's script are written without
// blanks between them, or, as in Korean, with endings grown onto them.
func isPaired(c rune) bool {
	const prolonged = 'ー' // of Hiragana and Katakana both, so of no script
	return c == prolonged || c > unicode.MaxLatin1 && unicode.In(c,
		unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// capped cuts a term to maxBytes at the end of a rune.
func capped(t string) string {
	if len(t) <= maxBytes {
		return t
	}
	end := maxBytes
	for !utf8.RuneStart(t[end]) {
		end--
	}
	return t[:end]
}
