package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/internal/forum"
)

// secretOf returns the text a page shows only once.
func secretOf(a answer) string {
	a.t.Helper()
	m := regexp.MustCompile(`class="staff-secret"[^>]* value="([^"]+)"|value="([^"]+)"[^>]*readonly`).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("no secret on the page\n%s", excerpt(a.body))
	}
	return m[1] + m[2]
}

// idAfter returns the first id that stands behind a text.
func idAfter(a answer, text string) string {
	a.t.Helper()
	m := regexp.MustCompile(regexp.QuoteMeta(text) + `([0-9a-z]{13})`).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("no id behind %q\n%s", text, excerpt(a.body))
	}
	return m[1]
}

// TestStaff_invitation walks an invitation from its form to the desk, without
// script: made, opened twice by a scanner, agreed to, accepted, used up.
func TestStaff_invitation(t *testing.T) {
	h := newHouse(t, func(s *forum.Settings) { s.Sections = []forum.Section{{Slug: "world", Name: "World"}} })
	admin, lead := h.staffed(h.site, forum.RoleAdmin), h.staffed(h.site, forum.RoleLead)
	made := admin.post("/desk/staff/invitations", url.Values{"role": {"moderator"}, "sections": {"world"}, "words": {"knows the coast"}}).want(http.StatusOK)
	link := strings.TrimPrefix(secretOf(made), h.server.URL)
	admin.get("/desk/staff").want(http.StatusOK).has("Invitations not used yet", "Waits for a second person", "World")
	newcomer := h.browser()
	newcomer.get(link).want(http.StatusOK).has("Moderator", "World", "A second person of the newsroom has to agree first")
	newcomer.post(link, nil).want(http.StatusGone)
	waiting := lead.get("/desk/proposals").want(http.StatusOK).has("Invite somebody as", "knows the coast")
	id := idAfter(waiting, "/desk/proposals/")
	admin.post("/desk/proposals/"+id+"/approve", nil).want(http.StatusForbidden)
	lead.post("/desk/proposals/"+id+"/approve", nil).want(http.StatusOK).has("Agreed. It is done.")
	lead.post("/desk/proposals/"+id+"/approve", nil).want(http.StatusConflict)
	for range 2 { // a scanner of mails opens every link
		newcomer.get(link).want(http.StatusOK).has("Accept the invitation")
	}
	if a := newcomer.post(link, nil).want(http.StatusOK); a.path != "/desk/held" {
		t.Errorf("accepted, and led to %s", a.path)
	}
	h.browser().post(link, nil).want(http.StatusGone)
	newcomer.get("/desk/staff").want(http.StatusForbidden)
	admin.get("/desk/staff").want(http.StatusOK).has("Moderator", "World")
}

// TestStaff_revoke takes a role away on the page: the next request of that
// browser is nobody's.
func TestStaff_revoke(t *testing.T) {
	h := newHouse(t)
	admin, other := h.staffed(h.site, forum.RoleAdmin), h.staffed(h.site, forum.RoleModerator)
	other.get("/desk/held").want(http.StatusOK)
	id := idAfter(admin.get("/desk/staff").want(http.StatusOK), `name="account" value="`)
	admin.post("/desk/staff/roles", url.Values{"account": {id}, "role": {"reader"}}).want(http.StatusOK).has("The role is taken away")
	other.get("/desk/held").want(http.StatusUnauthorized)
	admin.post("/desk/staff/roles", url.Values{"name": {"Nobody At All"}, "role": {"moderator"}}).want(http.StatusUnprocessableEntity).has("Nobody writes under this name")
}

// TestStaff_badge takes a role away and gives it again: pages that are kept say at
// once whether an author works for the newsroom.
func TestStaff_badge(t *testing.T) {
	const badge, words = "Coco Hax Newsroom", "From the desk."
	h := newHouse(t)
	admin, other := h.staffed(h.site, forum.RoleAdmin), h.staffed(h.site, forum.RoleModerator)
	id := idAfter(admin.get("/desk/staff").want(http.StatusOK), `name="account" value="`)
	comment := other.write(h.site, h.story.ID, 0, forum.BylineName, "Coco Hax", words)
	story, anybody := forum.StoryPath("", h.story), h.browser()
	anybody.get(story).want(http.StatusOK).has(words, badge)
	anybody.get("/c/"+comment.String()).want(http.StatusOK).has(words, badge)
	admin.post("/desk/staff/roles", url.Values{"account": {id}, "role": {"reader"}}).want(http.StatusOK)
	anybody.get(story).want(http.StatusOK).has(words).lacks(badge)
	anybody.get("/c/" + comment.String()).want(http.StatusOK).has(words).lacks(badge)
	admin.post("/desk/staff/roles", url.Values{"name": {"Coco Hax"}, "role": {"moderator"}}).want(http.StatusOK)
	anybody.get(story).want(http.StatusOK).has(words, badge)
}

func TestStaff_keys(t *testing.T) {
	h := newHouse(t)
	admin := h.staffed(h.site, forum.RoleAdmin)
	admin.post("/desk/keys", url.Values{"label": {" "}}).want(http.StatusUnprocessableEntity).has("Say in up to 80 characters")
	key := secretOf(admin.post("/desk/keys", url.Values{"label": {"CMS in Lyon"}}).want(http.StatusOK))
	listed := admin.get("/desk/keys").want(http.StatusOK).has("CMS in Lyon")
	if strings.Contains(listed.body, key) {
		t.Error("the key is shown again")
	}
	put := func() int {
		b := h.browser()
		b.header.Set("Authorization", "Bearer "+key)
		return b.json(http.MethodPut, "/api/v1/sites/main/stories/x-1", `{"headline":"A story"}`).status
	}
	if got := put(); got != http.StatusOK && got != http.StatusCreated {
		t.Errorf("with the key: %d", got)
	}
	hash := regexp.MustCompile(`name="key" value="([0-9a-f]{64})"`).FindStringSubmatch(listed.body)
	admin.post("/desk/keys/revoke", url.Values{"key": {hash[1]}}).want(http.StatusOK).has("The key works no longer")
	if got := put(); got != http.StatusUnauthorized {
		t.Errorf("with an ended key: %d", got)
	}
}

// settingsOf reads the form of settings as a browser would send it back.
func settingsOf(a answer) url.Values {
	form := url.Values{"locale": {"en"}}
	for _, m := range regexp.MustCompile(`<input([^>]*)>`).FindAllStringSubmatch(a.body, -1) {
		attr := func(name string) string {
			if v := regexp.MustCompile(` ` + name + `="([^"]*)"`).FindStringSubmatch(m[1]); v != nil {
				return v[1]
			}
			return ""
		}
		if attr("type") == "checkbox" && !strings.Contains(m[1], "checked") {
			continue
		}
		form.Add(attr("name"), attr("value"))
	}
	for _, m := range regexp.MustCompile(`(?s)<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>`).FindAllStringSubmatch(a.body, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

func TestStaff_settings(t *testing.T) {
	h := newHouse(t)
	admin := h.staffed(h.site, forum.RoleAdmin)
	form := settingsOf(admin.get("/desk/settings").want(http.StatusOK))
	form.Set("guidelines", "Be kind to each other.")
	form.Set("origins", "https://paper.example\nhttps://two.example")
	admin.post("/desk/settings", form).want(http.StatusOK).has("Saved.")
	site, err := h.desk.SiteBySlug(t.Context(), "main")
	if err != nil || site.Settings.Guidelines != "Be kind to each other." || len(site.Settings.Origins) != 2 || site.Settings.MaxLength != h.site.Settings.MaxLength {
		t.Errorf("%+v, %v", site.Settings, err)
	}
	if site.Settings.NamelessPace != h.site.Settings.NamelessPace || site.Settings.HoldFirst != h.site.Settings.HoldFirst || !site.Settings.FourEyes {
		t.Errorf("what was not touched changed: %+v", site.Settings)
	}
	admin.post("/desk/settings", form).want(http.StatusConflict).has("Somebody changed this meanwhile")
	form = settingsOf(admin.get("/desk/settings"))
	for field, value := range map[string]string{"origins": "paper.example", "max_length": "many", "reader_pace.gap": "-1", "name": ""} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(field, value)
		a := admin.post("/desk/settings", bad).want(http.StatusUnprocessableEntity)
		if value != "" && value != "-1" && field != "max_length" && !strings.Contains(a.body, value) {
			t.Errorf("%s: what was written is gone", field)
		}
	}
}

// TestDeskbar leads each role only to pages that it may open.
func TestDeskbar(t *testing.T) {
	h := newHouse(t)
	for _, role := range forum.StaffRoles() {
		b := h.staffed(h.site, role)
		page := b.get("/desk/proposals").want(http.StatusOK)
		bar := regexp.MustCompile(`(?s)class="deskbar".*?</nav>`).FindString(page.body)
		links := regexp.MustCompile(`href="([^"]+)"`).FindAllStringSubmatch(bar, -1)
		if len(links) == 0 {
			t.Errorf("%s is led nowhere", role)
		}
		for _, link := range links {
			if a := b.get(link[1]); a.status != http.StatusOK {
				t.Errorf("%s is led to %s: %d", role, link[1], a.status)
			}
		}
	}
}
