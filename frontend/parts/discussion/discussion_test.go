package discussion_test

import (
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/discussion"
	"parley/frontend/view"
	"parley/internal/forum"
)

func TestSection(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		d := frontendtest.Discussion(loc)
		text := frontendtest.Check(t, discussion.Section(d))
		for _, want := range []string{
			`id="comments"`, `data-story="` + d.StoryID.String() + `"`, `data-revision="7"`, "data-thread", "data-news",
			"data-load-more", "data-load-all", `action="/votes"`, `action="/preferences"`, "data-words", "data-box",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is missing", loc, want)
			}
		}
	}
}

func TestSection_personal(t *testing.T) {
	d := frontendtest.Discussion("en")
	d.Comments, d.Personal, d.Unread = frontendtest.Personal(), true, 3
	d.Embed = &view.Embed{Kind: forum.SessionFrame, Origin: "https://paper.example", URL: "https://paper.example/1"}
	text := frontendtest.Check(t, discussion.Section(d))
	for _, want := range []string{"data-personal", "3 new comments since", `action="/seen"`, `data-embed="frame"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestSection_closed(t *testing.T) {
	for state, want := range map[forum.StoryState]string{
		forum.StoryClosed: "This discussion is closed.", forum.StoryReadOnly: "This discussion takes no new comments.",
	} {
		d := frontendtest.Discussion("en")
		d.State, d.Reason = state, "The trial has begun."
		text := frontendtest.Check(t, discussion.Section(d))
		if !strings.Contains(text, want) || !strings.Contains(text, "The trial has begun.") {
			t.Errorf("%s: does not say so and why", state)
		}
		if strings.Contains(text, "data-box") || strings.Contains(text, "data-reply") {
			t.Errorf("%s: offers to write", state)
		}
	}
}

func TestSection_empty(t *testing.T) {
	d := frontendtest.Discussion("en")
	d.Comments, d.Count, d.Latest, d.Next, d.All = nil, 0, 0, "", ""
	text := frontendtest.Check(t, discussion.Section(d))
	if !strings.Contains(text, "No comments yet") || !strings.Contains(text, "The first word is yours") {
		t.Error("an empty discussion does not invite")
	}
}

func TestSection_noPicks(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		d := frontendtest.Discussion(loc)
		d.Page.View, d.Comments, d.Next, d.All = forum.Picks, nil, "", ""
		for _, d.Picked = range []bool{false, true} {
			text := frontendtest.Check(t, discussion.Section(d))
			if strings.Contains(text, "discussion-empty") == d.Picked {
				t.Errorf("%s: has picks: %t, says otherwise", loc, d.Picked)
			}
		}
	}
}

func TestSection_attack(t *testing.T) {
	d := frontendtest.Discussion("en")
	d.Comments, d.Unread, d.Reason, d.State = frontendtest.Personal(), 1, "x", forum.StoryReadOnly
	d.Embed = &view.Embed{}
	frontendtest.CheckAttack(t, d, discussion.Section)
}
