package desk

import (
	"context"
	"fmt"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// exporting is the payload of a proposal to take statements of reasons out.
type exporting struct {
	Month string `json:"month"` // 2026-11
}

// exportLife is how long an export may be fetched once a second person agreed.
const exportLife = 7 * 24 * time.Hour

// RequestExport asks to take a month's statements of reasons out. Where exports
// take two people, waits names the proposal; otherwise the export may be fetched
// at once.
func (d *Desk) RequestExport(ctx context.Context, site forum.Site, actor forum.Actor, month time.Time, words string) (waits forum.ID, err error) {
	if !forum.May(actor, forum.ActExport) {
		return 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if month.After(d.Now()) {
		return 0, forum.Fail(forum.Invalid, "error.month").At("month")
	}
	if !site.Settings.FourEyes {
		return 0, nil
	}
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		name := month.Format("2006-01")
		waits, err = d.propose(ctx, tx, site, actor, "export", "month:"+name, exporting{Month: name}, words)
		return err
	})
	return waits, err
}

// approveExport lets the export be fetched: the proposal that is now approved is
// what Exports and BeginExport look for.
func approveExport(_ context.Context, _ *Desk, _ *store.Tx, _ forum.Site, _ forum.Actor, p Proposal) error {
	if _, err := monthOf(p); err != nil {
		return fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return nil
}

// monthOf returns the month that a proposal to export is about.
func monthOf(p Proposal) (time.Time, error) { return time.Parse("month:2006-01", p.Subject) }

// Export is a month's statements that may be fetched.
type Export struct {
	Proposal forum.ID
	Month    time.Time
	Until    time.Time
}

// Exports returns what the actor may fetch because a second person agreed, the
// newest first.
func (d *Desk) Exports(ctx context.Context, site forum.Site, actor forum.Actor) ([]Export, error) {
	if !forum.May(actor, forum.ActExport) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	proposals, err := d.store.Proposals(ctx, site.ID, 0, 100)
	var all []Export
	for _, p := range proposals {
		if d.fetchable(p, actor) {
			month, err := monthOf(p)
			if err != nil {
				return nil, fmt.Errorf("proposal %s: %w", p.ID, err)
			}
			all = append(all, Export{Proposal: p.ID, Month: month, Until: p.DecidedAt.Add(exportLife)})
		}
	}
	return all, err
}

// fetchable reports whether a proposal lets an actor fetch an export now.
func (d *Desk) fetchable(p Proposal, actor forum.Actor) bool {
	return p.Kind == "export" && p.Outcome == forum.ProposalApproved && p.MadeBy == actor.Account.ID &&
		d.Now().Before(p.DecidedAt.Add(exportLife))
}

// BeginExport checks that the actor may fetch a month's statements now, and notes
// in the log that they were taken out. It must be called before the first is
// handed over.
func (d *Desk) BeginExport(ctx context.Context, site forum.Site, actor forum.Actor, month time.Time, proposal forum.ID) error {
	if !forum.May(actor, forum.ActExport) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	name := "month:" + month.Format("2006-01")
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before := ""
		if site.Settings.FourEyes {
			p, err := tx.Proposal(ctx, site.ID, proposal)
			if err != nil {
				return err
			}
			if !d.fetchable(p, actor) || p.Subject != name {
				return forum.Fail(forum.Forbidden, "error.secondNeeded")
			}
			before = about("proposal", p.ID)
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "export.statements", Object: name, Before: before})
	})
}
