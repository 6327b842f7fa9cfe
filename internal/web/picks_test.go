package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/forum"
)

// pick picks a comment as the desk does, or takes the pick back.
func (h *house) pick(id forum.ID, verb forum.Verb) {
	h.t.Helper()
	form := url.Values{"comment": {id.String()}, "verb": {string(verb)}, "from": {string(forum.Published)}}
	h.owner(h.site).post("/desk/decisions", form).want(http.StatusOK)
}

// A pick is seen wherever its comment is, and in its own view.
func TestPicks(t *testing.T) {
	h := newHouse(t)
	x, first := h.embeddedStory()
	chosen := h.browser().write(h.site, x.ID, first, forum.BylineNone, "", "Worth its place.")
	page, b := forum.StoryPath("", x), h.browser()
	const badge, option, none = "Picked by the newsroom", "Picks of the newsroom", "Nothing here has been picked"
	b.get(page).want(http.StatusOK).lacks(badge, option, none)
	b.get(page+"?view=picks").want(http.StatusOK).has(none, option).lacks("A heron lives there.", badge)
	h.pick(chosen, forum.Feature)

	b.get("/c/" + chosen.String()).want(http.StatusOK).has(badge)
	for _, place := range []string{page + "?", "/embed/v1/frame?id=cms-7", "/embed/v1/discussion?format=html&id=cms-7"} {
		b.get(place).want(http.StatusOK).has(badge, option, "A heron lives there.")
		picks := b.get(place+"&view=picks").want(http.StatusOK).has(badge, option, "Worth its place.")
		if strings.Contains(picks.body, `id="c-`+first.String()) || !strings.Contains(picks.body, `id="c-`+chosen.String()) {
			t.Errorf("the picks at %s are not what was picked", place)
		}
	}
	list := decode(t, b.get("/api/v1/stories/"+x.ID.String()+"/comments?view=picks").want(http.StatusOK))["comments"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["picked"] != true {
		t.Errorf("picks as JSON: %v", list)
	}
	for format, want := range map[string]string{"atom": `<category term="pick" label="` + badge + `">`, "json": `"tags":["` + badge + `"]`} {
		feed := b.get("/s/" + x.ID.String() + "/feed." + format).want(http.StatusOK)
		if n := strings.Count(feed.body, want); n != 1 {
			t.Errorf("the feed %s names %d picks:\n%s", format, n, excerpt(feed.body))
		}
	}
	h.pick(chosen, forum.Unfeature)
	b.get(page).want(http.StatusOK).lacks(badge, option)
}

// Choosing the picks shows them here; the next discussion, which may have none,
// is read as this device chose before.
func TestPicks_areNotRemembered(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "A comment.")
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := forum.StoryPath("", h.story)
	for _, x := range []struct{ choice, to, read string }{
		{"picks", page + "?order=oldest&size=50&view=picks#comments", "threaded"},
		{"conversation", page + "#comments", "conversation"},
		{"picks", page + "?order=oldest&size=50&view=picks#comments", "conversation"},
	} {
		form := url.Values{"view": {x.choice}, "order": {"oldest"}, "size": {"50"}, "back": {page + "?view=picks"}}
		if to := b.post("/preferences", form).want(http.StatusSeeOther).header.Get("Location"); to != x.to {
			t.Errorf("%s leads to %s, want %s", x.choice, to, x.to)
		}
		d := nodes(t, b.get(page).want(http.StatusOK).body, "section")[0]
		if d["data-view"] != x.read || d["data-order"] != "oldest" || d["data-size"] != "50" {
			t.Errorf("after %s the story is read as %v", x.choice, d)
		}
	}
}
