package markup

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// writer writes the HTML of a parsed text, before the sanitiser.
type writer struct {
	strings.Builder
	source []byte
	story  bool // the newsroom's text: its line ends are blanks, its links are trusted
	depth  int  // of emphasis
}

func (w *writer) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		level := strconv.Itoa(min(max(n.Level, 2), 4))
		w.wrap("<h"+level+w.dir(n)+">", n, "</h"+level+">\n")
	case *ast.Paragraph:
		w.wrap("<p"+w.dir(n)+">", n, "</p>\n")
	case *ast.Blockquote:
		w.wrap("<blockquote"+w.dir(n)+">", n, "</blockquote>\n")
	case *ast.List:
		w.list(n)
	case *ast.ListItem:
		w.item(n)
	case *ast.FencedCodeBlock:
		w.text("<pre"+w.dir(n)+"><code>", string(n.Lines().Value(w.source)), "</code></pre>\n")
	case *ast.CodeSpan:
		w.text("<code>", codeText(n, w.source), "</code>")
	case *ast.Emphasis:
		w.emphasis(n)
	case *ast.Link:
		w.link(n, string(n.Destination), func() { w.children(n) })
	case *ast.Image:
		w.link(n, string(n.Destination), func() { w.text("", inlineText(n, w.source), "") })
	case *ast.AutoLink:
		w.autoLink(n)
	case *ast.Text:
		w.text("", textOf(n, w.source), w.lineEnd(n))
	default:
		w.children(n)
	}
}

func (w *writer) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c)
	}
}

func (w *writer) wrap(before string, n ast.Node, after string) {
	w.WriteString(before)
	w.children(n)
	w.WriteString(after)
}

func (w *writer) text(before, text, after string) {
	w.WriteString(before)
	w.WriteString(html.EscapeString(text))
	w.WriteString(after)
}

// lineEnd keeps the lines of a comment: its writer pressed Enter. In a story a
// line end is a blank, as in any Markdown file.
func (w *writer) lineEnd(n *ast.Text) string {
	switch {
	case n.HardLineBreak(), n.SoftLineBreak() && !w.story:
		return "<br>\n"
	case n.SoftLineBreak():
		return "\n"
	}
	return ""
}

// dir lets each block find its own direction. The search for it skips
// descendants that have one of their own, so the first block in a quote or an
// item takes that of its container instead.
func (w *writer) dir(n ast.Node) string {
	for n.PreviousSibling() == nil {
		parent := n.Parent()
		switch parent.Kind() {
		case ast.KindBlockquote, ast.KindListItem:
			return ""
		case ast.KindList:
			n = parent
			continue
		}
		break
	}
	return ` dir="auto"`
}

func (w *writer) list(n *ast.List) {
	tag, start := "ul", ""
	if n.IsOrdered() {
		tag = "ol"
		if n.Start != 1 {
			start = ` start="` + strconv.Itoa(n.Start) + `"`
		}
	}
	w.wrap("<"+tag+start+">\n", n, "</"+tag+">\n")
}

func (w *writer) item(n *ast.ListItem) {
	if !n.HasChildren() {
		w.WriteString("<li></li>\n")
		return
	}
	w.wrap("<li"+w.dir(n)+">", n, "</li>\n")
}

func (w *writer) emphasis(n *ast.Emphasis) {
	if w.depth >= maxEmphasisDepth {
		w.children(n)
		return
	}
	tag := "em"
	if n.Level == 2 {
		tag = "strong"
	}
	w.depth++
	w.wrap("<"+tag+">", n, "</"+tag+">")
	w.depth--
}

// link writes a link with the host it really leads to after it, unless the text
// is that host or an address on it. A link that may not be is the text that was
// typed.
func (w *writer) link(n ast.Node, destination string, label func()) {
	destination = string(util.UnescapePunctuations([]byte(destination)))
	to, ok := w.judge(destination)
	if insideLink(n) {
		label()
		return
	}
	if !ok {
		w.WriteString("[")
		label()
		w.text("](", destination, ")")
		return
	}
	shown := inlineText(n, w.source)
	if blank(shown) {
		shown, label = destination, func() { w.text("", destination, "") }
	}
	w.anchor(to, label)
	w.host(shown, to)
}

func (w *writer) autoLink(n *ast.AutoLink) {
	label := string(n.Label(w.source))
	to, ok := autoTarget(n, w.source)
	switch {
	case insideLink(n):
		w.text("", label, "")
	case !ok:
		w.text("&lt;", label, "&gt;")
	default:
		w.anchor(to, func() { w.text("", label, "") })
		w.host(label, to)
	}
}

// host writes where a link leads unless its text says so.
func (w *writer) host(shown string, to target) {
	if !w.story && !showsHost(shown, to) {
		w.text(" (", to.host, ")")
	}
}

func (w *writer) anchor(to target, label func()) {
	rel := commentRel
	if w.story {
		rel = storyRel
	}
	w.text(`<a href="`, to.href, `" rel="`+rel+`">`)
	label()
	w.WriteString("</a>")
}

// judge also lets a story lead to a page of its own site.
func (w *writer) judge(destination string) (target, bool) {
	local := strings.HasPrefix(destination, "/") && !strings.HasPrefix(destination, "//")
	if w.story && local && !strings.ContainsRune(destination, '\\') && !strings.ContainsFunc(destination, unseen) {
		return target{href: string(util.URLEscape([]byte(destination), false))}, true
	}
	return judge(destination)
}

// showsHost says whether the text of a link names the host it leads to, as we
// would show it.
func showsHost(text string, to target) bool {
	if strings.EqualFold(strings.TrimPrefix(text, "www."), strings.TrimPrefix(to.host, "www.")) {
		return true
	}
	named, ok := judge(text)
	return ok && named.host == to.host && strings.Contains(strings.ToLower(text), to.host)
}

func insideLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if k := p.Kind(); k == ast.KindLink || k == ast.KindImage {
			return true
		}
	}
	return false
}

// autoTarget is where an address in the text leads. A mail address is left
// alone unless the writer typed "mailto:".
func autoTarget(n *ast.AutoLink, source []byte) (target, bool) {
	if n.AutoLinkType == ast.AutoLinkEmail {
		return target{}, false
	}
	return judge(string(n.URL(source)))
}
