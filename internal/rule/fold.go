package rule

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a source as the rules read it. It is folded once for all of them:
//
//   - plainly: Unicode NFKC, one case, no accents where the language does not
//     need them, nothing invisible. Words that are written honestly are compared
//     so, and only so: the English word cop is not the Russian сор.
//   - by shape, where a word is disguised: letters of other scripts that look
//     the same, digits and signs for letters, stretched (shiiit) or spaced out
//     (s h i t). Such words are compared by what they look like.
type Text struct {
	source   string
	language string
	plain    stream
	shape    stream // empty when no word is disguised
	measures measures
}

// Read folds a source, written in a language ("tr", "en-GB"; empty: unknown).
func Read(source, language string) *Text {
	atoms := tongueOf(language).atoms(source)
	t := &Text{source: source, language: primary(language), plain: plainStream(atoms)}
	t.shape = shapeStream(atoms)
	t.measures = measure(source, t.plain)
	return t
}

// Source is the text as it was written.
func (t *Text) Source() string { return t.source }

// In reports whether the text was read in a language.
func (t *Text) In(language string) bool { return t.language == primary(language) }

// atom is one folded character and where it stood.
type atom struct {
	r          rune
	start, end int32
	kind       kind
}

// kind is what an atom is to its words.
type kind uint8

const (
	letter kind = iota // of a word; digits too
	blank              // parts words
	mark               // any other sign: it parts words, or disguises a letter
	stop               // ends a sentence
)

// atoms folds a source character by character.
func (t tongue) atoms(source string) []atom {
	atoms := make([]atom, 0, utf8.RuneCountInString(source)+8)
	table := &spellings()[t]
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRuneInString(source[i:])
		end := i + size
		if end < len(source) && source[end] >= 0xcc { // the first byte a mark can begin with
			end += marksAhead(source[end:])
		}
		switch {
		case end == i+size && r < commonEnd:
			if x := &table[r]; x.r != 0 {
				atoms = append(atoms, atom{x.r, int32(i), int32(end), x.kind})
			} else {
				atoms = add(atoms, x.text, i, end)
			}
		case end == i+size && isPlainWide(r):
			atoms = append(atoms, atom{r, int32(i), int32(end), letter})
		default:
			atoms = add(atoms, t.spell(source[i:end]), i, end)
		}
		i = end
	}
	return endSentences(atoms, source)
}

// marksAhead is how long the combining marks at the head of a text are.
func marksAhead(text string) int {
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !unicode.Is(unicode.Mn, r) {
			break
		}
		n += size
	}
	return n
}

// isPlainWide reports whether a character is a usual one of Chinese or Japanese,
// which has no other spelling.
func isPlainWide(r rune) bool {
	return r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fe || r >= 0x3400 && r <= 0x9fff
}

func add(atoms []atom, spelling string, start, end int) []atom {
	for _, r := range spelling {
		atoms = append(atoms, atom{r, int32(start), int32(end), kindOf(r)})
	}
	return atoms
}

func kindOf(r rune) kind {
	switch {
	case wordRune(r):
		return letter
	case unicode.IsSpace(r):
		return blank
	}
	return mark
}

// endSentences marks where a phrase cannot go on: after a sentence, and between
// paragraphs.
func endSentences(atoms []atom, source string) []atom {
	for i, a := range atoms {
		switch {
		case a.kind == letter || a.r == ' ':
		case a.r == '。':
			atoms[i].kind = stop
		case strings.ContainsRune(".!?…", a.r) && i+1 < len(atoms) && atoms[i+1].kind == blank:
			atoms[i].kind = stop
		case a.r == '\n' && strings.HasPrefix(strings.TrimLeft(source[a.end:], " \t\r"), "\n"):
			atoms[i].kind = stop
		}
	}
	return atoms
}

// space stands before and after each word of a stream, pause where a phrase
// cannot go on. No word holds either.
const (
	space = ' '
	pause = '\x00'
)

// symbol is one character of a folded text and where it stood.
type symbol struct {
	r          rune
	start, end int32
	// run is how many equal letters became this one, and disguised says that it
	// was written as another; by shape only.
	run       uint8
	disguised bool
}

// stream is a folded text as the automaton reads it.
type stream []symbol

func (s *stream) push(r rune, start, end int32) {
	*s = append(*s, symbol{r: r, start: start, end: end})
}

// part ends a word, and the phrase with it if pausing.
func (s *stream) part(at int32, pausing bool) {
	if pausing {
		s.push(space, at, at)
		s.push(pause, at, at)
	}
	if n := len(*s); n == 0 || (*s)[n-1].r != space {
		s.push(space, at, at)
	}
}

// plainStream puts one space between words, whatever stood there. Scripts that
// write no blanks get none: 傻 逼 is 傻逼.
func plainStream(atoms []atom) stream {
	s := make(stream, 0, len(atoms)+2)
	s.part(0, false)
	var last rune // the letter before, also across blanks
	parted, blanks, paused := false, true, false
	for _, a := range atoms {
		if a.kind != letter {
			parted, blanks, paused = true, blanks && a.kind == blank, paused || a.kind == stop
			continue
		}
		wide, wasWide := isUnspaced(a.r), isUnspaced(last)
		switch {
		case last == 0:
		case parted && (!blanks || !wide || !wasWide):
			s.part(a.start, paused)
		case wide != wasWide:
			s.part(a.start, false)
		}
		s.push(a.r, a.start, a.end)
		last, parted, blanks, paused = a.r, false, true, false
	}
	s.part(int32(endOf(atoms)), false)
	return s
}

func endOf(atoms []atom) int32 {
	if len(atoms) == 0 {
		return 0
	}
	return atoms[len(atoms)-1].end
}

// words yields the words of a stream.
func (s stream) words(yield func(word []symbol) bool) {
	from := 0
	for i, x := range s {
		if x.r != space && x.r != pause {
			continue
		}
		if i > from && !yield(s[from:i]) {
			return
		}
		from = i + 1
	}
}
