package web

import (
	"net/http"
	"testing"

	"parley/internal/cdn"
	"parley/internal/forum"
)

// TestTags asks for public pages of a server behind a CDN: each names what it shows,
// whichever way it came, and what is made for one reader names nothing.
func TestTags(t *testing.T) {
	h := newHouse(t)
	c := h.remark("A comment.")
	config := h.server.Config.Handler.(*Server).shared.Config
	config.Tags = Tags{"Surrogate-Key", " "}
	behind, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	page := forum.StoryPath("", h.story)
	story, lists := cdn.Site(h.site.ID)+" "+cdn.Story(h.story.ID), cdn.Site(h.site.ID)+" "+cdn.Lists(h.site.ID)
	for path, want := range map[string]string{
		"/": lists, page: story, page + "?view=conversation": story, "/c/" + c.ID.String(): story, "/feed.atom": lists,
		"/s/" + h.story.ID.String() + "/feed.atom": story, "/c/" + c.ID.String() + "/replies": story, "/signin": "",
		"/s/" + h.story.ID.String() + "/overlay": "",
	} {
		for range 3 {
			if got := behind.shared.plainly(t, behind, http.MethodGet, path, nil).Header().Get("Surrogate-Key"); got != want {
				t.Errorf("%s is %q, want %q", path, got, want)
			}
		}
		known := http.Header{"Cookie": {"parley-known=1"}}
		if got := behind.shared.plainly(t, behind, http.MethodGet, path, known).Header().Get("Surrogate-Key"); got != "" {
			t.Errorf("%s for one reader is %q", path, got)
		}
	}
}
