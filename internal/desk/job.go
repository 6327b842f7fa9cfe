package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"parley/internal/forum"
	"parley/internal/store"
)

// manyJobs are the jobs that people of the desk start and watch.
var manyJobs = []forum.JobKind{JobBulk, JobUndo, JobSweep}

// ManyJob is a job on many comments, with who started it and what it does.
type ManyJob struct {
	forum.Job
	By      forum.Account
	Bulk    Bulk   // of JobBulk and, as the rejection it is, of JobSweep
	Undo    UndoOf // of JobUndo
	Skipped int
}

// seesJob reports whether somebody of the desk may see and stop a job on many
// comments: who works for some sections, only their own.
func seesJob(actor forum.Actor, j forum.Job) bool {
	return len(actor.Account.Sections) == 0 || j.MadeBy == actor.Account.ID
}

// ManyJob returns a job on many comments.
func (d *Desk) ManyJob(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (ManyJob, error) {
	if !forum.May(actor, forum.ActBulk) {
		return ManyJob{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	j, err := d.store.Job(ctx, site.ID, id)
	if err != nil {
		return ManyJob{}, err
	}
	if !slices.Contains(manyJobs, j.Kind) || !seesJob(actor, j) {
		return ManyJob{}, forum.Fail(forum.NotFound, "error.notFound").Because("job of kind %s by %s", j.Kind, j.MadeBy)
	}
	return d.manyJob(ctx, site.ID, j)
}

func (d *Desk) manyJob(ctx context.Context, site forum.ID, j forum.Job) (ManyJob, error) {
	out := ManyJob{Job: j, Skipped: Skipped(j)}
	var err error
	switch j.Kind {
	case JobUndo:
		err = json.Unmarshal([]byte(j.Payload), &out.Undo)
	case JobSweep:
		var work sweep
		err = json.Unmarshal([]byte(j.Payload), &work)
		out.Bulk = Bulk{Verb: forum.Reject, Reason: work.Reason}
	default:
		var work bulkWork
		err = json.Unmarshal([]byte(j.Payload), &work)
		out.Bulk = work.Bulk
	}
	if err != nil {
		return out, err
	}
	out.By, err = d.store.Account(ctx, site, j.MadeBy)
	return out, err
}

// ManyJobs lists the latest jobs on many comments, the newest first.
func (d *Desk) ManyJobs(ctx context.Context, site forum.Site, actor forum.Actor, limit int) ([]ManyJob, error) {
	if !forum.May(actor, forum.ActBulk) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	var out []ManyJob
	for _, kind := range manyJobs {
		jobs, err := d.store.JobsOfKind(ctx, site.ID, kind, 0, limit)
		if err != nil {
			return nil, err
		}
		for _, j := range jobs {
			if !seesJob(actor, j) {
				continue
			}
			x, err := d.manyJob(ctx, site.ID, j)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
	}
	slices.SortFunc(out, func(a, b ManyJob) int { return cmp.Compare(b.ID, a.ID) })
	return out[:min(len(out), limit)], nil
}

// jobMoves says what pausing, resuming and cancelling a job on many means.
var jobMoves = map[string][2]forum.JobState{
	"pause":  {forum.JobWaiting, forum.JobPaused},
	"resume": {forum.JobPaused, forum.JobWaiting},
	"retry":  {forum.JobDead, forum.JobWaiting},
	"cancel": {forum.JobWaiting, forum.JobCancelled},
	"end":    {forum.JobPaused, forum.JobCancelled},
}

// MoveManyJob pauses, resumes, retries or cancels a job on many comments. A job
// that is not in the state this needs is Conflict.
func (d *Desk) MoveManyJob(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, what string) error {
	j, err := d.ManyJob(ctx, site, actor, id)
	if err != nil {
		return err
	}
	if what == "cancel" && j.State == forum.JobPaused {
		what = "end"
	}
	move, known := jobMoves[what]
	if !known {
		return forum.Fail(forum.Invalid, "error.badRequest").At("act")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.MoveJob(ctx, site.ID, id, move[0], move[1]); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "job." + what, Object: about("job", id), Before: string(move[0]), After: string(move[1])})
	})
}
