package forum

import "time"

// JobKind names what a queued job does; package jobs maps it to a verb.
type JobKind string

// JobState is where a queued job stands.
type JobState string

// The states of a job.
const (
	JobWaiting   JobState = "waiting" // for its time, or being worked on
	JobPaused    JobState = "paused"
	JobDone      JobState = "done"
	JobDead      JobState = "dead" // gave up after its last try
	JobCancelled JobState = "cancelled"
)

// Job is work that a transaction left to be done after it: at least once, by
// one worker at a time. Payload and Cursor belong to its kind.
type Job struct {
	SiteID    ID
	ID        ID
	Kind      JobKind
	Payload   string // JSON
	MadeBy    ID     // who caused it; zero: nobody
	CreatedAt time.Time
	DueAt     time.Time
	Tries     int
	State     JobState
	Progress  int
	Total     int
	Cursor    string // where a job of many steps goes on
	Error     string // of the last try
	EndedAt   time.Time
}
