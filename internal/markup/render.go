package markup

import (
	"errors"
	"regexp"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"

	"parley/internal/forum"
)

// DefaultMaxLength is how many characters a comment may have when a site does
// not say.
const DefaultMaxLength = 5000

// MaxStory is how many characters an article's body may have.
const MaxStory = 500_000

// Rules are what a site's settings say about its comments' text.
type Rules struct {
	Links      bool // whether a comment may hold links
	NoPictures bool // whether it may not even link to pictures
	MaxLength  int  // in characters (code points); 0 means DefaultMaxLength
}

// The budgets are far above what people write and far below what takes long.
var (
	comments = newGrammar(100)
	stories  = newGrammar(1_000, util.Prioritized(parser.NewATXHeadingParser(), 600))
)

// Render turns the source of a comment into HTML: paragraphs and lines as they
// were typed, emphasis, quotes, lists, links and code; all else is text. Errors
// stand at the field "text": error.textEmpty, error.textLong,
// error.textCharacters, error.linkNotAllowed, error.pictureNotAllowed.
func Render(source string, rules Rules) (HTML, error) {
	if rules.MaxLength == 0 {
		rules.MaxLength = DefaultMaxLength
	}
	text, err := accept(source, rules.MaxLength)
	if err != nil {
		return "", at("text", err)
	}
	w := writer{source: []byte(text)}
	doc := comments.parse(w.source)
	if blank(plain(doc, w.source, true)) {
		return "", forum.Fail(forum.Invalid, "error.textEmpty").At("text")
	}
	if !rules.Links && holdsLink(doc, w.source, anyTarget) {
		return "", forum.Fail(forum.Invalid, "error.linkNotAllowed").At("text")
	}
	if rules.NoPictures && holdsLink(doc, w.source, isPicture) {
		return "", forum.Fail(forum.Invalid, "error.pictureNotAllowed").At("text")
	}
	w.node(doc)
	return HTML(commentPolicy.Sanitize(w.String())), nil
}

// Story turns the body of an article into HTML. The newsroom may also use
// headings, which become h2 to h4, and links to its own pages. Errors stand at
// the field "body", with the codes of [Render].
func Story(source string) (HTML, error) {
	text, err := accept(source, MaxStory)
	if err != nil {
		return "", at("body", err)
	}
	w := writer{source: []byte(text), story: true}
	w.node(stories.parse(w.source))
	return HTML(storyPolicy.Sanitize(w.String())), nil
}

func at(field string, err error) error {
	var e *forum.Error
	if errors.As(err, &e) {
		return e.At(field)
	}
	return err
}

// anyTarget is every link.
func anyTarget(ast.Node, target) bool { return true }

// pictureFile is how the path of a picture ends.
var pictureFile = regexp.MustCompile(`(?i)\.(?:jpe?g|png|gif|webp|avif|bmp|svg|heic)(?:[?#].*)?$`)

// isPicture reports whether a link was written as a picture or leads to one.
func isPicture(n ast.Node, to target) bool {
	return n.Kind() == ast.KindImage || pictureFile.MatchString(to.href)
}

// holdsLink says whether a link of the text that counts would be one in its HTML.
func holdsLink(doc ast.Node, source []byte, counts func(ast.Node, target) bool) bool {
	found := false
	// The walker returns no error of its own.
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		var to target
		ok := false
		switch n := n.(type) {
		case *ast.Link:
			to, ok = judge(string(util.UnescapePunctuations(n.Destination)))
		case *ast.Image:
			to, ok = judge(string(util.UnescapePunctuations(n.Destination)))
		case *ast.AutoLink:
			to, ok = autoTarget(n, source)
		}
		if ok && counts(n, to) {
			found = true
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return found
}
