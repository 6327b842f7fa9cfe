package forum

import (
	"slices"
	"time"
)

// FourEyesBan is how long a suspension or ban may be before a second person
// must agree; a ban without an end always needs one.
const FourEyesBan = 30 * 24 * time.Hour

// FourEyesMany is how many comments one person may change by acts on many, within
// FourEyesSpan, before a second person must agree.
const FourEyesMany = 50

// FourEyesSpan is how long acts on many by one person count together.
const FourEyesSpan = 24 * time.Hour

// Sanction is a warning, suspension or ban as it stands. The decision that made
// it has its reason.
type Sanction struct {
	SiteID         ID
	DecisionID     ID
	AccountID      ID
	Kind           Verb      // Warn, AlwaysHold, Suspend or Ban
	Until          time.Time // zero: without an end
	CreatedAt      time.Time
	AcknowledgedAt time.Time // of a warning; zero: not yet
	EndedAt        time.Time // lifted; zero: not
}

// InForce reports whether a sanction holds at an instant.
func (s Sanction) InForce(at time.Time) bool {
	if !s.EndedAt.IsZero() || (!s.Until.IsZero() && !at.Before(s.Until)) {
		return false
	}
	return s.Kind != Warn || s.AcknowledgedAt.IsZero()
}

// Standing is all that stands against an account at an instant.
type Standing []Sanction

// Bars returns the sanction that keeps an account from writing: a ban, a
// suspension, or a warning not yet acknowledged, the gravest first.
func (s Standing) Bars(at time.Time) (Sanction, bool) {
	for _, kind := range []Verb{Ban, Suspend, Warn} {
		i := slices.IndexFunc(s, func(x Sanction) bool { return x.Kind == kind && x.InForce(at) })
		if i >= 0 {
			return s[i], true
		}
	}
	return Sanction{}, false
}

// Holds reports whether every comment of the account waits for review.
func (s Standing) Holds(at time.Time) bool {
	return slices.ContainsFunc(s, func(x Sanction) bool { return x.Kind == AlwaysHold && x.InForce(at) })
}
