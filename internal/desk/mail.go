package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
)

// The kinds of job that send mail.
const (
	JobMail   forum.JobKind = "mail"   // one message somebody asked for
	JobDigest forum.JobKind = "digest" // what an account was told and has not seen
)

// mailJob is the payload of JobMail. It is emptied once the message was sent, so
// that no address stays in the queue.
type mailJob struct {
	To       string            `json:"to"`
	Template string            `json:"template"`
	Locale   string            `json:"locale"`
	Data     map[string]string `json:"data,omitempty"`
}

// digestJob is the payload of JobDigest.
type digestJob struct {
	Account forum.ID     `json:"account"`
	Rhythm  forum.Rhythm `json:"rhythm"`
}

// Letter is mail that has no words yet: which template says it, in which
// language, and about what.
type Letter struct {
	Template string
	Locale   string
	// Data fills the placeholders of the template's words. Two of its names are
	// not for words: "url" is where the button leads, a path of this site, and
	// "code" is shown apart, large.
	Data   map[string]string
	Told   []Told  // of a digest
	Alerts []Alert // of mail to the desk
	Base   string  // URL of the site, before every path
	Stop   string  // URL that ends this sort of mail; empty: it was asked for

	to, id  string
	kind    string // what counts against a limit of its own
	account forum.ID
}

// Words is a letter in words.
type Words struct{ Subject, Text, HTML string }

// Mails reports whether this installation sends mail.
func (d *Desk) Mails() bool { return d.out.Mail != nil }

// mailTo leaves a message to be sent once the transaction has committed; due zero
// means at once. The words are those of the template in the catalogue:
// "mail.{template}.subject", ".text" and, if data has a "url", ".button".
func (d *Desk) mailTo(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, to, template, locale string, data map[string]string, due time.Time) error {
	if d.out.Mail == nil {
		return forum.Fail(forum.Unavailable, "error.noMail").Because("no relay is configured")
	}
	if locale == "" {
		locale = site.Settings.Locale
	}
	_, err := d.enqueue(ctx, tx, site.ID, actor, JobMail, due, mailJob{To: to, Template: template, Locale: locale, Data: data})
	return err
}

// QueuedLetter returns the letter of a JobMail.
func (d *Desk) QueuedLetter(ctx context.Context, site forum.Site, j forum.Job) (Letter, error) {
	var p mailJob
	if err := json.Unmarshal([]byte(j.Payload), &p); err != nil || p.To == "" {
		return Letter{}, fmt.Errorf("mail job %s: no letter: %w", j.ID, ErrGiveUp)
	}
	base, err := d.siteURL(ctx, site)
	return Letter{Template: p.Template, Locale: p.Locale, Data: p.Data, Base: base, to: p.To, id: "m" + j.ID.String(), kind: "asked"}, err
}

// siteURL returns the URL of a site, without a slash at its end.
func (d *Desk) siteURL(ctx context.Context, site forum.Site) (string, error) {
	sites, err := d.store.Sites(ctx)
	if err != nil {
		return "", err
	}
	if len(sites) > 0 && sites[0].ID == site.ID {
		return d.out.BaseURL, nil
	}
	return d.out.BaseURL + "/at/" + site.Slug, nil
}

// unmailedFor is how long what was told may wait for mail. Older news is in the
// reader's list.
const unmailedFor = 7 * 24 * time.Hour

// maxTold is how much one digest tells.
const maxTold = 50

// Digest returns the letter that tells an account what it wants to know in the
// rhythm of a JobDigest. It is NotFound when there is nothing to tell.
func (d *Desk) Digest(ctx context.Context, site forum.Site, j forum.Job) (Letter, error) {
	var p digestJob
	if err := json.Unmarshal([]byte(j.Payload), &p); err != nil {
		return Letter{}, fmt.Errorf("digest job %s: %w: %w", j.ID, err, ErrGiveUp)
	}
	nothing := forum.Fail(forum.NotFound, "error.notFound").Because("nothing to tell")
	address, err := d.store.Email(ctx, site.ID, p.Account)
	if err != nil {
		return Letter{}, err
	}
	wishes, err := d.store.MailWishes(ctx, site.ID, p.Account)
	if err != nil {
		return Letter{}, err
	}
	told, err := d.tellable(ctx, site, p, wishes)
	if err != nil {
		return Letter{}, err
	}
	if address == "" || len(told) == 0 {
		return Letter{}, nothing
	}
	if err := d.underLimit(ctx, site, address); err != nil {
		return Letter{}, err
	}
	l := Letter{
		Template: "told", Locale: wishes.Locale, Told: told, to: address, id: "d" + j.ID.String(), kind: limitedMail, account: p.Account,
	}
	if l.Locale == "" {
		l.Locale = site.Settings.Locale
	}
	if l.Base, err = d.siteURL(ctx, site); err != nil {
		return l, err
	}
	l.Stop, err = d.stopURL(ctx, site, l)
	return l, err
}

// tellable returns what a digest of a rhythm tells: what was not seen, not sent,
// is not by a muted author and is still there.
func (d *Desk) tellable(ctx context.Context, site forum.Site, p digestJob, wishes forum.MailWishes) ([]Told, error) {
	list, err := d.store.Unmailed(ctx, site.ID, p.Account, d.Now().Add(-unmailedFor), 2*maxTold)
	if err != nil {
		return nil, err
	}
	all, err := d.told(ctx, site, list)
	if err != nil {
		return nil, err
	}
	var out []Told
	for _, t := range all {
		wanted := wishes.Rhythm(t.Kind.Sort()) == p.Rhythm && !t.Silent && len(out) < maxTold
		if wanted && t.Kind == forum.ToldReply {
			muted, err := d.store.Muted(ctx, site.ID, p.Account, t.author)
			if err != nil {
				return nil, err
			}
			wanted = !muted
		}
		if wanted {
			out = append(out, t)
		}
	}
	return out, nil
}

// limitedMail counts against forum.MaxMailADay.
const limitedMail = "told"

// underLimit says when an address may be sent mail again that it did not ask for
// this minute, if it may not be now.
func (d *Desk) underLimit(ctx context.Context, site forum.Site, address string) error {
	const day = 24 * time.Hour
	sent, err := d.store.MailsSince(ctx, site.ID, addressKey(address), limitedMail, d.Now().Add(-day), forum.MaxMailADay)
	if err != nil || len(sent) < forum.MaxMailADay {
		return err
	}
	return &LaterError{At: sent[len(sent)-1].Add(day), Cause: errors.New("the day's limit of mail to one address")}
}

// addressKey is what is kept of an address that mail went to.
func addressKey(address string) string { return digest("mail", mail.Key(address)) }

// stopURL returns the link that ends mail of a letter's sort. An account gets the
// secret of its links with its first letter.
func (d *Desk) stopURL(ctx context.Context, site forum.Site, l Letter) (string, error) {
	var wishes forum.MailWishes
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if wishes, err = tx.MailWishes(ctx, site.ID, l.account); err != nil || wishes.Stop != "" {
			return err
		}
		wishes.Stop = secret()
		return tx.SetMailWishes(ctx, site.ID, l.account, wishes)
	})
	sort := l.Told[0].Kind.Sort()
	for _, t := range l.Told {
		if t.Kind.Sort() != sort {
			sort = forum.MailAll
		}
	}
	return l.Base + "/mail/stop/" + string(sort) + "/" + l.account.String() + "/" + wishes.Stop, err
}

// How long is remembered what went out: addresses for the day's limit, deliveries
// for the list of their endpoint, and work that is done for whoever asks after it.
const (
	sentKept     = 48 * time.Hour
	deliveryKept = 60 * 24 * time.Hour
	workKept     = 30 * 24 * time.Hour
)

// dropSent forgets what went out long ago.
func dropSent(ctx context.Context, tx *store.Tx, site forum.ID) error {
	if _, err := tx.DropMailsSent(ctx, site, tx.Now.Add(-sentKept)); err != nil {
		return err
	}
	if _, err := tx.DropOldDeliveries(ctx, site, tx.Now.Add(-deliveryKept)); err != nil {
		return err
	}
	_, err := tx.DropJobs(ctx, site, tx.Now.Add(-workKept))
	return err
}

// Send hands a letter in words to the relay and notes that it was sent.
func (d *Desk) Send(ctx context.Context, site forum.Site, l Letter, w Words) error {
	if d.out.Mail == nil {
		return fmt.Errorf("mail: no relay is configured: %w", ErrGiveUp)
	}
	err := d.out.Mail.Send(ctx, mail.Message{
		To: l.to, FromName: site.Name, Subject: w.Subject, Text: w.Text, HTML: w.HTML, Unsubscribe: l.Stop, ID: l.id, At: d.Now(),
	})
	if mail.Permanent(err) {
		return fmt.Errorf("%w: %w", err, ErrGiveUp)
	}
	if err != nil {
		return err
	}
	return d.write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddMailSent(ctx, site.ID, addressKey(l.to), d.mint(), l.kind); err != nil {
			return err
		}
		ids := make([]forum.ID, len(l.Told))
		for i, t := range l.Told {
			ids[i] = t.ID
		}
		return tx.Mailed(ctx, site.ID, l.account, ids)
	})
}
