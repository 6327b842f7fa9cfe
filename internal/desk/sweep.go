package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/internal/forum"
	"parley/internal/store"
)

// sweep is what the job of a sweep is about.
type sweep struct {
	Account  forum.ID `json:"account"`
	Reason   string   `json:"reason"`
	Decision forum.ID `json:"decision"`        // the ban
	Second   forum.ID `json:"second,omitzero"` // who agreed to it
}

// queueSweep leaves a sweep to be done, and notes on how many comments it is.
func (d *Desk) queueSweep(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, work sweep) error {
	n, err := tx.CountStandingComments(ctx, site.ID, work.Account)
	if err != nil {
		return err
	}
	text, err := json.Marshal(work)
	if err != nil {
		return fmt.Errorf("job %s: %w", JobSweep, err)
	}
	return tx.AddJob(ctx, forum.Job{SiteID: site.ID, ID: d.mint(), Kind: JobSweep, Payload: string(text), MadeBy: actor.Account.ID, Total: n})
}

// SweepStep rejects the next comments of a banned author that still stand, each
// with a decision of its own that names the job, so that they can be taken back
// together. A ban that was lifted meanwhile ends it.
func (d *Desk) SweepStep(ctx context.Context, site forum.Site, j *forum.Job) (done bool, err error) {
	var work sweep
	m, err := d.many(ctx, site, j, &work)
	if err != nil {
		return false, err
	}
	m.second = work.Second
	ban, err := d.store.Sanction(ctx, site.ID, work.Decision)
	if err != nil {
		return false, err
	}
	if !ban.InForce(d.Now()) {
		return true, nil
	}
	if j.Total == 0 {
		if j.Total, err = d.store.CountStandingComments(ctx, site.ID, ban.AccountID); err != nil {
			return false, err
		}
	}
	comments, err := d.store.StandingComments(ctx, site.ID, ban.AccountID, m.at, manyBatch)
	if err != nil {
		return false, err
	}
	for _, c := range comments {
		err := m.each(ctx, c.ID, c.ID, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.decideOne(ctx, tx, site, m.actor, Ruling{Comment: c.ID, Verb: forum.Reject, From: c.State, Reason: work.Reason}, j.ID)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return len(comments) < manyBatch, nil
}
