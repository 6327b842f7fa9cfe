package store

import (
	"context"

	"parley/internal/forum"
)

// What a guest leaves to the account it signs in to. Stories come first, since a
// transaction that changes a discussion locks them first.
var (
	sqlTouchStoriesOf = statement(`update stories set revision = revision + 1 where site_id = $1 and story_id in (
		select story_id from comments where site_id = $1 and account_id = $2) returning ` + storyColumns)
	sqlMergeComments = statement(`update comments set account_id = $3,
		author_key = case when byline_kind = 'name' then $4 else author_key end
		where site_id = $1 and account_id = $2`)
	sqlMergePseudonyms = statement(`update pseudonyms set account_id = $3 where site_id = $1 and account_id = $2 and not exists (
		select 1 from pseudonyms p where p.site_id = pseudonyms.site_id and p.story_id = pseudonyms.story_id and p.account_id = $3)`)
	sqlMergeVotes   = statement(`update votes set account_id = $3 where site_id = $1 and account_id = $2`)
	sqlMergeReports = statement(`update reports set account_id = $3 where site_id = $1 and account_id = $2 and not exists (
		select 1 from reports r where r.site_id = reports.site_id and r.comment_id = reports.comment_id and r.account_id = $3)`)
	sqlMergeMutes = statement(`insert into account_mutes (site_id, account_id, author_key, created_at)
		select site_id, cast($3 as bigint), author_key, created_at from account_mutes where site_id = $1 and account_id = $2
		on conflict do nothing`)
	sqlDropMutes     = statement(`delete from account_mutes where site_id = $1 and account_id = $2`)
	sqlMergeNetworks = statement(`update account_networks set account_id = $3 where site_id = $1 and account_id = $2 and not exists (
		select 1 from account_networks n where n.site_id = account_networks.site_id and n.network = account_networks.network and n.account_id = $3)`)
	sqlMergeSanctions     = statement(`update sanctions set account_id = $3 where site_id = $1 and account_id = $2`)
	sqlMergeAppeals       = statement(`update appeals set account_id = $3 where site_id = $1 and account_id = $2`)
	sqlMergeNotes         = statement(`update author_notes set account_id = $3 where site_id = $1 and account_id = $2`)
	sqlMergeNotifications = statement(`update notifications set account_id = $3 where site_id = $1 and account_id = $2`)
)

// sqlVain are a guest's votes that cannot become the account's: on its own
// comments, on those the account has voted on, and the account's on the guest's.
var sqlVain = statement(`select v.comment_id, v.account_id from votes v
	join comments c on c.site_id = v.site_id and c.comment_id = v.comment_id
	where v.site_id = $1 and (v.account_id = $2 and (c.account_id = $3 or exists (
			select 1 from votes o where o.site_id = $1 and o.comment_id = v.comment_id and o.account_id = $3))
		or v.account_id = $3 and c.account_id = $2)
	order by v.comment_id`)

var sqlMergedInto = statement(`update accounts set merged_into = $3, accepted = 0, rejected = 0, reports_upheld = 0, reports_dismissed = 0
	where site_id = $1 and account_id = $2 and role = 'guest' and merged_into = 0`)

var sqlTakeCounts = statement(`update accounts set accepted = accepted + $3, rejected = rejected + $4,
	reports_upheld = reports_upheld + $5, reports_dismissed = reports_dismissed + $6 where site_id = $1 and account_id = $2`)

// Merge gives an account all that a guest has, wrote and judged, with what stands
// against it. The guest's row stays, so that its names stay taken, and says which
// account it became. Merging one that was merged is Conflict.
func (t *Tx) Merge(ctx context.Context, guest, account forum.Account) error {
	site := guest.SiteID
	touched, err := many(ctx, t.Reader, "touch stories", scanStory, sqlTouchStoriesOf, site, guest.ID)
	if err != nil {
		return err
	}
	for _, x := range touched {
		t.moved(forum.Move{SiteID: site, StoryID: x.ID, Revision: x.Revision, Comments: x.Comments, Listed: x.Listed})
	}
	now, err := t.LockAccount(ctx, site, guest.ID)
	if err != nil {
		return err
	}
	n, err := t.exec(ctx, "merge account", sqlMergedInto, site, guest.ID, account.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("account %s was merged or is no guest", guest.ID)
	}
	if _, err := t.exec(ctx, "take counts", sqlTakeCounts, site, account.ID, now.Accepted, now.Rejected, now.ReportsUpheld, now.ReportsDismissed); err != nil {
		return err
	}
	if err := t.mergeVotes(ctx, guest, account); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "merge comments", sqlMergeComments, site, guest.ID, account.ID, account.AuthorKey); err != nil {
		return err
	}
	for _, query := range []string{
		sqlMergePseudonyms, sqlMergeReports, sqlMergeMutes, sqlMergeNetworks, sqlMergeSanctions, sqlMergeAppeals,
		sqlMergeNotes, sqlMergeNotifications,
	} {
		if _, err := t.exec(ctx, "merge", query, site, guest.ID, account.ID); err != nil {
			return err
		}
	}
	if _, err := t.exec(ctx, "drop mutes", sqlDropMutes, site, guest.ID); err != nil {
		return err
	}
	_, err = t.EndSessions(ctx, site, guest.ID, 0)
	return err
}

// mergeVotes takes back the votes that would be somebody's second or on their own
// comment, and gives the account the others.
func (t *Tx) mergeVotes(ctx context.Context, guest, account forum.Account) error {
	type vain struct{ comment, account forum.ID }
	all, err := many(ctx, t.Reader, "find vain votes", func(s scanner) (vain, error) {
		var v vain
		err := s.Scan(&v.comment, &v.account)
		return v, err
	}, sqlVain, guest.SiteID, guest.ID, account.ID)
	if err != nil {
		return err
	}
	for _, v := range all {
		if _, err := t.SetVote(ctx, guest.SiteID, v.comment, v.account, forum.VoteNone); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, "merge votes", sqlMergeVotes, guest.SiteID, guest.ID, account.ID)
	return err
}

var sqlSeeRules = statement(`update accounts set rules_seen_at = $3 where site_id = $1 and account_id = $2 and rules_seen_at = 0`)

// SeeRules notes that an account was shown the site's rules.
func (t *Tx) SeeRules(ctx context.Context, site, account forum.ID) error {
	_, err := t.exec(ctx, "see rules", sqlSeeRules, site, account, micros(t.Now))
	return err
}

var sqlBecomeReader = statement(`update accounts set role = 'reader' where site_id = $1 and account_id = $2 and role = 'guest' and merged_into = 0`)

// BecomeReader makes a reader of a guest who has signed in.
func (t *Tx) BecomeReader(ctx context.Context, site, account forum.ID) error {
	n, err := t.exec(ctx, "become reader", sqlBecomeReader, site, account)
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("account %s is no guest", account)
	}
	return err
}
