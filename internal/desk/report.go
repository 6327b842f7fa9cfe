package desk

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// Limits of reporting.
const (
	maxReportWords = 1000
	reportsADay    = 20
)

// Report files a complaint about a comment. A second one by the same account
// changes nothing. It returns the comment and, for a browser that had none, a
// session.
func (d *Desk) Report(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, reason forum.Reason, words string) (forum.Comment, *Grant, error) {
	if !reason.Valid() {
		return forum.Comment{}, nil, forum.Fail(forum.Invalid, "error.reasonMissing").At("reason")
	}
	words = strings.TrimSpace(words)
	if !goodText(words) {
		return forum.Comment{}, nil, forum.Fail(forum.Invalid, "error.textEncoding").At("words")
	}
	if utf8.RuneCountInString(words) > maxReportWords {
		return forum.Comment{}, nil, forum.Fail(forum.Invalid, "error.wordsLong").With("max", maxReportWords).At("words")
	}
	var c forum.Comment
	var grant *Grant
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if c, err = tx.Comment(ctx, site.ID, id); err != nil {
			return err
		}
		if c.State != forum.Published {
			return forum.Fail(forum.NotFound, "error.notFound").Because("comment is %s", c.State)
		}
		if err := forum.MayOn(actor, forum.ActReport, c, 0, tx.Now, 0); err != nil {
			return err
		}
		var account forum.Account
		if account, grant, err = d.account(ctx, tx, site, actor); err != nil {
			return err
		}
		if _, err := d.checkStanding(ctx, tx.Reader, site.ID, account.ID, forum.ActReport, tx.Now); err != nil {
			return err
		}
		today, err := tx.ReportsSince(ctx, site.ID, account.ID, tx.Now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if today >= reportsADay {
			return forum.Fail(forum.TooFast, "error.tooManyReports").After(24 * time.Hour)
		}
		report := forum.Report{
			SiteID: site.ID, ID: d.mint(), CommentID: id, AccountID: account.ID, Reason: reason, Words: words, Network: actor.Network,
		}
		c, err = d.fileReport(ctx, tx, site, c, report)
		return err
	})
	return c, grant, err
}

// settleReports gives the reports on a comment the outcome that a decision means,
// and tells their reporters. A rejection upholds them, publishing or dismissing
// dismisses them; while the comment is held they stay open. A decision that takes
// another back opens what that one had settled; if it publishes, as an appeal that
// is won does, it then dismisses them.
func (d *Desk) settleReports(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision) error {
	if x.CommentID == 0 {
		return nil
	}
	if x.Undoes != 0 {
		if err := tx.ReopenReports(ctx, x.SiteID, x.CommentID, x.Undoes); err != nil {
			return err
		}
	}
	switch x.Verb {
	case forum.Reject:
		return d.tellReporters(ctx, tx, actor, x, forum.ReportUpheld)
	case forum.Publish, forum.Dismiss:
		return d.tellReporters(ctx, tx, actor, x, forum.ReportDismissed)
	}
	return nil
}

// tellReporters settles the reports on a comment and tells who sent them.
func (d *Desk) tellReporters(ctx context.Context, tx *store.Tx, actor forum.Actor, x forum.Decision, outcome forum.ReportOutcome) error {
	reporters, err := tx.SettleReports(ctx, x.SiteID, x.CommentID, x.ID, outcome)
	if err != nil {
		return err
	}
	for _, who := range reporters {
		err := d.notify(ctx, tx, actor, forum.Notification{
			SiteID: x.SiteID, AccountID: who, Kind: forum.ToldReport, StoryID: x.StoryID, OtherID: x.CommentID, DecisionID: x.ID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
