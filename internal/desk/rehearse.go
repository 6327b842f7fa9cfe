package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// JobRehearse is the kind of the job that tries a rule on the past.
const JobRehearse forum.JobKind = "rehearse"

// RehearsalDays are the lengths of past that a rule may be tried on.
func RehearsalDays() []int { return []int{30, 90} }

// Rehearsal is a rule tried on the past.
type Rehearsal struct {
	store.Rehearsal
	Result RehearsalResult
	Job    forum.Job // its progress; zero when the job is forgotten
}

// RehearsalResult is what a rehearsal found. What people of the desk decided is
// the measure: rejecting what the rule catches agrees with it.
type RehearsalResult struct {
	Job       forum.ID           `json:"job"`
	Done      bool               `json:"done,omitempty"`
	Seen      int                `json:"seen,omitempty"`      // comments it was asked about
	Caught    int                `json:"caught,omitempty"`    // of them
	Agreed    int                `json:"agreed,omitempty"`    // caught, and a person rejected it
	Disputed  int                `json:"disputed,omitempty"`  // caught, and a person let it stand
	Undecided int                `json:"undecided,omitempty"` // caught, and nobody decided
	Missed    int                `json:"missed,omitempty"`    // not caught, and a person rejected it
	Hook      bool               `json:"hook,omitempty"`      // it has a hook, which was not asked about the past
	Took      int64              `json:"took_ms,omitempty"`
	Examples  []RehearsalExample `json:"examples,omitempty"`
}

// RehearsalExample is a comment the rule would have caught.
type RehearsalExample struct {
	Comment forum.ID   `json:"comment"`
	Why     forum.Why  `json:"why"`
	Ruling  forum.Verb `json:"ruling,omitempty"` // what a person decided; empty: nobody did
}

// Precision is the share of what was caught and decided that people rejected.
func (r RehearsalResult) Precision() (float64, bool) {
	n := r.Agreed + r.Disputed
	return float64(r.Agreed) / float64(max(n, 1)), n > 0
}

// Recall is the share of what people rejected that the rule caught.
func (r RehearsalResult) Recall() (float64, bool) {
	n := r.Agreed + r.Missed
	return float64(r.Agreed) / float64(max(n, 1)), n > 0
}

// rehearsalJob is the payload of the job.
type rehearsalJob struct {
	Rehearsal forum.ID `json:"rehearsal"`
}

// Rehearse begins to try a version of a rule on the comments of the last days. It
// changes nothing but itself.
func (d *Desk) Rehearse(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, version, days int) (forum.ID, error) {
	if !forum.May(actor, forum.ActRules) {
		return 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if !slices.Contains(RehearsalDays(), days) {
		return 0, forum.Fail(forum.Invalid, "error.badRequest").At("days")
	}
	x := store.Rehearsal{ID: d.mint(), RuleID: id, Version: version, Days: days}
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.RuleVersion(ctx, site.ID, id, version); err != nil {
			return err
		}
		job, err := d.enqueue(ctx, tx, site.ID, actor, JobRehearse, time.Time{}, rehearsalJob{x.ID})
		if err != nil {
			return err
		}
		x.Result = asJSON(RehearsalResult{Job: job})
		return tx.AddRehearsal(ctx, site.ID, x)
	})
	return x.ID, err
}

// asJSON writes what always marshals: our own structs of texts and numbers.
func asJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Rehearsal returns a rehearsal with its progress.
func (d *Desk) Rehearsal(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (Rehearsal, error) {
	if !maySeeRules(actor) {
		return Rehearsal{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	x, err := d.store.Rehearsal(ctx, site.ID, id)
	if err != nil {
		return Rehearsal{}, err
	}
	return d.openRehearsal(ctx, site, x)
}

// RehearsalOf returns a rehearsal of a rule, with the rule and the comments that
// it names.
func (d *Desk) RehearsalOf(ctx context.Context, site forum.Site, actor forum.Actor, id, rehearsal forum.ID) (RuleFile, Rehearsal, error) {
	var f RuleFile
	x, err := d.Rehearsal(ctx, site, actor, rehearsal)
	if err != nil {
		return f, x, err
	}
	if x.RuleID != id {
		return f, x, forum.Fail(forum.NotFound, "error.notFound").Because("rehearsal of rule %s", x.RuleID)
	}
	if f.Rule, err = d.store.Rule(ctx, site.ID, id); err != nil {
		return f, x, err
	}
	f.Rehearsals = []Rehearsal{x}
	return f, x, d.fillFile(ctx, site, &f)
}

func (d *Desk) openRehearsal(ctx context.Context, site forum.Site, x store.Rehearsal) (Rehearsal, error) {
	r := Rehearsal{Rehearsal: x}
	if err := json.Unmarshal([]byte(x.Result), &r.Result); err != nil {
		return r, fmt.Errorf("rehearsal %s: %w", x.ID, err)
	}
	var err error
	if !r.Result.Done {
		if r.Job, err = d.store.Job(ctx, site.ID, r.Result.Job); forum.IsKind(err, forum.NotFound) {
			err = nil
		}
	}
	return r, err
}

const shownRehearsals = 5

func (d *Desk) rehearsals(ctx context.Context, site forum.Site, id forum.ID) ([]Rehearsal, error) {
	all, err := d.store.Rehearsals(ctx, site.ID, id, shownRehearsals)
	if err != nil {
		return nil, err
	}
	opened := make([]Rehearsal, len(all))
	for i, x := range all {
		if opened[i], err = d.openRehearsal(ctx, site, x); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

// rehearsalStep is how many comments one step of a rehearsal reads.
const rehearsalStep = 1000

// RehearseStep does the next part of a rehearsal. What it has seen is kept in
// memory: after a restart it begins again, which changes nothing.
func (d *Desk) RehearseStep(ctx context.Context, site forum.Site, j *forum.Job) (bool, error) {
	p, err := d.past(ctx, site, j)
	if err != nil {
		return false, err
	}
	more, err := p.step(ctx, d.store.Reader, rehearsalStep)
	if err != nil {
		d.pasts.drop(j.ID)
		return false, err
	}
	j.Progress, j.Total = p.seen, p.total
	if more {
		return false, nil
	}
	d.pasts.drop(j.ID)
	result := p.end(d.Now())
	return true, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.EndRehearsal(ctx, site.ID, p.rehearsal.ID, asJSON(result))
	})
}

// past returns the past of a job, opening it if this is its first step here.
func (d *Desk) past(ctx context.Context, site forum.Site, j *forum.Job) (*past, error) {
	if p := d.pasts.find(j.ID); p != nil {
		return p, nil
	}
	var payload rehearsalJob
	if err := json.Unmarshal([]byte(j.Payload), &payload); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGiveUp, err)
	}
	x, err := d.store.Rehearsal(ctx, site.ID, payload.Rehearsal)
	if err != nil {
		return nil, err
	}
	version, err := d.store.RuleVersion(ctx, site.ID, x.RuleID, x.Version)
	if err != nil {
		return nil, err
	}
	compiled, err := compileRule(version)
	if err != nil {
		return nil, err
	}
	p := newPast(site, x, compiled, d.Now())
	p.job = j.ID
	if p.total, err = d.store.CountWritten(ctx, site.ID, p.after, p.until); err != nil {
		return nil, err
	}
	d.pasts.keep(p)
	return p, nil
}
