// Package importer reads what other systems wrote: exports of other comment
// engines and pages saved by hand. Each reader turns one foreign format into
// plain values and says, with a line, why a file is not of its format.
//
// Reading and storing are apart: nothing here knows SQL or HTTP, and nothing
// here decides what a site allows; the desk does when it takes the values in.
package importer

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"parley/internal/forum"
)

// archiveLimit is the size of the largest archived page that is read, in bytes.
const archiveLimit = 16 << 20

// Archive is a news page that was saved as plain text: a story and the
// discussion that stood beneath it. It carries no dates and no ids, so none
// are invented here.
type Archive struct {
	// Caption is the line under the story's picture.
	Caption string
	// Headline may repeat the caption.
	Headline string
	// Paragraphs is the story's body, never empty.
	Paragraphs []string
	// Comments stand in the page's order; none is a legal discussion.
	Comments []ArchivedComment
}

// ArchivedComment is one bullet of an archived page.
type ArchivedComment struct {
	// Line is the number of the bullet's line in the file, from 1.
	Line int
	// Name is the name the page showed, empty for a nameless comment.
	Name string
	// ParentName is the name after "in reply to", kept even when nobody of
	// that name wrote earlier. Empty on a root and on a reply to a nameless
	// comment.
	ParentName string
	// Parent is the index in Archive.Comments of the comment replied to, or -1.
	Parent int
	// Guessed is set with Parent: the page names a parent only by its author,
	// so the latest earlier comment of that name was taken.
	Guessed bool
	// Nth counts, up to and with this one, the comments that agree in name and
	// text; from 1.
	Nth int
	// Text is plain text. Its lines are those of the page; a blank line stands
	// between paragraphs. Never empty.
	Text string
}

// ParseArchive reads an archived page. A file that is not one is refused whole
// with a forum.Error of kind Invalid that carries the line where it went wrong.
//
// The grammar, in which • is a bullet indented by one to three columns:
//
//	page    := caption headline paragraph+ comment*    a line each, blank lines between
//	comment := "  • " header  ("    " text)+
//	         | "  • " text                             a nameless comment
//	header  := name? ("in reply to" parent "(Show commentHide comment)")?
//
// Blanks around the words of a header may be missing or present. A bullet
// without an indented line after it is always text, whatever it looks like, so
// that no word of the page is lost.
func ParseArchive(r io.Reader) (Archive, error) {
	lines, err := readLines(r)
	if err != nil {
		return Archive{}, err
	}
	p := archiveParser{lines: lines}
	if err := p.story(); err != nil {
		return Archive{}, err
	}
	if err := p.discussion(); err != nil {
		return Archive{}, err
	}
	linkReplies(p.archive.Comments, p.headers)
	countEqual(p.archive.Comments)
	return p.archive, nil
}

// readLines reads the whole page and splits it, refusing what is not text.
func readLines(r io.Reader) ([]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, archiveLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read archived page: %w", err)
	}
	if len(data) > archiveLimit {
		line := 1 + bytes.Count(data[:archiveLimit], []byte("\n"))
		return nil, archiveError("error.archiveTooLarge", line).With("megabytes", archiveLimit>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		if strings.ContainsFunc(line, isBinary) {
			return nil, archiveError("error.archiveBinary", i+1)
		}
		if !utf8.ValidString(line) {
			return nil, archiveError("error.archiveEncoding", i+1)
		}
	}
	return lines, nil
}

// isBinary reports a control character that no saved page contains.
func isBinary(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func archiveError(code string, line int) *forum.Error {
	return forum.Fail(forum.Invalid, code).With("line", line)
}

// archiveParser walks the lines once; next is the index of the line to read.
type archiveParser struct {
	lines   []string
	next    int
	archive Archive
	headers []archiveHeader
}

// archiveHeader is what a comment's bullet line says about its parent.
type archiveHeader struct {
	line  string // the bullet's line without its bullet, blanks collapsed
	reply bool   // false when the line is a bare name or a nameless text
}

// story reads everything before the first bullet.
func (p *archiveParser) story() error {
	var found []string
	var end int // the last line with text
	for ; p.next < len(p.lines); p.next++ {
		line := p.lines[p.next]
		if isBullet(line) {
			break
		}
		text := collapse(line)
		switch {
		case text == "":
			continue
		case looksLikeHTML(text):
			return archiveError("error.archiveHTML", p.next+1)
		case line[0] == ' ' || line[0] == '\t':
			return archiveError("error.archiveIndented", p.next+1)
		}
		found, end = append(found, text), p.next+1
	}
	last := min(p.next+1, len(p.lines))
	switch {
	case len(found) == 0 && p.next == len(p.lines):
		return archiveError("error.archiveEmpty", 1)
	case len(found) < 2:
		return archiveError("error.archiveNoHeadline", last)
	case len(found) < 3:
		return archiveError("error.archiveNoParagraph", last)
	case p.next == len(p.lines):
		// Any text has lines; what makes it a saved page is its comments.
		return archiveError("error.archiveNoComment", end)
	}
	p.archive.Caption, p.archive.Headline, p.archive.Paragraphs = found[0], found[1], found[2:]
	return nil
}

// discussion reads the comments, from the first bullet to the end of the file.
func (p *archiveParser) discussion() error {
	for p.next < len(p.lines) {
		line := p.lines[p.next]
		switch {
		case collapse(line) == "":
			p.next++
		case !isBullet(line):
			return archiveError("error.archiveStray", p.next+1)
		default:
			if err := p.comment(); err != nil {
				return err
			}
		}
	}
	return nil
}

// comment reads one bullet with the indented lines that belong to it.
func (p *archiveParser) comment() error {
	c := ArchivedComment{Line: p.next + 1, Parent: -1}
	_, rest, _ := strings.Cut(p.lines[p.next], bullet)
	p.next++
	header := archiveHeader{line: collapse(rest)}
	c.Text = p.text()
	switch {
	case c.Text == "" && header.line == "":
		return archiveError("error.archiveEmptyComment", c.Line)
	case c.Text == "":
		c.Text = trimLine(rest)
	default:
		header.reply = replySuffix.MatchString(header.line)
		c.Name = header.line
	}
	p.archive.Comments = append(p.archive.Comments, c)
	p.headers = append(p.headers, header)
	return nil
}

// text reads the indented lines of a comment and the blank lines among them.
func (p *archiveParser) text() string {
	var lines []string
	for ; p.next < len(p.lines); p.next++ {
		line := trimLine(p.lines[p.next])
		if line != "" && indent(p.lines[p.next]) < textIndent {
			break
		}
		lines = append(lines, line)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

const (
	bullet = "•"
	// textIndent is the column from which a line belongs to the comment above
	// it, even if it begins with a bullet of its own.
	textIndent = 4
)

// isBullet reports whether a line begins a comment.
func isBullet(line string) bool {
	columns := indent(line)
	return columns > 0 && columns < textIndent && strings.HasPrefix(trimLine(line), bullet)
}

// indent counts the blank columns a line begins with; a tab stops at every
// fourth column.
func indent(line string) int {
	columns := 0
	for _, r := range line {
		switch r {
		case ' ', nbsp:
			columns++
		case '\t':
			columns += 4 - columns%4
		default:
			return columns
		}
	}
	return columns
}

const nbsp = '\u00a0'

// plainSpaces turns the no-break spaces of typeset pages into spaces.
func plainSpaces(s string) string { return strings.ReplaceAll(s, string(nbsp), " ") }

// trimLine removes the blanks around a line and leaves those within it alone.
func trimLine(s string) string { return strings.Trim(plainSpaces(s), " \t") }

// collapse makes every run of blanks one space: in a name, a headline or a
// story their number means nothing, and NBSP beside a space is common.
func collapse(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\t' || r == nbsp
	}), " ")
}

// looksLikeHTML reports whether a line of the story begins with a tag, a
// comment or a declaration.
func looksLikeHTML(line string) bool {
	if len(line) < 2 || line[0] != '<' {
		return false
	}
	c := line[1] | 0x20
	return line[1] == '!' || line[1] == '?' || line[1] == '/' || 'a' <= c && c <= 'z'
}
