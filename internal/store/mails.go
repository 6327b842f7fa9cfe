package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/forum"
)

var sqlMailWishes = statement(`select mail from accounts where site_id = $1 and account_id = $2`)

// MailWishes returns what an account wants to be sent.
func (r Reader) MailWishes(ctx context.Context, site, account forum.ID) (forum.MailWishes, error) {
	return one(ctx, r, "read mail wishes", func(s scanner) (forum.MailWishes, error) {
		var text string
		var w forum.MailWishes
		if err := s.Scan(&text); err != nil {
			return w, err
		}
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return w, fmt.Errorf("mail wishes of account %s: %w", account, err)
		}
		return w, nil
	}, sqlMailWishes, site, account)
}

var sqlSetMailWishes = statement(`update accounts set mail = $3 where site_id = $1 and account_id = $2`)

// SetMailWishes changes what an account wants to be sent.
func (t *Tx) SetMailWishes(ctx context.Context, site, account forum.ID, w forum.MailWishes) error {
	text, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("mail wishes: %w", err)
	}
	_, err = t.exec(ctx, "set mail wishes", sqlSetMailWishes, site, account, string(text))
	return err
}

var sqlAddMailSent = statement(`insert into mails_sent (site_id, address, mail_id, kind, created_at)
	values ($1, $2, $3, $4, $5) on conflict do nothing`)

// AddMailSent notes that a message went to an address, of which only a digest is
// kept.
func (t *Tx) AddMailSent(ctx context.Context, site forum.ID, address string, id forum.ID, kind string) error {
	_, err := t.exec(ctx, "note mail", sqlAddMailSent, site, address, id, kind, micros(t.Now))
	return err
}

var sqlMailsSince = statement(`select created_at from mails_sent
	where site_id = $1 and address = $2 and kind = $3 and created_at > $4 order by created_at desc limit $5`)

// MailsSince returns when messages of a kind went to an address after an instant,
// the newest first.
func (r Reader) MailsSince(ctx context.Context, site forum.ID, address, kind string, since time.Time, limit int) ([]time.Time, error) {
	return many(ctx, r, "list mails", func(s scanner) (time.Time, error) {
		at, err := scanOne[int64](s)
		return instant(at), err
	}, sqlMailsSince, site, address, kind, micros(since), limit)
}

var sqlDropMailsSent = statement(`delete from mails_sent where site_id = $1 and created_at < $2`)

// DropMailsSent forgets which messages went where before an instant.
func (t *Tx) DropMailsSent(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "drop mails", sqlDropMailsSent, site, micros(before))
}
