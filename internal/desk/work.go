package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// enqueue leaves work to be done once the transaction has committed, by the
// worker of package jobs for its kind. It returns the job's id.
func (d *Desk) enqueue(ctx context.Context, tx *store.Tx, site forum.ID, actor forum.Actor, kind forum.JobKind, due time.Time, payload any) (forum.ID, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return 0, fmt.Errorf("job %s: %w", kind, err)
	}
	id := d.mint()
	return id, tx.AddJob(ctx, forum.Job{
		SiteID: site, ID: id, Kind: kind, Payload: string(text), MadeBy: actor.Account.ID, DueAt: due,
	})
}

// jobLease is how long a worker has for one step of a job.
const jobLease = 2 * time.Minute

// Work is a job in a worker's hands.
type Work struct {
	Job   forum.Job
	lease string
}

// TakeJob takes the job of a site that is due longest. It returns NotFound when
// nothing is due and Conflict when another worker was faster.
func (d *Desk) TakeJob(ctx context.Context, site forum.ID) (Work, error) {
	w := Work{lease: secret()}
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		w.Job, err = tx.LeaseJob(ctx, site, w.lease, jobLease)
		return err
	})
	return w, err
}

// SaveJob writes how far a job has come and returns the state it is in now: the
// desk may have paused or cancelled it meanwhile. With release set, the worker
// gives it back.
func (d *Desk) SaveJob(ctx context.Context, w Work, release bool) (forum.JobState, error) {
	var state forum.JobState
	life := jobLease
	if release {
		life = 0
	}
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SaveJob(ctx, w.Job, w.lease, life); err != nil {
			return err
		}
		j, err := tx.Job(ctx, w.Job.SiteID, w.Job.ID)
		state = j.State
		return err
	})
	return state, err
}

// JobsDue reports whether a site has a job to do, without taking it.
func (d *Desk) JobsDue(ctx context.Context, site forum.ID) (bool, error) {
	return d.store.JobDue(ctx, site, d.Now())
}

// ErrGiveUp marks an error after which a job is not tried again.
var ErrGiveUp = errors.New("not worth another try")

// LaterError asks that a job be tried at an instant and not before, whatever its
// usual waits are.
type LaterError struct {
	At    time.Time
	Cause error
}

// Error says why.
func (e *LaterError) Error() string { return e.Cause.Error() }

// Unwrap returns the cause.
func (e *LaterError) Unwrap() error { return e.Cause }
