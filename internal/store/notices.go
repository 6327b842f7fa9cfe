package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const noticeColumns = `site_id, notice_id, receipt, comment_id, url, kind, explanation, law, name, email, good_faith, locale, network,
	created_at, decided_by, decided_at, decision_id, outcome, answer`

func scanNotice(s scanner) (forum.Notice, error) {
	var n forum.Notice
	var created, decided int64
	err := s.Scan(&n.SiteID, &n.ID, &n.Receipt, &n.CommentID, &n.URL, &n.Kind, &n.Explanation, &n.Law, &n.Name, &n.Email, &n.GoodFaith,
		&n.Locale, &n.Network, &created, &n.DecidedBy, &decided, &n.DecisionID, &n.Outcome, &n.Answer)
	n.CreatedAt, n.DecidedAt = instant(created), instant(decided)
	return n, err
}

var sqlAddNotice = statement(`insert into notices (site_id, notice_id, receipt, comment_id, url, kind, explanation, law, name, email,
	good_faith, locale, network, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
	on conflict (site_id, receipt) do nothing`)

// AddNotice adds a notice. It returns false if one with the same receipt is there
// already: the same request came twice.
func (t *Tx) AddNotice(ctx context.Context, n forum.Notice) (bool, error) {
	rows, err := t.exec(ctx, "add notice", sqlAddNotice, n.SiteID, n.ID, n.Receipt, n.CommentID, n.URL, string(n.Kind), n.Explanation, n.Law,
		n.Name, n.Email, n.GoodFaith, n.Locale, n.Network, micros(t.Now))
	t.movedDesk(n.SiteID)
	return rows > 0, err
}

var (
	sqlNotice          = statement(`select ` + noticeColumns + ` from notices where site_id = $1 and notice_id = $2`)
	sqlNoticeByReceipt = statement(`select ` + noticeColumns + ` from notices where site_id = $1 and receipt = $2`)
)

// Notice returns a notice.
func (r Reader) Notice(ctx context.Context, site, id forum.ID) (forum.Notice, error) {
	return one(ctx, r, "read notice", scanNotice, sqlNotice, site, id)
}

// NoticeByReceipt returns the notice that the digest of a receipt names.
func (r Reader) NoticeByReceipt(ctx context.Context, site forum.ID, receipt string) (forum.Notice, error) {
	return one(ctx, r, "find notice", scanNotice, sqlNoticeByReceipt, site, receipt)
}

var (
	sqlOpenNotices = statement(`select ` + noticeColumns + ` from notices
		where site_id = $1 and decided_at = 0 and notice_id > $2 order by notice_id limit $3`)
	sqlAllNotices = statement(`select ` + noticeColumns + ` from notices
		where site_id = $1 and notice_id < $2 order by notice_id desc limit $3`)
)

// OpenNotices returns the notices that wait, the oldest first.
func (r Reader) OpenNotices(ctx context.Context, site, after forum.ID, limit int) ([]forum.Notice, error) {
	return many(ctx, r, "list open notices", scanNotice, sqlOpenNotices, site, after, limit)
}

// Notices returns all notices, the newest first.
func (r Reader) Notices(ctx context.Context, site, before forum.ID, limit int) ([]forum.Notice, error) {
	return many(ctx, r, "list notices", scanNotice, sqlAllNotices, site, orMax(before), limit)
}

var sqlNoticesFrom = statement(`select count(*) from notices
	where site_id = $1 and network = $2 and network <> '' and created_at > $3`)

// NoticesFrom returns how many notices came from a network after an instant.
func (r Reader) NoticesFrom(ctx context.Context, site forum.ID, network string, since time.Time) (int, error) {
	return one(ctx, r, "count notices", scanOne[int], sqlNoticesFrom, site, network, micros(since))
}

var sqlAnswerNotice = statement(`update notices set decided_by = $3, decided_at = $4, outcome = $5, answer = $6
	where site_id = $1 and notice_id = $2 and decided_at = 0`)

// AnswerNotice writes what became of a notice. One that was answered meanwhile is
// Conflict.
func (t *Tx) AnswerNotice(ctx context.Context, n forum.Notice) error {
	t.movedDesk(n.SiteID)
	rows, err := t.exec(ctx, "answer notice", sqlAnswerNotice, n.SiteID, n.ID, n.DecidedBy, micros(t.Now), string(n.Outcome), n.Answer)
	if err == nil && rows == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("notice %s is answered", n.ID)
	}
	return err
}

var sqlNoticeDecision = statement(`update notices set decision_id = $3 where site_id = $1 and notice_id = $2`)

// SetNoticeDecision writes which decision a notice led to.
func (t *Tx) SetNoticeDecision(ctx context.Context, site, notice, decision forum.ID) error {
	_, err := t.exec(ctx, "set decision of notice", sqlNoticeDecision, site, notice, decision)
	return err
}

var (
	sqlForgetNetworks  = statement(`update notices set network = '' where site_id = $1 and created_at < $2 and network <> ''`)
	sqlForgetNotifiers = statement(`update notices set name = '', email = ''
		where site_id = $1 and decided_at > 0 and decided_at < $2 and (name <> '' or email <> '')`)
)

// ForgetNotifiers forgets the networks of notices filed before an instant, and
// who filed those that were answered before another.
func (t *Tx) ForgetNotifiers(ctx context.Context, site forum.ID, filed, answered time.Time) error {
	if _, err := t.exec(ctx, "forget networks of notices", sqlForgetNetworks, site, micros(filed)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "forget notifiers", sqlForgetNotifiers, site, micros(answered))
	return err
}
