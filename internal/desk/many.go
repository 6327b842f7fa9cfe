package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"parley/internal/forum"
	"parley/internal/store"
)

// The kinds of work on many comments.
const (
	JobBulk  forum.JobKind = "bulk"  // decides on many
	JobUndo  forum.JobKind = "undo"  // takes many decisions back
	JobSweep forum.JobKind = "sweep" // rejects everything of an author banned for spam
)

// manyBatch is how many comments one step of a job on many deals with.
const manyBatch = 50

// many is a step of a job on many comments, done in the name of who started it.
type many struct {
	desk   *Desk
	job    *forum.Job
	actor  forum.Actor
	second forum.ID // who agreed to it; zero: nobody had to
	mark
}

// many begins a step: it reads the job's work and where it goes on, and who
// started it, with the rights the account has now.
func (d *Desk) many(ctx context.Context, site forum.Site, j *forum.Job, work any) (*many, error) {
	if err := json.Unmarshal([]byte(j.Payload), work); err != nil {
		return nil, fmt.Errorf("%w: job %s: %w", ErrGiveUp, j.ID, err)
	}
	at, err := readMark(j)
	if err != nil {
		return nil, err
	}
	account, err := d.store.Account(ctx, site.ID, j.MadeBy)
	if err != nil {
		return nil, err
	}
	second, err := agreed(ctx, d.store.Reader, site.ID, j.ID)
	actor := forum.Actor{Account: account, Kind: forum.SessionPage, Strong: true}
	return &many{desk: d, job: j, actor: actor, second: second, mark: at}, err
}

// agreed returns who agreed to the proposal that a job came of and has its id of;
// zero: nobody had to.
func agreed(ctx context.Context, r store.Reader, site, job forum.ID) (forum.ID, error) {
	p, err := r.Proposal(ctx, site, job)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return p.DecidedBy, err
}

// each does one part, which is about a comment (zero: about none), in a
// transaction of its own and notes it in the job. A part that somebody else was
// faster with, or that the actor or who agreed may not do, is skipped.
func (m *many) each(ctx context.Context, id, comment forum.ID, f func(context.Context, *store.Tx) error) error {
	err := m.desk.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := notBy(ctx, tx, m.second, m.job.SiteID, comment); err != nil {
			return err
		}
		return f(ctx, tx)
	})
	if err := m.skip(err); err != nil {
		return err
	}
	m.at = id
	m.job.Progress++
	m.job.Cursor = m.mark.String()
	return nil
}

// notBy refuses to decide on a comment of somebody, or on a reply to one: who
// agreed to a decision has decided as much as who proposed it. Nobody (zero) and
// no comment (zero) are fine.
func notBy(ctx context.Context, tx *store.Tx, second, site, comment forum.ID) error {
	if second == 0 || comment == 0 {
		return nil
	}
	c, err := tx.Comment(ctx, site, comment)
	if err != nil {
		return err
	}
	answered, err := authorOf(ctx, tx, site, c.ParentID)
	if err == nil && (c.AccountID == second || answered == second) {
		return forum.Fail(forum.Forbidden, "error.ownDecision").Because("by the author or who was answered")
	}
	return err
}

// mark is where a job on many goes on, and how many it could not do.
type mark struct {
	at      forum.ID
	skipped int
}

func readMark(j *forum.Job) (mark, error) {
	if j.Cursor == "" {
		return mark{}, nil
	}
	at, skipped, _ := strings.Cut(j.Cursor, " ")
	id, err := forum.ParseID(at)
	if err != nil {
		return mark{}, fmt.Errorf("%w: cursor %q", ErrGiveUp, j.Cursor)
	}
	n, err := strconv.Atoi(skipped)
	return mark{id, n}, err
}

func (m mark) String() string { return m.at.String() + " " + strconv.Itoa(m.skipped) }

// skip counts what could not be done to one comment, and passes on what stops
// the whole job.
func (m *mark) skip(err error) error {
	for _, kind := range []forum.Kind{forum.Conflict, forum.Forbidden, forum.NotFound, forum.Gone} {
		if forum.IsKind(err, kind) {
			m.skipped++
			return nil
		}
	}
	return err
}

// Skipped returns how many comments a job on many left as they were, because
// somebody else had decided on them or its maker may not.
func Skipped(j forum.Job) int {
	m, err := readMark(&j)
	if err != nil {
		return 0
	}
	return m.skipped
}
