package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

// seenIn returns what the form of a story's controls sends back.
func seenIn(a answer) string {
	m := regexp.MustCompile(`name="seen" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		a.t.Fatalf("no form\n%s", excerpt(a.body))
	}
	return m[1]
}

// coolers set controls through each door.
var coolers = map[string]func(b *browser, c forum.Controls, state forum.StoryState, seen string) answer{
	"form": func(b *browser, c forum.Controls, state forum.StoryState, seen string) answer {
		form := url.Values{
			"state": {string(state)}, "why": {c.Why}, "slow": {fmt.Sprint(int(c.Slow))}, "cap": {fmt.Sprint(c.Cap)}, "seen": {seen},
		}
		for name, on := range map[string]bool{
			"no_links": c.NoLinks, "no_pictures": c.NoPictures, "verified_only": c.VerifiedOnly, "hold_all": c.HoldAll, "no_auto": c.NoAuto,
		} {
			if on {
				form.Set(name, "1")
			}
		}
		if !c.CloseAt.IsZero() {
			form.Set("close_at", c.CloseAt.UTC().Format(fieldTime))
		}
		return b.post("/desk/stories/"+b.story.ID.String(), form)
	},
	"json": func(b *browser, c forum.Controls, state forum.StoryState, seen string) answer {
		at := ""
		if !c.CloseAt.IsZero() {
			at = `"closeAt":"` + c.CloseAt.UTC().Format(time.RFC3339) + `",`
		}
		return b.json(http.MethodPut, "/api/v1/stories/"+b.story.ID.String()+"/controls", fmt.Sprintf(
			`{%s"state":%q,"why":%s,"slow":%d,"cap":%d,"noLinks":%t,"noPictures":%t,"verifiedOnly":%t,"holdAll":%t,"noAuto":%t,"seen":%q}`,
			at, state, quoted(c.Why), c.Slow, c.Cap, c.NoLinks, c.NoPictures, c.VerifiedOnly, c.HoldAll, c.NoAuto, seen))
	},
}

// TestTemperature_readersSeeIt sets every control through each door: the public
// page, which is stored, changes at once, and says what applies before anybody
// writes.
func TestTemperature_readersSeeIt(t *testing.T) {
	for name, cool := range coolers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			moderator, reader := h.staffed(h.site, forum.RoleModerator), h.browser()
			path := forum.StoryPath("", h.story)
			reader.get(path).lacks("Slow mode")
			closes := time.Now().Add(48 * time.Hour).Truncate(time.Minute)
			ok(t, cool(moderator, forum.Controls{
				Slow: 300, Cap: 2, NoLinks: true, NoPictures: true, HoldAll: true, CloseAt: closes, Why: "The <b>hearing</b> is on.",
			}, forum.StoryOpen, ""))
			reader.get(path).has("Slow mode", "Comments are reviewed first", "2 comments each", "No links", "No pictures",
				"The <b>hearing</b> is on.", "This discussion closes:", "once every 5 minutes", "A moderator reads every comment here")
			eachDoor(t, func(t *testing.T, d door) {
				b := h.browser()
				_, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "See https://example.org/x "+d.name)
				refusedWith(t, a, http.StatusUnprocessableEntity, "may hold no links")
				id, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "Calm words "+d.name)
				ok(t, a)
				if c := h.comment(id); c.State != forum.Held || c.HeldFor != "temperature" {
					t.Errorf("state %s, held for %q", c.State, c.HeldFor)
				}
				_, a = d.post(b, h.story.ID, 0, forum.BylineNone, "", "More words "+d.name)
				refusedWith(t, a, http.StatusTooManyRequests, "slow mode")
				if a.header.Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
			})
			ok(t, cool(moderator, forum.Controls{VerifiedOnly: true}, forum.StoryOpen, ""))
			reader.get(path).has("Only readers who have signed in can write here", "Sign in to write").lacks("Slow mode")
			if back := "/signin?return_to=" + url.QueryEscape(path+"#comments"); !strings.Contains(reader.get(path).body, `data-signin-line><a href="`+back+`"`) {
				t.Error("the page does not lead to signing in and back")
			} else if f := field.FindStringSubmatch(reader.get(back).want(http.StatusOK).body); f == nil || f[1] != path+"#comments" {
				t.Errorf("the way back is %q", f)
			}
			eachDoor(t, func(t *testing.T, d door) {
				_, a := d.post(h.browser(), h.story.ID, 0, forum.BylineNone, "", "As a guest "+d.name)
				refusedWith(t, a, http.StatusUnauthorized, "Only readers who have signed in")
				if d.name == "form" && !strings.Contains(a.body, "As a guest form") {
					t.Error("the text is lost")
				}
			})
			ok(t, cool(moderator, forum.Controls{Why: "Settled."}, forum.StoryClosed, ""))
			reader.get(path).has("This discussion is closed.", "Settled.")
			ok(t, cool(moderator, forum.Controls{}, forum.StoryOpen, ""))
			reader.get(path).lacks("This discussion is closed.", "Settled.")
			moderator.get("/desk/stories/"+h.story.ID.String()).has("Open · Slow mode: 5 minutes · Most comments of one reader: 2 · No links", "Closed: reading only", "Settled.")
		})
	}
}

func TestTemperature_refusals(t *testing.T) {
	for name, cool := range coolers {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			moderator := h.staffed(h.site, forum.RoleModerator)
			refusedWith(t, cool(moderator, forum.Controls{Cap: 5000, Why: "Kept words."}, forum.StoryOpen, ""), http.StatusUnprocessableEntity, "a number from 0 to")
			refusedWith(t, cool(moderator, forum.Controls{Slow: 999_999}, forum.StoryOpen, ""), http.StatusUnprocessableEntity, "at most 24 hours")
			refusedWith(t, cool(moderator, forum.Controls{CloseAt: time.Now().Add(-time.Hour)}, forum.StoryOpen, ""), http.StatusUnprocessableEntity, "still to come")
			refusedWith(t, cool(moderator, forum.Controls{}, "ajar", ""), http.StatusUnprocessableEntity, "")
			refusedWith(t, cool(moderator, forum.Controls{Why: strings.Repeat("long ", 80)}, forum.StoryOpen, ""), http.StatusUnprocessableEntity, "300")
			seen := seenIn(moderator.get("/desk/stories/" + h.story.ID.String()))
			ok(t, cool(moderator, forum.Controls{Slow: 60}, forum.StoryOpen, seen))
			refusedWith(t, cool(moderator, forum.Controls{Slow: 90}, forum.StoryOpen, seen), http.StatusConflict, "Somebody changed this meanwhile")
			reviewer := h.staffed(h.site, forum.RoleReviewer)
			if a := cool(reviewer, forum.Controls{}, forum.StoryOpen, ""); a.status != http.StatusForbidden {
				t.Errorf("a reviewer: %d", a.status)
			}
		})
	}
}

// TestTemperature_listAndSettings shows lively discussions with what is measured.
func TestTemperature_listAndSettings(t *testing.T) {
	h := newHouse(t)
	for i := range 65 {
		h.browser().write(h.site, h.story.ID, 0, forum.BylineNone, "", fmt.Sprint("Heat ", i))
	}
	admin, moderator := h.owner(h.site), h.staffed(h.site, forum.RoleModerator)
	moderator.get("/desk/stories").want(http.StatusOK).has(h.story.Headline, "comments, usually", "high", "Accounts of today").lacks("Automatic steps on this site")
	if n, err := h.desk.TakeTemperature(context.Background(), h.site); err != nil || n != 1 {
		t.Fatalf("%d steps, %v", n, err)
	}
	h.browser().get(forum.StoryPath("", h.story)).has("Slow mode", "Set automatically, because this discussion became heated")
	moderator.get("/desk/stories").has("Automatic step")
	moderator.get("/desk/stories/"+h.story.ID.String()).has("Measured signals", "comments 65 (usual 15.0)")
	form := url.Values{"most": {"none"}, "comments": {"50"}, "reports": {"0,2"}, "pace": {"5"}, "rejected": {"0.4"}, "new": {"0.7"}}
	admin.post("/desk/stories", form).want(http.StatusOK).has("The settings are saved.")
	moderator.post("/desk/stories", form).want(http.StatusForbidden)
	form.Set("new", "7")
	admin.post("/desk/stories", form).want(http.StatusUnprocessableEntity)
	site, err := h.store.Site(context.Background(), h.site.ID)
	if want := (forum.Temperature{Most: "none", Comments: 50, Reports: 0.2, Pace: 5, Rejected: 0.4, New: 0.7}); err != nil || site.Settings.Temperature != want {
		t.Errorf("%+v, %v", site.Settings.Temperature, err)
	}
	if n, err := h.desk.TakeTemperature(context.Background(), site); err != nil || n != 1 {
		t.Errorf("a site that allows no steps keeps one: %d, %v", n, err)
	}
}
