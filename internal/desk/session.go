package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// Authenticate returns who acts with a session token. An unknown or expired one
// is Unauthorised.
func (d *Desk) Authenticate(ctx context.Context, site forum.Site, token string) (forum.Actor, error) {
	s, err := d.store.Session(ctx, site.ID, digest(token), d.Now())
	if forum.IsKind(err, forum.NotFound) {
		return forum.Actor{}, forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	if err != nil {
		return forum.Actor{}, err
	}
	if d.Now().Sub(s.SeenAt) >= seenStep {
		d.seen.add(site.ID, use{s.AccountID, s.ID})
	}
	account, err := d.store.Account(ctx, site.ID, s.AccountID)
	return forum.Actor{Account: account, Kind: s.Kind, Session: s.ID, Strong: d.Now().Before(s.StrongUntil)}, err
}

// RenewTab returns the next token for the memory of a page that holds one; empty
// while the one it has is young, or if it is none of those.
func (d *Desk) RenewTab(ctx context.Context, site forum.Site, token string) (string, error) {
	s, err := d.store.Session(ctx, site.ID, digest(token), d.Now())
	if err != nil {
		return "", err
	}
	began := s.ExpiresAt.Add(-tabLife)
	if s.ExpiresAt.Sub(s.CreatedAt) >= sessionLife || d.Now().Sub(began) < tabRenewal {
		return "", nil
	}
	var next string
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// What was ended at another device is not renewed here.
		if s, err = tx.Session(ctx, site.ID, digest(token), tx.Now); err != nil {
			return err
		}
		next, err = tabToken(ctx, tx, s)
		return err
	})
	if forum.IsKind(err, forum.Unavailable) {
		return "", nil // it is asked for again soon
	}
	return next, err
}

// SignOut ends the session of a token, with every token of it.
func (d *Desk) SignOut(ctx context.Context, site forum.Site, token string) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := tx.Session(ctx, site.ID, digest(token), tx.Now)
		if forum.IsKind(err, forum.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		err = tx.EndSessionByID(ctx, site.ID, s.AccountID, s.ID)
		if forum.IsKind(err, forum.NotFound) {
			return nil
		}
		return err
	})
}

// Sessions returns where an account is signed in, the newest first, each once.
func (d *Desk) Sessions(ctx context.Context, site forum.Site, actor forum.Actor) ([]forum.Session, error) {
	rows, err := d.store.Sessions(ctx, site.ID, actor.Account.ID, d.Now())
	if err != nil {
		return nil, err
	}
	var all []forum.Session
	for _, s := range rows {
		if len(all) == 0 || all[len(all)-1].ID != s.ID {
			all = append(all, s)
		}
	}
	return all, nil
}

// EndSession signs one browser of an account out, wherever it is.
func (d *Desk) EndSession(ctx context.Context, site forum.Site, actor forum.Actor, session forum.ID) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.EndSessionByID(ctx, site.ID, actor.Account.ID, session)
	})
}

// EndOtherSessions signs every browser of an account out but the one that asks.
func (d *Desk) EndOtherSessions(ctx context.Context, site forum.Site, actor forum.Actor) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.EndSessions(ctx, site.ID, actor.Account.ID, actor.Session); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "session.end-all", Object: about("account", actor.Account.ID)})
	})
}
