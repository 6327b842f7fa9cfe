package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const credentialColumns = `site_id, credential_id, account_id, kind, issuer, subject, data, label, created_at, used_at`

func scanCredential(s scanner) (forum.Credential, error) {
	var c forum.Credential
	var created, used int64
	err := s.Scan(&c.SiteID, &c.ID, &c.AccountID, &c.Kind, &c.Issuer, &c.Subject, &c.Data, &c.Label, &created, &used)
	c.CreatedAt, c.UsedAt = instant(created), instant(used)
	return c, err
}

var sqlCredentialBySubject = statement(`select ` + credentialColumns + ` from credentials
	where site_id = $1 and kind = $2 and issuer = $3 and subject = $4`)

// CredentialBySubject returns the credential that a kind, issuer and subject name.
func (r Reader) CredentialBySubject(ctx context.Context, site forum.ID, kind forum.CredentialKind, issuer, subject string) (forum.Credential, error) {
	return one(ctx, r, "find credential", scanCredential, sqlCredentialBySubject, site, string(kind), issuer, subject)
}

var sqlCredentials = statement(`select ` + credentialColumns + ` from credentials
	where site_id = $1 and account_id = $2 order by credential_id limit 200`)

// Credentials returns the credentials of an account, the oldest first.
func (r Reader) Credentials(ctx context.Context, site, account forum.ID) ([]forum.Credential, error) {
	return many(ctx, r, "list credentials", scanCredential, sqlCredentials, site, account)
}

var sqlEmail = statement(`select label from credentials
	where site_id = $1 and account_id = $2 and kind = 'email' order by credential_id limit 1`)

// Email returns the address at which an account signs in; empty if it has none.
func (r Reader) Email(ctx context.Context, site, account forum.ID) (string, error) {
	address, err := one(ctx, r, "read address", scanOne[string], sqlEmail, site, account)
	if forum.IsKind(err, forum.NotFound) {
		return "", nil
	}
	return address, err
}

var sqlAddCredential = statement(`insert into credentials (` + credentialColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)

// AddCredential adds a credential. One that another account has is Conflict.
func (t *Tx) AddCredential(ctx context.Context, c forum.Credential) error {
	_, err := t.exec(ctx, "add credential", sqlAddCredential, c.SiteID, c.ID, c.AccountID, string(c.Kind), c.Issuer, c.Subject, c.Data,
		c.Label, micros(t.Now), micros(c.UsedAt))
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.credentialTaken").Because("%w", err)
	}
	return err
}

var sqlUseCredential = statement(`update credentials set used_at = $3, data = $4 where site_id = $1 and credential_id = $2`)

// UseCredential notes that a credential was used, with what its kind keeps.
func (t *Tx) UseCredential(ctx context.Context, site, credential forum.ID, data string) error {
	_, err := t.exec(ctx, "use credential", sqlUseCredential, site, credential, micros(t.Now), data)
	return err
}

var sqlMoveEmail = statement(`update credentials set subject = $4, label = $5
	where site_id = $1 and account_id = $2 and credential_id = $3 and kind = 'email'`)

// SetEmail gives a credential another address. One that another account has is
// Conflict.
func (t *Tx) SetEmail(ctx context.Context, site, account, credential forum.ID, subject, label string) error {
	n, err := t.exec(ctx, "set address", sqlMoveEmail, site, account, credential, subject, label)
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.credentialTaken").Because("%w", err)
	}
	if err == nil && n == 0 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return err
}

var sqlDropCredential = statement(`delete from credentials where site_id = $1 and account_id = $2 and credential_id = $3
	returning ` + credentialColumns)

// DropCredential takes a credential from an account and returns it.
func (t *Tx) DropCredential(ctx context.Context, site, account, credential forum.ID) (forum.Credential, error) {
	return one(ctx, t.Reader, "drop credential", scanCredential, sqlDropCredential, site, account, credential)
}

var sqlDropRecovery = statement(`delete from credentials where site_id = $1 and account_id = $2 and kind = 'recovery'`)

// DropRecovery takes all recovery codes from an account.
func (t *Tx) DropRecovery(ctx context.Context, site, account forum.ID) error {
	_, err := t.exec(ctx, "drop recovery codes", sqlDropRecovery, site, account)
	return err
}

var (
	sqlBar = statement(`insert into barred (site_id, digest, decision_id) values ($1, $2, $3)
		on conflict (site_id, digest) do update set decision_id = excluded.decision_id`)
	sqlUnbar  = statement(`delete from barred where site_id = $1 and decision_id = $2`)
	sqlBarred = statement(`select decision_id from barred where site_id = $1 and digest = $2`)
)

// Bar keeps a credential, by its digest, from signing in because of a decision.
func (t *Tx) Bar(ctx context.Context, site forum.ID, digest string, decision forum.ID) error {
	_, err := t.exec(ctx, "bar credential", sqlBar, site, digest, decision)
	return err
}

// Unbar lets in again who was barred by a decision.
func (t *Tx) Unbar(ctx context.Context, site, decision forum.ID) error {
	_, err := t.exec(ctx, "unbar credentials", sqlUnbar, site, decision)
	return err
}

// Barred returns the decision that bars a credential; zero: none.
func (r Reader) Barred(ctx context.Context, site forum.ID, digest string) (forum.ID, error) {
	id, err := one(ctx, r, "read barred", scanOne[forum.ID], sqlBarred, site, digest)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return id, err
}

var sqlUseToken = statement(`insert into used_tokens (site_id, token_hash, expires_at) values ($1, $2, $3) on conflict do nothing`)

// UseToken remembers, until it would have ended anyway, that a token signed in. It
// returns false if it did before.
func (t *Tx) UseToken(ctx context.Context, site forum.ID, tokenHash string, until time.Time) (bool, error) {
	n, err := t.exec(ctx, "use token", sqlUseToken, site, tokenHash, micros(until))
	return n == 1, err
}

var sqlTakeTurn = statement(`insert into used_tokens (site_id, token_hash, expires_at) values ($1, $2, $3)
	on conflict (site_id, token_hash) do update set expires_at = excluded.expires_at where used_tokens.expires_at <= $4`)

// TakeTurn takes one of a limited number of turns, each of which comes back after
// a while; name names it. It returns false if it is taken. Two at once take turns
// one after the other.
func (t *Tx) TakeTurn(ctx context.Context, site forum.ID, name string, life time.Duration) (bool, error) {
	n, err := t.exec(ctx, "take turn", sqlTakeTurn, site, name, micros(t.Now.Add(life)), micros(t.Now))
	return n == 1, err
}

var sqlDropTokens = statement(`delete from used_tokens where site_id = $1 and expires_at < $2`)

// DropTokens forgets the tokens and turns that have ended.
func (t *Tx) DropTokens(ctx context.Context, site forum.ID) (int64, error) {
	return t.exec(ctx, "drop used tokens", sqlDropTokens, site, micros(t.Now))
}
