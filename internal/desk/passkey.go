package desk

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"parley/internal/forum"
	"parley/internal/signin"
	"parley/internal/store"
)

// passkeys are the ceremonies of this installation's host.
func (d *Desk) passkeys(site forum.Site) (*signin.Passkeys, error) {
	keys, err := signin.NewPasskeys(d.out.BaseURL, site.Name)
	if errors.Is(err, signin.ErrNoPasskeys) || !site.Settings.SignIn.Passkeys {
		return nil, forum.Fail(forum.NotFound, "error.noPasskeys").Because("%w", err)
	}
	return keys, err
}

// HasPasskeys reports whether passkeys work here: browsers make them for names of
// hosts only.
func (d *Desk) HasPasskeys(site forum.Site) bool {
	_, err := d.passkeys(site)
	return err == nil
}

// handle is what a passkey says of its owner: site and account, for nobody else to
// read anything from.
func handle(site, account forum.ID) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(site)), uint64(account))
}

func passkeyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// BeginPasskey asks the browser for a passkey it has. It returns the token of the
// attempt and what the browser is asked.
func (d *Desk) BeginPasskey(ctx context.Context, site forum.Site, actor forum.Actor, errand string) (token string, options []byte, err error) {
	keys, err := d.passkeys(site)
	if err != nil {
		return "", nil, err
	}
	c, err := keys.BeginUsing(false)
	if err != nil {
		return "", nil, err
	}
	token = secret()
	return token, c.Options, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.attempt(ctx, tx, site, actor, forum.Attempt{Kind: attemptPasskey}, token, codeLife, attemptState{Ceremony: c.Kept, Errand: errand})
	})
}

// FinishPasskey signs in with the browser's answer. The challenge is good once,
// whatever comes of it. For somebody of the newsroom the session is proof for the
// desk if the device asked who holds it.
func (d *Desk) FinishPasskey(ctx context.Context, site forum.Site, actor forum.Actor, token string, answer []byte) (Entered, error) {
	keys, err := d.passkeys(site)
	if err != nil {
		return Entered{}, err
	}
	_, state, err := d.useAttempt(ctx, site, token, attemptPasskey)
	if err != nil {
		return Entered{}, err
	}
	var in Entered
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		use, err := keys.FinishUsing(state.Ceremony, answer, func(id, shown []byte) (signin.PasskeyUser, error) {
			return d.passkeyUser(ctx, tx, site, id, shown)
		})
		if err != nil {
			return err
		}
		data, err := json.Marshal(use.Passkey)
		if err != nil {
			return fmt.Errorf("passkey: %w", err)
		}
		in, err = d.letIn(ctx, tx, site, actor, proof{
			kind: forum.CredentialPasskey, subject: passkeyID(use.Passkey.ID()), data: string(data), strong: use.Verified,
		})
		in.Errand = state.Errand
		return err
	})
	return in, err
}

// passkeyUser finds whose passkey it is.
func (d *Desk) passkeyUser(ctx context.Context, tx *store.Tx, site forum.Site, id, shown []byte) (signin.PasskeyUser, error) {
	c, err := tx.CredentialBySubject(ctx, site.ID, forum.CredentialPasskey, "", passkeyID(id))
	if err != nil {
		return signin.PasskeyUser{}, err
	}
	if !bytes.Equal(shown, handle(site.ID, c.AccountID)) {
		return signin.PasskeyUser{}, fmt.Errorf("the passkey says another account")
	}
	var key signin.Passkey
	if err := json.Unmarshal([]byte(c.Data), &key); err != nil {
		return signin.PasskeyUser{}, fmt.Errorf("passkey %s: %w", c.ID, err)
	}
	return signin.PasskeyUser{Handle: shown, Keys: []signin.Passkey{key}}, nil
}

// BeginEnrol asks the browser for a new passkey of the actor's account. Who has no
// account yet gets one with it.
func (d *Desk) BeginEnrol(ctx context.Context, site forum.Site, actor forum.Actor) (token string, options []byte, err error) {
	keys, err := d.passkeys(site)
	if err != nil {
		return "", nil, err
	}
	if err := mayChange(actor); err != nil {
		return "", nil, err
	}
	account := actor.Account.ID
	if account == 0 {
		account = d.mint()
	}
	user, err := d.enrolling(ctx, d.store.Reader, site, account, actor.Account.Name)
	if err != nil {
		return "", nil, err
	}
	c, err := keys.BeginAdding(user, actor.Account.Role.Staff())
	if err != nil {
		return "", nil, err
	}
	token = secret()
	return token, c.Options, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return d.attempt(ctx, tx, site, actor, forum.Attempt{Kind: attemptEnrol, AccountID: account}, token, codeLife, attemptState{Ceremony: c.Kept})
	})
}

// enrolling is who gets a new passkey, with those there are.
func (d *Desk) enrolling(ctx context.Context, r store.Reader, site forum.Site, account forum.ID, name string) (signin.PasskeyUser, error) {
	if name == "" {
		name = site.Name
	}
	user := signin.PasskeyUser{Handle: handle(site.ID, account), Name: name}
	all, err := r.Credentials(ctx, site.ID, account)
	if err != nil {
		return user, err
	}
	for _, c := range all {
		if c.Kind != forum.CredentialPasskey {
			continue
		}
		var key signin.Passkey
		if err := json.Unmarshal([]byte(c.Data), &key); err != nil {
			return user, fmt.Errorf("passkey %s: %w", c.ID, err)
		}
		user.Keys = append(user.Keys, key)
	}
	return user, nil
}

// FinishEnrol adds the passkey that the browser made. It returns the browser's new
// session: the account is another kind of account now, or its first.
func (d *Desk) FinishEnrol(ctx context.Context, site forum.Site, actor forum.Actor, token string, answer []byte) (Entered, error) {
	keys, err := d.passkeys(site)
	if err != nil {
		return Entered{}, err
	}
	if err := mayChange(actor); err != nil {
		return Entered{}, err
	}
	a, state, err := d.useAttempt(ctx, site, token, attemptEnrol)
	if err != nil {
		return Entered{}, err
	}
	if actor.Known() && a.AccountID != actor.Account.ID {
		return Entered{}, refused("passkey: another account began to add it")
	}
	made, err := keys.FinishAdding(signin.PasskeyUser{Handle: handle(site.ID, a.AccountID), Name: site.Name}, state.Ceremony, answer)
	if err != nil {
		return Entered{}, err
	}
	data, err := json.Marshal(made)
	if err != nil {
		return Entered{}, fmt.Errorf("passkey: %w", err)
	}
	var in Entered
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		in, err = d.enrol(ctx, tx, site, actor, a.AccountID, forum.Credential{
			Kind: forum.CredentialPasskey, Subject: passkeyID(made.ID()), Data: string(data), Label: actor.Device,
		})
		return err
	})
	return in, err
}

// enrol adds a credential to an account, making a reader of a guest, or the account
// itself for who has none.
func (d *Desk) enrol(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, account forum.ID, c forum.Credential) (Entered, error) {
	var err error
	switch {
	case !actor.Known():
		err = tx.AddAccount(ctx, forum.Account{SiteID: site.ID, ID: account, Role: forum.RoleReader, AuthorKey: authorKey()}, "")
	case isGuest(actor):
		err = tx.BecomeReader(ctx, site.ID, account)
	}
	if err != nil {
		return Entered{}, err
	}
	c.SiteID, c.ID, c.AccountID, c.UsedAt = site.ID, d.mint(), account, tx.Now
	if err := tx.AddCredential(ctx, c); err != nil {
		return Entered{}, err
	}
	owner, err := tx.Account(ctx, site.ID, account)
	if err != nil {
		return Entered{}, err
	}
	// Staff were strong before, or could not have come here.
	in, err := d.admit(ctx, tx, site, actor, owner, proof{strong: actor.Strong})
	if err != nil {
		return in, err
	}
	return in, d.changed(ctx, tx, site, actor, owner, "credential.add", c)
}
