package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

// Claim says that somebody of the desk is looking at a comment.
type Claim struct {
	CommentID forum.ID
	AccountID forum.ID
	Until     time.Time
}

var sqlClaim = statement(`insert into claims (site_id, comment_id, account_id, until_at) values ($1, $2, $3, $4)
	on conflict (site_id, comment_id) do update set account_id = excluded.account_id, until_at = excluded.until_at
	where claims.account_id = excluded.account_id or claims.until_at <= $5`)

var sqlRelease = statement(`delete from claims where site_id = $1 and account_id = $2 and comment_id <> $3`)

// Claim keeps a comment for an account for a while and lets go of the others it
// had. It reports whether nobody else has it.
func (t *Tx) Claim(ctx context.Context, site, comment, account forum.ID, life time.Duration) (bool, error) {
	t.movedDesk(site)
	if _, err := t.exec(ctx, "release claims", sqlRelease, site, account, comment); err != nil || comment == 0 {
		return false, err
	}
	n, err := t.exec(ctx, "claim comment", sqlClaim, site, comment, account, micros(t.Now.Add(life)), micros(t.Now))
	return n > 0, err
}

var sqlClaims = statement(`select comment_id, account_id, until_at from claims
	where site_id = $1 and until_at > $2 and comment_id in (` + placeholders(3, idChunk) + `)`)

// Claims returns who is looking at which of some comments at an instant.
func (r Reader) Claims(ctx context.Context, site forum.ID, comments []forum.ID, at time.Time) (map[forum.ID]Claim, error) {
	found := map[forum.ID]Claim{}
	err := chunked(comments, 0, func(args []any) error {
		all, err := many(ctx, r, "read claims", func(s scanner) (Claim, error) {
			var c Claim
			var until int64
			err := s.Scan(&c.CommentID, &c.AccountID, &until)
			c.Until = instant(until)
			return c, err
		}, sqlClaims, append([]any{site, micros(at)}, args...)...)
		for _, c := range all {
			found[c.CommentID] = c
		}
		return err
	})
	return found, err
}

var sqlDropClaims = statement(`delete from claims where site_id = $1 and until_at < $2`)

// DropClaims forgets the claims that ended before an instant.
func (t *Tx) DropClaims(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "drop claims", sqlDropClaims, site, micros(before))
}
