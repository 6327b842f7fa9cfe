package rule

import (
	"unicode"
	"unicode/utf8"
)

// measures are what the conditions on a text's form ask for.
type measures struct {
	characters int     // code points
	words      int     // by blanks and signs; one for each letter of scripts without blanks
	capitals   float64 // share of the letters that have two cases
	repetition float64 // share of the words that were said before in it
	row        int     // the longest row of one character
}

// Shares say nothing of a text that is shorter.
const (
	minCased    = 10 // letters
	minRepeated = 8  // words
)

func measure(source string, plain stream) measures {
	m := measures{characters: utf8.RuneCountInString(source)}
	m.countLetters(source)
	m.countWords(plain)
	return m
}

func (m *measures) countLetters(source string) {
	upper, cased, row, last := 0, 0, 0, rune(-1)
	for _, r := range source {
		if row++; r != last || unicode.IsSpace(r) {
			row = 1
		}
		m.row, last = max(m.row, row), r
		switch {
		case r < unicode.MaxASCII && (r < 'A' || r > 'z'):
		case unicode.IsUpper(r):
			upper, cased = upper+1, cased+1
		case unicode.IsLower(r):
			cased++
		}
	}
	if cased >= minCased {
		m.capitals = float64(upper) / float64(cased)
	}
}

func (m *measures) countWords(plain stream) {
	seen := map[uint64]int{}
	for word := range plain.words {
		if isUnspaced(word[0].r) {
			m.words += len(word)
			continue
		}
		m.words++
		seen[hashWord(word)]++
	}
	total := 0
	for _, n := range seen {
		total += n
	}
	if total >= minRepeated {
		m.repetition = 1 - float64(len(seen))/float64(total)
	}
}
