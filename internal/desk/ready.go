package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/meter"
	"parley/internal/store"
)

// Readiness is what keeps the installation from serving, nil where nothing does.
// The errors are for the log: they may name hosts.
type Readiness struct {
	Reads      error // the database does not answer
	Migrations error // its tables are older than this program
	Writes     error // it takes no writes
}

// Ready asks the database whether it can be worked with. It looks at one thing
// after the other and stops at the first that is wrong.
func (d *Desk) Ready(ctx context.Context) Readiness {
	if err := d.store.Ping(ctx); err != nil {
		return Readiness{Reads: err}
	}
	has, wants, err := d.store.Migrated(ctx)
	if err == nil && has < wants {
		err = forum.Fail(forum.Unavailable, "error.unavailable").Because("the database has migration %d, this program needs %d", has, wants)
	}
	if err != nil {
		return Readiness{Migrations: err}
	}
	return Readiness{Writes: d.store.TryWrite(ctx, d.now())}
}

// JobMeters counts the jobs of all sites by kind and state, and how long the oldest
// one of each kind is overdue.
func (d *Desk) JobMeters(ctx context.Context) ([]meter.Reading, error) {
	sites, err := d.store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	sums := map[forum.JobState]map[forum.JobKind]store.JobCount{forum.JobWaiting: {}, forum.JobDead: {}}
	for _, site := range sites {
		counts, err := d.store.CountJobs(ctx, site.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range counts {
			sum, known := sums[c.State][c.Kind]
			if known {
				c.Number += sum.Number
				if sum.DueAt.Before(c.DueAt) {
					c.DueAt = sum.DueAt
				}
			}
			sums[c.State][c.Kind] = c
		}
	}
	var all []meter.Reading
	for kind, c := range sums[forum.JobWaiting] {
		with := []string{"kind", string(kind)}
		overdue := max(0, d.Now().Sub(c.DueAt).Seconds())
		all = append(all,
			meter.Reading{Name: "parley_jobs_waiting", Help: "Jobs that wait for their time or are worked on.", Labels: with, Kind: meter.Level, Value: float64(c.Number)},
			meter.Reading{Name: "parley_jobs_overdue_seconds", Help: "How long the job that is due longest has been due.", Labels: with, Kind: meter.Level, Value: overdue})
	}
	for kind, c := range sums[forum.JobDead] {
		all = append(all, meter.Reading{
			Name: "parley_jobs_dead", Help: "Jobs that gave up after their last try.", Labels: []string{"kind", string(kind)}, Kind: meter.Level, Value: float64(c.Number),
		})
	}
	return all, nil
}
