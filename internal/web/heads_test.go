package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
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

// TestHeads_actsBelieveSites posts at an installation of many sites, whose list is not
// read with each post; by whom has just acted it is, and for a site that is new.
func TestHeads_actsBelieveSites(t *testing.T) {
	h := newHouse(t)
	const sites = 100
	for i := range sites {
		h.addSite(fmt.Sprintf("site-%d", i))
	}
	n := 0
	post := func(cookie string) (rows int64) {
		t.Helper()
		b := h.browser()
		b.header.Set("Cookie", cookie)
		before := h.store.RowsRead()
		n++
		b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":"Remark %d."}`, h.story.ID, n), nil).want(http.StatusCreated)
		return h.store.RowsRead() - before
	}
	least := post("")
	for range 4 { // a second may end between two of these, but not between all
		least = min(least, post(""))
	}
	if least >= sites {
		t.Errorf("%d rows were read for a post", least)
	}
	if rows := post(cookieActed + "=1"); rows < sites {
		t.Errorf("%d rows were read for the post of somebody who has just acted", rows)
	}
	// Another process adds a site.
	second, err := store.Open(t.Context(), h.path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	other := desk.New(second, time.Now)
	added, err := other.AddSite(t.Context(), "new", "The new paper", forum.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := other.PutStory(t.Context(), added, desk.Article{Headline: "Hello", URL: paperOrigin + "/hello"})
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"story":%q,"byline":"none","text":"The first."}`, x.ID)
	h.browser().do(http.MethodPost, "/at/new/api/v1/comments", strings.NewReader(body), http.Header{"Content-Type": {"application/json"}}).want(http.StatusCreated)
}
