package desk

import (
	"slices"
	"strings"
	"unicode"
)

// Change is a piece of two texts: in both, or in one of them.
type Change struct {
	Text string
	In   Side
}

// Side says in which of two texts a piece stands.
type Side int

// The sides.
const (
	Both Side = iota
	OnlyBefore
	OnlyAfter
)

// diffCells bounds what comparing two texts may cost: about 2,000 words against
// 2,000.
const diffCells = 4 << 20

// Diff returns how one text became another, word by word: the longest common
// subsequence of words and blanks (Wagner and Fischer 1974). Two long texts with
// little in common are shown one after the other.
func Diff(before, after string) []Change {
	a, b := pieces(before), pieces(after)
	head := common(a, b)
	a, b = a[head:], b[head:]
	tail := commonEnd(a, b)
	var out joined
	out.add(Both, pieces(after)[:head]...)
	out.middle(a[:len(a)-tail], b[:len(b)-tail])
	out.add(Both, a[len(a)-tail:]...)
	return out
}

// pieces cuts a text into words and what stands between them.
func pieces(text string) []string {
	var out []string
	start, blank := 0, false
	for i, r := range text {
		if space := unicode.IsSpace(r); i > start && space != blank {
			out = append(out, text[start:i])
			start = i
			blank = space
		} else if i == start {
			blank = space
		}
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

func common(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func commonEnd(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// joined joins pieces of one side.
type joined []Change

func (c *joined) add(in Side, parts ...string) {
	text := strings.Join(parts, "")
	if text == "" {
		return
	}
	if n := len(*c); n > 0 && (*c)[n-1].In == in {
		(*c)[n-1].Text += text
		return
	}
	*c = append(*c, Change{text, in})
}

// middle compares what two texts do not begin or end with alike.
func (c *joined) middle(a, b []string) {
	if len(a)*len(b) > diffCells {
		c.add(OnlyBefore, a...)
		c.add(OnlyAfter, b...)
		return
	}
	for _, step := range steps(a, b) {
		c.add(step.In, step.Text)
	}
}

// steps walks back through the table of common lengths.
func steps(a, b []string) []Change {
	table := lengths(a, b)
	var out []Change
	i, j := len(a), len(b)
	for i > 0 || j > 0 {
		switch {
		case i > 0 && j > 0 && a[i-1] == b[j-1]:
			i--
			j--
			out = append(out, Change{a[i], Both})
		case j > 0 && (i == 0 || table[i][j-1] >= table[i-1][j]):
			j--
			out = append(out, Change{b[j], OnlyAfter})
		default:
			i--
			out = append(out, Change{a[i], OnlyBefore})
		}
	}
	slices.Reverse(out)
	return out
}

// lengths is the length of the longest common subsequence of each two beginnings.
func lengths(a, b []string) [][]int32 {
	table := make([][]int32, len(a)+1)
	table[0] = make([]int32, len(b)+1)
	for i := range a {
		table[i+1] = make([]int32, len(b)+1)
		for j := range b {
			if a[i] == b[j] {
				table[i+1][j+1] = table[i][j] + 1
			} else {
				table[i+1][j+1] = max(table[i][j+1], table[i+1][j])
			}
		}
	}
	return table
}
