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

// inlineMark finds what may begin emphasis, code, a link, a tag, an entity or an
// escape.
var inlineMark = regexp.MustCompile("[\\\\`*_\\[\\]<]|&#?[0-9A-Za-z]+;")

// blockMark finds what makes of a line a heading, a quote, a list, a rule or a
// fence.
var blockMark = regexp.MustCompile(`^(\s*\d{0,9})([.)#>+=~-])`)

func escapeLine(line string) string {
	var b strings.Builder
	done := 0
	for _, at := range inlineMark.FindAllStringIndex(line, -1) {
		if line[at[0]] == '_' && insideWord(line, at[0]) {
			// It begins no emphasis, and an address would break.
			continue
		}
		b.WriteString(line[done:at[0]])
		b.WriteByte('\\')
		done = at[0]
	}
	b.WriteString(line[done:])
	return blockMark.ReplaceAllString(b.String(), `$1\$2`)
}

// insideWord reports whether the bytes beside a place are ASCII letters or digits.
func insideWord(line string, at int) bool {
	return at > 0 && at+1 < len(line) && isWord(line[at-1]) && isWord(line[at+1])
}

func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
