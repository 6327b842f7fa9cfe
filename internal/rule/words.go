package rule

import (
	"slices"
	"strconv"
	"strings"

	"parley/internal/forum"
)

// Grade says how bad a word of a list is.
type Grade string

// The grades.
const (
	Banned  Grade = "banned"
	Suspect Grade = "suspect"
)

// WordList is a list of words and phrases of one language.
//
// An entry stands for whole words: "ass" is not in "class". With an asterisk at
// its end it stands for all words that begin so: "idiot*". The words of a phrase
// may be parted by any blanks and signs, but not by the end of a sentence. In
// scripts without blanks (Chinese, Thai) an entry is found anywhere.
type WordList struct {
	Language string   `json:"language,omitempty"` // of the texts it is for; empty: all
	Grade    Grade    `json:"grade"`
	Entries  []string `json:"entries"`
}

// Caps of word lists.
const (
	MaxEntries     = 20_000 // of one rule
	MaxEntryLength = 100    // characters
)

// Hit is an entry found in a text.
type Hit struct {
	Entry     string
	Grade     Grade
	Mark      forum.Mark
	Disguised bool // it was not written as the entry is
}

// Words are compiled word lists.
type Words struct {
	// byLanguage are the entries for texts of a language; those for all languages
	// are in each. The languages without a list have "" or, with its capitals,
	// "tr".
	byLanguage map[string]*lexicon
}

// CompileWords compiles word lists. The error stands at the list and the entry:
// "lists.0.entries.3".
func CompileWords(lists []WordList) (*Words, error) {
	if err := checkLists(lists); err != nil {
		return nil, err
	}
	w := &Words{byLanguage: map[string]*lexicon{"": nil, "tr": nil}}
	for _, l := range lists {
		w.byLanguage[primary(l.Language)] = nil
	}
	for language := range w.byLanguage {
		w.byLanguage[language] = newLexicon(lists, language)
	}
	return w, nil
}

func checkLists(lists []WordList) error {
	entries := 0
	for i, l := range lists {
		at := "lists." + strconv.Itoa(i)
		if l.Grade != Banned && l.Grade != Suspect {
			return bad("error.ruleGrade", at+".grade")
		}
		if len(l.Language) > maxCode {
			return bad("error.ruleLanguage", at+".language")
		}
		if entries += len(l.Entries); entries > MaxEntries {
			return bad("error.ruleTooManyWords", at+".entries").With("max", MaxEntries)
		}
		for j, e := range l.Entries {
			if len([]rune(e)) > MaxEntryLength {
				return bad("error.ruleWordLong", at+".entries."+strconv.Itoa(j)).With("word", e).With("max", MaxEntryLength)
			}
			if len(tongueOf(l.Language).fold(e)) == 0 {
				return bad("error.ruleWordEmpty", at+".entries."+strconv.Itoa(j)).With("word", e)
			}
		}
	}
	if entries == 0 {
		return bad("error.ruleNoWords", "lists")
	}
	return nil
}

// Find returns the entries in a text in the order they stand there, at most max,
// and none inside another.
func (w *Words) Find(t *Text, max int) []Hit {
	l, ok := w.byLanguage[t.language]
	if !ok {
		l = w.byLanguage[""]
		if tongueOf(t.language) == turkic {
			l = w.byLanguage["tr"]
		}
	}
	hits := l.find(t, max)
	slices.SortStableFunc(hits, func(a, b Hit) int {
		if a.Mark.From != b.Mark.From {
			return a.Mark.From - b.Mark.From
		}
		return b.Mark.To - a.Mark.To
	})
	end := 0
	return slices.DeleteFunc(hits, func(h Hit) bool {
		if h.Mark.To <= end {
			return true
		}
		end = h.Mark.To
		return false
	})
}

// lexicon is the lists of one language, compiled for texts of it.
type lexicon struct {
	entries []entry
	plain   *automaton
	shape   *automaton
}

type entry struct {
	word   string
	grade  Grade
	length int // of its plain pattern
	shape  []symbol
}

func newLexicon(lists []WordList, language string) *lexicon {
	l := &lexicon{}
	var plain, shape [][]rune
	t := tongueOf(language)
	for _, list := range lists {
		if own := primary(list.Language); own != "" && own != language {
			continue
		}
		for _, e := range list.Entries {
			e = strings.TrimSpace(e)
			word, look := t.fold(e), t.foldShape(e)
			l.entries = append(l.entries, entry{e, list.Grade, len(word), look})
			plain, shape = append(plain, word), append(shape, runes(look))
		}
	}
	l.plain, l.shape = newAutomaton(plain), newAutomaton(shape)
	return l
}

// fold is an entry as it is looked for: a space where a word must begin or end.
func (t tongue) fold(entry string) []rune {
	return bound(runes(plainStream(t.atoms(entry))), entry)
}

// foldShape is an entry's shape. One without letters, or of a script without
// blanks, has none.
func (t tongue) foldShape(entry string) []symbol {
	s := shapeOf(t.atoms(entry))
	letters := 0
	for _, x := range s {
		if isUnspaced(x.r) {
			return nil
		}
		if x.r != space && (x.r < '0' || x.r > '9') {
			letters++
		}
	}
	if letters == 0 {
		return nil
	}
	return s[:len(bound(runes(s), entry))]
}

// bound drops the spaces of an entry where any letter may stand beside it.
func bound(pattern []rune, entry string) []rune {
	if len(pattern) < 3 { // nothing but spaces
		return nil
	}
	if last := pattern[len(pattern)-2]; isUnspaced(last) || strings.HasSuffix(entry, "*") {
		pattern = pattern[:len(pattern)-1]
	}
	if isUnspaced(pattern[1]) {
		pattern = pattern[1:]
	}
	return pattern
}

func runes(s stream) []rune {
	r := make([]rune, len(s))
	for i, x := range s {
		r[i] = x.r
	}
	return r
}

// find looks plainly first, then, where words are disguised, by shape.
func (l *lexicon) find(t *Text, max int) []Hit {
	var hits []Hit
	l.plain.scan(t.plain, func(pattern, end int) bool {
		e := l.entries[pattern]
		hits = append(hits, e.hit(t.plain, end-e.length, end, false))
		return len(hits) < max
	})
	if len(hits) == max {
		return hits
	}
	l.shape.scan(t.shape, func(pattern, end int) bool {
		e := l.entries[pattern]
		if found := t.shape[end-len(e.shape) : end]; e.shapes(found) {
			hits = append(hits, e.hit(t.shape, end-len(e.shape), end, true))
		}
		return len(hits) < max
	})
	return hits
}

// hit is the entry found at a place of a text, with the word it begins.
func (e entry) hit(text stream, from, to int, disguised bool) Hit {
	if text[from].r == space {
		from++
	}
	switch {
	case text[to-1].r == space:
		to--
	case strings.HasSuffix(e.word, "*"):
		for text[to].r != space && !isUnspaced(text[to].r) {
			to++
		}
	}
	return Hit{Entry: e.word, Grade: e.grade, Mark: forum.Mark{From: int(text[from].start), To: int(text[to-1].end)}, Disguised: disguised}
}

// shapes reports whether what has the entry's shape is the entry in disguise: a
// letter of it was written as another or stretched, and none of its double
// letters is missing. An iPhone 4s is nothing but that.
func (e entry) shapes(found []symbol) bool {
	disguised := false
	for i, x := range found {
		if x.run < e.shape[i].run {
			return false
		}
		disguised = disguised || x.disguised
	}
	return disguised
}
