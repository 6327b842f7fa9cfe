package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

var sqlAddKey = statement(`insert into api_keys (site_id, key_hash, label, created_at) values ($1, $2, $3, $4)`)

// AddKey adds an API key under the hash of its text.
func (t *Tx) AddKey(ctx context.Context, site forum.ID, keyHash, label string) error {
	_, err := t.exec(ctx, "add API key", sqlAddKey, site, keyHash, label, micros(t.Now))
	return err
}

var sqlKey = statement(`select label from api_keys where site_id = $1 and key_hash = $2`)

// Key returns the label of an API key.
func (r Reader) Key(ctx context.Context, site forum.ID, keyHash string) (string, error) {
	return one(ctx, r, "read API key", scanOne[string], sqlKey, site, keyHash)
}

// APIKey is a key of the newsroom's own systems; its text is not stored.
type APIKey struct {
	Hash      string
	Label     string
	CreatedAt time.Time
}

var sqlKeys = statement(`select key_hash, label, created_at from api_keys where site_id = $1 order by created_at, key_hash`)

// Keys returns a site's API keys, the oldest first.
func (r Reader) Keys(ctx context.Context, site forum.ID) ([]APIKey, error) {
	return many(ctx, r, "list API keys", func(s scanner) (APIKey, error) {
		var k APIKey
		var created int64
		err := s.Scan(&k.Hash, &k.Label, &created)
		k.CreatedAt = instant(created)
		return k, err
	}, sqlKeys, site)
}

var sqlDropKey = statement(`delete from api_keys where site_id = $1 and key_hash = $2 returning label`)

// DropKey removes an API key and returns its label.
func (t *Tx) DropKey(ctx context.Context, site forum.ID, keyHash string) (string, error) {
	return one(ctx, t.Reader, "drop API key", scanOne[string], sqlDropKey, site, keyHash)
}
