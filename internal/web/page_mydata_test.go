package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/forum"
)

// TestMyData_take downloads everything in both forms: it is complete, it is well
// formed, and it holds nothing of others but the byline that was answered.
func TestMyData_take(t *testing.T) {
	h := newHouse(t)
	me, other := h.browser(), h.browser()
	theirs := other.write(h.site, h.story.ID, 0, forum.BylineName, "Somebody Else", "What the other wrote.")
	me.write(h.site, h.story.ID, theirs, forum.BylineName, "Me Myself", "What I answered.")
	me.write(h.site, h.story.ID, 0, forum.BylinePseudonym, "My Mask", "What I wrote under a mask.")
	me.post("/votes", url.Values{"up": {theirs.String()}}).want(http.StatusOK)
	a := me.get("/me/data.json").want(http.StatusOK)
	var data map[string]json.RawMessage
	if err := json.Unmarshal([]byte(a.body), &data); err != nil {
		t.Fatalf("%v\n%s", err, excerpt(a.body))
	}
	var comments []map[string]any
	if err := json.Unmarshal(data["comments"], &comments); err != nil || len(comments) != 2 {
		t.Fatalf("%d comments, %v", len(comments), err)
	}
	if comments[0]["text"] != "What I answered." || comments[0]["answers"] != "Somebody Else" || comments[1]["name"] != "My Mask" {
		t.Errorf("%v", comments)
	}
	page := me.get("/me/data.html").want(http.StatusOK).has("What I answered.", "My Mask", "Somebody Else", "Votes")
	for name, text := range map[string]string{"json": a.body, "html": page.body} {
		if strings.Contains(text, "What the other wrote") {
			t.Errorf("%s holds what somebody else wrote", name)
		}
	}
	h.browser().get("/me/data.json").want(http.StatusUnauthorized)
}

// TestMyData_erase has a reader forgotten by form: the session ends at once, the
// answer to what they wrote stays, and nobody finds them.
func TestMyData_erase(t *testing.T) {
	h := newHouse(t)
	me, other := h.browser(), h.browser()
	mine := me.write(h.site, h.story.ID, 0, forum.BylineName, "Serinus Canaria", "A canarytextword by a lighthouse.")
	other.write(h.site, h.story.ID, mine, forum.BylineName, "Other Reader", "An answer that stays.")
	h.index()
	me.post("/me/erase", url.Values{"comments": {"delete"}, "word": {"wrong"}}).want(http.StatusUnprocessableEntity).has("That is not the word asked for")
	me.post("/me/erase", url.Values{"word": {"Serinus Canaria"}}).want(http.StatusUnprocessableEntity)
	me.get("/me").has("A canarytextword")
	a := me.post("/me/erase", url.Values{"comments": {"delete"}, "word": {"Serinus Canaria"}}).want(http.StatusOK).has("You are being forgotten")
	me.get("/me").lacks("canarytextword")
	job, err := forum.ParseID(strings.TrimPrefix(a.path, "/erasures/"))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.desk.FinishErasures(t.Context(), h.site, []forum.ID{job}); err != nil {
		t.Fatal(err)
	}
	h.browser().get(a.path).want(http.StatusOK).has("Nothing here speaks of you any more")
	for _, path := range []string{
		forum.StoryPath("", h.story), "/s/" + h.story.ID.String() + "/feed.atom", "/s/" + h.story.ID.String() + "/feed.json", "/search?q=lighthouse",
		"/api/v1/stories/" + h.story.ID.String() + "/comments", "/api/v1/search?q=lighthouse",
	} {
		text := h.browser().get(path).body
		if strings.Contains(text, "canarytextword") || strings.Contains(text, "Serinus") {
			t.Errorf("%s still speaks of them\n%s", path, excerpt(text))
		}
	}
	h.browser().get(forum.StoryPath("", h.story)).has("An answer that stays.")
	other.get("/erasures/" + h.story.ID.String()).want(http.StatusNotFound)
}

// TestProfile shows what stands under a name, and nothing else.
func TestProfile(t *testing.T) {
	h := newHouse(t)
	me := h.browser()
	me.write(h.site, h.story.ID, 0, forum.BylineName, "Ada Kern", "Under my name.")
	me.write(h.site, h.story.ID, 0, forum.BylinePseudonym, "My Mask", "Under my mask.")
	me.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Under no name.")
	page := h.browser().get(forum.StoryPath("", h.story)).want(http.StatusOK).has("New here")
	links := regexp.MustCompile(`href="(/u/[0-9A-Za-z]{13})"`).FindAllStringSubmatch(page.body, -1)
	if len(links) != 1 {
		t.Fatalf("%d links to profiles", len(links))
	}
	path := links[0][1]
	h.browser().get(path).want(http.StatusOK).has("Ada Kern", "Under my name.", "1 comment").lacks("Under my mask", "Under no name", "My Mask")
	for _, m := range regexp.MustCompile(`data-by="([0-9A-Za-z]{13})"`).FindAllStringSubmatch(page.body, -1) {
		if p := "/u/" + m[1]; p != path {
			h.browser().get(p).want(http.StatusNotFound)
		}
	}
	me.post("/me/profile", url.Values{"public": {"off"}}).want(http.StatusOK)
	h.browser().get(path).want(http.StatusNotFound)
	me.post("/me/profile", url.Values{"public": {"on"}}).want(http.StatusOK)
	h.browser().get(path).want(http.StatusOK)
	h.browser().get("/at/main" + path).want(http.StatusOK)
	foreign := h.addSite("foreign")
	h.browser().get(h.at(foreign) + path).want(http.StatusNotFound)
}

// TestMutes_followTheAccount mutes an author on one device and does not read them
// on another.
func TestMutes_followTheAccount(t *testing.T) {
	h := newHouse(t)
	loud, me := h.browser(), h.browser()
	loud.write(h.site, h.story.ID, 0, forum.BylineName, "Loud Voice", "Loud words.")
	me.write(h.site, h.story.ID, 0, forum.BylineName, "Quiet Reader", "Mine.")
	page := h.browser().get(forum.StoryPath("", h.story))
	key := regexp.MustCompile(`data-by="([0-9A-Za-z]{13})"[^>]*>\s*<article>\s*<header[^>]*>\s*<a[^>]*><bdi[^>]*>Loud`).FindStringSubmatch(page.body)
	if key == nil {
		t.Fatal("no author key")
	}
	me.post("/mutes", url.Values{"mute": {key[1]}}).want(http.StatusOK)
	second := h.browser()
	for _, c := range me.client.Jar.Cookies(mustURL(t, h.server.URL)) {
		if strings.HasPrefix(c.Name, "parley-main") {
			second.client.Jar.SetCookies(mustURL(t, h.server.URL), []*http.Cookie{c})
		}
	}
	if a := second.get(forum.StoryPath("", h.story)); !strings.Contains(a.body, "comment-muted") {
		t.Error("on the second device the author is not muted")
	}
	second.post("/mutes", url.Values{"unmute": {key[1]}}).want(http.StatusOK)
	if a := second.get(forum.StoryPath("", h.story)); strings.Contains(a.body, "comment-muted") {
		t.Error("and stays muted")
	}
}

func mustURL(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
