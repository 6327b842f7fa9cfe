package jobs

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// step does the next part of a job, writing into it how far it has come, and
// reports whether the job is done. It is called again after a failure, and once
// more when a worker died between the part and the note of it: what it does a
// second time must change nothing.
type step func(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (done bool, err error)

// work does the jobs of a site that are due, one after the other.
func (r *Runner) work(ctx context.Context, site forum.Site) error {
	for ctx.Err() == nil {
		due, err := r.desk.JobsDue(ctx, site.ID)
		if err != nil || !due {
			return err
		}
		w, err := r.desk.TakeJob(ctx, site.ID)
		if forum.IsKind(err, forum.NotFound) || forum.IsKind(err, forum.Conflict) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.do(ctx, site, w); err != nil {
			return err
		}
	}
	return nil
}

// do works on one job until it is done, fails, or is paused.
func (r *Runner) do(ctx context.Context, site forum.Site, w desk.Work) error {
	next, known := kinds[w.Job.Kind]
	if !known {
		w.Job.State, w.Job.Error = forum.JobDead, "no worker for this kind"
		r.meters.steps.Add(1, "unknown", stepGivenUp)
		_, err := r.desk.SaveJob(ctx, w, true)
		return err
	}
	for {
		done, err := next(ctx, r.desk, site, &w.Job)
		if err != nil {
			return r.failed(ctx, site, w, err)
		}
		if done {
			w.Job.State, w.Job.Error = forum.JobDone, ""
		}
		r.meters.steps.Add(1, string(w.Job.Kind), outcome(done))
		// A worker that stops gives its job back to the next one at once.
		stopping := ctx.Err() != nil
		if stopping {
			w.Job.Tries--
		}
		state, err := r.desk.SaveJob(context.WithoutCancel(ctx), w, done || stopping)
		if err != nil || done || stopping || state != forum.JobWaiting {
			return err
		}
	}
}

func outcome(done bool) string {
	if done {
		return stepDone
	}
	return stepGoesOn
}

// maxTries is after how many failures a job gives up: with the waits of backoff,
// after about four days.
const maxTries = 20

// failed puts a job back to be tried later, or gives it up.
func (r *Runner) failed(ctx context.Context, site forum.Site, w desk.Work, cause error) error {
	w.Job.Error = cause.Error()
	w.Job.DueAt = r.desk.Now().Add(backoff(w.Job.Tries))
	ended := stepFailed
	var wait *desk.LaterError
	switch {
	case ctx.Err() != nil:
		w.Job.DueAt, w.Job.Tries = r.desk.Now(), w.Job.Tries-1
	case errors.As(cause, &wait):
		w.Job.DueAt, ended = wait.At, stepWaits
	case errors.Is(cause, desk.ErrGiveUp) || w.Job.Tries >= maxTries:
		w.Job.State, ended = forum.JobDead, stepGivenUp
	}
	r.meters.steps.Add(1, string(w.Job.Kind), ended)
	if ctx.Err() == nil {
		// What only waits for its turn is no failure.
		level := slog.LevelWarn
		if wait != nil {
			level = slog.LevelDebug
		}
		r.log.LogAttrs(ctx, level, "queued job failed", slog.String("kind", string(w.Job.Kind)), slog.String("site", site.Slug),
			slog.String("job", w.Job.ID.String()), slog.Int("tries", w.Job.Tries), slog.Any("error", cause))
	}
	_, err := r.desk.SaveJob(context.WithoutCancel(ctx), w, true)
	return err
}

// backoff is how long a job waits after its nth failure: from 5 seconds up to 12
// hours, with up to a quarter more or less, so that many do not come back at once.
func backoff(n int) time.Duration {
	wait := 5 * time.Second << min(max(n-1, 0), 14)
	wait = min(wait, 12*time.Hour)
	return wait - wait/4 + rand.N(wait/2)
}
