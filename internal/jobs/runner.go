// Package jobs is the door that opens by the clock: it calls verbs of the desk
// at the times schedule.go lists. What may never enter: the work itself, which
// is a verb of package desk, and anything a request waits for.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// Runner runs the timetable for every site of a desk.
type Runner struct {
	desk  *desk.Desk
	log   *slog.Logger
	tasks []task
	sites func(context.Context) ([]forum.Site, error)

	meters meters
}

// queueEvery is how soon queued work is seen.
const queueEvery = time.Second

// New returns a runner of the timetable and of queued work. Failures go to the log; the next time
// a task is due, it is tried again.
func New(d *desk.Desk, log *slog.Logger) *Runner {
	r := &Runner{desk: d, log: log, sites: d.Sites}
	r.tasks = append(slices.Clone(timetable), task{"do what is queued", queueEvery, func(ctx context.Context, _ *desk.Desk, site forum.Site) error {
		return r.work(ctx, site)
	}})
	return r
}

// Run runs every task when it is due until ctx ends, and returns when the last
// one has finished. A task never overlaps itself: what comes due meanwhile is
// left out.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, t := range r.tasks {
		running.Go(func() { r.repeat(ctx, t) })
	}
	running.Wait()
}

// repeat runs one task at once and then whenever it is due.
func (r *Runner) repeat(ctx context.Context, t task) {
	due := time.NewTicker(t.every)
	defer due.Stop()
	for {
		r.round(ctx, t)
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
	}
}

// round runs a task once for every site. One site's failure is not another's.
func (r *Runner) round(ctx context.Context, t task) {
	sites, err := r.sites(ctx)
	if err != nil {
		r.report(ctx, t, "", err)
		return
	}
	for _, site := range sites {
		if ctx.Err() != nil {
			return
		}
		if err := t.do(ctx, r.desk, site); err != nil {
			r.report(ctx, t, site.Slug, err)
			continue
		}
		r.meters.rounds.Add(1, t.name, stepDone)
	}
}

// report logs a failure, unless it only says that the program is stopping.
func (r *Runner) report(ctx context.Context, t task, site string, err error) {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return
	}
	r.meters.rounds.Add(1, t.name, stepFailed)
	r.log.LogAttrs(ctx, slog.LevelError, "job failed",
		slog.String("job", t.name), slog.String("site", site), slog.Any("error", err))
}
