package desk

import (
	"context"

	"parley/internal/forum"
)

// Damage returns what the database itself finds damaged, one line each.
func (d *Desk) Damage(ctx context.Context) ([]string, error) { return d.store.Damage(ctx) }

// OddSanctions returns the decisions on accounts of a site that do not agree with
// what stands against the account.
func (d *Desk) OddSanctions(ctx context.Context, site forum.ID) ([]forum.ID, error) {
	return d.store.OddSanctions(ctx, site)
}

// LostStories returns the stories of a site that live on another page and that
// no URL finds.
func (d *Desk) LostStories(ctx context.Context, site forum.ID) ([]forum.ID, error) {
	return d.store.StoriesWithoutAlias(ctx, site)
}
