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
