package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/forum"
)

// canaryName and canaryEmail must come out nowhere but where they were asked for.
const (
	canaryName  = "Canaria Notificata"
	canaryEmail = "canary.notifier@example.org"
)

// noticers file a notice through each door and return the path of its status.
var noticers = map[string]func(b *browser, id forum.ID, kind forum.NoticeKind, explanation string) (string, answer){
	"form": func(b *browser, id forum.ID, kind forum.NoticeKind, explanation string) (string, answer) {
		a := b.post("/c/"+id.String()+"/illegal", url.Values{
			"key": {"k" + explanation}, "kind": {string(kind)}, "explanation": {explanation}, "url": {b.server.URL + "/c/" + id.String()},
			"name": {canaryName}, "email": {canaryEmail}, "good_faith": {"1"},
		})
		return a.path, a
	},
	"json": func(b *browser, id forum.ID, kind forum.NoticeKind, explanation string) (string, answer) {
		a := b.json(http.MethodPost, "/api/v1/notices", fmt.Sprintf(`{"url":%q,"kind":%q,"explanation":%s,"name":%q,"email":%q,"goodFaith":true}`,
			b.server.URL+"/c/"+id.String(), kind, quoted(explanation), canaryName, canaryEmail))
		var made struct{ URL string }
		_ = json.Unmarshal([]byte(a.body), &made)
		return strings.TrimPrefix(made.URL, b.server.URL), a
	},
}

// TestNotice_receivedAnsweredTold files a notice signed out, answers it at the
// desk, and reads what became of it; who filed it comes out nowhere else.
func TestNotice_receivedAnsweredTold(t *testing.T) {
	for name, file := range noticers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			author, outsider := h.browser(), h.browser()
			id := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "An unlawful text.")
			outsider.get("/c/" + id.String() + "/report").has("Against the law?")
			outsider.get("/c/"+id.String()+"/illegal").want(http.StatusOK).has("An unlawful text.", "Why do you think it is illegal?")
			path, a := file(outsider, id, forum.NoticeThreat, "The text threatens the harbour master by name.")
			ok(t, a)
			status := outsider.get(path+"?new=1").want(http.StatusOK).has("We have received your notice", "Awaiting a decision")
			if !strings.Contains(status.body, `name="robots" content="noindex"`) || status.header.Get("Referrer-Policy") != "no-referrer" || len(outsider.cookies()) > 0 {
				t.Error("the page of a receipt can be found, or leaves a session behind")
			}
			moderator, lead := h.staffed(h.site, forum.RoleModerator), h.staffed(h.site, forum.RoleLead)
			list := moderator.get("/desk/notices").want(http.StatusOK).has("Threats or glorified violence", "The text threatens")
			_, rest, _ := strings.Cut(list.body, `href="/desk/notices/`)
			number, _, _ := strings.Cut(rest, `"`)
			desk := "/desk/notices/" + number
			secret := func(what string, a answer) {
				t.Helper()
				if strings.Contains(a.body, canaryEmail) || strings.Contains(a.body, canaryName) {
					t.Errorf("%s names the notifier", what)
				}
			}
			secret("the queue", list)
			secret("the card", moderator.get(desk).want(http.StatusOK).has("An unlawful text."))
			secret("the lead's card", lead.get(desk).has("Show who filed it"))
			why := url.Values{"why": {"The court asks who it was."}}
			moderator.post(desk+"/reveal", why).want(http.StatusForbidden)
			lead.post(desk+"/reveal", nil).want(http.StatusUnprocessableEntity).has("Say in words why.").lacks(canaryEmail, canaryName)
			again := lead.post(desk+"/reveal", url.Values{"why": {" why "}}).want(http.StatusUnprocessableEntity).lacks(canaryEmail, canaryName)
			if !strings.Contains(again.body, "> why </textarea>") {
				t.Error("what was typed is lost")
			}
			lead.post(desk+"/reveal", why).want(http.StatusOK).has(canaryEmail, canaryName)
			lead.get("/desk/log").has("Notifier revealed")
			secret("the log", lead.get("/desk/log"))
			refusedWith(t, moderator.post(desk, url.Values{"verb": {"keep"}}), http.StatusUnprocessableEntity, "Give your reasons")
			moderator.post(desk, url.Values{"verb": {"remove"}, "reason": {"illegal"}, "words": {"A threat against a person."}}).want(http.StatusOK).has("The comment was removed")
			outsider.get("/c/" + id.String()).want(http.StatusNotFound)
			told := outsider.get(path).has("The comment was removed", "A threat against a person.", "A person decided", "If you disagree")
			secret("the status", told)
			secret("the author's page", author.get("/me"))
			author.get("/me").has("Removed by a moderator")
		})
	}
}

func TestNotice_refusals(t *testing.T) {
	for name, file := range noticers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "A text.")
			_, a := file(h.browser(), id, forum.NoticeThreat, "Short.")
			refusedWith(t, a, http.StatusUnprocessableEntity, "at least")
			if name == "form" && (!strings.Contains(a.body, "Short.") || !strings.Contains(a.body, canaryEmail)) {
				t.Error("what was typed is lost")
			}
			_, a = file(h.browser(), id, "rude", "The text is thought to be rude by me.")
			refusedWith(t, a, http.StatusUnprocessableEntity, "Choose what kind")
			h.browser().get("/notices/none").want(http.StatusNotFound)
		})
	}
}

// cookies are those the browser has for the house.
func (b *browser) cookies() []*http.Cookie {
	b.t.Helper()
	u, err := url.Parse(b.server.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.client.Jar.Cookies(u)
}
