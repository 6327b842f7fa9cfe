package storydesk_test

import (
	"strings"
	"testing"
	"time"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/storydesk"
	"parley/frontend/view"
	"parley/internal/forum"
)

// reading is a heated discussion.
func reading() view.Reading {
	limits := forum.DefaultTemperature()
	s := forum.Signals{Comments: 84, Usual: 15, Reports: 20, Weight: 22.5, Same: 7, Decided: 12, Rejected: 2, New: 40, Accounts: 31, Shared: 4}
	return view.Reading{
		Headline: "The ferries will run at night again", Path: "/desk/stories/1", StoryURL: "/s/1/ferries", State: forum.StoryOpen,
		Controls: forum.Controls{
			Slow: 45, Cap: 5, NoLinks: true, NoPictures: true, HoldAll: true, Auto: forum.AutoVerified, NoAuto: true,
			CloseAt: frontendtest.Noon.Add(time.Hour), Why: "The harbour board meets tonight.",
		},
		Signals: s, Limits: limits, High: s.High(limits, 1), Hours: []int{0, 0, 1, 3, 2, 0, 0, 0, 0, 1, 2, 5, 8, 4, 3, 2, 9, 12, 20, 33, 41, 60, 70, 84},
	}
}

func page(loc string) view.StoryDesk {
	r := reading()
	return view.StoryDesk{
		Shell: frontendtest.Shell(loc), Reading: r, Action: "/desk/stories/1", Seen: "0123456789abcdef", List: "/desk/stories",
		Form: view.ControlsForm{State: r.State, Controls: r.Controls, CloseAt: "2026-11-22T13:00"},
		History: []view.CoolingLine{
			{At: frontendtest.Noon, By: "Mara Lindqvist", Reason: "desk", Text: "open, slow 45, close 2026-11-22T13:00:00Z, no-auto", Note: "The harbour board meets tonight."},
			{At: frontendtest.Noon, Reason: "signals", Text: "open, auto-slow", Note: "comments 84 (usual 15.0); high: pace"},
			{At: frontendtest.Noon, Reason: "clock", Text: "closed"},
		},
		Errors: []view.FieldError{{Field: "cap", Text: "Give a number."}, {Field: "", Text: "Somebody changed this."}},
	}
}

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, storydesk.Page(page(loc)))
		list := view.Readings{Shell: frontendtest.Shell(loc), Readings: []view.Reading{reading(), {Headline: "Calm", Path: "/desk/stories/2", State: forum.StoryClosed}}}
		frontendtest.Check(t, storydesk.List(list))
		list.Readings = nil
		list.Settings = &view.TemperatureForm{Action: "/desk/stories", Values: forum.DefaultTemperature(), Errors: []view.FieldError{{Field: "temperature", Text: "No."}}}
		frontendtest.Check(t, storydesk.List(list))
	}
}

func TestPage_attack(t *testing.T) {
	frontendtest.CheckAttack(t, page("en"), storydesk.Page)
	frontendtest.CheckAttack(t, view.Readings{Shell: frontendtest.Shell("en"), Readings: []view.Reading{reading()}}, storydesk.List)
}

func TestPage_historyInWords(t *testing.T) {
	var out strings.Builder
	if err := storydesk.Page(page("en")).Render(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"slow 45", "auto-slow", "T13:00:00Z<", "no-auto"} {
		if strings.Contains(out.String(), ">"+code) || strings.Contains(out.String(), " "+code) {
			t.Errorf("the history shows the code %q", code)
		}
	}
	if want := "Slow mode: 45 seconds"; !strings.Contains(out.String(), want) {
		t.Errorf("the history does not say %q", want)
	}
}
