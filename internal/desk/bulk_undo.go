package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// UndoOf is which decisions are taken back at once: those of a job, those of a
// rule, or those of a person, since an instant.
type UndoOf struct {
	Job   forum.ID  `json:"job,omitempty"`
	Rule  forum.ID  `json:"rule,omitempty"`
	Actor forum.ID  `json:"actor,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// made is how the store finds the decisions.
func (u UndoOf) made() store.Made {
	return store.Made{Job: u.Job, Rule: u.Rule, Actor: u.Actor, Since: u.Since}
}

// mayUndoMany refuses who may not take many decisions back: those of a rule need
// the right to write rules.
func (u UndoOf) mayUndoMany(actor forum.Actor) error {
	right := forum.ActBulk
	if u.Rule != 0 {
		right = forum.ActRules
	}
	if u.Job == 0 && u.Rule == 0 && u.Actor == 0 {
		return forum.Fail(forum.Invalid, "error.badRequest").Because("nothing to undo is named")
	}
	if !forum.May(actor, right) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return nil
}

// CountUndo returns how many decisions an undo would try to take back.
func (d *Desk) CountUndo(ctx context.Context, site forum.Site, actor forum.Actor, u UndoOf) (int, error) {
	if err := u.mayUndoMany(actor); err != nil {
		return 0, err
	}
	return d.store.CountMade(ctx, site.ID, u.made(), maxBulk)
}

// StartUndo leaves the undo of many decisions to be done by a job, or proposes it
// where a second person must agree. A repeat with the same key starts nothing and
// returns what the first has started.
func (d *Desk) StartUndo(ctx context.Context, site forum.Site, actor forum.Actor, u UndoOf, key string) (Started, error) {
	n, err := d.CountUndo(ctx, site, actor, u)
	if err == nil && n == 0 {
		err = forum.Fail(forum.Invalid, "error.undoNone")
	}
	return d.startOnce(ctx, site, actor, JobUndo, key, u, starting{n, err}, func(ctx context.Context, tx *store.Tx, id forum.ID) (Started, error) {
		waits := false
		if u.Job == 0 { // what one job did after somebody agreed, one person may take back
			var err error
			if waits, err = d.manyWaits(ctx, tx, site, actor, n); err != nil {
				return Started{}, err
			}
		}
		if waits {
			made, err := d.proposeAs(ctx, tx, site, actor, id, "bulk", "undo", bulkProposal{Kind: JobUndo, Undo: u, Total: n}, "")
			return Started{Proposal: made, Total: n}, err
		}
		return Started{Job: id, Total: n}, d.queueUndo(ctx, tx, site, actor, id, n, u)
	})
}

// queueUndo adds the job of an undo of many decisions and logs it; that a rule's
// were taken back stands with what else is logged of the rule.
func (d *Desk) queueUndo(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, id forum.ID, total int, u UndoOf) error {
	err := d.queueMany(ctx, tx, site, actor, id, JobUndo, total, u)
	if err != nil || u.Rule == 0 {
		return err
	}
	return d.log(ctx, tx, site.ID, actor, act{Action: "rule.undo", Object: about("rule", u.Rule), After: about("job", id)})
}

// UndoStep takes back the next decisions of a job, the latest first.
func (d *Desk) UndoStep(ctx context.Context, site forum.Site, j *forum.Job) (done bool, err error) {
	var u UndoOf
	m, err := d.many(ctx, site, j, &u)
	if err != nil {
		return false, err
	}
	decisions, err := d.store.DecisionsMade(ctx, site.ID, u.made(), m.at, manyBatch)
	if err != nil {
		return false, err
	}
	for _, dec := range decisions {
		err := m.each(ctx, dec.ID, dec.CommentID, func(ctx context.Context, tx *store.Tx) error {
			_, err := d.undoDecision(ctx, tx, site, m.actor, dec, j.ID)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return len(decisions) < manyBatch, nil
}
