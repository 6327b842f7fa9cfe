package web

import (
	"net/http"
	"strings"
	"testing"

	"parley/internal/forum"
)

// TestSession_foreignOrigin lets script of a registered page call with the
// cookies of the reader's own session, as a browser would send them. It must act
// as somebody else, and never at the desk.
func TestSession_foreignOrigin(t *testing.T) {
	h := newHouse(t)
	owner := h.owner(h.site)
	id := owner.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "From the desk.")
	path := "/api/v1/comments/" + id.String()
	owner.header.Set("Origin", paperOrigin)

	owner.json(http.MethodPatch, path, `{"text":"Taken over."}`).want(http.StatusUnauthorized)
	owner.json(http.MethodPost, path+"/withdraw", "").want(http.StatusUnauthorized)
	owner.json(http.MethodPost, path+"/decisions", `{"verb":"reject","from":"published","reason":"spam"}`).want(http.StatusForbidden)
	overlay := owner.get("/s/" + h.story.ID.String() + "/overlay").want(http.StatusOK)
	if strings.Contains(overlay.body, "Mara Lind") || !strings.Contains(overlay.body, `"account":null`) {
		t.Errorf("a foreign page sees the reader's own session\n%s", overlay.body)
	}
	// One's own comment cannot be voted on: that this one can shows who votes.
	vote := owner.json(http.MethodPut, path+"/vote", `{"value":1}`).want(http.StatusOK)
	for _, c := range vote.header.Values("Set-Cookie") {
		if strings.Contains(c, h.site.Slug+"=") && !strings.Contains(c, "embed") {
			t.Errorf("a foreign page set %s", c)
		}
	}
	owner.header.Del("Origin")
	owner.get("/c/" + id.String()).has("From the desk.")
}

// TestSession_token is a frame whose browser keeps no cookies: the token of the
// first act, held in memory, stands for the session.
func TestSession_token(t *testing.T) {
	h := newHouse(t)
	frame := http.Header{"Content-Type": {"application/json"}, "Parley-Context": {"frame"}}
	body := `{"story":"` + h.story.ID.String() + `","byline":"none","text":"Without a cookie."}`
	a := h.browser().do(http.MethodPost, "/api/v1/comments", strings.NewReader(body), frame).want(http.StatusCreated)
	token := a.header.Get("Parley-Token")
	if token == "" {
		t.Fatal("no token")
	}
	overlay := "/s/" + h.story.ID.String() + "/overlay"
	if got := h.browser().get(overlay); !strings.Contains(got.body, `"account":null`) {
		t.Errorf("without the token there is an account\n%s", got.body)
	}
	for offered, known := range map[string]bool{token: true, token + "x": false, "": false} {
		got := h.browser().do(http.MethodGet, overlay, nil, http.Header{"Authorization": {"Parley " + offered}}).want(http.StatusOK)
		if strings.Contains(got.body, `"role":"guest"`) != known {
			t.Errorf("token %q: %s", offered, got.body)
		}
	}
	// On a foreign page the frame's token opens nothing.
	abroad := http.Header{"Authorization": {"Parley " + token}, "Origin": {paperOrigin}}
	if got := h.browser().do(http.MethodGet, overlay, nil, abroad); !strings.Contains(got.body, `"account":null`) {
		t.Errorf("a foreign page acts with the frame's token\n%s", got.body)
	}
	first := h.browser().post("/comments", h.draft("On our own page.")).want(http.StatusOK)
	if first.header.Get("Parley-Token") != "" {
		t.Error("a page's session is told to script")
	}
}
