package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const sessionColumns = `site_id, session_id, account_id, kind, device, created_at, expires_at, seen_at, strong_until`

func scanSession(s scanner) (forum.Session, error) {
	var x forum.Session
	var created, expires, seen, strong int64
	err := s.Scan(&x.SiteID, &x.ID, &x.AccountID, &x.Kind, &x.Device, &created, &expires, &seen, &strong)
	x.CreatedAt, x.ExpiresAt, x.SeenAt, x.StrongUntil = instant(created), instant(expires), instant(seen), instant(strong)
	return x, err
}

var sqlAddSession = statement(`insert into sessions (` + sessionColumns + `, token_hash)
	values ($1, $2, $3, $4, $5, $6, $7, $6, $8, $9)`)

// AddSession adds a session under the hash of its token.
func (t *Tx) AddSession(ctx context.Context, s forum.Session, tokenHash string) error {
	return t.later(ctx, "add session", nil, sqlAddSession, s.SiteID, s.ID, s.AccountID, string(s.Kind), s.Device, micros(t.Now),
		micros(s.ExpiresAt), micros(s.StrongUntil), tokenHash)
}

var sqlSession = statement(`select ` + sessionColumns + ` from sessions
	where site_id = $1 and token_hash = $2 and expires_at > $3`)

// Session returns the session of a token that is still valid at an instant.
func (r Reader) Session(ctx context.Context, site forum.ID, tokenHash string, at time.Time) (forum.Session, error) {
	return one(ctx, r, "read session", scanSession, sqlSession, site, tokenHash, micros(at))
}

var sqlDropExpired = statement(`delete from sessions where site_id = $1 and expires_at < $2`)

// DropExpired removes the sessions that have ended.
func (t *Tx) DropExpired(ctx context.Context, site forum.ID) (int64, error) {
	return t.exec(ctx, "drop expired sessions", sqlDropExpired, site, micros(t.Now))
}

var sqlSessions = statement(`select ` + sessionColumns + ` from sessions
	where site_id = $1 and account_id = $2 and expires_at > $3 order by session_id desc, expires_at desc limit 500`)

// Sessions returns the sessions of an account that have not ended, the newest
// first. One whose token a page holds in memory is there once for each token.
func (r Reader) Sessions(ctx context.Context, site, account forum.ID, at time.Time) ([]forum.Session, error) {
	return many(ctx, r, "list sessions", scanSession, sqlSessions, site, account, micros(at))
}

var sqlComesIn = statement(`select exists (select 1 from credentials where site_id = $1 and account_id = $2)
	or exists (select 1 from sessions where site_id = $1 and account_id = $2 and expires_at > $3)`)

// ComesIn reports whether somebody can act as an account: it has a credential, or
// a session that has not ended. The accounts of a seed have neither.
func (r Reader) ComesIn(ctx context.Context, site, account forum.ID, at time.Time) (bool, error) {
	return one(ctx, r, "look for a way in", scanOne[bool], sqlComesIn, site, account, micros(at))
}

var sqlEndSessionByID = statement(`delete from sessions where site_id = $1 and account_id = $2 and session_id = $3`)

// EndSessionByID removes one session of an account, with every token of it.
func (t *Tx) EndSessionByID(ctx context.Context, site, account, session forum.ID) error {
	n, err := t.exec(ctx, "end session", sqlEndSessionByID, site, account, session)
	if err == nil && n == 0 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return err
}

var sqlSessionBegan = statement(`select created_at from sessions where site_id = $1 and account_id = $2 and session_id = $3 and session_id <> 0`)

// SessionBegan returns when a session began; zero for one that is gone.
func (r Reader) SessionBegan(ctx context.Context, site, account, session forum.ID) (time.Time, error) {
	at, err := one(ctx, r, "read session's begin", scanOne[int64], sqlSessionBegan, site, account, session)
	if forum.IsKind(err, forum.NotFound) {
		return time.Time{}, nil
	}
	return instant(at), err
}

var sqlEndSessions = statement(`delete from sessions where site_id = $1 and account_id = $2 and session_id <> $3`)

// EndSessions removes all sessions of an account but one; zero keeps none.
func (t *Tx) EndSessions(ctx context.Context, site, account, but forum.ID) (int64, error) {
	return t.exec(ctx, "end sessions", sqlEndSessions, site, account, but)
}

var sqlSeeSession = statement(`update sessions set seen_at = $4 where site_id = $1 and account_id = $2 and session_id = $3`)

// SeeSession notes that a session is in use.
func (t *Tx) SeeSession(ctx context.Context, site, account, session forum.ID) error {
	_, err := t.exec(ctx, "see session", sqlSeeSession, site, account, session, micros(t.Now))
	return err
}
