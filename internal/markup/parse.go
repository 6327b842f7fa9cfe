package markup

import (
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Caps on a text's structure. What is beyond them stays the text it was typed
// as. They keep parsing linear (goldmark is not, on brackets and asterisks) and
// the HTML in proportion to its source.
const (
	maxQuoteDepth    = 8
	maxListDepth     = 8
	maxEmphasisDepth = 8
	maxEmphasisRun   = 3 // "f****" is no emphasis
)

// grammar is what a kind of text is parsed with. Raw HTML, reference links,
// tables and rules have no parser and so stay text.
type grammar struct{ parser parser.Parser }

// newGrammar gives a text so many quotes and as many lists, and four times as
// many of each sort of inline marker.
func newGrammar(budget int, more ...util.PrioritizedValue) grammar {
	block := func(b parser.BlockParser, kind ast.NodeKind, depth int) parser.BlockParser {
		return &cappedBlock{BlockParser: b, kind: kind, depth: depth, budget: budget, spent: parser.NewContextKey()}
	}
	inline := func(i parser.InlineParser) parser.InlineParser {
		return &cappedInline{InlineParser: i, budget: 4 * budget, spent: parser.NewContextKey()}
	}
	blocks := append([]util.PrioritizedValue{
		util.Prioritized(block(parser.NewListParser(), ast.KindList, maxListDepth), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(block(parser.NewBlockquoteParser(), ast.KindBlockquote, maxQuoteDepth), 800),
		util.Prioritized(anyParagraph{parser.NewParagraphParser()}, 1000),
	}, more...)
	return grammar{parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(
			util.Prioritized(inline(parser.NewCodeSpanParser()), 100),
			util.Prioritized(cappedLink{inline(parser.NewLinkParser())}, 200),
			util.Prioritized(inline(parser.NewAutoLinkParser()), 300),
			util.Prioritized(inline(bareURL{}), 400),
			util.Prioritized(inline(shortEmphasis{parser.NewEmphasisParser()}), 500),
		),
	)}
}

func (g grammar) parse(source []byte) ast.Node { return g.parser.Parse(text.NewReader(source)) }

// cappedBlock opens a container only so deep and so often.
type cappedBlock struct {
	parser.BlockParser
	kind          ast.NodeKind
	depth, budget int
	spent         parser.ContextKey
}

func (c *cappedBlock) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if n.Kind() == c.kind {
			depth++
		}
	}
	spent, _ := pc.Get(c.spent).(int)
	if depth >= c.depth || spent >= c.budget || c.kind == ast.KindList && noList(parent, reader) {
		return nil, parser.NoChildren
	}
	node, state := c.BlockParser.Open(parent, reader, pc)
	if node != nil {
		pc.Set(c.spent, spent+1)
	}
	return node, state
}

var loneMarker = regexp.MustCompile(`^\s*([-+*]|[0-9]{1,9}[.)])\s*$`)

// noList says whether what looks like a list is none: a lone "+" is a comment
// people make, and markers in a row ("- - -") are a line they drew.
func noList(parent ast.Node, reader text.Reader) bool {
	line, _ := reader.PeekLine()
	return loneMarker.Match(line) || parent.Kind() == ast.KindListItem && !parent.HasChildren()
}

// cappedInline looks at a marker only so often.
type cappedInline struct {
	parser.InlineParser
	budget int
	spent  parser.ContextKey
}

func (c *cappedInline) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	spent, _ := pc.Get(c.spent).(int)
	if spent >= c.budget {
		return nil
	}
	pc.Set(c.spent, spent+1)
	return c.InlineParser.Parse(parent, block, pc)
}

// cappedLink passes on the end of a block, where open brackets become text.
type cappedLink struct{ parser.InlineParser }

func (c cappedLink) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	c.InlineParser.(*cappedInline).InlineParser.(parser.CloseBlocker).CloseBlock(parent, block, pc)
}

// anyParagraph also begins with an indented line: indented code has no parser,
// because people paste text with blanks before it.
type anyParagraph struct{ parser.BlockParser }

func (anyParagraph) CanAcceptIndentedLine() bool { return true }

// shortEmphasis leaves long runs of asterisks the text they are.
type shortEmphasis struct{ parser.InlineParser }

func (s shortEmphasis) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	run := 1
	for run < len(line) && line[run] == line[0] {
		run++
	}
	if run <= maxEmphasisRun {
		return s.InlineParser.Parse(parent, block, pc)
	}
	block.Advance(run)
	return ast.NewTextSegment(segment.WithStop(segment.Start + run))
}
