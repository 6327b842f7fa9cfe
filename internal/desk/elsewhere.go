package desk

import (
	"context"
	"slices"

	"parley/internal/forum"
)

// sanctionElsewhere imposes a penalty on the other sites where both the actor,
// with the right to it, and the author have an account. Each site keeps its own
// decision, second person and appeal. It returns the sites where it holds or
// waits; one where it cannot be imposed is left out.
func (d *Desk) sanctionElsewhere(ctx context.Context, home forum.Site, actor forum.Actor, p Penalty) ([]string, error) {
	sites, err := d.store.Sites(ctx)
	if err != nil {
		return nil, err
	}
	var done []string
	for _, site := range sites {
		if site.ID == home.ID {
			continue
		}
		there, author, err := d.counterparts(ctx, home, site, actor, p.Account)
		if err != nil {
			return done, err
		}
		if author == 0 || !forum.May(there, sanctioning(p.Kind)) {
			continue
		}
		_, err = d.sanctionHere(ctx, site, there, p.on(site, author))
		switch {
		case err == nil:
			done = append(done, site.Slug)
		case !forum.IsKind(err, forum.Forbidden) && !forum.IsKind(err, forum.Conflict):
			return done, err
		}
	}
	return done, nil
}

// on is the penalty for the same person on another site: about no comment, for a
// reason that the site has.
func (p Penalty) on(site forum.Site, author forum.ID) Penalty {
	p.Account, p.Comment, p.Sweep, p.Confirm = author, 0, false, ""
	if open := site.Settings.OpenReasons(); !slices.Contains(open, p.Reason) {
		p.Reason = open[len(open)-1]
	}
	return p
}

// Which credentials say on another site who somebody is. A token of the paper's
// login is signed with a key of one site's choosing, and which credential a
// passkey has its owner's device says: who runs one site could make them in
// anybody's name. An address proves an author, but gives nobody the rights of the
// newsroom elsewhere.
var (
	tellsStaff  = []forum.CredentialKind{forum.CredentialOIDC}
	tellsAuthor = []forum.CredentialKind{forum.CredentialOIDC, forum.CredentialEmail}
)

// counterparts finds the actor and an author on another site by credentials that
// both sites know; zero: there is none.
func (d *Desk) counterparts(ctx context.Context, home, site forum.Site, actor forum.Actor, author forum.ID) (forum.Actor, forum.ID, error) {
	me, err := d.counterpart(ctx, home, site, actor.Account.ID, tellsStaff)
	if err != nil || me == 0 {
		return forum.Actor{}, 0, err
	}
	account, err := d.store.Account(ctx, site.ID, me)
	if err != nil {
		return forum.Actor{}, 0, err
	}
	actor.Account, actor.Session = account, 0
	them, err := d.counterpart(ctx, home, site, author, tellsAuthor)
	return actor, them, err
}

func (d *Desk) counterpart(ctx context.Context, home, site forum.Site, account forum.ID, kinds []forum.CredentialKind) (forum.ID, error) {
	all, err := d.store.Credentials(ctx, home.ID, account)
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		if !slices.Contains(kinds, c.Kind) {
			continue
		}
		same, err := d.store.CredentialBySubject(ctx, site.ID, c.Kind, c.Issuer, c.Subject)
		if err == nil {
			return same.AccountID, nil
		}
		if !forum.IsKind(err, forum.NotFound) {
			return 0, err
		}
	}
	return 0, nil
}
