package forum

import (
	"slices"
	"time"
)

// Event is something that other programs and people outside may be told.
type Event string

// The events.
const (
	EventHeld        Event = "comment.held"
	EventReported    Event = "comment.reported"
	EventDecision    Event = "decision.made"
	EventAppeal      Event = "appeal.filed"
	EventTemperature Event = "story.temperature"
	EventLogHead     Event = "log.head"
	EventTest        Event = "test" // sent by hand, to every endpoint that is asked
)

// Events lists the events an endpoint may subscribe to.
func Events() []Event {
	return []Event{EventHeld, EventReported, EventDecision, EventAppeal, EventTemperature, EventLogHead}
}

// EndpointKind is how an endpoint is told.
type EndpointKind string

// The kinds of endpoint.
const (
	ToWebhook EndpointKind = "webhook" // a signed POST to a URL
	ToEmail   EndpointKind = "email"   // a message to an address
)

// Endpoint is where a site sends alerts.
type Endpoint struct {
	SiteID     ID
	ID         ID
	Kind       EndpointKind
	Target     string // a URL or an address
	Secret     string // of a webhook's signatures
	OldSecret  string // signs beside it for a day after a rotation
	Events     []Event
	CreatedAt  time.Time
	RotatedAt  time.Time // zero: never
	FailingAt  time.Time // since when nothing gets through; zero: it works
	Failures   int       // in a row
	RetryAt    time.Time // nothing is sent before
	DisabledAt time.Time // zero: in use
	ToldAt     time.Time // when it was last sent something
}

// Wants reports whether an endpoint is in use and is told of an event.
func (e Endpoint) Wants(x Event) bool {
	return e.DisabledAt.IsZero() && (x == EventTest || slices.Contains(e.Events, x))
}

// Delivery is one event on its way to one endpoint. It stays in the list when it
// has arrived, and can be sent again.
type Delivery struct {
	SiteID     ID
	ID         ID // names the event for the receiver, however often it is sent
	EndpointID ID
	Event      Event
	Body       string // JSON
	CreatedAt  time.Time
	Tries      int
	Status     int    // of the last answer; zero: there was none
	Answer     string // the beginning of it, or what went wrong
	DoneAt     time.Time
}
