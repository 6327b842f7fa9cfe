package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// foretell names what a draft's transaction will ask of the database whatever the
// answers are, so that it is asked at once. The story is locked first, then the account.
func (d *Desk) foretell(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, draft Draft) {
	if draft.Story == 0 {
		return // which story it is decides what is asked
	}
	tx.Together(ctx, func(ctx context.Context, tx *store.Tx) {
		_, _ = d.storyFor(ctx, tx, site, draft)
		if actor.Known() {
			_ = checkPace(ctx, tx, site, actor.Account, draft.Byline)
			_, _, _ = d.account(ctx, tx, site, actor)
			_, _ = d.checkStanding(ctx, tx.Reader, site.ID, actor.Account.ID, forum.ActPost, tx.Now)
		}
		_, _ = place(ctx, tx, &forum.Comment{SiteID: site.ID, StoryID: draft.Story, ParentID: draft.Parent})
	})
}
