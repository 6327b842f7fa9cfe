package rule

import (
	"slices"
)

// automaton finds many patterns in one pass over a text: Aho and Corasick,
// "Efficient string matching" (1975). States lie in the order of their depth,
// the edges of one beside each other, so that it is small and quick to read.
type automaton struct {
	low   [commonEnd]uint16 // letters by rune; zero: of no pattern
	high  map[rune]uint16
	root  []int32 // the state each letter leads to from the beginning
	edges []edge
	first []int32 // state → its first edge; one more than there are states
	fail  []int32 // state → the state of its longest proper suffix
	ends  []int32 // state → the pattern that ends there, or none
	next  []int32 // state → the next shorter suffix at which a pattern ends, or 0
}

type edge struct {
	letter uint16
	to     int32
}

// none stands for no pattern.
const none = -1

// maxLetters is how many letters the patterns of one automaton may have; all of
// Unicode's common Han fits.
const maxLetters = 65_000

// newAutomaton compiles patterns. Of equal ones the first is found.
func newAutomaton(patterns [][]rune) *automaton {
	a := &automaton{high: map[rune]uint16{}}
	order := make([]int, 0, len(patterns))
	for i, p := range patterns {
		if len(p) > 0 && a.learn(p) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return slices.Compare(patterns[x], patterns[y]) })
	a.grow(patterns, order)
	a.link()
	return a
}

// learn gives the letters of a pattern their numbers, unless there are too many.
func (a *automaton) learn(pattern []rune) bool {
	for _, r := range pattern {
		if a.letter(r) != 0 {
			continue
		}
		n := len(a.root) + 1
		if n > maxLetters {
			return false
		}
		a.root = append(a.root, 0)
		if r < commonEnd {
			a.low[r] = uint16(n)
		} else {
			a.high[r] = uint16(n)
		}
	}
	return true
}

func (a *automaton) letter(r rune) uint16 {
	if r < commonEnd {
		return a.low[r]
	}
	return a.high[r]
}

// branch is a state to come: the sorted patterns that share its first letters.
type branch struct {
	patterns []int
	depth    int
}

// grow lays out the trie level by level.
func (a *automaton) grow(patterns [][]rune, order []int) {
	a.root = make([]int32, len(a.root)+1)
	queue := []branch{{order, 0}}
	for state := 0; state < len(queue); state++ {
		b := queue[state]
		a.first = append(a.first, int32(len(a.edges)))
		a.ends = append(a.ends, none)
		rest := b.patterns
		for len(rest) > 0 && len(patterns[rest[0]]) == b.depth {
			if a.ends[state] == none {
				a.ends[state] = int32(rest[0])
			}
			rest = rest[1:]
		}
		for len(rest) > 0 {
			r, n := patterns[rest[0]][b.depth], 1
			for n < len(rest) && patterns[rest[n]][b.depth] == r {
				n++
			}
			to := int32(len(queue))
			queue = append(queue, branch{rest[:n], b.depth + 1})
			a.edges = append(a.edges, edge{a.letter(r), to})
			if state == 0 {
				a.root[a.letter(r)] = to
			}
			rest = rest[n:]
		}
	}
	a.first = append(a.first, int32(len(a.edges)))
}

// link finds the suffixes. States lie by depth, so a state's own suffix is known
// before its children ask for it.
func (a *automaton) link() {
	a.fail, a.next = make([]int32, len(a.ends)), make([]int32, len(a.ends))
	for state := range a.ends {
		for _, e := range a.edges[a.first[state]:a.first[state+1]] {
			if state != 0 {
				a.fail[e.to] = a.step(a.fail[state], e.letter)
			}
			suffix := a.fail[e.to]
			if a.ends[suffix] == none {
				suffix = a.next[suffix]
			}
			a.next[e.to] = suffix
		}
	}
}

// step follows one letter from a state.
func (a *automaton) step(state int32, letter uint16) int32 {
	for state != 0 {
		for _, e := range a.edges[a.first[state]:a.first[state+1]] {
			if e.letter == letter {
				return e.to
			}
		}
		state = a.fail[state]
	}
	return a.root[letter]
}

// scan calls found for every pattern that ends in a text, with the index behind
// its last letter, until found returns false.
func (a *automaton) scan(text stream, found func(pattern, end int) bool) {
	state := int32(0)
	for i := range text {
		n := a.letter(text[i].r)
		if n == 0 {
			state = 0
			continue
		}
		state = a.step(state, n)
		at := state
		if a.ends[at] == none {
			at = a.next[at]
		}
		for ; at != 0; at = a.next[at] {
			if !found(int(a.ends[at]), i+1) {
				return
			}
		}
	}
}
