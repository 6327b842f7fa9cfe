package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

var (
	sqlClaimKey = statement(`insert into idempotency_keys (site_id, key, digest, created_at) values ($1, $2, $3, $4)
		on conflict do nothing`)
	sqlReadKey    = statement(`select digest, result from idempotency_keys where site_id = $1 and key = $2`)
	sqlKeyMade    = statement(`select result from idempotency_keys where site_id = $1 and key = $2`)
	sqlKeyResult  = statement(`update idempotency_keys set result = $3 where site_id = $1 and key = $2`)
	sqlAddResult  = statement(`insert into idempotency_keys (site_id, key, digest, result, created_at) values ($1, $2, $3, $4, $5)`)
	sqlMoveResult = statement(`update idempotency_keys set result = $4 where site_id = $1 and key = $2 and result = $3`)
	sqlDropKeys   = statement(`delete from idempotency_keys where site_id = $1 and created_at < $2`)
)

// ClaimKey claims an idempotency key for the request whose digest is given. The
// first claim returns zero; a later one returns the result the first recorded.
// Two at the same moment: the second waits for the first to commit. A key used
// before for another request is Conflict.
func (t *Tx) ClaimKey(ctx context.Context, site forum.ID, key, digest string) (forum.ID, error) {
	n, err := t.exec(ctx, "claim key", sqlClaimKey, site, key, digest, micros(t.Now))
	if err != nil || n == 1 {
		return 0, err
	}
	return t.UsedKey(ctx, site, key, digest)
}

// UsedKey returns what the request with a key and a digest made; zero if there was
// none. A key used for another request is Conflict.
func (r Reader) UsedKey(ctx context.Context, site forum.ID, key, digest string) (forum.ID, error) {
	type row struct {
		digest string
		result forum.ID
	}
	used, err := one(ctx, r, "read key", func(s scanner) (row, error) {
		var x row
		err := s.Scan(&x.digest, &x.result)
		return x, err
	}, sqlReadKey, site, key)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	if err == nil && used.digest != digest {
		return 0, forum.Fail(forum.Conflict, "error.keyReused")
	}
	return used.result, err
}

// ErrClaimed says that another request has a key: a Conflict, if nobody looks what
// that one made.
var ErrClaimed error = forum.Fail(forum.Conflict, "error.conflict").Because("another request has the key")

// AddResult claims a key together with what its request made, for a request that hardly
// ever came before; its caller does not wait for the answer. A key that is claimed is
// ErrClaimed, of this or of a later statement or of the commit. Two at the same
// moment: the second waits for the first to commit.
func (t *Tx) AddResult(ctx context.Context, site forum.ID, key, digest string, result forum.ID) error {
	claimed := func(err error) error {
		if t.dialect.unique(err) {
			return ErrClaimed
		}
		return err
	}
	return t.later(ctx, "add result", claimed, sqlAddResult, site, key, digest, result, micros(t.Now))
}

// MoveResult gives a claimed key another result in place of one that no longer counts. If
// somebody else did so meanwhile, it is ErrClaimed, as of AddResult.
func (t *Tx) MoveResult(ctx context.Context, site forum.ID, key string, from, to forum.ID) error {
	return t.laterOne(ctx, "move result", ErrClaimed, sqlMoveResult, site, key, from, to)
}

// KeyResult returns what the request with a key made; zero if there was none.
func (r Reader) KeyResult(ctx context.Context, site forum.ID, key string) (forum.ID, error) {
	id, err := one(ctx, r, "read key result", scanOne[forum.ID], sqlKeyMade, site, key)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return id, err
}

// SetKeyResult records what the request with a claimed key made.
func (t *Tx) SetKeyResult(ctx context.Context, site forum.ID, key string, result forum.ID) error {
	return t.later(ctx, "record result", nil, sqlKeyResult, site, key, result)
}

// DropKeys forgets the idempotency keys claimed before an instant.
func (t *Tx) DropKeys(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "drop keys", sqlDropKeys, site, micros(before))
}
