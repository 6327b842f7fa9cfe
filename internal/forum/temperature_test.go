package forum_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
)

// busy is a discussion with a signal of each kind at a part of its limit.
func busy(part map[forum.Signal]float64) forum.Signals {
	t := forum.DefaultTemperature()
	s := forum.Signals{Comments: 100, Usual: 100, Decided: 100}
	s.Weight = part[forum.SignalReports] * t.Reports * 100
	s.Reports = int(s.Weight)
	if p := part[forum.SignalPace]; p > 0 {
		s.Usual = 100 / (p * t.Pace)
	}
	s.Rejected = int(part[forum.SignalRejected]*t.Rejected*100 + 0.5)
	s.New = int(part[forum.SignalNew]*t.New*100 + 0.5)
	return s
}

func TestSignals_high(t *testing.T) {
	limits := forum.DefaultTemperature()
	for name, x := range map[string]struct {
		s    forum.Signals
		want string
	}{
		"calm":                      {busy(nil), ""},
		"many reports":              {busy(map[forum.Signal]float64{"reports": 1.1}), "reports"},
		"pace":                      {busy(map[forum.Signal]float64{"pace": 1.01}), "pace"},
		"just below":                {busy(map[forum.Signal]float64{"pace": 0.99, "reports": 0.9}), ""},
		"everybody is new":          {busy(map[forum.Signal]float64{"new": 1.5}), ""},
		"a raid":                    {busy(map[forum.Signal]float64{"new": 1.5, "pace": 2, "rejected": 2}), "pace rejected new"},
		"three reports of three":    {forum.Signals{Comments: 3, Reports: 3, Weight: 3, Usual: 1}, ""},
		"few comments, many new":    {forum.Signals{Comments: 29, Usual: 1, New: 29}, ""},
		"nine decided, all bad":     {forum.Signals{Comments: 40, Usual: 40, Decided: 9, Rejected: 9}, ""},
		"reports on older comments": {forum.Signals{Comments: 2, Usual: 15, Reports: 6, Weight: 5}, "reports"},
		"reports nobody trusts":     {forum.Signals{Comments: 100, Usual: 100, Reports: 30, Weight: 3}, ""},
	} {
		var got []string
		for _, h := range x.s.High(limits, 1) {
			got = append(got, string(h))
		}
		if strings.Join(got, " ") != x.want {
			t.Errorf("%s: high %q, want %q", name, got, x.want)
		}
	}
}

func TestNextStep(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	none, one := busy(nil), busy(map[forum.Signal]float64{"reports": 1.2})
	two := busy(map[forum.Signal]float64{"reports": 1.2, "pace": 1.2})
	three := busy(map[forum.Signal]float64{"reports": 1.2, "pace": 1.2, "rejected": 1.2})
	nearly := busy(map[forum.Signal]float64{"reports": 0.8})
	for name, x := range map[string]struct {
		most string
		s    forum.Signals
		step string
		ago  time.Duration
		want string
	}{
		"calm stays calm":            {"", none, "", 0, ""},
		"first step at once":         {"", one, "", 0, forum.AutoSlow},
		"one step at a time":         {"", three, "", 0, forum.AutoSlow},
		"not two steps in a minute":  {"", three, forum.AutoSlow, time.Minute, forum.AutoSlow},
		"the second after a while":   {"", three, forum.AutoSlow, forum.AutoUp, forum.AutoVerified},
		"the third":                  {"", three, forum.AutoVerified, forum.AutoUp, forum.AutoHold},
		"no further":                 {"", three, forum.AutoHold, time.Hour, forum.AutoHold},
		"two signals do not hold":    {"", two, forum.AutoVerified, time.Hour, forum.AutoVerified},
		"down, not at once":          {"", none, forum.AutoVerified, time.Minute, forum.AutoVerified},
		"down, one step":             {"", none, forum.AutoVerified, forum.AutoDown, forum.AutoSlow},
		"down to nothing":            {"", none, forum.AutoSlow, forum.AutoDown, ""},
		"not while nearly high":      {"", nearly, forum.AutoSlow, time.Hour, forum.AutoSlow},
		"nearly high does not begin": {"", nearly, "", 0, ""},
		"never above the site's":     {forum.AutoSlow, three, forum.AutoSlow, time.Hour, forum.AutoSlow},
		"a lowered ceiling":          {forum.AutoSlow, three, forum.AutoHold, 0, forum.AutoVerified},
		"none allowed":               {forum.AutoNone, three, "", 0, ""},
		"none allowed any more":      {forum.AutoNone, three, forum.AutoSlow, 0, ""},
	} {
		got := forum.Temperature{Most: x.most}.NextStep(x.s, x.step, now.Add(-x.ago), now)
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestControls_check(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for field, c := range map[string]forum.Controls{
		"slow":     {Slow: forum.MaxSlow + 1},
		"cap":      {Cap: -1},
		"close_at": {CloseAt: now},
		"why":      {Why: strings.Repeat("x", forum.MaxWhy+1)},
	} {
		var e *forum.Error
		if err := c.Check(now); !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	good := forum.Controls{Slow: 60, Cap: 3, NoLinks: true, CloseAt: now.Add(time.Hour), Why: "A hearing is on.", Auto: forum.AutoHold}
	if err := good.Check(now); err != nil {
		t.Error(err)
	}
	if got, want := good.Text(), "slow 60, cap 3, no-links, close 2026-03-01T13:00:00Z, auto-hold"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	if !good.Due() || !good.Cool() || (forum.Controls{NoAuto: true, Why: "x"}).Cool() {
		t.Error("what controls ask")
	}
}
