package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/store"
)

// account returns the account a browser acts for, by the author of a comment.
func (h *house) author(id forum.ID) forum.ID { return h.comment(id).AccountID }

var newMark = regexp.MustCompile(`class="told-mark"`)

func TestInbox(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.browser(), h.browser()
	first := anna.write(h.site, h.story.ID, 0, forum.BylineName, "Anna", "First.")
	if a := anna.get("/me/inbox").want(http.StatusOK).has("Notifications", "Nothing yet"); strings.Contains(a.body, "bell-new") {
		t.Error("the bell rings for nothing")
	}
	answer := bob.write(h.site, h.story.ID, first, forum.BylineName, "Bob", "An <b>answer</b>.")
	another := bob.write(h.site, h.story.ID, first, forum.BylineName, "Bob", "Another.")
	a := anna.get("/me/inbox").want(http.StatusOK).has("Bob", "answered your comment", "The dam holds", "Another.", "E-mail settings")
	if n := len(newMark.FindAllString(a.body, -1)); n != 2 || !strings.Contains(a.body, "/c/"+answer.String()) || !strings.Contains(a.body, "bell-new") {
		t.Errorf("%d new in %s", n, excerpt(a.body))
	}
	if again := anna.get("/me/inbox"); len(newMark.FindAllString(again.body, -1)) != 2 {
		t.Error("looking at the list marked it as read")
	}
	overlay := anna.get("/s/" + h.story.ID.String() + "/overlay").want(http.StatusOK)
	if !strings.Contains(overlay.body, `"unseen":2`) {
		t.Errorf("overlay: %s", overlay.body)
	}
	list, _, err := h.desk.Inbox(context.Background(), h.site, forum.Actor{Account: forum.Account{ID: h.author(first)}}, 0)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d, %v", len(list), err)
	}
	bob.post("/me/inbox", url.Values{"id": {list[0].ID.String()}})
	if a := anna.get("/me/inbox"); len(newMark.FindAllString(a.body, -1)) != 2 {
		t.Error("another reader marked it as read")
	}
	one := anna.post("/me/inbox", url.Values{"id": {list[0].ID.String()}}).want(http.StatusOK)
	if n := len(newMark.FindAllString(one.body, -1)); n != 1 {
		t.Errorf("%d new after one was read", n)
	}
	all := anna.post("/me/inbox", url.Values{"id": {list[0].ID.String()}, "all": {"1"}}).want(http.StatusOK)
	if n := len(newMark.FindAllString(all.body, -1)); n != 0 || strings.Contains(all.body, "bell-new") {
		t.Errorf("%d new after all were read", n)
	}
	bob.post("/c/"+another.String()+"/withdraw", nil).want(http.StatusOK)
	anna.get("/me/inbox").has("no longer there").lacks("Another.")
	bob.get("/me/inbox").want(http.StatusOK).lacks("answered")
	h.browser().get("/me/inbox").want(http.StatusUnauthorized)
}

func TestInbox_decision(t *testing.T) {
	h := newHouse(t)
	anna, owner := h.browser(), h.owner(h.site)
	id := anna.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Rude words.")
	owner.post("/desk/decisions", url.Values{"comment": {id.String()}, "verb": {"reject"}, "from": {"published"}, "reason": {"abuse"}}).want(http.StatusOK)
	a := anna.get("/me/inbox").has("was rejected", "Insult or harassment", "Rude words.")
	if !strings.Contains(a.body, `href="/decisions/`) {
		t.Errorf("no link to the decision: %s", excerpt(a.body))
	}
	owner.get("/me/inbox").lacks("was rejected")
}

func TestMailSettings(t *testing.T) {
	h := newHouse(t)
	anna := h.browser()
	id := anna.write(h.site, h.story.ID, 0, forum.BylineNone, "", "First.")
	h.browser().get("/me/mail").want(http.StatusUnauthorized)
	anna.get("/me/mail").want(http.StatusOK).has("How often", "20 messages in 24 hours", "At once")
	saved := anna.post("/me/mail?lang=ru", url.Values{"reply": {"daily"}, "decision": {"off"}}).want(http.StatusOK).has("Saved.")
	for _, want := range []string{`name="reply" value="daily" checked`, `name="decision" value="off" checked`} {
		if !strings.Contains(saved.body, want) {
			t.Errorf("no %s in %s", want, excerpt(saved.body))
		}
	}
	wishes, err := h.store.MailWishes(context.Background(), h.site.ID, h.author(id))
	if err != nil || wishes.Locale != "ru" || wishes.Reply != forum.MailDaily {
		t.Errorf("%+v, %v", wishes, err)
	}
	anna.post("/me/mail", url.Values{"reply": {"hourly"}, "decision": {"sometimes"}}).want(http.StatusUnprocessableEntity)
}

// TestStopMail is the one click of RFC 8058: a mail program posts without cookie
// or origin, in one of two encodings, and follows nothing.
func TestStopMail(t *testing.T) {
	h := newHouse(t)
	anna := h.browser()
	account := h.author(anna.write(h.site, h.story.ID, 0, forum.BylineNone, "", "First."))
	set := func(w forum.MailWishes) {
		t.Helper()
		err := h.store.Write(context.Background(), h.desk.Now(), func(ctx context.Context, tx *store.Tx) error {
			return tx.SetMailWishes(ctx, h.site.ID, account, w)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wishes := func() forum.MailWishes {
		t.Helper()
		w, err := h.store.MailWishes(context.Background(), h.site.ID, account)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	path := "/mail/stop/reply/" + account.String() + "/secret"
	for body, media := range map[string]string{
		"List-Unsubscribe=One-Click": "application/x-www-form-urlencoded",
		"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n": "multipart/form-data; boundary=x",
	} {
		set(forum.MailWishes{Stop: "secret"})
		h.browser().get(path).want(http.StatusOK).has("Stop this mail")
		if wishes().Reply == forum.MailOff {
			t.Fatal("looking at the link stopped the mail")
		}
		for range 2 {
			a := h.browser().do(http.MethodPost, path, strings.NewReader(body), http.Header{"Content-Type": {media}})
			if a.want(http.StatusOK); a.path != path {
				t.Errorf("redirected to %s", a.path)
			}
		}
		if w := wishes(); w.Reply != forum.MailOff || w.Rhythm(forum.MailDecisions) != forum.MailNow {
			t.Errorf("%s: %+v", media, w)
		}
	}
	set(forum.MailWishes{Stop: "secret"})
	for _, wrong := range []string{
		"/mail/stop/reply/" + account.String() + "/guess", "/mail/stop/everything/" + account.String() + "/secret",
		"/mail/stop/reply/" + h.story.ID.String() + "/secret",
	} {
		h.browser().get(wrong).want(http.StatusNotFound)
		h.browser().post(wrong, nil).want(http.StatusNotFound)
	}
	if w := wishes(); w.Reply == forum.MailOff {
		t.Error("a wrong link stopped the mail")
	}
}

// reachable lets the desk of a house call the loopback.
func (h *house) reachable() {
	h.desk.Connect(desk.Outside{BaseURL: h.server.URL, Web: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})})
}

var secretShown = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{20,}`)

func TestAlerts(t *testing.T) {
	h := newHouse(t)
	h.reachable()
	owner := h.owner(h.site)
	owner.get("/desk/alerts").want(http.StatusOK).has("Nobody is told yet")
	target := fmt.Sprintf("%s/hook", h.server.URL)
	form := url.Values{"kind": {"webhook"}, "target": {target}, "event": {"comment.held", "decision.made"}}
	added := owner.post("/desk/alerts", form).want(http.StatusOK).has("Copy it now")
	secret := secretShown.FindString(added.body)
	if secret == "" {
		t.Fatalf("no secret in %s", excerpt(added.body))
	}
	if strings.Contains(owner.get("/desk/alerts").has(target).body, secret) {
		t.Error("the secret is shown again")
	}
	owner.post("/desk/alerts", form).want(http.StatusConflict).has("there already")
	bad := owner.post("/desk/alerts", url.Values{"kind": {"webhook"}, "target": {"https://10.0.0.1/x"}, "event": {"comment.held"}}).want(http.StatusUnprocessableEntity)
	if !strings.Contains(bad.body, `value="https://10.0.0.1/x"`) {
		t.Error("what was entered is lost")
	}
	owner.post("/desk/alerts", url.Values{"kind": {"webhook"}, "target": {target + "2"}}).want(http.StatusUnprocessableEntity).has("at least one event")

	all, err := h.store.Endpoints(context.Background(), h.site.ID)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d, %v", len(all), err)
	}
	page := "/desk/alerts/" + all[0].ID.String()
	owner.get(page).want(http.StatusOK).has("Nothing was sent yet")
	owner.post(page, url.Values{"do": {"test"}}).want(http.StatusOK).has("A test event", "Waits")
	rotated := owner.post(page, url.Values{"do": {"rotate"}}).want(http.StatusOK).has("old secret")
	if s := secretShown.FindString(rotated.body); s == "" || s == secret {
		t.Errorf("rotated to %q", s)
	}
	owner.post(page, url.Values{"do": {"events"}, "event": {"appeal.filed"}}).want(http.StatusOK)
	owner.post(page, url.Values{"do": {"off"}}).want(http.StatusOK).has("Off since")
	owner.post(page, url.Values{"do": {"test"}}).want(http.StatusConflict)
	owner.post(page, url.Values{"do": {"on"}}).want(http.StatusOK).lacks("Off since")
	owner.post(page, url.Values{"do": {"nonsense"}}).want(http.StatusUnprocessableEntity)
	list, err := h.store.Deliveries(context.Background(), h.site.ID, all[0].ID, 0, 9)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d deliveries, %v", len(list), err)
	}
	owner.post(page, url.Values{"do": {"replay"}, "delivery": {list[0].ID.String()}}).want(http.StatusOK)
	h.browser().get(page).want(http.StatusUnauthorized)
	h.staffed(h.site, forum.RoleLead).get(page).want(http.StatusForbidden)
	owner.post(page, url.Values{"do": {"remove"}}).want(http.StatusOK).has("Nobody is told yet")
	owner.get(page).want(http.StatusNotFound)
}
