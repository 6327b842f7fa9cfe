package store

import (
	"context"
	"errors"
	"time"

	"parley/internal/forum"
)

var (
	sqlClaimKey = statement(`insert into idempotency_keys (site_id, key, digest, created_at) values ($1, $2, $3, $4)
		on conflict do nothing`)
	sqlReadKey   = statement(`select digest, result from idempotency_keys where site_id = $1 and key = $2`)
	sqlKeyMade   = statement(`select result from idempotency_keys where site_id = $1 and key = $2`)
	sqlKeyResult = statement(`update idempotency_keys set result = $3 where site_id = $1 and key = $2`)
	sqlDropKeys  = statement(`delete from idempotency_keys where site_id = $1 and created_at < $2`)
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
	type row struct {
		digest string
		result forum.ID
	}
	r, err := one(ctx, t.Reader, "read key", func(s scanner) (row, error) {
		var r row
		err := s.Scan(&r.digest, &r.result)
		return r, err
	}, sqlReadKey, site, key)
	if err != nil {
		return 0, err
	}
	if r.digest != digest {
		return 0, forum.Fail(forum.Conflict, "error.keyReused")
	}
	return r.result, nil
}

// ErrClaimed says that a key was claimed before.
var ErrClaimed = errors.New("the key was claimed before")

// ClaimFresh is ClaimKey for a request that hardly ever came before: its caller does
// not wait for the answer. A key that was claimed is ErrClaimed, of this or of the
// next statement; ClaimKey in another transaction tells more.
func (t *Tx) ClaimFresh(ctx context.Context, site forum.ID, key, digest string) error {
	return t.laterOne(ctx, "claim key", ErrClaimed, sqlClaimKey, site, key, digest, micros(t.Now))
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
