// Package storydesk is the desk's view of discussions: which are lively, what is
// measured of them, and the controls of each. The classes begin with
// "storydesk". Who may see it is decided elsewhere.
package storydesk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// message returns what is wrong with a field.
func message(errors []view.FieldError, field string) string {
	var all []string
	for _, e := range errors {
		if e.Field == field {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// invalid is the value of aria-invalid.
func invalid(errors []view.FieldError, field string) string {
	return strconv.FormatBool(message(errors, field) != "")
}

// isHigh reports whether a signal is high.
func isHigh(r view.Reading, x forum.Signal) bool { return slices.Contains(r.High, x) }

// figure writes a signal's figure.
func figure(r view.Reading, x forum.Signal, loc string) string {
	return written(r.Signals.Value(x), x, loc)
}

// limit writes the figure at which a signal is high.
func limit(r view.Reading, x forum.Signal, loc string) string {
	return written(r.Limits.Limit(x), x, loc)
}

// written writes a share as per cent, and a pace as times the usual.
func written(value float64, x forum.Signal, loc string) string {
	if x == forum.SignalPace {
		return locale.T(loc, "signal.times", "n", decimal(value, loc))
	}
	return locale.Percent(loc, int(value*100+0.5))
}

// decimal writes a number with one digit behind the point, as the language does.
func decimal(x float64, loc string) string {
	text := strconv.FormatFloat(x, 'f', 1, 64)
	if loc == "tr" || loc == "ru" {
		return strings.Replace(text, ".", ",", 1)
	}
	return text
}

// numbers says what a signal rests on.
func numbers(r view.Reading, x forum.Signal, loc string) string {
	s := r.Signals
	n := func(v int) string { return locale.Number(loc, v) }
	switch x {
	case forum.SignalReports:
		return locale.T(loc, "signal.reportsOf", "reports", n(s.Reports), "comments", n(s.Comments), "same", n(s.Same))
	case forum.SignalPace:
		return locale.T(loc, "signal.paceOf", "comments", n(s.Comments), "usual", decimal(s.Usual, loc))
	case forum.SignalRejected:
		return locale.T(loc, "signal.rejectedOf", "rejected", n(s.Rejected), "decided", n(s.Decided))
	}
	return locale.T(loc, "signal.newOf", "new", n(s.New), "comments", n(s.Comments), "accounts", n(s.Accounts), "shared", n(s.Shared))
}

// Measures of the small drawing, in its own units.
const (
	sparkHigh = 24
	sparkStep = 5
)

// bar is one bar of the small drawing.
type bar struct{ x, y, high string }

// bars places a bar for each hour.
func bars(hours []int) []bar {
	top := max(1, slices.Max(append(slices.Clone(hours), 0)))
	out := make([]bar, len(hours))
	for i, n := range hours {
		high := n * sparkHigh / top
		if n > 0 {
			high = max(high, 1)
		}
		out[i] = bar{strconv.Itoa(i * sparkStep), strconv.Itoa(sparkHigh - high), strconv.Itoa(high)}
	}
	return out
}

// sparkBox is the box of the small drawing.
func sparkBox(hours []int) string { return fmt.Sprintf("0 0 %d %d", len(hours)*sparkStep, sparkHigh) }

// told says in words what the small drawing shows.
func told(hours []int, loc string) string {
	total := 0
	for _, n := range hours {
		total += n
	}
	return locale.T(loc, "signal.spark", "total", locale.Number(loc, total),
		"most", locale.Number(loc, slices.Max(append(slices.Clone(hours), 0))))
}

// slowChoices are the waits the form offers, with the one that is set.
func slowChoices(set forum.Seconds) []forum.Seconds {
	all := []forum.Seconds{0, 30, 60, 120, 300, 600, 1800, 3600}
	if !slices.Contains(all, set) {
		all = append(all, set)
		slices.Sort(all)
	}
	return all
}

// slowWords names a wait.
func slowWords(s forum.Seconds, loc string) string {
	switch {
	case s == 0:
		return locale.T(loc, "control.off")
	case s%3600 == 0:
		return locale.N(loc, "control.hours", int(s/3600))
	case s%60 == 0:
		return locale.N(loc, "control.minutes", int(s/60))
	}
	return locale.N(loc, "control.seconds", int(s))
}

// plainScopes are the parts of a decision on a discussion that say all by their name.
var plainScopes = map[string]string{
	"no-links": "control.noLinks", "no-pictures": "control.noPictures", "verified-only": "control.verifiedOnly",
	"hold-all": "control.holdAll", "no-auto": "control.noAuto",
}

// scopeWords says what was decided about a discussion, whose record is terse.
func scopeWords(text, loc string) string {
	var said []string
	for part := range strings.SplitSeq(text, ", ") {
		said = append(said, partWords(part, loc))
	}
	return strings.Join(said, " · ")
}

func partWords(part, loc string) string {
	if key, ok := plainScopes[part]; ok {
		return locale.T(loc, key)
	}
	if step, ok := strings.CutPrefix(part, "auto-"); ok {
		return stepWords(step, loc)
	}
	if slices.Contains(storyStates, forum.StoryState(part)) {
		return locale.T(loc, stateKey(forum.StoryState(part)))
	}
	name, value, _ := strings.Cut(part, " ")
	n, _ := strconv.Atoi(value)
	switch name {
	case "slow":
		return locale.T(loc, "temperature.slow") + ": " + slowWords(forum.Seconds(n), loc)
	case "cap":
		return locale.T(loc, "control.cap") + ": " + locale.Number(loc, n)
	case "close":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return locale.T(loc, "control.closeAt") + ": " + locale.Time(loc, at)
		}
	}
	return part
}

// closeChoices are how long from now a discussion may close, in hours.
var closeChoices = []int{1, 3, 6, 12, 24, 72, 168}

// stateKey names the words of a story's state.
func stateKey(s forum.StoryState) string { return "control.state." + string(s) }

// storyStates are the states of a story in the order shown.
var storyStates = []forum.StoryState{forum.StoryOpen, forum.StoryReadOnly, forum.StoryClosed}

// steps are the ceilings a site may set for measured signals.
func steps() []string { return append([]string{forum.AutoNone}, forum.AutoSteps()[1:]...) }

// stepWords names a step.
func stepWords(step, loc string) string { return locale.T(loc, "step."+step) }

// share writes a share for a number field.
func share(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// number writes a count for a number field; 0 is empty.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
