package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/store"
)

// fileReport adds a report and asks the rules that are about reports. Their story
// is locked first, as in every act that may change a discussion.
func (d *Desk) fileReport(ctx context.Context, tx *store.Tx, site forum.Site, c forum.Comment, report forum.Report) (forum.Comment, error) {
	all, err := d.bench(ctx, tx.Reader, site.ID)
	if err != nil {
		return c, err
	}
	b := all.only(true)
	story := forum.Story{}
	if len(b.seats) > 0 {
		if story, err = tx.LockStory(ctx, site.ID, c.StoryID); err != nil {
			return c, err
		}
	}
	added, err := tx.AddReport(ctx, report)
	if err != nil || !added {
		return c, err
	}
	if err := d.alertReport(ctx, tx, c, report.Reason); err != nil || len(b.seats) == 0 {
		return c, err
	}
	return d.judgeReported(ctx, tx, b, site, story, c.ID)
}

// judgeReported holds or rejects a published comment whose reports a rule finds
// too many. Effects that ask something of an author who is not there do not apply.
func (d *Desk) judgeReported(ctx context.Context, tx *store.Tx, b bench, site forum.Site, story forum.Story, id forum.ID) (forum.Comment, error) {
	c, err := tx.Comment(ctx, site.ID, id)
	if err != nil || c.State != forum.Published {
		return c, err
	}
	account, err := tx.Account(ctx, site.ID, c.AccountID)
	if err != nil {
		return c, err
	}
	s := subject{site: site, account: account, story: story, comment: c, links: linksOf(c.Source), reported: true}
	f, err := d.judge(ctx, tx, b, s, forum.Published, "")
	if err != nil {
		return c, err
	}
	return d.refate(ctx, tx, c, f, forum.SourceReport)
}

// weighReports is how much the open reports on a comment count: each as much as
// its sender was right before, and that of somebody new as one.
func weighReports(ctx context.Context, tx *store.Tx, s subject, f *rule.Facts) error {
	reporters, err := tx.Reporters(ctx, s.site.ID, s.comment.ID)
	for _, a := range reporters {
		f.Reports += 2 * a.Accuracy()
	}
	return err
}
