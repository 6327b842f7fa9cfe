package view

import (
	"time"

	"parley/internal/forum"
)

// Alerts is the page of the desk's alerts.
type Alerts struct {
	Shell     Shell
	Action    string // where a target is added; each has its own path below it
	Endpoints []Endpoint
	Secret    string // of the target just added or rotated, shown once
	Target    string // whose secret it is
	Rotated   bool   // there was a secret before
	Mails     bool   // the installation sends mail
	Done      bool
	Errors    []FieldError
	Kind      forum.EndpointKind // as entered, when an error came back
	Entered   string
	Chosen    []forum.Event
	Dead      []DeadMail
}

// Endpoint is a target of alerts.
type Endpoint struct {
	ID     forum.ID
	Kind   forum.EndpointKind
	Target string
	Events []forum.Event
	Path   string // its own page and where its acts are posted
	Told   time.Time
	Failed time.Time // since when it does not answer; zero: it does
	Next   time.Time
	Off    time.Time // zero: in use
}

// DeadMail is a message that could not be sent.
type DeadMail struct {
	ID    forum.ID
	At    time.Time
	Error string
	Tries int
}

// AlertLog is the page of one target and what it was told.
type AlertLog struct {
	Shell      Shell
	Endpoint   Endpoint
	Deliveries []Delivery
	Next       string
	Done       bool
}

// Delivery is one event on its way to a target.
type Delivery struct {
	ID     forum.ID
	Event  forum.Event
	At     time.Time
	Tries  int
	Status int
	Answer string
	Done   bool
	Body   string
}
