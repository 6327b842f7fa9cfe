package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

// decode reads a JSON answer into a map.
func decode(t *testing.T, a answer) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%v\n%s", err, excerpt(a.body))
	}
	return m
}

// says reports whether a comment's HTML is one paragraph of the text.
func says(comment map[string]any, text string) bool {
	html, _ := comment["html"].(string)
	return strings.TrimSpace(html) == `<p dir="auto">`+text+`</p>`
}

func (b *browser) postJSON(body string, header http.Header) answer {
	b.t.Helper()
	h := http.Header{"Content-Type": {"application/json"}}
	for name, values := range header {
		h[name] = values
	}
	return b.do(http.MethodPost, "/api/v1/comments", strings.NewReader(body), h)
}

func TestAPI_post(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	body := fmt.Sprintf(`{"story":%q,"byline":"name","name":"Jonas","text":"The *quay* is quiet."}`, h.story.ID)
	a := b.postJSON(body, http.Header{"Idempotency-Key": {"key-1"}}).want(http.StatusCreated)
	made := decode(t, a)
	id, _ := made["id"].(string)
	address := h.server.URL + "/c/" + id
	if made["state"] != "published" || made["url"] != address || a.header.Get("Location") != address || made["story"] != h.story.ID.String() {
		t.Errorf("made %v, location %q", made, a.header.Get("Location"))
	}
	until, err := time.Parse(time.RFC3339, made["editableUntil"].(string))
	if err != nil || time.Until(until) > 5*time.Minute || time.Until(until) < 4*time.Minute {
		t.Errorf("editable until %v: %v", made["editableUntil"], err)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("cache control %q", a.header.Get("Cache-Control"))
	}
	b.get("/c/"+id).want(http.StatusOK).has("The quay is quiet.", "Jonas")

	again := decode(t, b.postJSON(body, http.Header{"Idempotency-Key": {"key-1"}}).want(http.StatusOK))
	if again["id"] != id {
		t.Errorf("a repeat made %v, first %s", again["id"], id)
	}
	other := strings.Replace(body, "quiet", "loud", 1)
	if p := isProblem(t, b.postJSON(other, http.Header{"Idempotency-Key": {"key-1"}}).want(http.StatusConflict)); p.Code != "error.keyReused" {
		t.Errorf("%+v", p)
	}
	isProblem(t, b.postJSON(other, http.Header{"Idempotency-Key": {strings.Repeat("k", 201)}}).want(http.StatusUnprocessableEntity))

	reply := fmt.Sprintf(`{"story":%q,"parent":%q,"byline":"none","text":"So it is."}`, h.story.ID, id)
	answer := decode(t, b.postJSON(reply, nil).want(http.StatusCreated))
	got := decode(t, b.get("/api/v1/comments/"+answer["id"].(string)).want(http.StatusOK))
	if got["parent"] != id || got["depth"] != 1.0 || !says(got, "So it is.") {
		t.Errorf("reply %v", got)
	}
}

func TestAPI_postRefused(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	story := h.story.ID.String()
	for body, want := range map[string]problem{
		`{"story":"` + story + `","byline":"none","text":" "}`:                              {Status: 422, Code: "error.textEmpty", Errors: []problemField{{Location: "body.text"}}},
		`{"story":"` + story + `","byline":"name","name":"x","text":"a"}`:                   {Status: 422, Code: "error.nameShort", Errors: []problemField{{Location: "body.name"}}},
		`{"story":"` + story + `","byline":"king","text":"a"}`:                              {Status: 422, Code: "error.bylineNotAllowed", Errors: []problemField{{Location: "body.byline"}}},
		`{"story":"` + story + `","byline":"none","text":"\u0000"}`:                         {Status: 422, Code: "error.textCharacters", Errors: []problemField{{Location: "body.text"}}},
		`{"story":"nope","byline":"none","text":"a"}`:                                       {Status: 404, Code: "error.notFound"},
		`{"story":"` + story + `","parent":"` + story + `","byline":"none","text":"a"}`:     {Status: 410, Code: "error.parentGone", Errors: []problemField{{Location: "body.parent"}}},
		`{"storyRef":{"url":"https://elsewhere.example/a"},"byline":"none","text":"a"}`:     {Status: 403, Code: "error.originRefused"},
		`{"storyRef":{"url":"javascript:alert(1)"},"byline":"none","text":"a"}`:             {Status: 422, Code: "error.storyURL"},
		`{"storyRef":{"url":"https://paper.example/a","id":1},"byline":"none","text":"a"}`:  {Status: 400, Code: "error.badRequest", Errors: []problemField{{Location: "body.storyRef.id"}}},
		`{"story":"` + story + `","byline":"none","text":"a","state":"published","up":100}`: {Status: 400, Code: "error.badRequest", Errors: []problemField{{Location: "body.state"}}},
	} {
		p := isProblem(t, b.postJSON(body, nil))
		if p.Status != want.Status || p.Code != want.Code || len(want.Errors) > 0 && (len(p.Errors) != 1 || p.Errors[0].Location != want.Errors[0].Location || p.Errors[0].Message == "") {
			t.Errorf("%s\n%+v, want %+v", body, p, want)
		}
	}
	if n := decode(t, b.get("/api/v1/stories/"+story+"/comments"))["story"].(map[string]any)["comments"]; n != 0.0 {
		t.Errorf("%v comments", n)
	}
}

func TestAPI_language(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	body := fmt.Sprintf(`{"story":%q,"byline":"none","text":""}`, h.story.ID)
	english := isProblem(t, b.postJSON(body, nil))
	for accept, same := range map[string]bool{"tr": false, "tr-TR,en;q=0.5": false, "xx, ar;q=0.9": false, "xx": true, ";;;": true, "en": true} {
		p := isProblem(t, b.postJSON(body, http.Header{"Accept-Language": {accept}}))
		if (p.Detail == english.Detail) != same || p.Code != english.Code {
			t.Errorf("%q: %q", accept, p.Detail)
		}
	}
}

func TestAPI_tooFast(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.NamelessPace = forum.Pace{Gap: 30} })
	b := h.browser()
	post := func(text string) answer {
		return b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":%q}`, h.story.ID, text), nil)
	}
	post("One.").want(http.StatusCreated)
	a := post("Two.").want(http.StatusTooManyRequests)
	p := isProblem(t, a)
	if p.Code != "error.tooFast" || p.RetryAfter < 1 || p.RetryAfter > 30 || a.header.Get("Retry-After") != fmt.Sprint(p.RetryAfter) {
		t.Errorf("%+v, header %q", p, a.header.Get("Retry-After"))
	}
}

func TestAPI_heldIsPrivate(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.HoldFirst = true })
	b := h.browser()
	made := decode(t, b.postJSON(fmt.Sprintf(`{"story":%q,"byline":"none","text":"First."}`, h.story.ID), nil).want(http.StatusCreated))
	if made["state"] != "held" {
		t.Fatalf("%v", made)
	}
	path := "/api/v1/comments/" + made["id"].(string)
	if own := decode(t, b.get(path).want(http.StatusOK)); own["state"] != "held" || !says(own, "First.") {
		t.Errorf("own: %v", own)
	}
	isProblem(t, h.browser().get(path).want(http.StatusNotFound))
	isProblem(t, h.browser().get("/api/v1/comments/nonsense").want(http.StatusNotFound))
}

func TestAPI_acts(t *testing.T) {
	h := newHouse(t)
	author, reader, owner := h.browser(), h.browser(), h.owner(h.site)
	id := author.write(h.site, h.story.ID, 0, forum.BylineName, "Jonas", "Draft one.").String()
	path := "/api/v1/comments/" + id

	edited := decode(t, author.json("PATCH", path, `{"text":"Draft two."}`).want(http.StatusOK))
	if !says(edited, "Draft two.") || edited["edited"] != true {
		t.Errorf("%v", edited)
	}
	vote := decode(t, reader.json("PUT", path+"/vote", `{"value":1}`).want(http.StatusOK))
	if vote["up"] != 1.0 || vote["down"] != 0.0 || vote["value"] != 1.0 {
		t.Errorf("%v", vote)
	}
	vote = decode(t, reader.json("PUT", path+"/vote", `{"value":0}`).want(http.StatusOK))
	if vote["up"] != 0.0 || vote["value"] != 0.0 {
		t.Errorf("%v", vote)
	}
	if p := isProblem(t, reader.json("PUT", path+"/vote", `{}`).want(422)); p.Errors[0].Location != "body.value" {
		t.Errorf("%+v", p)
	}
	isProblem(t, reader.json("PUT", path+"/vote", `{"value":2}`).want(422))
	isProblem(t, author.json("PUT", path+"/vote", `{"value":1}`).want(http.StatusForbidden))
	if p := isProblem(t, reader.json("POST", path+"/reports", `{"reason":"boring"}`).want(422)); p.Errors[0].Location != "body.reason" {
		t.Errorf("%+v", p)
	}
	reader.json("POST", path+"/reports", `{"reason":"spam","words":"Look."}`).want(http.StatusOK)
	reader.json("POST", path+"/reports", `{"reason":"spam"}`).want(http.StatusOK)

	isProblem(t, reader.json("POST", path+"/decisions", `{"verb":"reject","from":"published","reason":"spam"}`).want(http.StatusForbidden))
	isProblem(t, owner.json("POST", path+"/decisions", `{"verb":"reject","from":"held","reason":"spam"}`).want(http.StatusConflict))
	isProblem(t, owner.json("POST", path+"/decisions", `{"verb":"reject","from":"published"}`).want(422))
	state := decode(t, owner.json("POST", path+"/decisions", `{"verb":"reject","from":"published","reason":"spam","note":"No."}`).want(http.StatusOK))
	if state["state"] != "rejected" || state["id"] != id {
		t.Errorf("%v", state)
	}

	own := author.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Mine.").String()
	isProblem(t, reader.json("POST", "/api/v1/comments/"+own+"/withdraw", `{}`).want(http.StatusNotFound))
	isProblem(t, h.browser().json("POST", "/api/v1/comments/"+own+"/withdraw", `{}`).want(http.StatusUnauthorized))
	state = decode(t, author.do("POST", "/api/v1/comments/"+own+"/withdraw", nil, nil).want(http.StatusOK))
	if state["state"] != "withdrawn" {
		t.Errorf("%v", state)
	}
}

func TestAPI_list(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	root := b.write(h.site, h.story.ID, 0, forum.BylineName, "Jonas", "Root.")
	reply := b.write(h.site, h.story.ID, root, forum.BylineNone, "", "Reply.")
	below := b.write(h.site, h.story.ID, reply, forum.BylineNone, "", "Below.")
	for i := range 26 {
		b.write(h.site, h.story.ID, 0, forum.BylineNone, "", fmt.Sprintf("Another %d.", i))
	}
	b.json("POST", "/api/v1/comments/"+reply.String()+"/withdraw", "{}").want(http.StatusOK)
	path := "/api/v1/stories/" + h.story.ID.String() + "/comments"
	a := b.get(path + "?order=oldest&size=25").want(http.StatusOK)
	var list listOutput
	if err := json.Unmarshal([]byte(a.body), &list.Body); err != nil {
		t.Fatal(err)
	}
	c := list.Body.Comments
	if len(c) != 27 || list.Body.Next == "" || list.Body.Story.Comments != 28 {
		t.Fatalf("%d comments, next %q, of %d", len(c), list.Body.Next, list.Body.Story.Comments)
	}
	if c[0].ID != root.String() || c[1].ID != reply.String() || c[2].ID != below.String() || c[2].Parent != reply.String() || c[1].Parent != root.String() {
		t.Errorf("order %v", c[:3])
	}
	if c[1].State != forum.Withdrawn || c[1].HTML != "" || c[1].Byline != nil || strings.Contains(a.body, "Reply.") {
		t.Errorf("the tombstone says %+v", c[1])
	}
	if c[0].Byline.Name != "Jonas" || c[0].Byline.Key == "" || c[2].Byline.Name != "" {
		t.Errorf("bylines %+v %+v", c[0].Byline, c[2].Byline)
	}
	account := h.comment(root).AccountID.String()
	if strings.Contains(a.body, account) {
		t.Error("the list names an account")
	}
	next := decode(t, b.get(path+"?order=oldest&size=25&after="+url.QueryEscape(list.Body.Next)).want(http.StatusOK))
	if rest := next["comments"].([]any); len(rest) != 2 || next["next"] != nil {
		t.Errorf("%d more, next %v", len(rest), next["next"])
	}
	flat := decode(t, b.get(path+"?view=conversation&size=100").want(http.StatusOK))
	if all := flat["comments"].([]any); len(all) != 29 {
		t.Errorf("%d in the conversation", len(all))
	}
	isProblem(t, b.get(path+"?size=many").want(http.StatusBadRequest))
	isProblem(t, b.get(path+"?after=nonsense").want(http.StatusNotFound))
}

func TestAPI_search(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	id := b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "A heron on the weir.")
	h.index()
	found := decode(t, b.get("/api/v1/search?q=heron").want(http.StatusOK))["comments"].([]any)
	if len(found) != 1 || found[0].(map[string]any)["id"] != id.String() || found[0].(map[string]any)["headline"] != h.story.Headline {
		t.Errorf("%v", found)
	}
	if none := decode(t, b.get("/api/v1/search?q=osprey").want(http.StatusOK)); len(none["comments"].([]any)) != 0 {
		t.Errorf("%v", none)
	}
	for _, q := range []string{"", "q=", "q=" + strings.Repeat("a", 500), "q=%ff"} {
		p := isProblem(t, b.get("/api/v1/search?"+q).want(422))
		if p.Code != "error.query" || p.Errors[0].Location != "query.q" {
			t.Errorf("%q: %+v", q, p)
		}
	}
}
