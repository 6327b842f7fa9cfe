package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/signin"
	"parley/internal/store"
)

// mayChange reports whether an actor may change how its account signs in: on our
// own pages, and, for somebody of the newsroom, with a session that is proof for
// the desk. Else who reads a moderator's mail could add a passkey and moderate.
func mayChange(actor forum.Actor) error {
	if actor.Known() && actor.Kind != forum.SessionPage {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if forum.WeakStaff(actor) {
		return forum.Fail(forum.Unauthorised, "error.strongNeeded")
	}
	return nil
}

// signedIn is mayChange for what only an account that has signed in can do.
func signedIn(actor forum.Actor) error {
	if !actor.Known() || isGuest(actor) {
		return forum.Fail(forum.Unauthorised, "error.signInNeeded")
	}
	return mayChange(actor)
}

// Credentials returns how an account signs in, the oldest first, and how many
// recovery codes it has left.
func (d *Desk) Credentials(ctx context.Context, site forum.Site, actor forum.Actor) (all []forum.Credential, recovery int, err error) {
	rows, err := d.store.Credentials(ctx, site.ID, actor.Account.ID)
	for _, c := range rows {
		if c.Kind == forum.CredentialRecovery {
			recovery++
			continue
		}
		all = append(all, c)
	}
	return all, recovery, err
}

// changed tells the log and the account's owner, by mail, that a way in was added
// or taken away.
func (d *Desk) changed(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.Account, action string, c forum.Credential) error {
	if err := d.warn(ctx, tx, site, actor, account.ID, action); err != nil {
		return err
	}
	return d.logCredential(ctx, tx, site, actor, account, action, c)
}

// logCredential notes in the log that somebody of the newsroom signs in otherwise.
func (d *Desk) logCredential(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.Account, action string, c forum.Credential) error {
	if !account.Role.Staff() {
		return nil
	}
	actor.Account = account
	return d.log(ctx, tx, site.ID, actor, act{Action: action, Object: about("account", account.ID), Reason: string(c.Kind), Value: c.Label})
}

// warn sends a mail to an account that has an address, so that a change somebody
// else made is seen.
func (d *Desk) warn(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.ID, what string) error {
	address, err := tx.Email(ctx, site.ID, account)
	if err != nil || address == "" || !d.Mails() {
		return err
	}
	template := "added"
	if what == "credential.remove" {
		template = "removed"
	}
	return d.mailTo(ctx, tx, site, actor, address, template, "", map[string]string{"device": actor.Device, "url": "/me/security"}, time.Time{})
}

// RemoveCredential takes a way in from the actor's account. The last one stays, and
// of somebody of the newsroom the last that is proof for the desk.
func (d *Desk) RemoveCredential(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	if err := signedIn(actor); err != nil {
		return err
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// Two at once must not each leave the other's.
		account, err := tx.LockAccount(ctx, site.ID, actor.Account.ID)
		if err != nil {
			return err
		}
		gone, err := tx.DropCredential(ctx, site.ID, account.ID, id)
		if err != nil {
			return err
		}
		left, err := tx.Credentials(ctx, site.ID, account.ID)
		if err != nil {
			return err
		}
		if !enough(account, left) {
			return forum.Fail(forum.Conflict, "error.lastCredential")
		}
		return d.changed(ctx, tx, site, actor, account, "credential.remove", gone)
	})
}

// enough reports whether an account can still sign in with what is left.
func enough(account forum.Account, left []forum.Credential) bool {
	for _, c := range left {
		if c.Kind != forum.CredentialRecovery && (c.Kind.Strong() || !account.Role.Staff()) {
			return true
		}
	}
	return false
}

// NewRecovery makes a set of recovery codes in place of the one before and returns
// them, once.
func (d *Desk) NewRecovery(ctx context.Context, site forum.Site, actor forum.Actor) ([]string, error) {
	if err := signedIn(actor); err != nil {
		return nil, err
	}
	codes := signin.NewRecoveryCodes()
	return codes, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.LockAccount(ctx, site.ID, actor.Account.ID)
		if err != nil {
			return err
		}
		if err := tx.DropRecovery(ctx, site.ID, account.ID); err != nil {
			return err
		}
		for _, code := range codes {
			hash, err := signin.HashRecovery(code)
			if err != nil {
				return err
			}
			c := forum.Credential{SiteID: site.ID, ID: d.mint(), AccountID: account.ID, Kind: forum.CredentialRecovery, Subject: hash}
			if err := tx.AddCredential(ctx, c); err != nil {
				return err
			}
		}
		return d.changed(ctx, tx, site, actor, account, "credential.add", forum.Credential{Kind: forum.CredentialRecovery})
	})
}

// RedeemRecovery signs in with a recovery code, which is used up.
func (d *Desk) RedeemRecovery(ctx context.Context, site forum.Site, actor forum.Actor, code string) (Entered, error) {
	// What is tried counts whether it is good or not.
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.turn(ctx, tx, site, recoveryTurns, "recovery", actor.Network)
	})
	if err != nil {
		return Entered{}, err
	}
	hash, err := signin.HashRecovery(code)
	if err != nil {
		return Entered{}, wrongCode("%w", err)
	}
	var in Entered
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.CredentialBySubject(ctx, site.ID, forum.CredentialRecovery, "", hash)
		if err == nil {
			c, err = tx.DropCredential(ctx, site.ID, c.AccountID, c.ID)
		}
		if forum.IsKind(err, forum.NotFound) {
			return wrongCode("no such recovery code")
		}
		if err != nil {
			return err
		}
		account, err := tx.Account(ctx, site.ID, c.AccountID)
		if err != nil {
			return err
		}
		if in, err = d.admit(ctx, tx, site, actor, account, proof{strong: true}); err != nil {
			return err
		}
		return d.changed(ctx, tx, site, forum.Actor{Device: actor.Device, Request: actor.Request}, account, "credential.remove", c)
	})
	return in, err
}

// StartChange sends a code to the actor's present address, if there is one, and to
// the one it is to have, and returns the token of the attempt. It does the same
// whether anybody has the new address or not.
func (d *Desk) StartChange(ctx context.Context, site forum.Site, actor forum.Actor, typed, loc string) (token string, both bool, err error) {
	if err := signedIn(actor); err != nil {
		return "", false, err
	}
	address, err := readAddress(typed)
	if err != nil {
		return "", false, err
	}
	token, code, oldCode := secret(), signin.NewCode(), signin.NewCode()
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		old, err := tx.Email(ctx, site.ID, actor.Account.ID)
		if err != nil {
			return err
		}
		both = old != ""
		target := digest("account", actor.Account.ID.String())
		if err := tx.EndAttempts(ctx, site.ID, attemptChange, target); err != nil {
			return err
		}
		state := attemptState{Address: address}
		to := []string{address}
		if both {
			state.OldSeal, to = sealOf(token, oldCode), append(to, old)
		}
		if err := d.mailTurns(ctx, tx, site, actor, to...); err != nil {
			return err
		}
		a := forum.Attempt{Kind: attemptChange, Target: target, AccountID: actor.Account.ID, Secret: sealOf(token, code)}
		if err := d.attempt(ctx, tx, site, actor, a, token, codeLife, state); err != nil {
			return err
		}
		if both {
			if err := d.sendCode(ctx, tx, site, actor, "codeOld", old, oldCode, loc, ""); err != nil {
				return err
			}
		}
		return d.sendCode(ctx, tx, site, actor, "codeNew", address, code, loc, "")
	})
	return token, both, err
}

// FinishChange gives the actor's account the address of an attempt, with the codes
// that were sent to it and to the one before.
func (d *Desk) FinishChange(ctx context.Context, site forum.Site, actor forum.Actor, token, code, oldCode string) error {
	if err := signedIn(actor); err != nil {
		return err
	}
	var wrong error
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.TryAttempt(ctx, site.ID, digest(token), attemptChange, codeTries)
		if forum.IsKind(err, forum.NotFound) || (err == nil && a.AccountID != actor.Account.ID) {
			wrong = wrongCode("no attempt of this browser has a try left")
			return nil
		}
		if err != nil {
			return err
		}
		state, err := stateOf(a)
		if err != nil {
			return err
		}
		good := signin.CodeMatches(a.Secret, token, code)
		if state.OldSeal != "" && !signin.CodeMatches(state.OldSeal, token, oldCode) {
			good = false
		}
		if !good {
			wrong = wrongCode("try %d of %d", a.Tries, codeTries)
			return nil
		}
		if _, err := tx.UseAttempt(ctx, site.ID, a.TokenHash, attemptChange); err != nil {
			return err
		}
		return d.setEmail(ctx, tx, site, actor, state.Address)
	})
	if wrong != nil && err == nil {
		err = wrong
	}
	return err
}

// setEmail gives an account an address in place of the one it has, if any.
func (d *Desk) setEmail(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, address string) error {
	all, err := tx.Credentials(ctx, site.ID, actor.Account.ID)
	if err != nil {
		return err
	}
	// The address before learns of it too.
	if err := d.warn(ctx, tx, site, actor, actor.Account.ID, "credential.change"); err != nil {
		return err
	}
	for _, c := range all {
		if c.Kind != forum.CredentialEmail {
			continue
		}
		if err := tx.SetEmail(ctx, site.ID, actor.Account.ID, c.ID, mail.Key(address), address); err != nil {
			return err
		}
		c.Label = address
		return d.logCredential(ctx, tx, site, actor, actor.Account, "credential.add", c)
	}
	c := forum.Credential{
		SiteID: site.ID, ID: d.mint(), AccountID: actor.Account.ID, Kind: forum.CredentialEmail, Subject: mail.Key(address), Label: address,
		UsedAt: tx.Now,
	}
	if err := tx.AddCredential(ctx, c); err != nil {
		return err
	}
	return d.changed(ctx, tx, site, actor, actor.Account, "credential.add", c)
}

// NeedsProof reports whether somebody of the newsroom has yet to enrol a passkey or
// a provider: the link from the console lets them in only once.
func (d *Desk) NeedsProof(ctx context.Context, site forum.Site, actor forum.Actor) (bool, error) {
	if !actor.Account.Role.Staff() {
		return false, nil
	}
	all, err := d.store.Credentials(ctx, site.ID, actor.Account.ID)
	return !enough(actor.Account, all), err
}

// ChooseName gives an account that has none the name it writes under, and notes
// that it was shown the rules. An empty name only notes that.
func (d *Desk) ChooseName(ctx context.Context, site forum.Site, actor forum.Actor, raw string) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		account, err := tx.LockAccount(ctx, site.ID, actor.Account.ID)
		if err != nil {
			return err
		}
		if err := tx.SeeRules(ctx, site.ID, account.ID); err != nil || raw == "" || account.Name != "" {
			return err
		}
		n, err := checkName(site, account, raw)
		if err != nil {
			return err
		}
		return tx.SetName(ctx, site.ID, account.ID, n.Shown, n.Skeleton)
	})
}
