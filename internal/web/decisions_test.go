package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

// benchDoor is one way of doing what authors and the desk do about decisions.
type benchDoor struct {
	door
	appeal   func(b *browser, decision forum.ID, words string) answer
	read     func(b *browser, decision forum.ID) answer
	sanction func(b *browser, account forum.ID, kind forum.Verb, until time.Time, reason, note string) answer
	lift     func(b *browser, decision forum.ID) answer
	answer   func(b *browser, appeal forum.ID, outcome forum.Outcome, words string) answer
}

var benchDoors = []benchDoor{
	{
		door: doors[0],
		appeal: func(b *browser, id forum.ID, words string) answer {
			return b.post("/decisions/"+id.String()+"/appeal", url.Values{"words": {words}})
		},
		read: func(b *browser, id forum.ID) answer { return b.post("/decisions/"+id.String()+"/read", nil) },
		sanction: func(b *browser, account forum.ID, kind forum.Verb, until time.Time, reason, note string) answer {
			form := url.Values{"kind": {string(kind)}, "end": {"none"}, "reason": {reason}, "note": {note}}
			if !until.IsZero() {
				form.Set("end", "date")
				form.Set("date", until.Format(time.DateOnly))
			}
			return b.post("/desk/authors/"+account.String()+"/sanction", form)
		},
		lift: func(b *browser, id forum.ID) answer { return b.post("/desk/sanctions/"+id.String()+"/lift", nil) },
		answer: func(b *browser, id forum.ID, outcome forum.Outcome, words string) answer {
			return b.post("/desk/appeals/"+id.String(), url.Values{"outcome": {string(outcome)}, "answer": {words}})
		},
	},
	{
		door: doors[1],
		appeal: func(b *browser, id forum.ID, words string) answer {
			return b.json(http.MethodPost, "/api/v1/decisions/"+id.String()+"/appeal", `{"words":`+quoted(words)+`}`)
		},
		read: func(b *browser, id forum.ID) answer {
			return b.json(http.MethodPost, "/api/v1/decisions/"+id.String()+"/read", "{}")
		},
		sanction: func(b *browser, account forum.ID, kind forum.Verb, until time.Time, reason, note string) answer {
			body := fmt.Sprintf(`{"kind":%q,"reason":%q,"note":%s`, kind, reason, quoted(note))
			if !until.IsZero() {
				body += `,"until":"` + until.UTC().Format(time.RFC3339) + `"`
			}
			return b.json(http.MethodPost, "/api/v1/authors/"+account.String()+"/sanctions", body+"}")
		},
		lift: func(b *browser, id forum.ID) answer {
			return b.json(http.MethodPost, "/api/v1/decisions/"+id.String()+"/lift", "{}")
		},
		answer: func(b *browser, id forum.ID, outcome forum.Outcome, words string) answer {
			return b.json(http.MethodPost, "/api/v1/appeals/"+id.String()+"/answer", fmt.Sprintf(`{"outcome":%q,"answer":%s}`, outcome, quoted(words)))
		},
	},
}

func eachBench(t *testing.T, f func(t *testing.T, d benchDoor)) {
	for _, d := range benchDoors {
		t.Run(d.name, func(t *testing.T) { f(t, d) })
	}
}

// decision returns the last decision about an account.
func (h *house) decision(account forum.ID) forum.Decision {
	h.t.Helper()
	all, err := h.store.DecisionsAbout(context.Background(), h.site.ID, account, 0, 1)
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d decisions, %v", len(all), err)
	}
	return all[0]
}

func (h *house) appealOn(decision forum.ID) forum.Appeal {
	h.t.Helper()
	a, err := h.store.AppealOn(context.Background(), h.site.ID, decision)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func TestDecisions_rejectedAppealedReversed(t *testing.T) {
	eachBench(t, func(t *testing.T, d benchDoor) {
		h := newHouse(t)
		author, reader, first, second := h.browser(), h.browser(), h.owner(h.site), h.staffed(h.site, forum.RoleModerator)
		id := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "A *harsh* word.")
		reader.write(h.site, h.story.ID, 0, forum.BylineNone, "", "To have an account.")
		ok(t, d.decide(first, id, forum.Reject, forum.Published, "abuse", "Mind <b>the</b> tone."))
		x := h.decision(h.comment(id).AccountID)
		path := "/decisions/" + x.ID.String()
		author.get("/me").has("What was decided, and why")
		author.get(path).want(http.StatusOK).has("Your comment was removed", "A harsh word.", "Insult or harassment", "Mind <b>the</b> tone.",
			"An administrator of the site", "None. People found it and decided.", "The rules of this discussion", "If you think this is wrong")
		author.get(path+"?lang=ru").want(http.StatusOK).has("Ваш комментарий удалён", "Оскорбление")
		first.get(path).want(http.StatusOK).has("Rejected", "All decisions on this comment", "A harsh word.")
		for name, b := range map[string]*browser{"another reader": reader, "an auditor": h.staffed(h.site, forum.RoleAuditor)} {
			missing := b.get("/decisions/" + forum.ID(1).String()).want(http.StatusNotFound)
			if a := b.get(path).want(http.StatusNotFound); textOf(a.body) != textOf(missing.body) {
				t.Errorf("%s learns that the decision exists", name)
			}
		}
		refusedWith(t, d.appeal(author, x.ID, "No."), http.StatusUnprocessableEntity, "at least")
		if a := d.appeal(reader, x.ID, "It was not so harsh."); a.status != http.StatusNotFound {
			t.Errorf("an appeal by another: %d", a.status)
		}
		ok(t, d.appeal(author, x.ID, "It was not so harsh."))
		refusedWith(t, d.appeal(author, x.ID, "It was not so harsh."), http.StatusConflict, "appealed against this decision already")
		author.get(path).has("Your appeal", "It was not so harsh.", "Somebody who had no part")
		first.get("/desk/appeals").want(http.StatusOK).has("It was not so harsh.", "Somebody else must decide this one")
		second.get("/desk/appeals").want(http.StatusOK).has("It was not so harsh.", "A harsh word.", "Take the decision back")
		a := h.appealOn(x.ID)
		refusedWith(t, d.answer(first, a.ID, forum.Reversed, "We read it again."), http.StatusForbidden, "Somebody else must decide")
		refusedWith(t, d.answer(second, a.ID, forum.Reversed, "Well"), http.StatusUnprocessableEntity, "at least")
		ok(t, d.answer(second, a.ID, forum.Reversed, "We read it again."))
		if got := d.answer(second, a.ID, forum.Upheld, "We read it again."); got.status != http.StatusConflict {
			t.Errorf("answered twice: %d", got.status)
		}
		author.get(path).has("The decision was taken back", "We read it again.")
		reader.get(forum.StoryPath("", h.story)).has("A harsh word.")
	})
}

func TestDecisions_sanctions(t *testing.T) {
	eachBench(t, func(t *testing.T, d benchDoor) {
		h := newHouse(t)
		author, desk := h.browser(), h.staffed(h.site, forum.RoleModerator)
		id := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "Some words.")
		account := h.comment(id).AccountID
		desk.get("/desk/authors/"+account.String()+"/sanction?comment="+id.String()).want(http.StatusOK).has("Mara Lind", "Some words.", "Warn", "Suspend", "None so far.").lacks("Ban")
		refusedWith(t, d.sanction(desk, account, forum.Suspend, time.Time{}, "abuse", ""), http.StatusUnprocessableEntity, "Choose an end")
		if a := d.sanction(desk, account, forum.Ban, time.Now().AddDate(0, 0, 2), "abuse", ""); a.status != http.StatusForbidden {
			t.Errorf("a moderator bans: %d", a.status)
		}
		if a := d.sanction(author, account, forum.Warn, time.Time{}, "abuse", ""); a.status != http.StatusForbidden && a.status != http.StatusUnauthorized {
			t.Errorf("a reader sanctions: %d", a.status)
		}
		ok(t, d.sanction(desk, account, forum.Suspend, time.Now().AddDate(0, 0, 3), "abuse", "Three days."))
		x := h.decision(account)
		_, a := d.post(author, h.story.ID, 0, forum.BylineNone, "", "I write on.")
		refusedWith(t, a, http.StatusForbidden, "You are suspended until")
		refusedWith(t, d.edit(author, id, "Other words."), http.StatusForbidden, "You are suspended until")
		author.get("/decisions/"+x.ID.String()).want(http.StatusOK).has("You are suspended", "Three days.", "Until", "A moderator of the newsroom")
		desk.get("/desk/authors/"+account.String()+"/sanction").has("In force", "Three days.")
		ok(t, d.lift(desk, x.ID))
		if a := d.lift(desk, x.ID); a.status != http.StatusConflict {
			t.Errorf("lifted twice: %d", a.status)
		}
		author.get("/decisions/" + x.ID.String()).has("This decision was taken back")
		_, a = d.post(author, h.story.ID, 0, forum.BylineNone, "", "I write on.")
		ok(t, a)
	})
}

// TestSanction_tellsNoName sanctions somebody for what they wrote under a mask: who
// that is takes a reason, and is not told by the way.
func TestSanction_tellsNoName(t *testing.T) {
	h := newHouse(t)
	author, desk := h.browser(), h.staffed(h.site, forum.RoleModerator)
	named := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "Some words.")
	masked := author.write(h.site, h.story.ID, 0, forum.BylinePseudonym, "Quiet Heron", "Other words.")
	page := "/desk/authors/" + h.comment(masked).AccountID.String() + "/sanction"
	desk.get(page).want(http.StatusOK).lacks("Mara Lind", "Quiet Heron")
	desk.get(page + "?comment=" + masked.String()).want(http.StatusOK).has("Quiet Heron").lacks("Mara Lind")
	desk.get(page + "?comment=" + named.String()).want(http.StatusOK).has("Mara Lind").lacks("Quiet Heron")
}

func TestDecisions_warning(t *testing.T) {
	h := newHouse(t)
	author, desk := h.browser(), h.staffed(h.site, forum.RoleModerator)
	id := author.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "Some words.")
	account := h.comment(id).AccountID
	ok(t, benchDoors[1].sanction(desk, account, forum.Warn, time.Time{}, "abuse", "Be kind."))
	x := h.decision(account)

	// As JSON: refused, read, sent again.
	a := author.json(http.MethodPost, "/api/v1/comments", fmt.Sprintf(`{"story":%q,"byline":"none","text":"By script."}`, h.story.ID))
	var refusal struct{ Code, Decision string }
	if err := json.Unmarshal([]byte(a.body), &refusal); err != nil || a.status != http.StatusForbidden || refusal.Code != "error.warned" || refusal.Decision != x.ID.String() {
		t.Fatalf("%d %+v\n%s", a.status, refusal, a.body)
	}
	author.json(http.MethodGet, "/api/v1/decisions/"+refusal.Decision, "").want(http.StatusOK)
	author.json(http.MethodPost, "/api/v1/decisions/"+refusal.Decision+"/read", "{}").want(http.StatusOK)
	author.json(http.MethodPost, "/api/v1/comments", fmt.Sprintf(`{"story":%q,"byline":"none","text":"By script."}`, h.story.ID)).want(http.StatusCreated)

	// As a form: the warning with the draft kept, and one button.
	ok(t, benchDoors[0].sanction(desk, account, forum.Warn, time.Time{}, "abuse", "Be kind, again."))
	form := url.Values{"story": {h.story.ID.String()}, "byline": {"name"}, "text": {"Line one\nline <two>."}}
	page := author.post("/comments", form).want(http.StatusForbidden)
	page.has("You have been warned", "Be kind, again.", "line <two>.")
	again := url.Values{}
	for _, field := range []string{"read", "story", "byline", "text", "name", "key"} {
		again.Set(field, inputValue(page.body, field))
	}
	if again.Get("text") != "Line one\nline <two>." {
		t.Errorf("the draft is %q", again.Get("text"))
	}
	posted := author.post("/comments", again).want(http.StatusOK)
	posted.has("line <two>.", "Mara Lind")
	author.get("/decisions/" + h.decision(account).ID.String()).want(http.StatusOK)
}

// inputValue returns the value of the first hidden field of a name.
func inputValue(page, name string) string {
	_, after, found := strings.Cut(page, `name="`+name+`" value="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(after, `"`)
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`, "&#39;", "'").Replace(value)
}

func TestReasons_page(t *testing.T) {
	h := newHouse(t)
	admin, lead := h.owner(h.site), h.staffed(h.site, forum.RoleLead)
	lead.get("/desk/reasons").want(http.StatusForbidden)
	page := admin.get("/desk/reasons").want(http.StatusOK).has("Insult or harassment", "Add a reason")
	send := func(status int, form url.Values) answer {
		t.Helper()
		form.Set("seen", inputValue(page.body, "seen"))
		a := admin.post("/desk/reasons", form).want(status)
		page = admin.get("/desk/reasons")
		return a
	}
	add := url.Values{"do": {"add"}, "category": {"OTHER_VIOLATION_TC"}, "words-en": {"Not about the river"}, "words-tr": {"Nehirle ilgisi yok"}}
	send(http.StatusOK, add).has("The list is saved.", "Not about the river")
	send(http.StatusUnprocessableEntity, url.Values{"do": {"add"}, "category": {"OTHER_VIOLATION_TC"}}).has("at least one language")
	send(http.StatusOK, url.Values{"do": {"save"}, "code": {"spam"}, "category": {"SCAMS_AND_FRAUD"}, "words-en": {"Advertising"}})
	send(http.StatusOK, url.Values{"do": {"retire"}, "code": {"abuse"}}).has("Retired")
	admin.get("/desk/held").want(http.StatusOK)

	b := h.browser()
	id := b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Of mountains.")
	d := doors[0]
	refusedWith(t, d.decide(admin, id, forum.Reject, forum.Published, "abuse", ""), http.StatusUnprocessableEntity, "Choose a reason")
	ok(t, d.decide(admin, id, forum.Reject, forum.Published, "not-about-the-river", ""))
	x := h.decision(h.comment(id).AccountID)
	b.get("/decisions/" + x.ID.String()).has("Not about the river")
	b.get("/decisions/" + x.ID.String() + "?lang=tr").has("Nehirle ilgisi yok")
	send(http.StatusOK, url.Values{"do": {"retire"}, "code": {"not-about-the-river"}})
	b.get("/decisions/" + x.ID.String()).has("Not about the river")
	admin.post("/desk/reasons", url.Values{"do": {"up"}, "code": {"hate"}, "seen": {"old"}}).want(http.StatusConflict)
}
