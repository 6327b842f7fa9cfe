package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// standing returns all that ever stood against an account; forum.Standing says
// what of it holds at an instant.
func (d *Desk) standing(ctx context.Context, r store.Reader, site, account forum.ID) (forum.Standing, error) {
	all, err := r.Sanctions(ctx, site, account)
	return forum.Standing(all), err
}

// checkStanding refuses an act of a reader whom a sanction keeps from it, and
// says which and until when. A warning that was not read keeps from writing only.
// It returns the standing, which may hold every comment for review.
func (d *Desk) checkStanding(ctx context.Context, r store.Reader, site, account forum.ID, what forum.Act, at time.Time) (forum.Standing, error) {
	all, err := d.standing(ctx, r, site, account)
	if err != nil {
		return all, err
	}
	x, bars := all.Bars(at)
	if !bars || (x.Kind == forum.Warn && what != forum.ActPost && what != forum.ActEdit) {
		return all, nil
	}
	return all, barred(x).With("decision", x.DecisionID.String())
}

// barred says what keeps an author from writing.
func barred(x forum.Sanction) *forum.Error {
	switch {
	case x.Kind == forum.Warn:
		return forum.Fail(forum.Forbidden, "error.warned")
	case x.Kind == forum.Suspend:
		return forum.Fail(forum.Forbidden, "error.suspendedUntil").With("time", x.Until)
	case x.Until.IsZero():
		return forum.Fail(forum.Forbidden, "error.banned")
	}
	return forum.Fail(forum.Forbidden, "error.bannedUntil").With("time", x.Until)
}

// Warning returns the warning that an error of Post or Edit is about: the id of
// its decision; zero if it is about something else.
func Warning(e *forum.Error) forum.ID {
	text, _ := e.Args["decision"].(string)
	if e.Code != "error.warned" {
		return 0
	}
	id, err := forum.ParseID(text)
	if err != nil {
		return 0
	}
	return id
}

// Acknowledge notes that the actor has read a warning. Reading it twice changes
// nothing; somebody else's cannot be read for them.
func (d *Desk) Acknowledge(ctx context.Context, site forum.Site, actor forum.Actor, decision forum.ID) error {
	if !actor.Known() {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err := tx.Sanction(ctx, site.ID, decision)
		if err != nil {
			return err
		}
		if x.AccountID != actor.Account.ID || x.Kind != forum.Warn {
			return forum.Fail(forum.NotFound, "error.notFound").Because("sanction %s of another", decision)
		}
		return tx.Acknowledge(ctx, site.ID, decision, actor.Account.ID)
	})
}
