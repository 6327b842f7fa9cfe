package importer

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// replySuffix and replyWords are the page's own words. They stay glued to the
// names around them when the tags between are lost, so blanks are optional. A
// header is a reply only if it ends with the suffix; a name may contain
// anything else.
var (
	replySuffix = regexp.MustCompile(`in ?reply ?to.*\( ?Show ?comment ?Hide ?comment ?\)$`)
	suffixOnly  = regexp.MustCompile(` ?\( ?Show ?comment ?Hide ?comment ?\)$`)
	replyWords  = regexp.MustCompile(`in ?reply ?to`)
)

// previewAtLeast is the number of characters from which a parent's text at the
// head of a reply is taken for the page's preview of the parent, not for two
// readers who begin with the same short word.
const previewAtLeast = 20

// linkReplies splits the headers of replies into name and parent and finds
// each parent among the earlier comments.
func linkReplies(comments []ArchivedComment, headers []archiveHeader) {
	latest := make(map[string]int, len(comments))
	for i := range comments {
		c := &comments[i]
		if headers[i].reply {
			c.Name, c.ParentName = splitReply(headers[i].line, latest)
			if parent, ok := latest[c.ParentName]; ok {
				c.Parent, c.Guessed = parent, true
				c.Text = withoutPreview(c.Text, comments[parent].Text)
			}
		}
		latest[c.Name] = i
	}
}

// splitReply splits a header at the words "in reply to". Where names contain
// those words as well, it takes the last split that names a known author, else
// the last.
func splitReply(header string, known map[string]int) (name, parent string) {
	header = suffixOnly.ReplaceAllString(header, "")
	splits := replyWords.FindAllStringIndex(header, -1)
	for i := len(splits) - 1; i >= 0; i-- {
		at := splits[i]
		before, after := strings.TrimSpace(header[:at[0]]), strings.TrimSpace(header[at[1]:])
		_, seen := known[after]
		if seen {
			return before, after
		}
		if i == len(splits)-1 {
			name, parent = before, after
		}
	}
	return name, parent
}

// withoutPreview removes the parent's whole text from the head of a reply:
// pages saved with the parent shown repeat it there.
func withoutPreview(text, parent string) string {
	if utf8.RuneCountInString(parent) < previewAtLeast {
		return text
	}
	rest, ok := strings.CutPrefix(text, parent+"\n")
	if !ok {
		return text
	}
	return strings.TrimLeft(rest, "\n")
}
