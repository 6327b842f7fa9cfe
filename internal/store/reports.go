package store

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
)

var (
	sqlNetworkReported = statement(`select exists (select 1 from reports
		where site_id = $1 and comment_id = $2 and network = $3 and network <> '' and counted and account_id <> $4)`)
	sqlAddReport = statement(`insert into reports (site_id, report_id, comment_id, account_id, reason, words, network, counted, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (site_id, comment_id, account_id) do update
		set reason = excluded.reason, words = excluded.words, network = excluded.network, counted = excluded.counted,
			created_at = excluded.created_at, resolved_at = 0
		where reports.reason = 'disagree' and excluded.reason <> 'disagree'`)
	sqlCountReport = statement(`update comments set reports = reports + 1 where site_id = $1 and comment_id = $2`)
)

// AddReport adds a report and returns whether it is the account's first on this
// comment; a second changes nothing, unless the first only disagreed. Only a
// reason that reaches the queue is counted on the comment, and of many from one
// network only the first. The comment's row is locked before, as SettleReports
// does.
func (t *Tx) AddReport(ctx context.Context, r forum.Report) (bool, error) {
	if _, err := one(ctx, t.Reader, "lock comment", scanComment, sqlLockComment, r.SiteID, r.CommentID); err != nil {
		return false, err
	}
	r.Counted = r.Reason != forum.ReasonDisagree
	if r.Counted && r.Network != "" {
		flood, err := one(ctx, t.Reader, "find report of network", scanOne[bool], sqlNetworkReported, r.SiteID, r.CommentID, r.Network, r.AccountID)
		if err != nil {
			return false, err
		}
		r.Counted = !flood
	}
	n, err := t.exec(ctx, "add report", sqlAddReport, r.SiteID, r.ID, r.CommentID, r.AccountID, string(r.Reason), r.Words, r.Network,
		r.Counted, micros(t.Now))
	if err != nil || n == 0 || !r.Counted {
		return n > 0, err
	}
	t.movedDesk(r.SiteID)
	_, err = t.exec(ctx, "count report", sqlCountReport, r.SiteID, r.CommentID)
	return true, err
}

var sqlReportsOn = statement(`select ` + prefixed("r", reportColumns) + `, a.reports_upheld, a.reports_dismissed from reports r
	join accounts a on a.site_id = r.site_id and a.account_id = r.account_id
	where r.site_id = $1 and r.comment_id = $2 and r.resolved_at = 0 and r.reason <> 'disagree' order by r.account_id limit 50`)

const reportColumns = `site_id, report_id, comment_id, account_id, reason, words, network, counted, created_at, resolved_at, outcome`

// OpenReports returns the reports on a comment that wait for the desk, with
// their reporters' records.
func (r Reader) OpenReports(ctx context.Context, site, comment forum.ID) ([]forum.Report, error) {
	return many(ctx, r, "read reports", func(s scanner) (forum.Report, error) {
		var x forum.Report
		var created, resolved int64
		err := s.Scan(&x.SiteID, &x.ID, &x.CommentID, &x.AccountID, &x.Reason, &x.Words, &x.Network, &x.Counted, &created, &resolved,
			&x.Outcome, &x.ReporterUpheld, &x.ReporterDismissed)
		x.CreatedAt, x.ResolvedAt = instant(created), instant(resolved)
		return x, err
	}, sqlReportsOn, site, comment)
}

var (
	sqlClearReports   = statement(`update comments set reports = 0 where site_id = $1 and comment_id = $2`)
	sqlResolveReports = statement(`update reports set resolved_at = $3 where site_id = $1 and comment_id = $2 and resolved_at = 0`)
	sqlSettleReports  = statement(`update reports set resolved_at = $3, outcome = $4, decision_id = $5
		where site_id = $1 and comment_id = $2 and resolved_at = 0 and reason <> 'disagree' returning account_id`)
	sqlCountOutcome = statement(`update accounts set reports_upheld = reports_upheld + $3, reports_dismissed = reports_dismissed + $4
		where site_id = $1 and account_id = $2`)
)

// ResolveReports takes the reports on a comment out of the queue without an
// outcome, because its author withdrew it. The comment's row is locked first: a report that is being counted
// at this moment is then either resolved and not counted, or open and counted.
func (t *Tx) ResolveReports(ctx context.Context, site, comment forum.ID) error {
	if _, err := t.exec(ctx, "clear reports", sqlClearReports, site, comment); err != nil {
		return err
	}
	_, err := t.exec(ctx, "resolve reports", sqlResolveReports, site, comment, micros(t.Now))
	return err
}

// SettleReports gives every open report on a comment the outcome of a decision,
// counts it for its reporter, and returns the reporters.
func (t *Tx) SettleReports(ctx context.Context, site, comment, decision forum.ID, outcome forum.ReportOutcome) ([]forum.ID, error) {
	if _, err := t.exec(ctx, "clear reports", sqlClearReports, site, comment); err != nil {
		return nil, err
	}
	reporters, err := many(ctx, t.Reader, "settle reports", scanOne[forum.ID], sqlSettleReports, site, comment, micros(t.Now), string(outcome),
		decision)
	if err != nil {
		return nil, err
	}
	return reporters, t.countOutcome(ctx, site, reporters, outcome, 1)
}

// countOutcome adds n to the records of reporters. They are taken in one order,
// so that two decisions do not wait for one another in a circle.
func (t *Tx) countOutcome(ctx context.Context, site forum.ID, reporters []forum.ID, outcome forum.ReportOutcome, n int) error {
	upheld, dismissed := n, 0
	if outcome == forum.ReportDismissed {
		upheld, dismissed = 0, n
	}
	slices.Sort(reporters)
	for _, who := range reporters {
		if _, err := t.exec(ctx, "count outcome", sqlCountOutcome, site, who, upheld, dismissed); err != nil {
			return err
		}
	}
	return nil
}

var (
	sqlSettledReporters = statement(`select account_id from reports
		where site_id = $1 and comment_id = $2 and decision_id = $3 and outcome = $4`)
	sqlUnsettleReports = statement(`update reports set outcome = '', resolved_at = 0, decision_id = 0
		where site_id = $1 and comment_id = $2 and decision_id = $3`)
	sqlRecountReports = statement(`update comments set reports = (select count(*) from reports r
		where r.site_id = $1 and r.comment_id = $2 and r.resolved_at = 0 and r.reason <> 'disagree' and r.counted)
		where site_id = $1 and comment_id = $2`)
)

// ReopenReports takes back what a decision did to the reports on its comment and
// to their reporters' records. They wait for the desk again.
func (t *Tx) ReopenReports(ctx context.Context, site, comment, decision forum.ID) error {
	if _, err := one(ctx, t.Reader, "lock comment", scanComment, sqlLockComment, site, comment); err != nil {
		return err
	}
	for _, outcome := range []forum.ReportOutcome{forum.ReportUpheld, forum.ReportDismissed} {
		reporters, err := many(ctx, t.Reader, "find settled reporters", scanOne[forum.ID], sqlSettledReporters, site, comment, decision,
			string(outcome))
		if err != nil {
			return err
		}
		if err := t.countOutcome(ctx, site, reporters, outcome, -1); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, "unsettle reports", sqlUnsettleReports, site, comment, decision); err != nil {
		return err
	}
	_, err := t.exec(ctx, "recount reports", sqlRecountReports, site, comment)
	return err
}

var sqlReportsSince = statement(`select count(*) from reports where site_id = $1 and account_id = $2 and created_at > $3`)

// ReportsSince returns how many reports an account made after an instant.
func (r Reader) ReportsSince(ctx context.Context, site, account forum.ID, since time.Time) (int, error) {
	return one(ctx, r, "count reports", scanOne[int], sqlReportsSince, site, account, micros(since))
}

var sqlForgetReporters = statement(`update reports set network = '' where site_id = $1 and created_at < $2 and network <> ''`)

// ForgetReporters forgets from which networks reports made before an instant
// came.
func (t *Tx) ForgetReporters(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "forget reporters", sqlForgetReporters, site, micros(before))
}
