package temperature_test

import (
	"strings"
	"testing"
	"time"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/temperature"
	"parley/internal/forum"
)

// all is every control at once.
var all = forum.Controls{
	Slow: 60, Cap: 3, NoLinks: true, NoPictures: true, VerifiedOnly: true, HoldAll: true, CloseAt: frontendtest.Noon, Why: "A hearing is on.",
	Auto: forum.AutoSlow,
}

func TestNote(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, temperature.Note(all, loc))
		frontendtest.Check(t, temperature.Before(all, "/signin", loc))
		if n, m := len(temperature.States(all, loc)), len(temperature.Asks(all, loc)); n != 6 || m != 6 {
			t.Errorf("%s: %d states, %d sentences", loc, n, m)
		}
	}
	if len(temperature.Asks(forum.Controls{Why: "nothing", NoAuto: true}, "en")) != 0 {
		t.Error("controls that ask nothing say something")
	}
}

func TestAsks_slowMode(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		45 * time.Second: "once every 45 seconds", time.Minute: "once a minute", 5 * time.Minute: "once every 5 minutes",
		2 * time.Hour: "once every 2 hours", 90 * time.Second: "once every 90 seconds",
	} {
		got := temperature.Asks(forum.Controls{Slow: forum.Seconds(wait / time.Second)}, "en")
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: %q, want %q", wait, got, want)
		}
	}
}
