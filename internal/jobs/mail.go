package jobs

import (
	"context"
	"strings"

	"parley/frontend/locale"
	"parley/frontend/mail"
	"parley/frontend/view"
	"parley/internal/desk"
	"parley/internal/forum"
)

// sendMail sends one message somebody asked for. Its address leaves the queue
// with it.
func sendMail(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	l, err := d.QueuedLetter(ctx, site, *j)
	if err != nil {
		return false, err
	}
	if err := post(ctx, d, site, l); err != nil {
		return false, err
	}
	j.Payload = "{}"
	return true, nil
}

// sendDigest sends an account what it was told and has not seen.
func sendDigest(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	l, err := d.Digest(ctx, site, *j)
	if forum.IsKind(err, forum.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return true, post(ctx, d, site, l)
}

// sendAlert mails an address of the desk all that waits for it.
func sendAlert(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	l, err := d.AlertLetter(ctx, site, *j)
	if forum.IsKind(err, forum.NotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if err := post(ctx, d, site, l); err != nil {
		return false, err
	}
	return true, d.Alerted(ctx, site, l)
}

// callWebhook tells a webhook one event.
func callWebhook(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	return true, d.Deliver(ctx, site, *j)
}

// post puts a letter into words and hands it to the relay.
func post(ctx context.Context, d *desk.Desk, site forum.Site, l desk.Letter) error {
	v := view.Letter{SiteName: site.Name, Locale: l.Locale, Base: l.Base, Template: l.Template, Data: l.Data, Stop: l.Stop}
	for _, t := range l.Told {
		v.Told = append(v.Told, view.Told{
			ID: t.ID, Kind: t.Kind, Verb: t.Verb, Headline: t.Headline, Who: t.Who, Excerpt: t.Excerpt,
			Reason: locale.Reason(l.Locale, site.Settings, t.Reason), Note: t.Note, URL: l.Base + t.Path, At: t.CreatedAt,
		})
	}
	for _, a := range l.Alerts {
		about := strings.Trim(verbWords(l.Locale, a.Verb)+": "+locale.Reason(l.Locale, site.Settings, a.Reason), ": ")
		v.Alerts = append(v.Alerts, view.AlertLine{Event: a.Event, About: about, URL: l.Base + a.Path, At: a.CreatedAt})
	}
	subject, text, html, err := mail.Words(ctx, v)
	if err != nil {
		return err
	}
	return d.Send(ctx, site, l, desk.Words{Subject: subject, Text: text, HTML: html})
}

// verbWords is what the catalogue calls a verb; nothing if it has no words for it.
func verbWords(loc string, v forum.Verb) string {
	if key := "verb." + string(v); locale.Has(key) {
		return locale.T(loc, key)
	}
	return ""
}
