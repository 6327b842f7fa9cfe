// Package temperature says what a story's controls are and what they ask of who
// writes. The classes begin with "temperature". Who may change controls is
// decided elsewhere.
package temperature

import (
	"parley/frontend/locale"
	"parley/internal/forum"
)

// States names the controls in effect, in a few words each.
func States(c forum.Controls, loc string) []string {
	var all []string
	add := func(on bool, key string) {
		if on {
			all = append(all, locale.T(loc, key))
		}
	}
	add(c.Slow > 0, "temperature.slow")
	add(c.VerifiedOnly, "temperature.verifiedOnly")
	add(c.HoldAll, "temperature.holdAll")
	if c.Cap > 0 {
		all = append(all, locale.N(loc, "temperature.cap", c.Cap))
	}
	add(c.NoLinks, "temperature.noLinks")
	add(c.NoPictures, "temperature.noPictures")
	return all
}

// Asks says what the controls in effect ask of who writes, in whole sentences.
func Asks(c forum.Controls, loc string) []string {
	var all []string
	if c.VerifiedOnly {
		all = append(all, locale.T(loc, "ask.verifiedOnly"))
	}
	if c.Slow > 0 {
		all = append(all, slow(int(c.Slow), loc))
	}
	if c.Cap > 0 {
		all = append(all, locale.N(loc, "ask.cap", c.Cap))
	}
	for _, x := range []struct {
		on  bool
		key string
	}{{c.NoLinks, "ask.noLinks"}, {c.NoPictures, "ask.noPictures"}, {c.HoldAll, "ask.holdAll"}} {
		if x.on {
			all = append(all, locale.T(loc, x.key))
		}
	}
	return all
}

// slow says how often one may write, in the largest unit that fits.
func slow(seconds int, loc string) string {
	switch {
	case seconds%3600 == 0:
		return locale.N(loc, "ask.slowHours", seconds/3600)
	case seconds%60 == 0:
		return locale.N(loc, "ask.slowMinutes", seconds/60)
	}
	return locale.N(loc, "ask.slowSeconds", seconds)
}

// why returns why the controls are what they are: the desk's words, or that
// measured signals have set them.
func why(c forum.Controls, loc string) string {
	if c.Why != "" {
		return c.Why
	}
	if c.Auto != "" {
		return locale.T(loc, "temperature.auto")
	}
	return ""
}
