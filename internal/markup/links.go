package markup

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// Link is a link to a web page in the source of a comment: the host it leads to,
// in ASCII, and where its address stands, in bytes. An address that stands there
// in another spelling has no place, and From equals To.
type Link struct {
	Host     string
	From, To int
}

// Links returns the links that the HTML of a comment has, in their order.
func Links(source string) []Link {
	text := []byte(salvage(source, maxPlain))
	var links []Link
	at := 0
	// The walker returns no error of its own.
	_ = ast.Walk(comments.parse(text), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		address, ok := "", false
		if entering {
			address, ok = addressOf(n, text)
		}
		if !ok {
			return ast.WalkContinue, nil
		}
		t, ok := judge(address)
		if !ok || strings.HasPrefix(t.href, "mailto:") {
			return ast.WalkContinue, nil
		}
		link := Link{Host: hostOf(t)}
		if i := strings.Index(source[at:], address); i >= 0 {
			link.From, link.To = at+i, at+i+len(address)
			at = link.To
		}
		links = append(links, link)
		return ast.WalkContinue, nil
	})
	return links
}

// addressOf is where a node leads, if it is a link.
func addressOf(n ast.Node, text []byte) (string, bool) {
	switch n := n.(type) {
	case *ast.Link:
		return string(util.UnescapePunctuations(n.Destination)), true
	case *ast.Image:
		return string(util.UnescapePunctuations(n.Destination)), true
	case *ast.AutoLink:
		return string(n.URL(text)), n.AutoLinkType == ast.AutoLinkURL
	}
	return "", false
}

// hostOf is the host of a target in ASCII, without its port.
func hostOf(t target) string {
	_, rest, _ := strings.Cut(t.href, "//")
	if i := strings.IndexAny(rest, "/?#:"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}
