package view

import (
	"time"

	"parley/internal/forum"
)

// Readings are the lively discussions of a site, as the desk sees them.
type Readings struct {
	Shell    Shell
	Readings []Reading
	Settings *TemperatureForm // nil: the reader may not change them
	Flash    string
}

// Reading is one discussion with what is measured of it.
type Reading struct {
	Headline string
	Path     string // of its page at the desk
	StoryURL string
	Section  string
	State    forum.StoryState
	Controls forum.Controls
	Signals  forum.Signals
	Limits   forum.Temperature
	High     []forum.Signal
	Hours    []int // comments in each of the last 24 hours, the oldest first
}

// TemperatureForm is what a site decides about steps by measured signals.
type TemperatureForm struct {
	Action string
	Values forum.Temperature
	Errors []FieldError
}

// StoryDesk is one story at the desk: its signals, its controls and what was
// decided about them.
type StoryDesk struct {
	Shell   Shell
	Reading Reading
	Action  string
	Seen    string // names the controls shown; the form sends it back
	List    string // path of the list
	Form    ControlsForm
	History []CoolingLine
	Flash   string
	Errors  []FieldError
}

// ControlsForm is what stands in the form of a story's controls.
type ControlsForm struct {
	State    forum.StoryState
	Controls forum.Controls
	CloseAt  string // as a datetime-local field has it, in UTC
	CloseIn  string // seconds from now, or empty
}

// CoolingLine is one decision about a story's temperature.
type CoolingLine struct {
	At     time.Time
	By     string // empty: nobody with a name
	Reason string // desk, clock or signals
	Text   string // state and controls in one line
	Note   string
}
