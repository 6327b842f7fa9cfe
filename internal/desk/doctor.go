package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
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

// LogEnd compares where a site's log is said to end with the entry that ends it
// and returns both; they are the same unless one was changed beside the program.
// The log may grow meanwhile. VerifyLog checks every entry.
func (d *Desk) LogEnd(ctx context.Context, site forum.ID) (said, last store.LogHead, err error) {
	before, err := d.store.Log(ctx, site, LogFilter{}, 0, 1)
	if err != nil {
		return said, last, err
	}
	if said, err = d.store.LogHead(ctx, site); err != nil {
		return said, last, err
	}
	ends, err := d.store.Log(ctx, site, LogFilter{}, said.Seq+1, 1)
	if len(before) > 0 && before[0].Seq > said.Seq {
		ends = before
	}
	if len(ends) > 0 {
		last = store.LogHead{Seq: ends[0].Seq, Hash: ends[0].Chain()}
	}
	return said, last, err
}
