package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const attemptColumns = `site_id, token_hash, kind, target, account_id, secret_hash, state, network, tries, created_at, expires_at, used_at`

func scanAttempt(s scanner) (forum.Attempt, error) {
	var a forum.Attempt
	var created, expires, used int64
	err := s.Scan(&a.SiteID, &a.TokenHash, &a.Kind, &a.Target, &a.AccountID, &a.Secret, &a.State, &a.Network, &a.Tries, &created, &expires, &used)
	a.CreatedAt, a.ExpiresAt, a.UsedAt = instant(created), instant(expires), instant(used)
	return a, err
}

var sqlAddAttempt = statement(`insert into sign_in_attempts (` + attemptColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, 0)`)

// AddAttempt adds an attempt to sign in.
func (t *Tx) AddAttempt(ctx context.Context, a forum.Attempt) error {
	_, err := t.exec(ctx, "add attempt", sqlAddAttempt, a.SiteID, a.TokenHash, a.Kind, a.Target, a.AccountID, a.Secret, a.State, a.Network,
		micros(t.Now), micros(a.ExpiresAt))
	return err
}

var sqlAttempt = statement(`select ` + attemptColumns + ` from sign_in_attempts
	where site_id = $1 and token_hash = $2 and kind = $3 and used_at = 0 and expires_at > $4`)

// Attempt returns an attempt that can still succeed at an instant.
func (r Reader) Attempt(ctx context.Context, site forum.ID, tokenHash, kind string, at time.Time) (forum.Attempt, error) {
	return one(ctx, r, "read attempt", scanAttempt, sqlAttempt, site, tokenHash, kind, micros(at))
}

var sqlTryAttempt = statement(`update sign_in_attempts set tries = tries + 1
	where site_id = $1 and token_hash = $2 and kind = $3 and used_at = 0 and expires_at > $4 and tries < $5
	returning ` + attemptColumns)

// TryAttempt counts one try of an attempt that has any left, and keeps others from
// it until the transaction ends. It is NotFound when there is none.
func (t *Tx) TryAttempt(ctx context.Context, site forum.ID, tokenHash, kind string, most int) (forum.Attempt, error) {
	return one(ctx, t.Reader, "try attempt", scanAttempt, sqlTryAttempt, site, tokenHash, kind, micros(t.Now), most)
}

var sqlUseAttempt = statement(`update sign_in_attempts set used_at = $4
	where site_id = $1 and token_hash = $2 and kind = $3 and used_at = 0 and expires_at > $4 returning ` + attemptColumns)

// UseAttempt uses an attempt up. It is NotFound for one that is unknown, used or
// over: of many at once, one succeeds.
func (t *Tx) UseAttempt(ctx context.Context, site forum.ID, tokenHash, kind string) (forum.Attempt, error) {
	return one(ctx, t.Reader, "use attempt", scanAttempt, sqlUseAttempt, site, tokenHash, kind, micros(t.Now))
}

var sqlEndAttempts = statement(`update sign_in_attempts set used_at = $4 where site_id = $1 and kind = $2 and target = $3 and used_at = 0`)

// EndAttempts ends the attempts at a target, so that only the newest works.
func (t *Tx) EndAttempts(ctx context.Context, site forum.ID, kind, target string) error {
	_, err := t.exec(ctx, "end attempts", sqlEndAttempts, site, kind, target, micros(t.Now))
	return err
}

var sqlDropAttempts = statement(`delete from sign_in_attempts where site_id = $1 and expires_at < $2`)

// DropAttempts forgets the attempts that are over.
func (t *Tx) DropAttempts(ctx context.Context, site forum.ID) (int64, error) {
	return t.exec(ctx, "drop attempts", sqlDropAttempts, site, micros(t.Now))
}
