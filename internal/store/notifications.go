package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const notificationColumns = `site_id, notification_id, account_id, kind, story_id, comment_id, other_id, decision_id, created_at, seen_at, mailed_at`

func scanNotification(s scanner) (forum.Notification, error) {
	var n forum.Notification
	var created, seen, mailed int64
	err := s.Scan(&n.SiteID, &n.ID, &n.AccountID, &n.Kind, &n.StoryID, &n.CommentID, &n.OtherID, &n.DecisionID, &created, &seen, &mailed)
	n.CreatedAt, n.SeenAt, n.MailedAt = instant(created), instant(seen), instant(mailed)
	return n, err
}

var sqlAddNotification = statement(`insert into notifications (site_id, notification_id, account_id, kind, story_id, comment_id,
	other_id, decision_id, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// AddNotification tells an account something.
func (t *Tx) AddNotification(ctx context.Context, n forum.Notification) error {
	return t.later(ctx, "add notification", nil, sqlAddNotification, n.SiteID, n.ID, n.AccountID, string(n.Kind), n.StoryID, n.CommentID,
		n.OtherID, n.DecisionID, micros(t.Now))
}

var sqlNotifications = statement(`select ` + notificationColumns + ` from notifications
	where site_id = $1 and account_id = $2 and notification_id < $3 order by notification_id desc limit $4`)

// Notifications returns what an account was told, the newest first.
func (r Reader) Notifications(ctx context.Context, site, account, before forum.ID, limit int) ([]forum.Notification, error) {
	return many(ctx, r, "list notifications", scanNotification, sqlNotifications, site, account, orMax(before), limit)
}

var sqlUnseen = statement(`select count(*) from (select 1 from notifications
	where site_id = $1 and account_id = $2 and seen_at = 0 limit $3) as unseen`)

// Unseen returns how much an account was told and has not looked at; it stops
// counting at most.
func (r Reader) Unseen(ctx context.Context, site, account forum.ID, most int) (int, error) {
	return one(ctx, r, "count unseen", scanOne[int], sqlUnseen, site, account, most)
}

var (
	sqlSee    = statement(`update notifications set seen_at = $4 where site_id = $1 and account_id = $2 and notification_id = $3 and seen_at = 0`)
	sqlSeeAll = statement(`update notifications set seen_at = $4 where site_id = $1 and account_id = $2 and notification_id <= $3 and seen_at = 0`)
)

// See marks one notification of an account as looked at.
func (t *Tx) See(ctx context.Context, site, account, id forum.ID) error {
	_, err := t.exec(ctx, "see notification", sqlSee, site, account, id, micros(t.Now))
	return err
}

// SeeAll marks an account's notifications up to one as looked at.
func (t *Tx) SeeAll(ctx context.Context, site, account, upTo forum.ID) error {
	_, err := t.exec(ctx, "see notifications", sqlSeeAll, site, account, upTo, micros(t.Now))
	return err
}

var sqlUnmailed = statement(`select ` + notificationColumns + ` from notifications
	where site_id = $1 and account_id = $2 and seen_at = 0 and mailed_at = 0 and created_at > $3
	order by notification_id limit $4`)

// Unmailed returns what an account was told since an instant, has not looked at
// and was not sent, the oldest first.
func (r Reader) Unmailed(ctx context.Context, site, account forum.ID, since time.Time, limit int) ([]forum.Notification, error) {
	return many(ctx, r, "list unmailed", scanNotification, sqlUnmailed, site, account, micros(since), limit)
}

var sqlMailed = statement(`update notifications set mailed_at = $3
	where site_id = $1 and account_id = $2 and mailed_at = 0 and notification_id in (` + placeholders(4, idChunk) + `)`)

// Mailed marks notifications of an account as sent.
func (t *Tx) Mailed(ctx context.Context, site, account forum.ID, ids []forum.ID) error {
	return chunked(ids, 0, func(args []any) error {
		_, err := t.exec(ctx, "mark mailed", sqlMailed, append([]any{site, account, micros(t.Now)}, args...)...)
		return err
	})
}

var sqlToldOf = statement(`select exists (select 1 from notifications
	where site_id = $1 and account_id = $2 and kind = $3 and other_id = $4)`)

// ToldOf reports whether an account was told of a reply before.
func (r Reader) ToldOf(ctx context.Context, site, account, reply forum.ID) (bool, error) {
	return one(ctx, r, "look for notification", scanOne[bool], sqlToldOf, site, account, string(forum.ToldReply), reply)
}

var sqlMuted = statement(`select exists (select 1 from account_mutes
	where site_id = $1 and account_id = $2 and author_key = $3)`)

// Muted reports whether an account has muted an author.
func (r Reader) Muted(ctx context.Context, site, account forum.ID, author string) (bool, error) {
	return one(ctx, r, "look for mute", scanOne[bool], sqlMuted, site, account, author)
}

var sqlMute = statement(`insert into account_mutes (site_id, account_id, author_key, created_at) values ($1, $2, $3, $4) on conflict do nothing`)

// Mute makes an account hear no more of an author.
func (t *Tx) Mute(ctx context.Context, site, account forum.ID, author string) error {
	_, err := t.exec(ctx, "mute author", sqlMute, site, account, author, micros(t.Now))
	return err
}
