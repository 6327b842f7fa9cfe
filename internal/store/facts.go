package store

import (
	"context"
	"fmt"
	"time"

	"parley/internal/forum"
)

var (
	sqlSetPrint  = statement(`update comments set simhash = $3 where site_id = $1 and comment_id = $2`)
	sqlDropBands = statement(`delete from comment_bands where site_id = $1 and comment_id = $2`)
	sqlAddBands  = statement(`insert into comment_bands (site_id, band, comment_id, simhash)
		values ($1, $4, $2, $3), ($1, $5, $2, $3), ($1, $6, $2, $3), ($1, $7, $2, $3)`)
	sqlDropHosts = statement(`delete from comment_hosts where site_id = $1 and comment_id = $2`)
	sqlAddHost   = statement(`insert into comment_hosts (site_id, host, comment_id) values ($1, $2, $3) on conflict do nothing`)
)

// Prints are what a text is found by besides its words.
type Prints struct {
	Fingerprint int64    // zero: none
	Bands       [4]int64 // of the fingerprint; zero: nobody looks for it any more
	Hosts       []string
}

// SetPrints writes the prints of a comment's text in place of those before.
func (t *Tx) SetPrints(ctx context.Context, c forum.Comment, p Prints) error {
	if _, err := t.exec(ctx, "write fingerprint", sqlSetPrint, c.SiteID, c.ID, p.Fingerprint); err != nil {
		return err
	}
	if err := t.dropPrints(ctx, c.SiteID, c.ID); err != nil {
		return err
	}
	return t.AddPrints(ctx, c, p)
}

// AddPrints writes the bands and hosts of a new comment, whose fingerprint is in
// its row.
func (t *Tx) AddPrints(ctx context.Context, c forum.Comment, p Prints) error {
	if b := p.Bands; b != [4]int64{} {
		if err := t.later(ctx, "add bands", nil, sqlAddBands, c.SiteID, c.ID, p.Fingerprint, b[0], b[1], b[2], b[3]); err != nil {
			return err
		}
	}
	for _, host := range p.Hosts {
		if err := t.later(ctx, "add host", nil, sqlAddHost, c.SiteID, host, c.ID); err != nil {
			return err
		}
	}
	return nil
}

var sqlForgetBands = statement(`delete from comment_bands where site_id = $1 and comment_id in (
	select b.comment_id from comment_bands b where b.site_id = $1 and b.comment_id < $2 order by b.comment_id limit $3)`)

// ForgetBands removes bands of comments from before an instant, the oldest first:
// limit of them and what else their last comment has. It returns how many it
// removed.
func (t *Tx) ForgetBands(ctx context.Context, site forum.ID, before time.Time, limit int) (int64, error) {
	return t.exec(ctx, "forget bands", sqlForgetBands, site, forum.FirstID(before), limit)
}

func (t *Tx) dropPrints(ctx context.Context, site, comment forum.ID) error {
	if _, err := t.exec(ctx, "drop bands", sqlDropBands, site, comment); err != nil {
		return err
	}
	_, err := t.exec(ctx, "drop hosts", sqlDropHosts, site, comment)
	return err
}

// Copy is a comment that shares a band with a text.
type Copy struct {
	Comment     forum.ID
	Account     forum.ID
	Fingerprint int64
}

var sqlCopies = statement(`select distinct b.comment_id, c.account_id, b.simhash
	from (` + inBand(2) + ` union all ` + inBand(3) + ` union all ` + inBand(4) + ` union all ` + inBand(5) + `) b
	join comments c on c.site_id = $1 and c.comment_id = b.comment_id where b.comment_id <> $7`)

// inBand is the newest comments of one band. Asked for all bands at once, SQLite
// walks through every comment since the instant instead.
func inBand(param int) string {
	return fmt.Sprintf(`select x.comment_id, x.simhash from (select comment_id, simhash from comment_bands
		where site_id = $1 and band = $%d and comment_id >= $6 order by comment_id desc limit 250) x`, param)
}

// Copies returns the comments since an instant that share one of four bands with
// a text, but for one, in no order; at most the newest 250 of each band.
func (r Reader) Copies(ctx context.Context, site forum.ID, bands [4]int64, since time.Time, but forum.ID) ([]Copy, error) {
	return many(ctx, r, "find copies", func(s scanner) (Copy, error) {
		var c Copy
		err := s.Scan(&c.Comment, &c.Account, &c.Fingerprint)
		return c, err
	}, sqlCopies, site, bands[0], bands[1], bands[2], bands[3], forum.FirstID(since), but)
}

var sqlRecentOf = statement(`select count(*) filter (where state = 'published'), count(*) filter (where state = 'rejected'),
	count(*) filter (where reports > 0) from comments where site_id = $1 and account_id = $2 and comment_id >= $3`)

// Recent is what became of an author's comments.
type Recent struct{ Accepted, Rejected, Reported int }

// RecentOf returns what became of the comments an account wrote since an instant.
func (r Reader) RecentOf(ctx context.Context, site, account forum.ID, since time.Time) (Recent, error) {
	return one(ctx, r, "count recent comments", func(s scanner) (Recent, error) {
		var x Recent
		err := s.Scan(&x.Accepted, &x.Rejected, &x.Reported)
		return x, err
	}, sqlRecentOf, site, account, forum.FirstID(since))
}

var sqlHadLink = statement(`select exists (select 1 from comments c where c.site_id = $1 and c.account_id = $2 and c.state = 'published'
	and exists (select 1 from comment_hosts h where h.site_id = $1 and h.comment_id = c.comment_id))`)

// HadLink reports whether an account has a published comment with a link.
func (r Reader) HadLink(ctx context.Context, site, account forum.ID) (bool, error) {
	return one(ctx, r, "look for links", scanOne[bool], sqlHadLink, site, account)
}

var (
	sqlPaceOfStory = statement(`select count(*) from (select 1 from comments
		where site_id = $1 and story_id = $2 and visible and comment_id >= $3 and comment_id <> $4 limit 1000) x`)
	sqlPaceOfAuthor = statement(`select count(*) from (select 1 from comments
		where site_id = $1 and account_id = $2 and story_id = $3 and comment_id >= $4 and comment_id <> $5 limit 1000) x`)
)

// PaceOfStory returns how many comments, but for one, a story got since an
// instant; at most 1,000.
func (r Reader) PaceOfStory(ctx context.Context, site, story forum.ID, since time.Time, but forum.ID) (int, error) {
	return one(ctx, r, "count comments of story", scanOne[int], sqlPaceOfStory, site, story, forum.FirstID(since), but)
}

// PaceOfAuthor returns how many comments, but for one, an account wrote under a
// story since an instant; at most 1,000.
func (r Reader) PaceOfAuthor(ctx context.Context, site, account, story forum.ID, since time.Time, but forum.ID) (int, error) {
	return one(ctx, r, "count comments of author in story", scanOne[int], sqlPaceOfAuthor, site, account, story, forum.FirstID(since), but)
}

var sqlReporters = statement(`select a.reports_upheld, a.reports_dismissed from reports r
	join accounts a on a.site_id = r.site_id and a.account_id = r.account_id
	where r.site_id = $1 and r.comment_id = $2 and r.resolved_at = 0 and r.counted and r.reason <> 'disagree'`)

// Reporters returns the records of those whose open reports on a comment count:
// how many of their reports were upheld and dismissed.
func (r Reader) Reporters(ctx context.Context, site, comment forum.ID) ([]forum.Account, error) {
	return many(ctx, r, "read reporters", func(s scanner) (forum.Account, error) {
		var a forum.Account
		err := s.Scan(&a.ReportsUpheld, &a.ReportsDismissed)
		return a, err
	}, sqlReporters, site, comment)
}
