package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const jobColumns = `site_id, job_id, kind, payload, made_by, created_at, due_at, tries, state, progress, total, cursor_at, error, ended_at`

func scanJob(s scanner) (forum.Job, error) {
	var j forum.Job
	var created, due, ended int64
	err := s.Scan(&j.SiteID, &j.ID, &j.Kind, &j.Payload, &j.MadeBy, &created, &due, &j.Tries, &j.State, &j.Progress, &j.Total,
		&j.Cursor, &j.Error, &ended)
	j.CreatedAt, j.DueAt, j.EndedAt = instant(created), instant(due), instant(ended)
	return j, err
}

var sqlAddJob = statement(`insert into jobs (site_id, job_id, kind, payload, made_by, created_at, due_at, state, total)
	values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8)`)

// AddJob leaves work to be done after this transaction; due zero means at once.
func (t *Tx) AddJob(ctx context.Context, j forum.Job) error {
	if j.DueAt.IsZero() {
		j.DueAt = t.Now
	}
	_, err := t.exec(ctx, "add job", sqlAddJob, j.SiteID, j.ID, string(j.Kind), j.Payload, j.MadeBy, micros(t.Now), micros(j.DueAt), j.Total)
	return err
}

var sqlJob = statement(`select ` + jobColumns + ` from jobs where site_id = $1 and job_id = $2`)

// Job returns a job.
func (r Reader) Job(ctx context.Context, site, id forum.ID) (forum.Job, error) {
	return one(ctx, r, "read job", scanJob, sqlJob, site, id)
}

var sqlJobsOfKind = statement(`select ` + jobColumns + ` from jobs
	where site_id = $1 and kind = $2 and job_id < $3 order by job_id desc limit $4`)

// JobsOfKind returns a site's jobs of one kind, the newest first.
func (r Reader) JobsOfKind(ctx context.Context, site forum.ID, kind forum.JobKind, before forum.ID, limit int) ([]forum.Job, error) {
	return many(ctx, r, "list jobs", scanJob, sqlJobsOfKind, site, string(kind), orMax(before), limit)
}

var sqlJobsBy = statement(`select ` + jobColumns + ` from jobs where site_id = $1 and kind = $2 and job_id >= $3 and made_by = $4 order by job_id`)

// JobsBy returns the jobs of one kind that an account has made since an id, the
// oldest first.
func (r Reader) JobsBy(ctx context.Context, site forum.ID, kind forum.JobKind, account, since forum.ID) ([]forum.Job, error) {
	return many(ctx, r, "list jobs of account", scanJob, sqlJobsBy, site, string(kind), since, account)
}

var sqlJobDue = statement(`select ` + jobColumns + ` from jobs
	where site_id = $1 and state = 'waiting' and due_at <= $2 and leased_till <= $2 order by due_at, job_id limit 1`)

var sqlLease = statement(`update jobs set leased_till = $3, lease = $4, tries = tries + 1
	where site_id = $1 and job_id = $2 and state = 'waiting' and leased_till <= $5 returning ` + jobColumns)

// LeaseJob takes the job that is due longest and keeps others from it for a
// while; lease names the worker's turn. It is NotFound when nothing is due, and
// Conflict when another worker took it at the same moment.
func (t *Tx) LeaseJob(ctx context.Context, site forum.ID, lease string, life time.Duration) (forum.Job, error) {
	j, err := one(ctx, t.Reader, "find due job", scanJob, sqlJobDue, site, micros(t.Now))
	if err != nil {
		return j, err
	}
	j, err = one(ctx, t.Reader, "lease job", scanJob, sqlLease, site, j.ID, micros(t.Now.Add(life)), lease, micros(t.Now))
	if forum.IsKind(err, forum.NotFound) {
		return j, forum.Fail(forum.Conflict, "error.conflict").Because("job %s was taken", j.ID)
	}
	return j, err
}

var sqlSaveJob = statement(`update jobs set state = case when state = 'waiting' or $4 = 'done' or $4 = 'dead' then $4 else state end,
	due_at = $5, progress = $6, total = $7, cursor_at = $8, error = $9, payload = $10, tries = $11,
	ended_at = case when $4 = 'done' or $4 = 'dead' then cast($12 as bigint) else ended_at end,
	leased_till = $13
	where site_id = $1 and job_id = $2 and lease = $3`)

// SaveJob writes how far a leased job has come and keeps it for a while longer; a
// life of zero gives it back.
// A worker whose lease went to another is Conflict. A job that was paused or
// cancelled meanwhile stays so, unless it has ended.
func (t *Tx) SaveJob(ctx context.Context, j forum.Job, lease string, life time.Duration) error {
	till := t.Now.Add(life)
	if life == 0 {
		till = time.Time{}
	}
	n, err := t.exec(ctx, "save job", sqlSaveJob, j.SiteID, j.ID, lease, string(j.State), micros(j.DueAt), j.Progress, j.Total,
		j.Cursor, j.Error, j.Payload, j.Tries, micros(t.Now), micros(till))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("job %s is another worker's", j.ID)
	}
	return err
}

var (
	sqlEmptyJob = statement(`update jobs set payload = '{}' where site_id = $1 and job_id = $2`)
	sqlEndJob   = statement(`update jobs set state = 'done', ended_at = $3, leased_till = 0 where site_id = $1 and job_id = $2`)
)

// EmptyJob forgets what a job was about.
func (t *Tx) EmptyJob(ctx context.Context, site, id forum.ID) error {
	_, err := t.exec(ctx, "empty job", sqlEmptyJob, site, id)
	return err
}

// EndJob marks a job that somebody did without a lease as done.
func (t *Tx) EndJob(ctx context.Context, site, id forum.ID) error {
	_, err := t.exec(ctx, "end job", sqlEndJob, site, id, micros(t.Now))
	return err
}

var sqlMoveJob = statement(`update jobs set state = $4, due_at = $5, leased_till = 0,
	ended_at = case when $4 = 'cancelled' then cast($5 as bigint) else 0 end
	where site_id = $1 and job_id = $2 and state = $3`)

// MoveJob takes a job from one state to another: paused, resumed, cancelled, or
// a dead one tried again. If it is not in the first state any more, it is
// Conflict.
func (t *Tx) MoveJob(ctx context.Context, site, id forum.ID, from, to forum.JobState) error {
	n, err := t.exec(ctx, "move job", sqlMoveJob, site, id, string(from), string(to), micros(t.Now))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("job %s is not %s", id, from)
	}
	return err
}

var sqlDropJobs = statement(`delete from jobs where site_id = $1 and ended_at > 0 and ended_at < $2 and state in ('done', 'cancelled')`)

// DropJobs forgets jobs that ended well before an instant. Dead ones stay.
func (t *Tx) DropJobs(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "drop jobs", sqlDropJobs, site, micros(before))
}

var sqlAnyDue = statement(`select exists (select 1 from jobs
	where site_id = $1 and state = 'waiting' and due_at <= $2 and leased_till <= $2)`)

// JobDue reports whether a site has a job to do.
func (r Reader) JobDue(ctx context.Context, site forum.ID, at time.Time) (bool, error) {
	return one(ctx, r, "look for due jobs", scanOne[bool], sqlAnyDue, site, micros(at))
}

var sqlDeadJobs = statement(`select ` + jobColumns + ` from jobs
	where site_id = $1 and state = 'dead' and ended_at > 0 order by ended_at desc, job_id desc limit $2`)

// DeadJobs returns the jobs that were given up, the last first.
func (r Reader) DeadJobs(ctx context.Context, site forum.ID, limit int) ([]forum.Job, error) {
	return many(ctx, r, "list dead jobs", scanJob, sqlDeadJobs, site, limit)
}

var sqlWaitingJobs = statement(`select kind, 'waiting', count(*), min(due_at) from jobs
	where site_id = $1 and state = 'waiting' group by kind order by kind`)

var sqlDeadByKind = statement(`select kind, 'dead', count(*), min(due_at) from jobs
	where site_id = $1 and state = 'dead' group by kind order by kind`)

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Kind   forum.JobKind
	State  forum.JobState // waiting or dead
	Number int
	DueAt  time.Time // of the one that is due longest
}

// CountJobs counts a site's jobs that wait and those that were given up.
func (r Reader) CountJobs(ctx context.Context, site forum.ID) ([]JobCount, error) {
	waiting, err := many(ctx, r, "count waiting jobs", scanJobCount, sqlWaitingJobs, site)
	if err != nil {
		return nil, err
	}
	dead, err := many(ctx, r, "count dead jobs", scanJobCount, sqlDeadByKind, site)
	return append(waiting, dead...), err
}

func scanJobCount(s scanner) (JobCount, error) {
	var c JobCount
	var due int64
	err := s.Scan(&c.Kind, &c.State, &c.Number, &due)
	c.DueAt = instant(due)
	return c, err
}
