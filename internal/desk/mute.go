package desk

import (
	"context"
	"slices"

	"parley/internal/forum"
	"parley/internal/store"
)

// MaxMutes is how many authors one account may mute.
const MaxMutes = 500

// Mutes returns the author keys an account muted, the newest first. A reader
// without an account has none here: its device remembers them.
func (d *Desk) Mutes(ctx context.Context, site forum.Site, actor forum.Actor) ([]string, error) {
	if !actor.Known() {
		return nil, nil
	}
	return d.store.Mutes(ctx, site.ID, actor.Account.ID, MaxMutes)
}

// Mute mutes an author for the actor's account, or no longer.
func (d *Desk) Mute(ctx context.Context, site forum.Site, actor forum.Actor, key string, on bool) error {
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if !on {
			return tx.DropMute(ctx, site.ID, actor.Account.ID, key)
		}
		all, err := tx.Mutes(ctx, site.ID, actor.Account.ID, MaxMutes)
		if err != nil {
			return err
		}
		if len(all) >= MaxMutes && !slices.Contains(all, key) {
			return forum.Fail(forum.Conflict, "error.manyMutes").With("max", MaxMutes)
		}
		return tx.AddMute(ctx, site.ID, actor.Account.ID, key)
	})
}

// AdoptMutes gives an account what its device has muted so far, so that the list
// follows whoever signs in.
func (d *Desk) AdoptMutes(ctx context.Context, site forum.Site, actor forum.Actor, keys []string) error {
	if !actor.Known() || len(keys) == 0 {
		return nil
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Mutes(ctx, site.ID, actor.Account.ID, MaxMutes)
		if err != nil {
			return err
		}
		for _, key := range keys[:min(len(keys), MaxMutes-len(all))] {
			if err := tx.AddMute(ctx, site.ID, actor.Account.ID, key); err != nil {
				return err
			}
		}
		return nil
	})
}
