package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/webhook"
)

const (
	failingFor   = 3 * 24 * time.Hour // after which an endpoint is turned off
	firstRetry   = 5 * time.Second
	longestRetry = time.Hour
	oldSecretFor = 24 * time.Hour
	alertGap     = 10 * time.Minute // between two messages to one address
	answerKept   = 500              // bytes of an answer kept for the list
)

// Deliver tells a webhook one event. When it does not get through, it comes back
// with the instant of the next try; nothing else is sent to the endpoint before,
// so that one that is down holds nobody up.
func (d *Desk) Deliver(ctx context.Context, site forum.Site, j forum.Job) error {
	var p webhookJob
	if err := json.Unmarshal([]byte(j.Payload), &p); err != nil {
		return fmt.Errorf("webhook job %s: %w: %w", j.ID, err, ErrGiveUp)
	}
	x, err := d.store.Delivery(ctx, site.ID, p.Delivery)
	if forum.IsKind(err, forum.NotFound) || err == nil && !x.DoneAt.IsZero() {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := d.store.Endpoint(ctx, site.ID, x.EndpointID)
	if err != nil || !e.DisabledAt.IsZero() {
		return err
	}
	if d.Now().Before(e.RetryAt) {
		return &LaterError{At: spread(e.RetryAt, x.ID), Cause: errors.New("the receiver does not answer")}
	}
	x.Status, x.Answer = d.call(ctx, e, x)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return d.delivered(ctx, site, e.ID, x)
}

// call sends a delivery and returns the status of the answer and its beginning,
// or zero and what went wrong.
func (d *Desk) call(ctx context.Context, e forum.Endpoint, x forum.Delivery) (int, string) {
	if d.out.Web == nil {
		return 0, "no way out is configured"
	}
	secrets := []string{e.Secret}
	if e.OldSecret != "" && d.Now().Before(e.RotatedAt.Add(oldSecretFor)) {
		secrets = append(secrets, e.OldSecret)
	}
	key, err := webhook.NewKey(secrets...)
	if err != nil {
		return 0, "the endpoint has no secret"
	}
	body := []byte(x.Body)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.Target, bytes.NewReader(body))
	if err != nil {
		return 0, "the URL cannot be called"
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Parley")
	key.Sign(r.Header, x.ID.String(), d.Now(), body)
	answer, err := d.out.Web.Client().Do(r)
	if err != nil {
		return 0, failure(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, failure(err)
	}
	return answer.StatusCode, printable(text)
}

// failure says in a few words why a call had no answer.
func failure(err error) string {
	switch {
	case errors.Is(err, egress.ErrRefused):
		return "the address may not be called"
	case errors.Is(err, egress.ErrTooLarge):
		return "the answer was too large"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	// The URL is in the list already, and may hold a key.
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err
	}
	return printable([]byte(err.Error()))
}

// printable is the beginning of an answer as text for the list.
func printable(b []byte) string {
	text := strings.ToValidUTF8(string(b[:min(len(b), answerKept)]), "")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
}

// delivered notes what became of a delivery and how its endpoint stands.
func (d *Desk) delivered(ctx context.Context, site forum.Site, endpoint forum.ID, x forum.Delivery) error {
	var later error
	err := d.write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		e, err := tx.LockEndpoint(ctx, site.ID, endpoint)
		if err != nil {
			return err
		}
		x.Tries++
		arrived := x.Status >= 200 && x.Status < 300
		if arrived {
			x.DoneAt = tx.Now
			e.FailingAt, e.Failures, e.RetryAt, e.ToldAt = time.Time{}, 0, time.Time{}, tx.Now
		} else if later = fail(&e, x, tx.Now); !e.DisabledAt.IsZero() {
			if err := d.gaveUp(ctx, tx, site, e); err != nil {
				return err
			}
		}
		if err := tx.SetDelivery(ctx, x); err != nil {
			return err
		}
		return tx.SetEndpoint(ctx, e)
	})
	if err != nil {
		return err
	}
	return later
}

// fail notes on an endpoint that it did not take a delivery, and returns when to
// try again. One that is gone, or was away for three days, is turned off.
func fail(e *forum.Endpoint, x forum.Delivery, now time.Time) error {
	if e.FailingAt.IsZero() {
		e.FailingAt = now
	}
	e.Failures++
	if x.Status == http.StatusGone || now.Sub(e.FailingAt) >= failingFor {
		e.DisabledAt = now
		return nil
	}
	wait := min(firstRetry<<min(e.Failures-1, 12), longestRetry)
	e.RetryAt = now.Add(wait)
	if x.Status == 0 {
		return &LaterError{At: spread(e.RetryAt, x.ID), Cause: errors.New(x.Answer)}
	}
	return &LaterError{At: spread(e.RetryAt, x.ID), Cause: fmt.Errorf("answer %d", x.Status)}
}

// spread moves an instant back by up to ten seconds, each delivery by its own
// amount, so that all that waits for a receiver does not meet it at once.
func spread(at time.Time, id forum.ID) time.Time {
	return at.Add(time.Duration(uint64(id)*2654435761%10_000) * time.Millisecond)
}

// gaveUp tells the admins that an endpoint was turned off. What it was not told
// stays in its list.
func (d *Desk) gaveUp(ctx context.Context, tx *store.Tx, site forum.Site, e forum.Endpoint) error {
	admins, err := tx.Admins(ctx, site.ID)
	if err != nil {
		return err
	}
	for _, a := range admins {
		err := d.notify(ctx, tx, forum.Actor{}, forum.Notification{SiteID: site.ID, AccountID: a.ID, Kind: forum.ToldAlerts})
		if err != nil {
			return err
		}
	}
	return d.logEndpoint(ctx, tx, forum.Actor{}, e, "endpoint.change", "off")
}

// Alert is one event in a message to the desk.
type Alert struct {
	forum.Delivery
	Verb   forum.Verb
	Reason string
	Path   string // where to look, below the site's URL
}

// maxAlerts is how many events one message lists.
const maxAlerts = 50

// AlertLetter returns the letter that tells an address of a JobAlert all that
// waits for it. It is NotFound when nothing does.
func (d *Desk) AlertLetter(ctx context.Context, site forum.Site, j forum.Job) (Letter, error) {
	var p alertJob
	if err := json.Unmarshal([]byte(j.Payload), &p); err != nil {
		return Letter{}, fmt.Errorf("alert job %s: %w: %w", j.ID, err, ErrGiveUp)
	}
	e, err := d.store.Endpoint(ctx, site.ID, p.Endpoint)
	if err != nil {
		return Letter{}, err
	}
	open, err := d.store.OpenDeliveries(ctx, site.ID, e.ID, maxAlerts)
	if err != nil {
		return Letter{}, err
	}
	if len(open) == 0 || !e.DisabledAt.IsZero() {
		return Letter{}, forum.Fail(forum.NotFound, "error.notFound").Because("nothing to tell")
	}
	if next := e.ToldAt.Add(alertGap); d.Now().Before(next) {
		return Letter{}, &LaterError{At: next, Cause: errors.New("the last message was a moment ago")}
	}
	l := Letter{Template: "alert", Locale: site.Settings.Locale, to: e.Target, id: "a" + j.ID.String(), kind: "alert"}
	for _, x := range open {
		l.Alerts = append(l.Alerts, alertOf(x))
	}
	l.Base, err = d.siteURL(ctx, site)
	return l, err
}

// alertOf reads from the body of an event what a person wants to know of it.
func alertOf(x forum.Delivery) Alert {
	a := Alert{Delivery: x, Path: "/desk/" + map[forum.Event]string{
		forum.EventHeld: "held", forum.EventReported: "reported", forum.EventAppeal: "appeals", forum.EventLogHead: "log",
	}[x.Event]}
	var body struct {
		Data struct {
			Verb    forum.Verb `json:"verb"`
			Reason  string     `json:"reason"`
			Comment forum.ID   `json:"comment"`
		} `json:"data"`
	}
	// A body of another shape says less, and is still told of.
	if json.Unmarshal([]byte(x.Body), &body) == nil {
		a.Verb, a.Reason = body.Data.Verb, body.Data.Reason
	}
	return a
}

// Alerted notes that a message to the desk was sent.
func (d *Desk) Alerted(ctx context.Context, site forum.Site, l Letter) error {
	if len(l.Alerts) == 0 {
		return nil
	}
	return d.write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		e, err := tx.LockEndpoint(ctx, site.ID, l.Alerts[0].EndpointID)
		if err != nil {
			return err
		}
		for _, a := range l.Alerts {
			x := a.Delivery
			x.Tries, x.DoneAt, x.Answer = x.Tries+1, tx.Now, ""
			if err := tx.SetDelivery(ctx, x); err != nil {
				return err
			}
		}
		e.ToldAt, e.FailingAt, e.Failures = tx.Now, time.Time{}, 0
		return tx.SetEndpoint(ctx, e)
	})
}
