package prefs_test

import (
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/prefs"
	"parley/internal/forum"
)

func TestForm(t *testing.T) {
	d := frontendtest.Discussion("en")
	text := frontendtest.Check(t, prefs.Form(d, "/s/1"))
	for _, want := range []string{`value="threaded" selected`, `value="newest" selected`, `value="25" selected`, `value="useful"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	d.Page.View = forum.Conversation
	if text := frontendtest.Check(t, prefs.Form(d, "/s/1")); strings.Contains(text, "useful") {
		t.Error("the conversation offers an order it does not have")
	}
}

func TestForm_picks(t *testing.T) {
	for _, x := range []struct {
		view         forum.View
		picked, want bool
	}{
		{forum.Threaded, false, false},
		{forum.Threaded, true, true},
		{forum.Conversation, true, true},
		{forum.Picks, false, true}, // it says what is shown
	} {
		d := frontendtest.Discussion("en")
		d.Page.View, d.Picked = x.view, x.picked
		text := frontendtest.Check(t, prefs.Form(d, "/s/1"))
		if got := strings.Contains(text, `value="picks"`); got != x.want {
			t.Errorf("%+v: offers the picks: %t", x, got)
		}
		if x.view == forum.Picks && (!strings.Contains(text, `value="picks" selected`) || strings.Contains(text, "useful")) {
			t.Error("the picks are not chosen, or have an order too many")
		}
	}
}
