package importer

import (
	"regexp"
	"strings"

	"parley/internal/desk"
)

// Import returns the page as the desk takes it in. The story is known by the
// page's fingerprint and each comment by its own, so that a second import finds
// both.
func (a Archive) Import() desk.Import {
	in := desk.Import{
		Article: desk.Article{
			ExternalID: "archive:" + a.Fingerprint(),
			Headline:   a.Headline,
			Caption:    a.Caption,
			Body:       strings.Join(literal(a.Paragraphs), "\n\n"),
		},
		Comments: make([]desk.ImportedComment, len(a.Comments)),
	}
	for i, c := range a.Comments {
		in.Comments[i] = desk.ImportedComment{
			SourceID: a.SourceID(i), Parent: c.Parent, Guessed: c.Guessed,
			Name: c.Name, Text: strings.Join(literal(strings.Split(c.Text, "\n")), "\n"),
		}
		if c.Parent < 0 {
			in.Comments[i].ParentName = c.ParentName
		}
	}
	return in
}

// literal escapes what the comment markup would read as markup in plain text,
// so that the page shows what it showed. The search index sees the plain text.
func literal(lines []string) []string {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = escapeLine(line)
	}
	return escaped
}

// inlineMarks begin emphasis, code, links, tags, entities and escapes anywhere.
const inlineMarks = "\\`*_[]<&"

// blockMark finds what makes of a line a heading, a quote, a list, a rule or a
// fence.
var blockMark = regexp.MustCompile(`^\s*(?:\d{1,9}([.)])|([#>+=~-]))`)

func escapeLine(line string) string {
	at := -1
	if m := blockMark.FindStringSubmatchIndex(line); m != nil {
		at = max(m[2], m[4])
	}
	var b strings.Builder
	for i := range len(line) {
		if i == at || strings.IndexByte(inlineMarks, line[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(line[i])
	}
	return b.String()
}
