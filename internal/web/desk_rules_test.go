package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/rule"
)

// addRule writes a rule through the form and puts it on.
func (b *browser) addRule(values url.Values, stage forum.Stage) string {
	b.t.Helper()
	a := b.post("/desk/rules", values)
	ok(b.t, a)
	path := a.path
	ok(b.t, b.post(path+"/stage", url.Values{"version": {"1"}, "from": {"off"}, "stage": {string(stage)}, "words": {"as agreed this morning"}}))
	return path
}

func TestRules_formAndStages(t *testing.T) {
	h := newHouse(t)
	lead := h.staffed(h.site, forum.RoleLead)
	insults := url.Values{"name": {"Insults"}, "combine": {"all"}, "banned": {"scum\r\nvermin*\r\n"}, "do": {"hold"}}
	bad := url.Values{"name": {"Insults"}, "banned": {"…"}, "do": {"hold"}}
	lead.post("/desk/rules", bad).want(http.StatusUnprocessableEntity).has("no letter to look for", "…")
	lead.post("/desk/rules", url.Values{"name": {"Nothing"}, "do": {"hold"}}).want(http.StatusUnprocessableEntity).has("at least one condition")
	path := lead.addRule(insults, forum.StageOn)
	lead.get(path).want(http.StatusOK).has("Insults", "Version 1", "vermin*")
	lead.get("/desk/rules").want(http.StatusOK).has("Insults", "Hold for review")

	id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "You s\u200bcum")
	if c := h.comment(id); c.State != forum.Held {
		t.Errorf("the comment is %s", c.State)
	}
	if a := lead.get(path).has("What it said last"); !strings.Contains(a.body, "<mark>s\u200bcum</mark>") {
		t.Error("what matched is not marked")
	}

	insults.Set("do", "reject")
	insults.Set("version", "1")
	lead.post(path, insults).want(http.StatusUnprocessableEntity).has("choose a reason")
	insults.Set("reason", "abuse")
	ok(t, lead.post(path, insults))
	lead.post(path, url.Values{"version": {"1"}, "name": {"Other"}, "shorter": {"3"}, "do": {"hold"}}).want(http.StatusConflict)
	lead.post(path+"/stage", url.Values{"version": {"2"}, "from": {"on"}, "stage": {"off"}, "words": {" "}}).want(http.StatusUnprocessableEntity)

	reader := h.browser()
	reader.json("POST", "/api/v1/comments", `{"story":"`+h.story.ID.String()+`","byline":"none","text":"vermins"}`).
		want(http.StatusCreated).has(`"state":"rejected"`)
	reader.post("/comments", url.Values{"story": {h.story.ID.String()}, "byline": {"none"}, "text": {"more vermin"}}).
		want(http.StatusOK).has("Your comment was removed", "Insults")

	moderator := h.staffed(h.site, forum.RoleModerator)
	moderator.get(path).want(http.StatusOK).lacks("data-rules-stage", "data-rules-rehearse")
	moderator.post(path, insults).want(http.StatusForbidden)
}

// A rule asks an author once, in both doors, and the text is kept meanwhile.
func TestRules_thinkAgain(t *testing.T) {
	h := newHouse(t)
	h.staffed(h.site, forum.RoleLead).addRule(url.Values{"name": {"Calm"}, "banned": {"scum"}, "do": {"think"}}, forum.StageOn)
	form := url.Values{"story": {h.story.ID.String()}, "byline": {"none"}, "text": {"you scum"}}
	b := h.browser()
	b.post("/comments", form).want(http.StatusConflict).has("read your comment once more", "Send it anyway", "you scum")
	form.Set("confirmed", "true")
	ok(t, b.post("/comments", form))

	draft := `{"story":"` + h.story.ID.String() + `","byline":"none","text":"you scum too"`
	b.json("POST", "/api/v1/comments", draft+"}").want(http.StatusConflict).has(`"code":"error.thinkAgain"`, "body.confirmed")
	b.json("POST", "/api/v1/comments", draft+`,"confirmed":true}`).want(http.StatusCreated)

	mild := b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "mild").String()
	b.post("/c/"+mild+"/edit", url.Values{"text": {"scum"}}).want(http.StatusConflict).has("Send it anyway")
	b.json("PATCH", "/api/v1/comments/"+mild, `{"text":"scum"}`).want(http.StatusConflict)
	b.json("PATCH", "/api/v1/comments/"+mild, `{"text":"scum","confirmed":true}`).want(http.StatusOK)
}

func TestRules_rehearsal(t *testing.T) {
	h := newHouse(t)
	lead := h.staffed(h.site, forum.RoleLead)
	path := lead.addRule(url.Values{"name": {"Insults"}, "banned": {"scum"}, "do": {"hold"}}, forum.StageOff)
	h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "You scum")
	a := lead.post(path+"/rehearsals", url.Values{"version": {"1"}, "days": {"30"}})
	ok(t, a)
	if !strings.Contains(a.path, "/rehearsals/") || a.header.Get("Refresh") == "" {
		t.Fatalf("at %s, refresh %q", a.path, a.header.Get("Refresh"))
	}
	ctx := context.Background()
	w, err := h.desk.TakeJob(ctx, h.site.ID)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := h.desk.RehearseStep(ctx, h.site, &w.Job); err != nil || !done {
		t.Fatal(done, err)
	}
	b := lead.get(a.path).want(http.StatusOK).has("Of 1 comment", "You scum", "Nobody decided")
	if b.header.Get("Refresh") != "" {
		t.Error("a finished rehearsal looks again")
	}
	other := lead.addRule(url.Values{"name": {"Other"}, "shorter": {"2"}, "do": {"hold"}}, forum.StageOff)
	lead.get(other + "/rehearsals/" + a.path[strings.LastIndexByte(a.path, '/')+1:]).want(http.StatusNotFound)
}

// Every definition that the fields can say comes back as it was, and what they
// cannot is shown as JSON.
func TestRuleValues_roundTrip(t *testing.T) {
	for when, simple := range map[string]bool{
		`{"all":[{"words":{"lists":[{"language":"tr","grade":"banned","entries":["a","b c"]},{"language":"tr","grade":"suspect","entries":["d"]}],"at_least":2}}]}`:                 true,
		`{"any":[{"links":{"at_least":2,"domains":["a.example"],"except":["b.example"],"first":true}},{"text":{"shorter":3,"capitals":0.55}}]}`:                                     true,
		`{"all":[{"author":{"younger":86400,"accepted_below":3,"rejected_share":0.29,"bylines":["none"],"reports":2,"guest":true}},{"reports":{"at_least":2.5}}]}`:                  true,
		`{"all":[{"copies":{"at_least":2,"within":3600,"by":"anyone"}},{"pace":{"at_least":3,"within":90,"by":"author"}},{"hook":{"url":"https://h.example/","deadline_ms":500}}]}`: true,
		`{"all":[{"story":{"sections":["world"],"younger":7200,"older":3600,"temperatures":["slow"]}}]}`:                                                                            true,
		`{"not":{"text":{"shorter":3}}}`:                                   false,
		`{"text":{"shorter":3}}`:                                           false,
		`{"any":[{"text":{"shorter":3}},{"all":[{"text":{"longer":3}}]}]}`: false,
		`{"any":[{"text":{"shorter":3}},{"text":{"longer":9}}]}`:           false,
	} {
		d, err := rule.Decode([]byte(`{"format":1,"when":` + when + `,"then":{"do":"slow","seconds":30}}`))
		if err != nil {
			t.Fatal(when, err)
		}
		values, can := ruleValues("r", d)
		if can != simple {
			t.Errorf("%s: simple is %t", when, can)
		}
		if !can {
			values.Set("expert", "true")
		}
		back, err := ruleOf(values)
		if err != nil || cmp.Diff(d, back) != "" {
			t.Errorf("%s: %v\n%s", when, err, cmp.Diff(d, back))
		}
	}
}

func TestPieces(t *testing.T) {
	for _, c := range []struct {
		marks []forum.Mark
		want  string
	}{
		{nil, "abcdef"},
		{[]forum.Mark{{From: 1, To: 3}}, "a[bc]def"},
		{[]forum.Mark{{From: 4, To: 6}, {From: 0, To: 2}}, "[ab]cd[ef]"},
		{[]forum.Mark{{From: 0, To: 3}, {From: 2, To: 5}}, "[abc][de]f"},
		{[]forum.Mark{{From: 5, To: 9}, {From: 3, To: 3}}, "abcdef"},
	} {
		got := ""
		for _, p := range pieces("abcdef", c.marks) {
			if p.Marked {
				got += "[" + p.Text + "]"
			} else {
				got += p.Text
			}
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.marks, got, c.want)
		}
	}
}

// A rule whose service is not asked, because too many others are, says so.
func TestRules_hookUnasked(t *testing.T) {
	h := newHouse(t)
	lead := h.staffed(h.site, forum.RoleLead)
	for i := range desk.MaxAsked + 1 {
		lead.addRule(url.Values{"name": {"Ask"}, "expert": {"1"}, "json": {
			fmt.Sprintf(`{"format":1,"when":{"hook":{"url":"https://service.example/%d"}},"then":{"do":"hold"}}`, i),
		}}, forum.StageOn)
	}
	if n := strings.Count(lead.get("/desk/rules").want(http.StatusOK).body, "A service of it is not asked"); n != 1 {
		t.Errorf("%d rules say that their service is not asked", n)
	}
}

// What a rule did since a day is taken back by one job, after a look at how much
// that is; what a person decided since stays.
func TestRules_undo(t *testing.T) {
	h := newHouse(t)
	lead := h.staffed(h.site, forum.RoleLead)
	path := lead.addRule(url.Values{"name": {"Insults"}, "banned": {"scum"}, "do": {"hold"}}, forum.StageOn)
	var held []forum.ID
	for _, text := range []string{"scum one", "scum two", "scum three"} {
		held = append(held, h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", text))
	}
	ok(t, lead.post("/desk/decisions", url.Values{"comment": {held[0].String()}, "verb": {"reject"}, "from": {"held"}, "reason": {"abuse"}}))
	today := h.desk.Now().Format("2006-01-02")
	lead.get(path+"/undo?since="+today).want(http.StatusOK).has("Insults", "comments since")
	lead.get(path + "/undo?since=yesterday").want(http.StatusUnprocessableEntity)
	a := lead.post(path+"/undo", url.Values{"since": {today}})
	ok(t, a)
	if !strings.Contains(a.path, "/desk/jobs/") {
		t.Fatalf("at %s", a.path)
	}
	ctx := context.Background()
	w, err := h.desk.TakeJob(ctx, h.site.ID)
	if err != nil {
		t.Fatal(err)
	}
	if done, err := h.desk.UndoStep(ctx, h.site, &w.Job); err != nil || !done {
		t.Fatal(done, err)
	}
	for i, want := range []forum.State{forum.Rejected, forum.Published, forum.Published} {
		if c := h.comment(held[i]); c.State != want {
			t.Errorf("comment %d is %s, want %s", i, c.State, want)
		}
	}
	h.staffed(h.site, forum.RoleModerator).get(path + "/undo?since=" + today).want(http.StatusForbidden)
}
