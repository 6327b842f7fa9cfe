package rule

import "sync"

// token is a word with the signs that may stand for letters in it.
type token struct {
	atoms     []atom
	letters   int
	digits    int
	signs     int
	stretched bool
	script    script // of all its letters, unless mixed
	mixed     bool
	pausing   bool // the sentence ended before it
}

// shapeStream folds a text by shape. It is empty if every word is written
// honestly, which is the usual case.
func shapeStream(atoms []atom) stream {
	if honest(atoms) {
		return nil
	}
	tokens, main := tokensOf(atoms)
	var s stream
	s.part(0, false)
	for _, t := range tokens {
		s.part(t.atoms[0].start, t.pausing)
		s.shapes(t.atoms, t.disguise(main))
	}
	s.part(endOf(atoms), false)
	spacedOut(tokens, func(run []atom) {
		s.part(endOf(atoms), true)
		s.shapes(run, everything)
		s.part(endOf(atoms), true)
	})
	return s
}

// shapeOf folds an entry of a list by shape.
func shapeOf(atoms []atom) stream {
	var s stream
	s.part(0, false)
	tokens, _ := tokensOf(atoms)
	for _, t := range tokens {
		s.part(0, false)
		s.shapes(t.atoms, nothing)
	}
	s.part(0, false)
	return s
}

// tokensOf cuts atoms into tokens and finds the script most letters have.
func tokensOf(atoms []atom) (tokens []token, main script) {
	var counts [scripts]int
	pausing := false
	for i := 0; i < len(atoms); i++ {
		if !inToken(atoms, i) {
			pausing = pausing || atoms[i].kind == stop
			continue
		}
		from := i
		for i < len(atoms) && inToken(atoms, i) {
			i++
		}
		t := newToken(atoms[from:i])
		t.pausing, pausing = pausing, false
		if i < len(atoms) {
			pausing = atoms[i].kind == stop
		}
		tokens = append(tokens, t)
		if !t.mixed {
			counts[t.script] += t.letters
		}
	}
	for s := latin; s < scripts; s++ {
		if counts[s] > counts[main] || main == noScript && counts[s] > 0 {
			main = s
		}
	}
	return tokens, main
}

// inToken reports whether an atom belongs to a word: letters, and the signs that
// disguise one. An exclamation mark does only inside a word, a dollar at its end
// too.
func inToken(atoms []atom, i int) bool {
	beside := func(j int) bool {
		return j >= 0 && j < len(atoms) && (atoms[j].kind == letter || atoms[j].r == '$' || atoms[j].r == '@')
	}
	switch a := atoms[i]; {
	case a.kind == letter:
		return !isUnspaced(a.r)
	case a.r == '$', a.r == '@':
		return beside(i-1) || beside(i+1)
	case a.r == '!', a.r == '|':
		return beside(i + 1)
	}
	return false
}

func newToken(atoms []atom) token {
	t := token{atoms: atoms}
	run := 0
	for i, a := range atoms {
		switch {
		case a.kind != letter:
			t.signs++
		case '0' <= a.r && a.r <= '9':
			if leet[a.r] != 0 {
				t.digits++
			}
		default:
			t.letters++
			switch s := scriptOf(a.r); {
			case t.letters == 1:
				t.script = s
			case s != t.script:
				t.mixed = true
			}
			if i > 0 && atoms[i-1].r == a.r {
				run++
			} else {
				run = 1
			}
			t.stretched = t.stretched || run >= stretch
		}
	}
	return t
}

// stretch is how many equal letters in a row no word has.
const stretch = 3

// A disguise says which letters of a token count as written for another: raw is
// the letter, run how many of it stand in a row.
type disguise func(a atom, run int) bool

func nothing(atom, int) bool    { return false }
func everything(atom, int) bool { return true }

// disguise judges how a token is written in a text whose letters are mostly of
// one script.
func (t token) disguise(main script) disguise {
	switch {
	case t.letters == 0:
		return nothing
	case t.foreign(main):
		return everything
	case t.mixed:
		return func(a atom, run int) bool { return run >= stretch || a.kind != letter || look(a.r) != string(a.r) }
	case t.digits+t.signs > 0 || t.stretched:
		return func(a atom, run int) bool { return run >= stretch || leet[a.r] != 0 }
	}
	return nothing
}

// honest reports that nothing in a text could be a disguise: it has one script,
// and neither signs or digits beside letters, nor stretched words, nor single
// letters in a row. It may miss that a text is honest, never that it is not.
func honest(atoms []atom) bool {
	main, last := noScript, rune(0)
	row, letters, digits, singles := 0, 0, 0, 0
	for i := range atoms {
		a := &atoms[i]
		if a.kind != letter {
			if a.kind == mark && leet[a.r] != 0 && inToken(atoms, i) {
				return false
			}
			if letters+digits > 1 {
				singles = 0
			}
			letters, digits, last = 0, 0, 0
			continue
		}
		if letters+digits == 0 {
			singles++
		}
		if row++; a.r != last {
			row = 1
		}
		last = a.r
		if s := scriptOf(a.r); s == noScript && '0' <= a.r && a.r <= '9' {
			digits++
		} else {
			letters++
			if main == noScript {
				main = s
			}
			if s != noScript && s != main {
				return false
			}
		}
		if digits > 0 && letters > 0 || row >= stretch && letters > 0 || singles >= stretch {
			return false
		}
	}
	return true
}

// foreign reports whether a word is of another script than the text around it,
// and all its letters could be of the text's: сор among Latin words, сука typed
// as cyka among Cyrillic ones.
func (t token) foreign(main script) bool {
	if t.letters == 0 || t.mixed || t.script == main || t.script == noScript || main == noScript {
		return false
	}
	for _, a := range t.atoms {
		if a.kind == letter && !couldBe(a.r, main) {
			return false
		}
	}
	return true
}

// couldBe reports whether a letter looks like one of a script.
func couldBe(r rune, s script) bool { return '0' <= r && r <= '9' || looks()[s][look(r)] }

// looks are the shapes of each script's usual letters.
var looks = sync.OnceValue(func() (of [scripts]map[string]bool) {
	for s, letters := range map[script][2]rune{latin: {'a', 'z'}, cyrillic: {'а', 'џ'}, greek: {'α', 'ω'}} {
		of[s] = map[string]bool{}
		for r := letters[0]; r <= letters[1]; r++ {
			of[s][look(r)] = true
		}
	}
	return of
})

// look is the shape of a letter.
func look(r rune) string {
	if s, ok := shapes()[r]; ok {
		return s
	}
	return string(r)
}

// shapes pushes the shapes of a token, equal ones in a row as one.
func (s *stream) shapes(atoms []atom, disguised disguise) {
	run := 0
	word := len(*s)
	for i, a := range atoms {
		if i > 0 && atoms[i-1].r == a.r {
			run++
		} else {
			run = 1
		}
		hidden := disguised(a, run)
		for _, r := range look(a.r) {
			if n := len(*s); n > word && (*s)[n-1].r == r {
				last := &(*s)[n-1]
				last.end, last.run, last.disguised = a.end, min(last.run, 254)+1, last.disguised || hidden
				continue
			}
			*s = append(*s, symbol{r, a.start, a.end, 1, hidden})
		}
	}
}

// maxSpaced bounds the letters of a word that is spaced out.
const maxSpaced = 40

// spacedOut yields the words written letter by letter: whole runs of single
// letters, and those without the first or the last, which may be a word of their
// own ("a s h i t").
func spacedOut(tokens []token, yield func([]atom)) {
	var run []atom
	flush := func() {
		if n := len(run); n >= stretch && n <= maxSpaced {
			yield(run)
			if n > stretch {
				yield(run[1:])
				yield(run[:n-1])
			}
		}
		run = run[:0]
	}
	for _, t := range tokens {
		if len(t.atoms) != 1 {
			flush()
			continue
		}
		run = append(run, t.atoms[0])
	}
	flush()
}
