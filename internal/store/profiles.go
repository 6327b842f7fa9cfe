package store

import (
	"context"

	"parley/internal/forum"
)

var sqlMutes = statement(`select author_key from account_mutes where site_id = $1 and account_id = $2 order by created_at desc, author_key limit $3`)

// Mutes returns the author keys an account muted, the newest first.
func (r Reader) Mutes(ctx context.Context, site, account forum.ID, limit int) ([]string, error) {
	return many(ctx, r, "read mutes", scanOne[string], sqlMutes, site, account, limit)
}

var sqlAddMute = statement(`insert into account_mutes (site_id, account_id, author_key, created_at) values ($1, $2, $3, $4) on conflict do nothing`)

// AddMute mutes an author for an account.
func (t *Tx) AddMute(ctx context.Context, site, account forum.ID, key string) error {
	_, err := t.exec(ctx, "add mute", sqlAddMute, site, account, key, micros(t.Now))
	return err
}

var sqlDropMute = statement(`delete from account_mutes where site_id = $1 and account_id = $2 and author_key = $3`)

// DropMute stops muting an author for an account.
func (t *Tx) DropMute(ctx context.Context, site, account forum.ID, key string) error {
	_, err := t.exec(ctx, "drop mute", sqlDropMute, site, account, key)
	return err
}

var sqlAccountByKey = statement(`select ` + accountColumns + ` from accounts where site_id = $1 and author_key = $2 and name <> '' order by account_id limit 1`)

// AccountByKey returns the named account with an author key.
func (r Reader) AccountByKey(ctx context.Context, site forum.ID, key string) (forum.Account, error) {
	return one(ctx, r, "find author", scanAccount, sqlAccountByKey, site, key)
}

var sqlNamedBy = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and account_id = $2 and comment_id < $3 and state = 'published' and byline_kind = 'name' order by comment_id desc limit $4`)

// NamedComments returns the published comments an account wrote under its name,
// the newest first.
func (r Reader) NamedComments(ctx context.Context, site, account, before forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "list named comments", scanComment, sqlNamedBy, site, account, orMax(before), limit)
}

var sqlCountNamed = statement(`select count(*) from comments where site_id = $1 and account_id = $2 and state = 'published' and byline_kind = 'name'`)

// CountNamed returns how many published comments stand under an account's name.
func (r Reader) CountNamed(ctx context.Context, site, account forum.ID) (int, error) {
	return one(ctx, r, "count named comments", scanOne[int], sqlCountNamed, site, account)
}

var sqlSetProfile = statement(`update accounts set profile_public = $3 where site_id = $1 and account_id = $2`)

// SetProfile shows or hides an account's public profile.
func (t *Tx) SetProfile(ctx context.Context, site, account forum.ID, public bool) error {
	_, err := t.exec(ctx, "set profile", sqlSetProfile, site, account, public)
	return err
}

var sqlEditionTexts = statement(`select source from comment_editions where site_id = $1 and comment_id = $2 order by edition`)

// EditionTexts returns what an author wrote before the present text, the oldest
// first.
func (r Reader) EditionTexts(ctx context.Context, site, comment forum.ID) ([]string, error) {
	return many(ctx, r, "read editions", scanOne[string], sqlEditionTexts, site, comment)
}

var sqlReportsBy = statement(`select ` + reportColumns + ` from reports
	where site_id = $1 and account_id = $2 and report_id < $3 order by report_id desc limit $4`)

// ReportsBy returns an account's reports, the newest first.
func (r Reader) ReportsBy(ctx context.Context, site, account, before forum.ID, limit int) ([]forum.Report, error) {
	return many(ctx, r, "list reports of account", func(s scanner) (forum.Report, error) {
		var x forum.Report
		var created, resolved int64
		err := s.Scan(&x.SiteID, &x.ID, &x.CommentID, &x.AccountID, &x.Reason, &x.Words, &x.Network, &x.Counted, &created, &resolved, &x.Outcome)
		x.CreatedAt, x.ResolvedAt = instant(created), instant(resolved)
		return x, err
	}, sqlReportsBy, site, account, orMax(before), limit)
}
