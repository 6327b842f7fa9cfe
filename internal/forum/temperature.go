package forum

import "time"

// Controls are what the desk or a measured signal has set for one story's
// discussion. The zero value sets nothing.
type Controls struct {
	Slow         Seconds   `json:"slow,omitempty"`          // least time between two comments of one author
	Cap          int       `json:"cap,omitempty"`           // most comments of one author under the story
	NoLinks      bool      `json:"no_links,omitempty"`      // comments may hold no links
	NoPictures   bool      `json:"no_pictures,omitempty"`   // nor pictures
	VerifiedOnly bool      `json:"verified_only,omitempty"` // only who has signed in may write
	HoldAll      bool      `json:"hold_all,omitempty"`      // every comment waits for review
	CloseAt      time.Time `json:"close_at,omitzero"`       // when it closes by itself
	Why          string    `json:"why,omitempty"`           // in the desk's words, for readers
	// Auto is the step that measured signals have taken; empty: none. Each has
	// its own words in the catalogues.
	Auto string `json:"auto,omitempty"`
	// Since is when Auto was taken.
	Since time.Time `json:"since,omitzero"`
	// NoAuto forbids steps by measured signals.
	NoAuto bool `json:"no_auto,omitempty"`
}

// The steps that measured signals may take, in rising order.
const (
	AutoSlow     = "slow"     // slow mode
	AutoVerified = "verified" // only who has signed in
	AutoHold     = "hold"     // every comment waits
)

// Effective returns the controls with what Auto adds.
func (c Controls) Effective() Controls {
	switch c.Auto {
	case AutoSlow:
		c.Slow = max(c.Slow, 60)
	case AutoVerified:
		c.Slow, c.VerifiedOnly = max(c.Slow, 60), true
	case AutoHold:
		c.Slow, c.HoldAll = max(c.Slow, 60), true
	}
	return c
}
