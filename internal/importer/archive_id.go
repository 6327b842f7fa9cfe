package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Fingerprint identifies the page's story: its caption, headline and body. The
// comments do not count, so a page saved again after more readers wrote has
// the same one. 32 hexadecimal letters.
func (a Archive) Fingerprint() string {
	return hash(append([]string{a.Caption, a.Headline}, a.Paragraphs...)...)
}

// SourceID identifies comment i for good, so that a second import of the page
// brings nothing in. It hashes headline, name and text, and counts the
// position among the comments that agree in all three; comments that come and
// go around it do not change it.
func (a Archive) SourceID(i int) string {
	c := a.Comments[i]
	return fmt.Sprintf("%s-%d", hash(a.Headline, c.Name, c.Text), c.Nth)
}

// countEqual sets Nth on every comment.
func countEqual(comments []ArchivedComment) {
	type said struct{ name, text string }
	seen := make(map[said]int, len(comments))
	for i := range comments {
		c := &comments[i]
		key := said{c.Name, c.Text}
		seen[key]++
		c.Nth = seen[key]
	}
}

// Names lists the distinct names of the page's authors in order of appearance.
// Nameless comments add none.
func (a Archive) Names() []string {
	var names []string
	seen := make(map[string]bool)
	for _, c := range a.Comments {
		if c.Name != "" && !seen[c.Name] {
			seen[c.Name] = true
			names = append(names, c.Name)
		}
	}
	return slices.Clip(names)
}

// hash joins parts by a character that no parsed page contains.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
