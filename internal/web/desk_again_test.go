package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/forum"
)

// Who is second to decide sees the comment again, why, and the own words.
func TestDecision_conflictKeepsWords(t *testing.T) {
	h := newHouse(t)
	id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "A comment.")
	first, second := h.owner(h.site), h.staffed(h.site, forum.RoleModerator)
	form := func(verb forum.Verb) url.Values {
		return url.Values{
			"comment": {id.String()}, "verb": {string(verb)}, "from": {string(forum.Published)}, "reason": {"abuse"},
			"note": {"Mind <b>the</b> tone."}, "back": {"/desk/unseen"},
		}
	}
	first.post("/desk/decisions", form(forum.Hold)).want(http.StatusOK)
	a := second.post("/desk/decisions", form(forum.Reject)).want(http.StatusConflict).has("A comment.")
	if _, alert, _ := strings.Cut(a.body, `class="card-note" role="alert"`); alert == "" {
		t.Error("it does not say why")
	}
	for _, want := range []string{`value="abuse" selected`, `value="Mind &lt;b&gt;the&lt;/b&gt; tone."`, `name="back" value="/desk/unseen"`, `name="from" value="held"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if c := h.comment(id); c.State != forum.Held {
		t.Errorf("it is %s", c.State)
	}
}

// Who may reveal an author finds the way from the card and from the history.
func TestReveal_links(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	named := b.write(h.site, h.story.ID, 0, forum.BylineName, "Mara Lind", "Under a name.")
	id := h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", "Under none.")
	link := `href="/desk/reveal?comment=`
	admin, moderator := h.owner(h.site), h.staffed(h.site, forum.RoleModerator)
	for _, page := range []string{"/desk/comments/" + id.String(), "/desk/authors/" + h.author(id).String()} {
		if a := admin.get(page).want(http.StatusOK); !strings.Contains(a.body, link+id.String()+`"`) {
			t.Errorf("%s does not lead there", page)
		}
		if a := moderator.get(page).want(http.StatusOK); strings.Contains(a.body, link) {
			t.Errorf("%s leads a moderator there", page)
		}
	}
	if a := admin.get("/desk/comments/" + named.String()).want(http.StatusOK); strings.Contains(a.body, link) {
		t.Error("a name is to be revealed")
	}
}
