package term

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxWords bounds what one search may cost.
const maxWords = 8

// Query is what a text must hold to be an answer.
type Query struct {
	// Words must all be among the text's terms; each once, at most 8 with the
	// prefix.
	Words []string
	// Prefix, unless empty, must begin at least one of the text's terms: the
	// word the reader may still be typing. [Next] ends its range.
	Prefix string
}

// Empty reports whether nothing is left to look for.
func (q Query) Empty() bool { return len(q.Words) == 0 && q.Prefix == "" }

// In reports whether a text is an answer.
func (q Query) In(text string) bool {
	terms := Index(text)
	for _, word := range q.Words {
		if !slices.Contains(terms, word) {
			return false
		}
	}
	return q.Prefix == "" || slices.ContainsFunc(terms, func(t string) bool { return strings.HasPrefix(t, q.Prefix) })
}

// Parse reads what a reader typed. The last word is a prefix when nothing
// follows it and it has two characters or more; in scripts without blanks
// between words every pair of characters is a word already.
func Parse(typed string) Query {
	var q Query
	for run := range runs(fold(typed)) {
		open := run.last && !run.paired && utf8.RuneCountInString(run.text) > 1
		for t := range run.terms(false) {
			if len(q.Words) == maxWords {
				return q
			}
			if t = capped(t); open {
				q.Prefix = t
			} else if !slices.Contains(q.Words, t) {
				q.Words = append(q.Words, t)
			}
		}
	}
	if slices.ContainsFunc(q.Words, func(w string) bool { return strings.HasPrefix(w, q.Prefix) }) {
		q.Prefix = ""
	}
	return q
}

// Next returns the smallest text, in the order of UTF-8 bytes, greater than
// every text that begins with prefix: the end of a range scan. It is empty when
// there is none, as for the empty prefix. The prefix must be valid UTF-8, and
// the result is, since PostgreSQL stores nothing else.
func Next(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last {
		case utf8.MaxRune:
			continue
		case 0xD7FF: // surrogates follow, which UTF-8 leaves out
			return prefix + "\uE000"
		}
		return prefix + string(last+1)
	}
	return ""
}
