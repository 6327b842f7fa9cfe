package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

var (
	sqlAddReport = statement(`insert into reports (site_id, report_id, comment_id, account_id, reason, words, created_at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (site_id, comment_id, account_id) do update
		set reason = excluded.reason, words = excluded.words, created_at = excluded.created_at, resolved_at = 0
		where reports.reason = 'disagree' and excluded.reason <> 'disagree'`)
	sqlCountReport = statement(`update comments set reports = reports + 1 where site_id = $1 and comment_id = $2`)
)

// AddReport adds a report and returns whether it is the account's first on this
// comment; a second changes nothing, unless the first only disagreed. Only a
// reason that reaches the queue is counted on the comment, whose row is locked
// first, as ResolveReports does.
func (t *Tx) AddReport(ctx context.Context, r forum.Report) (bool, error) {
	if _, err := one(ctx, t.Reader, "lock comment", scanComment, sqlLockComment, r.SiteID, r.CommentID); err != nil {
		return false, err
	}
	n, err := t.exec(ctx, "add report", sqlAddReport, r.SiteID, r.ID, r.CommentID, r.AccountID, string(r.Reason), r.Words, micros(t.Now))
	if err != nil || n == 0 || r.Reason == forum.ReasonDisagree {
		return n > 0, err
	}
	_, err = t.exec(ctx, "count report", sqlCountReport, r.SiteID, r.CommentID)
	return true, err
}

var sqlReportsOn = statement(`select site_id, report_id, comment_id, account_id, reason, words, created_at, resolved_at from reports
	where site_id = $1 and comment_id = $2 and resolved_at = 0 and reason <> 'disagree' order by report_id limit 50`)

// OpenReports returns the reports on a comment that wait for the desk.
func (r Reader) OpenReports(ctx context.Context, site, comment forum.ID) ([]forum.Report, error) {
	return many(ctx, r, "read reports", func(s scanner) (forum.Report, error) {
		var x forum.Report
		var created, resolved int64
		err := s.Scan(&x.SiteID, &x.ID, &x.CommentID, &x.AccountID, &x.Reason, &x.Words, &created, &resolved)
		x.CreatedAt, x.ResolvedAt = instant(created), instant(resolved)
		return x, err
	}, sqlReportsOn, site, comment)
}

var (
	sqlResolveReports = statement(`update reports set resolved_at = $3 where site_id = $1 and comment_id = $2 and resolved_at = 0`)
	sqlClearReports   = statement(`update comments set reports = 0 where site_id = $1 and comment_id = $2`)
)

// ResolveReports marks every open report on a comment as dealt with. The
// comment's row is locked first: a report that is being counted at this moment
// is then either resolved and not counted, or open and counted.
func (t *Tx) ResolveReports(ctx context.Context, site, comment forum.ID) error {
	if _, err := t.exec(ctx, "clear reports", sqlClearReports, site, comment); err != nil {
		return err
	}
	_, err := t.exec(ctx, "resolve reports", sqlResolveReports, site, comment, micros(t.Now))
	return err
}

var sqlReportsSince = statement(`select count(*) from reports where site_id = $1 and account_id = $2 and created_at > $3`)

// ReportsSince returns how many reports an account made after an instant.
func (r Reader) ReportsSince(ctx context.Context, site, account forum.ID, since time.Time) (int, error) {
	return one(ctx, r, "count reports", scanOne[int], sqlReportsSince, site, account, micros(since))
}
