package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
)

// cms is a client with an API key of a site.
func (h *house) cms(site forum.Site) *browser {
	h.t.Helper()
	key, err := h.desk.AddKey(context.Background(), site, "cms")
	if err != nil {
		h.t.Fatal(err)
	}
	b := h.browser()
	b.header.Set("Authorization", "Bearer "+key)
	return b
}

func pngOf(t *testing.T, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestAPI_putStory(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.Sections = []forum.Section{{Slug: "town", Name: "Town"}} })
	b := h.cms(h.site)
	path := "/api/v1/sites/main/stories/cms%2F42"
	body := fmt.Sprintf(`{"headline":"A weir opens","lede":"It opened.","body":"A **day** to remember.","byline":"Mara","section":"town","lang":"en",
		"url":"https://paper.example/weir?utm_source=x","picture":{"data":%q,"alt":"A weir","caption":"The weir.","credit":"Odile"},
		"publishedAt":"2026-03-04T05:06:07Z","state":"open"}`, pngOf(t, 40, 30))
	made := decode(t, b.json(http.MethodPut, path, body).want(http.StatusCreated))
	id := made["id"].(string)
	if made["externalId"] != "cms/42" || made["canonical"] != "https://paper.example/weir" || made["url"] != h.server.URL+"/s/"+id+"/a-weir-opens" {
		t.Errorf("%v", made)
	}
	h.browser().get("/s/"+id+"/a-weir-opens").want(http.StatusOK).has("A day to remember.", "Mara", "The weir.")

	again := decode(t, b.json(http.MethodPut, path, `{"headline":"A weir opens at last","state":"closed","stateReason":"Over."}`).want(http.StatusOK))
	if again["id"] != id || again["state"] != "closed" || again["headline"] != "A weir opens at last" {
		t.Errorf("%v", again)
	}
	for body, place := range map[string]string{
		`{"headline":""}`:                                  "body.headline",
		`{"headline":"A","section":"moon"}`:                "body.section",
		`{"headline":"A","state":"ajar"}`:                  "body.state",
		`{"headline":"A","picture":{"data":"QUJD"}}`:       "body.picture.data",
		`{"headline":"A","stateReason":"\u0000"}`:          "body.stateReason",
		`{"headline":"A","picture":{"alt":"\u0000"}}`:      "body.picture.alt",
		`{"headline":"A","picture":{"data":"not base64"}}`: "body.picture.data",
		`{"headline":"A","publishedAt":"yesterday"}`:       "body.publishedAt",
		`{"headline":"A","id":"1"}`:                        "body.id",
	} {
		p := isProblem(t, b.json(http.MethodPut, path, body))
		if p.Status != 422 && p.Status != 400 || len(p.Errors) != 1 || p.Errors[0].Location != place {
			t.Errorf("%s: %+v, want it at %s", body, p, place)
		}
	}
}

// A story may be larger than a comment, and no larger than its cap.
func TestAPI_putStorySize(t *testing.T) {
	h := newHouse(t)
	b := h.cms(h.site)
	path := "/api/v1/sites/main/stories/long"
	b.json(http.MethodPut, path, `{"headline":"Long","body":"`+strings.Repeat("word ", 20_000)+`"}`).want(http.StatusCreated)
	a := b.json(http.MethodPut, path, `{"headline":"Long","body":"`+strings.Repeat("a", maxStoryBody)+`"}`).want(http.StatusRequestEntityTooLarge)
	isProblem(t, a)
}

// The site is the one the path names, and the key must be that site's.
func TestAPI_putStoryKeyAndSite(t *testing.T) {
	h := newHouse(t)
	other := h.addSite("other")
	mine, theirs := h.cms(h.site), h.cms(other)
	body := `{"headline":"Whose?"}`
	isProblem(t, mine.json(http.MethodPut, "/api/v1/sites/other/stories/1", body).want(http.StatusUnauthorized))
	isProblem(t, theirs.json(http.MethodPut, "/api/v1/sites/main/stories/1", body).want(http.StatusUnauthorized))
	isProblem(t, theirs.json(http.MethodPut, "/at/other/api/v1/sites/main/stories/1", body).want(http.StatusUnauthorized))
	isProblem(t, h.browser().json(http.MethodPut, "/api/v1/sites/main/stories/1", body).want(http.StatusUnauthorized))
	isProblem(t, h.owner(h.site).json(http.MethodPut, "/api/v1/sites/main/stories/1", body).want(http.StatusUnauthorized))
	isProblem(t, mine.json(http.MethodPut, "/api/v1/sites/nowhere/stories/1", body).want(http.StatusNotFound))
	id := decode(t, theirs.json(http.MethodPut, "/api/v1/sites/other/stories/1", body).want(http.StatusCreated))["id"].(string)
	h.browser().get("/at/other/s/" + id + "/whose").want(http.StatusOK)
	h.browser().get("/s/" + id + "/whose").want(http.StatusNotFound)
}

// A date nobody knows is absent, and never the day of an import.
func TestAPI_undated(t *testing.T) {
	h := newHouse(t)
	got, err := h.desk.Import(context.Background(), h.site, desk.Import{
		Article:  desk.Article{Headline: "Old days", ExternalID: "old"},
		Comments: []desk.ImportedComment{{SourceID: "1", Parent: -1, Name: "Ana", Text: "Back then."}},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := decode(t, h.browser().get("/api/v1/stories/"+got.Story.ID.String()+"/comments").want(http.StatusOK))
	c := list["comments"].([]any)[0].(map[string]any)
	if at, ok := c["createdAt"]; ok || c["byline"].(map[string]any)["name"] != "Ana" {
		t.Errorf("created at %v: %v", at, c)
	}
}
