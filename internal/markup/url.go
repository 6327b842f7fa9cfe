package markup

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// bareURL makes links of web addresses that stand in the text, also where no
// blank stands before them, as in Chinese.
type bareURL struct{}

func (bareURL) Trigger() []byte { return []byte{':'} }

func (bareURL) Parse(parent ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || before.Segment.Stop != segment.Start || !bytes.HasPrefix(line, []byte("://")) {
		return nil
	}
	scheme := schemeAtEnd(before.Segment.Value(block.Source()))
	length := addressLength(line)
	start, stop := segment.Start-scheme, segment.Start+length
	if scheme == 0 || !usable(string(block.Source()[start:stop])) {
		return nil
	}
	block.Advance(length)
	before.Segment = before.Segment.WithStop(start)
	return ast.NewAutoLink(ast.AutoLinkURL, ast.NewTextSegment(text.NewSegment(start, stop)))
}

func usable(url string) bool {
	_, ok := judge(url)
	return ok
}

// schemeAtEnd is the length of "http" or "https" where a text ends with it as a
// word of its own, else 0.
func schemeAtEnd(text []byte) int {
	for _, scheme := range []string{"https", "http"} {
		at := len(text) - len(scheme)
		if at >= 0 && strings.EqualFold(string(text[at:]), scheme) {
			if at > 0 && util.IsAlphaNumeric(text[at-1]) {
				return 0
			}
			return len(scheme)
		}
	}
	return 0
}

// addressLength is how far an address reaches into a line: over the characters
// of addresses (RFC 3987), without the punctuation of the sentence around it.
func addressLength(line []byte) int {
	end, opened, closed := 0, 0, 0
	for end < len(line) {
		r, size := utf8.DecodeRune(line[end:])
		if !addressRune(r) {
			break
		}
		end += size
		switch r {
		case '(':
			opened++
		case ')':
			closed++
		}
	}
	for end > 0 {
		switch last := line[end-1]; {
		case last == ')' && closed > opened:
			closed--
		case !strings.ContainsRune(".,:;!?'*_~&", rune(last)):
			return end
		}
		end--
	}
	return end
}

func addressRune(r rune) bool {
	if r < utf8.RuneSelf {
		return util.IsAlphaNumeric(byte(r)) || strings.ContainsRune("-._~:/?#@!$&'()*+,;=%", r)
	}
	return r != utf8.RuneError && unicode.In(r, unicode.L, unicode.M, unicode.N)
}
