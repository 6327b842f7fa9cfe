package desk

import (
	"context"
	"errors"

	"parley/internal/forum"
	"parley/internal/store"
)

// proof is a credential that somebody has just shown to be theirs.
type proof struct {
	kind    forum.CredentialKind
	issuer  string
	subject string
	data    string // what the kind keeps; empty leaves what there is
	label   string
	name    string // what the login calls the person
	strong  bool   // proof enough for the desk
}

// errRaced says that the same credential came to be at the same moment.
var errRaced = errors.New("another transaction added the credential")

// enterWrite is write for a transaction that may add a credential. If another one
// added the same meanwhile, it is tried again and finds that one.
func (d *Desk) enterWrite(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	err := d.write(ctx, f)
	if errors.Is(err, errRaced) {
		return d.write(ctx, f)
	}
	return err
}

// letIn signs somebody in who has shown a credential. A guest keeps what was
// written: with a credential that nobody has, the guest's account becomes a
// reader's; with one that belongs to an account, that account takes over what the
// guest has.
func (d *Desk) letIn(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, p proof) (Entered, error) {
	decision, err := tx.Barred(ctx, site.ID, barDigest(p.kind, p.issuer, p.subject))
	if err != nil {
		return Entered{}, err
	}
	if decision != 0 {
		// Its own account stays open to it, to read what was decided and to appeal; it
		// makes no other.
		_, err := tx.CredentialBySubject(ctx, site.ID, p.kind, p.issuer, p.subject)
		if forum.IsKind(err, forum.NotFound) {
			return Entered{}, forum.Fail(forum.Forbidden, "error.signInBarred").Because("barred by decision %s", decision)
		}
		if err != nil {
			return Entered{}, err
		}
	}
	account, err := d.owner(ctx, tx, site, actor, p)
	if err != nil {
		return Entered{}, err
	}
	return d.admit(ctx, tx, site, actor, account, p)
}

// admit gives a browser its session for an account, in place of the one it had.
func (d *Desk) admit(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.Account, p proof) (Entered, error) {
	if err := d.absorb(ctx, tx, site, actor, account); err != nil {
		return Entered{}, err
	}
	if actor.Session != 0 && actor.Account.ID == account.ID {
		// Who knew the old token does not know the new one.
		if err := tx.EndSessionByID(ctx, site.ID, account.ID, actor.Session); err != nil && !forum.IsKind(err, forum.NotFound) {
			return Entered{}, err
		}
	}
	account, err := tx.Account(ctx, site.ID, account.ID)
	if err != nil {
		return Entered{}, err
	}
	g, err := d.grant(ctx, tx, actor, account, p.strong)
	return Entered{Grant: g, Account: account, Suggested: p.name}, err
}

// owner returns the account that a credential belongs to, making a reader of a
// guest or a new account for one that nobody has.
func (d *Desk) owner(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, p proof) (forum.Account, error) {
	c, err := tx.CredentialBySubject(ctx, site.ID, p.kind, p.issuer, p.subject)
	if forum.IsKind(err, forum.NotFound) {
		return d.newOwner(ctx, tx, site, actor, p)
	}
	if err != nil {
		return forum.Account{}, err
	}
	if p.data == "" {
		p.data = c.Data
	}
	if err := tx.UseCredential(ctx, site.ID, c.ID, p.data); err != nil {
		return forum.Account{}, err
	}
	return tx.Account(ctx, site.ID, c.AccountID)
}

// newOwner gives a credential that nobody has to the guest who shows it, or to a
// new account.
func (d *Desk) newOwner(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, p proof) (forum.Account, error) {
	var account forum.Account
	var err error
	if isGuest(actor) {
		account, err = actor.Account, tx.BecomeReader(ctx, site.ID, actor.Account.ID)
	} else {
		account = forum.Account{SiteID: site.ID, ID: d.mint(), Role: forum.RoleReader, AuthorKey: authorKey()}
		err = tx.AddAccount(ctx, account, "")
	}
	if err != nil {
		return account, err
	}
	err = tx.AddCredential(ctx, forum.Credential{
		SiteID: site.ID, ID: d.mint(), AccountID: account.ID, Kind: p.kind, Issuer: p.issuer, Subject: p.subject, Data: p.data,
		Label: p.label, UsedAt: tx.Now,
	})
	if forum.IsKind(err, forum.Conflict) {
		return account, errors.Join(errRaced, err)
	}
	return account, err
}

// isGuest reports whether an actor is a device that has not signed in.
func isGuest(a forum.Actor) bool { return a.Known() && a.Account.Role == forum.RoleGuest }

// absorb gives an account what the guest who signs in to it has.
func (d *Desk) absorb(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.Account) error {
	if !isGuest(actor) || actor.Account.ID == account.ID {
		return nil
	}
	guest, err := tx.Account(ctx, site.ID, actor.Account.ID)
	if err != nil {
		return err
	}
	// In another tab of the browser it may just have signed in.
	if guest.Role != forum.RoleGuest || guest.MergedInto != 0 {
		return nil
	}
	return tx.Merge(ctx, guest, account)
}

// barDigest names a credential among those that may make no account.
func barDigest(kind forum.CredentialKind, issuer, subject string) string {
	return digest("barred", string(kind), issuer, subject)
}

// BarCredentials keeps whoever has an account's credentials from making another
// account with them, because of a decision.
func (d *Desk) BarCredentials(ctx context.Context, site forum.Site, account, decision forum.ID) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.barCredentials(ctx, tx, site.ID, account, decision)
	})
}

// barCredentials keeps whoever has an account's credentials from making another
// account with them, because of a decision; Tx.Unbar takes it back.
func (d *Desk) barCredentials(ctx context.Context, tx *store.Tx, site, account, decision forum.ID) error {
	all, err := tx.Credentials(ctx, site, account)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind == forum.CredentialRecovery {
			continue
		}
		if err := tx.Bar(ctx, site, barDigest(c.Kind, c.Issuer, c.Subject), decision); err != nil {
			return err
		}
	}
	return nil
}
