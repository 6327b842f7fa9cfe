package line

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// likely asks whether one of the names is meant that begin with a word or are two
// letters from it at most; empty if there are none.
func likely(word string, names []string) string {
	var near []string
	for _, name := range names {
		if strings.HasPrefix(name, word) || distance(word, name) <= 2 {
			near = append(near, strconv.Quote(name))
		}
	}
	switch len(near) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(", did you mean %s?", near[0])
	}
	return fmt.Sprintf(", did you mean one of %s?", strings.Join(near, ", "))
}

// distance returns how many bytes must be put in, taken out or changed to make one
// text of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // of a so far to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			changed := before[j]
			if a[i] != b[j] {
				changed++
			}
			row[j+1] = min(before[j+1]+1, row[j]+1, changed)
		}
	}
	return row[len(b)]
}
