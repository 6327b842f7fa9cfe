package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// maxPlain is how much of a text is read for its plain form.
const maxPlain = 100_000

// Plain is the text of a comment without its markup, for search and feeds:
// blocks parted by an empty line, lines kept. It never fails; what [Render]
// would refuse is dropped or cut.
func Plain(source string) string {
	text := []byte(salvage(source, maxPlain))
	return plain(comments.parse(text), text, true)
}

// Excerpt is the beginning of a text in one line, of at most so many characters
// (grapheme clusters) with the "…" of a cut: what a nameless comment is called by.
// Words of the author come before those quoted, and a cut falls between words
// where there is a blank in the second half.
func Excerpt(source string, characters int) string {
	const perCharacter = 16 // code points; markup and emoji included
	text := salvage(source, 1000+perCharacter*characters)
	if bare(text) {
		return cut(oneLine(text), characters)
	}
	return cut(ownWords([]byte(text)), characters)
}

// ownWords is a text without its markup and, if there is more, its quotes.
func ownWords(text []byte) string {
	doc := comments.parse(text)
	if own := oneLine(plain(doc, text, false)); own != "" {
		return own
	}
	return oneLine(plain(doc, text, true))
}

// bare reports whether nothing in a text can be markup: most comments are words, and
// to parse them is most of what an excerpt costs.
func bare(text string) bool {
	if strings.ContainsAny(text, "*_`~[]<>\\/\t") {
		return false
	}
	begins := true
	for i := range len(text) {
		c := text[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf
		if begins && !letter && c != '\n' && c != '"' && c != '\'' && c != '(' {
			return false
		}
		begins = c == '\n'
	}
	return true
}

func oneLine(text string) string {
	if !isASCII(text) {
		text = strings.Map(func(r rune) rune {
			if r >= '\u2066' && r <= '\u2069' { // a cut could leave one open
				return -1
			}
			return r
		}, text)
	}
	return strings.Join(strings.Fields(text), " ")
}

func cut(text string, characters int) string {
	end := 0
	for range characters - 1 {
		end += firstCluster(text[end:])
	}
	if end+firstCluster(text[end:]) == len(text) {
		return text
	}
	head := text[:end]
	if blank := strings.LastIndexByte(head, ' '); blank > end/2 && text[end] != ' ' {
		head = head[:blank]
	}
	return strings.TrimRightFunc(head, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(".,;:-–—", r) }) + "…"
}

// firstCluster returns the bytes of the first character of a text without line ends.
func firstCluster(text string) int {
	const ascii = utf8.RuneSelf
	if len(text) < 2 || (text[0] < ascii && text[1] < ascii) {
		return min(len(text), 1)
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	return len(cluster)
}

// plain writes the text of the blocks below a node, of quotes only if asked.
func plain(doc ast.Node, source []byte, quotes bool) string {
	var b strings.Builder
	var walk func(n ast.Node)
	walk = func(n ast.Node) {
		switch n.Kind() {
		case ast.KindBlockquote:
			if !quotes {
				return
			}
		case ast.KindFencedCodeBlock:
			paragraph(&b, string(n.Lines().Value(source)))
			return
		}
		if c := n.FirstChild(); c != nil && c.Type() == ast.TypeInline {
			paragraph(&b, inlineText(n, source))
			return
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			walk(c)
		}
	}
	walk(doc)
	return b.String()
}

func paragraph(b *strings.Builder, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	if b.Len() > 0 {
		b.WriteString("\n\n")
	}
	b.WriteString(text)
}

// inlineText is the text inside a node, lines kept.
func inlineText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.WriteString(textOf(c, source))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.CodeSpan:
			b.WriteString(codeText(c, source))
		case *ast.AutoLink:
			b.Write(c.Label(source))
		default:
			b.WriteString(inlineText(c, source))
		}
	}
	return b.String()
}

// textOf is what a piece of text says: "\*" is an asterisk. Entities ("&lt;")
// stay as they were typed.
func textOf(n *ast.Text, source []byte) string {
	return string(util.UnescapePunctuations(n.Segment.Value(source)))
}

func codeText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		b.Write(c.(*ast.Text).Segment.Value(source))
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}
