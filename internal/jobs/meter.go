package jobs

import "parley/internal/meter"

// How a step of a job ended.
const (
	stepDone    = "done"  // and with it the job
	stepGoesOn  = "more"  // the next one follows
	stepWaits   = "later" // it is not its turn yet
	stepFailed  = "failed"
	stepGivenUp = "dead" // failed, and it is not tried again
)

// meters are the figures of a runner's work.
type meters struct {
	steps  meter.Counts
	rounds meter.Counts
}

// Meters returns what this process has done so far.
func (r *Runner) Meters() []meter.Reading {
	all := r.meters.steps.Readings("parley_job_steps_total", "Steps of jobs that this process took, by how they ended.", "kind", "outcome")
	return append(all, r.meters.rounds.Readings("parley_task_rounds_total",
		"Rounds of the timetable's tasks, one for each site, by how they ended.", "task", "outcome")...)
}
