package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"parley/internal/forum"
	"parley/internal/store"
)

// SweepJob is the job that rejects everything of an author banned for spam.
const SweepJob forum.JobKind = "sweep"

// sweep is what a SweepJob is about.
type sweep struct {
	Account  forum.ID `json:"account"`
	Reason   string   `json:"reason"`
	Decision forum.ID `json:"decision"` // the ban
}

// sweepBatch is how many comments one step of a sweep rejects, each in a
// transaction of its own.
const sweepBatch = 100

// Sweep rejects the next comments of a banned author that still stand, each with
// a decision of its own that names the job, so that they can be taken back
// together. A ban that was lifted meanwhile ends it.
func (d *Desk) Sweep(ctx context.Context, site forum.Site, j *forum.Job) (done bool, err error) {
	var work sweep
	if err := json.Unmarshal([]byte(j.Payload), &work); err != nil {
		return false, fmt.Errorf("%w: sweep: %w", ErrGiveUp, err)
	}
	ban, err := d.store.Sanction(ctx, site.ID, work.Decision)
	if err != nil {
		return false, err
	}
	if !ban.InForce(d.Now()) {
		return true, nil
	}
	maker, err := d.store.Account(ctx, site.ID, j.MadeBy)
	if err != nil {
		return false, err
	}
	actor := forum.Actor{Account: maker, Kind: forum.SessionPage, Strong: true}
	after, err := sweptTo(j)
	if err != nil {
		return false, err
	}
	comments, err := d.store.StandingComments(ctx, site.ID, ban.AccountID, after, sweepBatch)
	if err != nil {
		return false, err
	}
	if j.Total == 0 {
		if j.Total, err = d.store.CountStandingComments(ctx, site.ID, ban.AccountID); err != nil {
			return false, err
		}
	}
	for _, c := range comments {
		if err := d.sweepOne(ctx, site, actor, c, work.Reason, j.ID); err != nil {
			return false, err
		}
		j.Progress++
		j.Cursor = c.ID.String()
	}
	return len(comments) < sweepBatch, nil
}

// sweptTo is the last comment a sweep has dealt with; zero at its beginning.
func sweptTo(j *forum.Job) (forum.ID, error) {
	if j.Cursor == "" {
		return 0, nil
	}
	return forum.ParseID(j.Cursor)
}

// sweepOne rejects one comment. One that somebody else decided on at this moment,
// or on which who banned may not decide, stays.
func (d *Desk) sweepOne(ctx context.Context, site forum.Site, actor forum.Actor, c forum.Comment, reason string, job forum.ID) error {
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.decideOne(ctx, tx, site, actor, Ruling{Comment: c.ID, Verb: forum.Reject, From: c.State, Reason: reason}, job)
		return err
	})
	if forum.IsKind(err, forum.Conflict) || forum.IsKind(err, forum.Forbidden) {
		return nil
	}
	return err
}
