package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// foretell names what a draft's transaction will ask of the database whatever the
// answers are, so that it is asked at once. The story is locked first, then the account.
// What rules ask is foretold for a story in the site's language.
func (d *Desk) foretell(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, draft Draft, read reading) {
	if draft.Story == 0 {
		return // which story it is decides what is asked
	}
	tx.Together(ctx, func(ctx context.Context, tx *store.Tx) {
		_, _ = d.storyFor(ctx, tx, site, draft)
		if actor.Known() {
			_, _, _ = d.author(ctx, tx, site, actor)
			_ = checkPace(ctx, tx, site, actor.Account, draft.Byline)
			_, _ = d.checkStanding(ctx, tx.Reader, site.ID, actor.Account.ID, forum.ActPost, tx.Now)
		}
		_, _ = place(ctx, tx, &forum.Comment{SiteID: site.ID, StoryID: draft.Story, ParentID: draft.Parent})
		if len(read.bench.seats) > 0 && !actor.Account.Role.Staff() {
			s := subject{site: site, account: actor.Account, newcomer: !actor.Known(), story: forum.Story{ID: draft.Story}}
			f := rule.Facts{Pace: map[rule.Window]int{}, Copies: map[rule.Window]int{}}
			for _, ask := range questions(s, read.text, read.bench.needs, &f) {
				_ = ask(ctx, tx)
			}
		}
	})
}
