package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
)

// remark adds a comment under the house's story without a browser.
func (h *house) remark(text string) forum.Comment {
	h.t.Helper()
	p, err := h.desk.Post(context.Background(), h.site, forum.Actor{}, desk.Draft{
		Story: h.story.ID, Byline: forum.BylineNone, Text: text, Key: "key of " + text,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Comment
}

// TestHeads_cachedReads asks for public pages again and counts rows.
func TestHeads_cachedReads(t *testing.T) {
	h := newHouse(t)
	h.remark("First.")
	b := h.browser()
	for _, path := range []string{
		"/", forum.StoryPath("", h.story), "/feed.atom", "/s/" + h.story.ID.String() + "/feed.json",
	} {
		read := h.store.RowsRead
		rows := int64(0)
		// A second may end between two of these, but not between all.
		for try := 0; try < 5; try++ {
			b.get(path)
			before := read()
			b.get(path)
			if rows = read() - before; rows == 0 {
				break
			}
		}
		if rows != 0 {
			t.Errorf("%s read %d rows when it was asked for again", path, rows)
		}
	}
}

// TestHeads_ownWrites posts without pause: whoever writes sees it, however much
// else the story is seen to change.
func TestHeads_ownWrites(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.header.Set("Cookie", "parley-js=1") // so that the public page will do
	path := forum.StoryPath("", h.story)
	for i := range 6 {
		text := fmt.Sprintf("Remark %d.", i)
		h.remark("Somebody else before " + text)
		h.browser().get(path)
		b.write(h.site, h.story.ID, 0, forum.BylineNone, "", text)
		if !strings.Contains(b.get(path).body, text) {
			t.Errorf("the author of %q does not see it", text)
		}
	}
}
