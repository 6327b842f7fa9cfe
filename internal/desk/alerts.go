package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
	"parley/internal/webhook"
)

// The kinds of job that alert the outside.
const (
	JobWebhook forum.JobKind = "webhook" // tell one endpoint one event
	JobAlert   forum.JobKind = "alert"   // mail one endpoint all that waits for it
)

// webhookJob is the payload of JobWebhook.
type webhookJob struct {
	Delivery forum.ID `json:"delivery"`
}

// alertJob is the payload of JobAlert.
type alertJob struct {
	Endpoint forum.ID `json:"endpoint"`
}

// envelope is the body of every event, after the Standard Webhooks
// specification.
type envelope struct {
	Type      forum.Event `json:"type"`
	Timestamp string      `json:"timestamp"`
	Data      any         `json:"data"`
}

// alert tells every endpoint that wants to know of an event, in the transaction
// that is the reason for it. Nothing leaves before the commit. The data names
// things by id and tells nothing personal.
func (d *Desk) alert(ctx context.Context, tx *store.Tx, site forum.ID, event forum.Event, data any) error {
	all, err := tx.Endpoints(ctx, site)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Wants(event) {
			if err := d.deliver(ctx, tx, e, event, data); err != nil {
				return err
			}
		}
	}
	return nil
}

// lockWanting locks and returns the endpoints that want to know of an event. It is
// for what can be told only once it is in the log: a delivery holds its endpoint,
// and who changes or removes one holds the endpoint before the end of the log, so
// everybody takes the endpoints first and the log last.
func (d *Desk) lockWanting(ctx context.Context, tx *store.Tx, site forum.ID, event forum.Event) ([]forum.Endpoint, error) {
	all, err := tx.Endpoints(ctx, site)
	if err != nil {
		return nil, err
	}
	var out []forum.Endpoint
	for _, e := range all {
		if !e.Wants(event) {
			continue
		}
		e, err := tx.LockEndpoint(ctx, site, e.ID)
		if forum.IsKind(err, forum.NotFound) {
			continue // removed at this moment
		}
		if err != nil {
			return nil, err
		}
		if e.Wants(event) {
			out = append(out, e)
		}
	}
	return out, nil
}

// deliver leaves an event to be told to one endpoint.
func (d *Desk) deliver(ctx context.Context, tx *store.Tx, e forum.Endpoint, event forum.Event, data any) error {
	body, err := json.Marshal(envelope{event, tx.Now.UTC().Format(time.RFC3339Nano), data})
	if err != nil {
		return fmt.Errorf("event %s: %w", event, err)
	}
	x := forum.Delivery{SiteID: e.SiteID, ID: d.mint(), EndpointID: e.ID, Event: event, Body: string(body)}
	if err := tx.AddDelivery(ctx, x); err != nil {
		return err
	}
	return d.send(ctx, tx, e, x.ID)
}

// send leaves the job that sends a delivery.
func (d *Desk) send(ctx context.Context, tx *store.Tx, e forum.Endpoint, delivery forum.ID) error {
	if e.Kind == forum.ToEmail {
		_, err := d.enqueue(ctx, tx, e.SiteID, forum.Actor{}, JobAlert, time.Time{}, alertJob{e.ID})
		return err
	}
	_, err := d.enqueue(ctx, tx, e.SiteID, forum.Actor{}, JobWebhook, time.Time{}, webhookJob{delivery})
	return err
}

// decisionEvent is what alerts say of a decision.
type decisionEvent struct {
	Decision  forum.ID    `json:"decision"`
	Verb      forum.Verb  `json:"verb"`
	Reason    string      `json:"reason,omitempty"`
	Automated bool        `json:"automated"`
	Rule      forum.ID    `json:"rule,omitzero"`
	Comment   forum.ID    `json:"comment,omitzero"`
	Story     forum.ID    `json:"story,omitzero"`
	From      forum.State `json:"from,omitempty"`
	To        forum.State `json:"to,omitempty"`
}

// reportEvent is what alerts say of a report. Who made it, and in which words, is
// for the desk alone.
type reportEvent struct {
	Comment forum.ID     `json:"comment"`
	Story   forum.ID     `json:"story"`
	Reason  forum.Reason `json:"reason"`
}

// alertReport tells endpoints of a report that the desk has to look at; that
// somebody disagrees is none.
func (d *Desk) alertReport(ctx context.Context, tx *store.Tx, c forum.Comment, reason forum.Reason) error {
	if reason == forum.ReasonDisagree {
		return nil
	}
	return d.alert(ctx, tx, c.SiteID, forum.EventReported, reportEvent{Comment: c.ID, Story: c.StoryID, Reason: reason})
}

// alertDecision tells endpoints of a decision. That a comment waits for review is
// an event of its own.
func (d *Desk) alertDecision(ctx context.Context, tx *store.Tx, x forum.Decision) error {
	event := forum.EventDecision
	if x.Verb == forum.Hold {
		event = forum.EventHeld
	}
	return d.alert(ctx, tx, x.SiteID, event, decisionEvent{
		Decision: x.ID, Verb: x.Verb, Reason: x.Reason, Automated: x.Automated, Rule: x.RuleID, Comment: x.CommentID,
		Story: x.StoryID, From: x.From, To: x.To,
	})
}

// Endpoints returns where a site sends alerts.
func (d *Desk) Endpoints(ctx context.Context, site forum.Site, actor forum.Actor) ([]forum.Endpoint, error) {
	if !forum.May(actor, forum.ActManage) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.store.Endpoints(ctx, site.ID)
}

// deliveriesShown is how much of an endpoint's list a page shows.
const deliveriesShown = 50

// EndpointLog returns an endpoint with what it was or is to be told, the newest
// first, and where the list goes on.
func (d *Desk) EndpointLog(ctx context.Context, site forum.Site, actor forum.Actor, id, before forum.ID) (forum.Endpoint, []forum.Delivery, forum.ID, error) {
	if !forum.May(actor, forum.ActManage) {
		return forum.Endpoint{}, nil, 0, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	e, err := d.store.Endpoint(ctx, site.ID, id)
	if err != nil {
		return e, nil, 0, err
	}
	list, err := d.store.Deliveries(ctx, site.ID, id, before, deliveriesShown+1)
	if err != nil || len(list) <= deliveriesShown {
		return e, list, 0, err
	}
	list = list[:deliveriesShown]
	return e, list, list[deliveriesShown-1].ID, nil
}

const (
	maxEndpoints = 20
	maxTarget    = 1000
)

// AddEndpoint adds a URL or an address that is told of events. The endpoint that
// comes back has the secret, which is not shown again.
func (d *Desk) AddEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, kind forum.EndpointKind, target string, events []forum.Event) (forum.Endpoint, error) {
	if !forum.May(actor, forum.ActManage) {
		return forum.Endpoint{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	target, err := d.checkTarget(kind, strings.TrimSpace(target))
	if err != nil {
		return forum.Endpoint{}, err
	}
	if err := checkEvents(events); err != nil {
		return forum.Endpoint{}, err
	}
	e := forum.Endpoint{SiteID: site.ID, ID: d.mint(), Kind: kind, Target: target, Events: events, CreatedAt: d.Now()}
	if kind == forum.ToWebhook {
		e.Secret = webhook.NewSecret()
	}
	return e, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Endpoints(ctx, site.ID)
		if err != nil {
			return err
		}
		if len(all) >= maxEndpoints {
			return forum.Fail(forum.Conflict, "error.endpointsMany").With("max", maxEndpoints)
		}
		same := func(o forum.Endpoint) bool { return o.Kind == e.Kind && o.Target == e.Target }
		if slices.ContainsFunc(all, same) {
			return forum.Fail(forum.Conflict, "error.endpointThere").At("target")
		}
		if err := tx.AddEndpoint(ctx, e); err != nil {
			return err
		}
		return d.logEndpoint(ctx, tx, actor, e, "endpoint.add", eventList(e.Events))
	})
}

// checkTarget refuses what no alert could be sent to.
func (d *Desk) checkTarget(kind forum.EndpointKind, target string) (string, error) {
	bad := forum.Fail(forum.Invalid, "error.endpointTarget").At("target")
	switch kind {
	case forum.ToEmail:
		if d.out.Mail == nil {
			return "", forum.Fail(forum.Invalid, "error.noMail").At("target")
		}
		address, err := mail.Address(target)
		if err != nil {
			return "", bad.Because("%w", err)
		}
		return address, nil
	case forum.ToWebhook:
		if d.out.Web == nil || len(target) > maxTarget || !goodText(target) {
			return "", bad
		}
		u, err := d.out.Web.Check(target)
		if err != nil {
			return "", bad.Because("%w", err)
		}
		return u.String(), nil
	}
	return "", forum.Fail(forum.Invalid, "error.badRequest").At("kind")
}

func checkEvents(events []forum.Event) error {
	for _, e := range events {
		if !slices.Contains(forum.Events(), e) {
			return forum.Fail(forum.Invalid, "error.badRequest").At("events")
		}
	}
	if len(events) == 0 {
		return forum.Fail(forum.Invalid, "error.endpointEvents").At("events")
	}
	return nil
}

func eventList(events []forum.Event) string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e)
	}
	return strings.Join(names, " ")
}

// logEndpoint writes into the log what was done to an endpoint. Its target may
// name a person or hold a key, and is kept apart.
func (d *Desk) logEndpoint(ctx context.Context, tx *store.Tx, actor forum.Actor, e forum.Endpoint, action, after string) error {
	return d.log(ctx, tx, e.SiteID, actor, act{Action: action, Object: about("endpoint", e.ID), After: after, Value: e.Target})
}

// changeEndpoint changes an endpoint and logs what it is now.
func (d *Desk) changeEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, change func(context.Context, *store.Tx, *forum.Endpoint) (after string, err error)) (forum.Endpoint, error) {
	if !forum.May(actor, forum.ActManage) {
		return forum.Endpoint{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	var e forum.Endpoint
	return e, d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if e, err = tx.LockEndpoint(ctx, site.ID, id); err != nil {
			return err
		}
		after, err := change(ctx, tx, &e)
		if err != nil {
			return err
		}
		if err := tx.SetEndpoint(ctx, e); err != nil {
			return err
		}
		return d.logEndpoint(ctx, tx, actor, e, "endpoint.change", after)
	})
}

// SetEndpointEvents changes what an endpoint is told of.
func (d *Desk) SetEndpointEvents(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, events []forum.Event) error {
	if err := checkEvents(events); err != nil {
		return err
	}
	_, err := d.changeEndpoint(ctx, site, actor, id, func(_ context.Context, _ *store.Tx, e *forum.Endpoint) (string, error) {
		e.Events = events
		return eventList(events), nil
	})
	return err
}

// RotateEndpoint gives a webhook a new secret, which is returned once. For a day
// the old one signs beside it.
func (d *Desk) RotateEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (forum.Endpoint, error) {
	return d.changeEndpoint(ctx, site, actor, id, func(_ context.Context, tx *store.Tx, e *forum.Endpoint) (string, error) {
		if e.Kind != forum.ToWebhook {
			return "", forum.Fail(forum.Invalid, "error.badRequest").Because("no secret to rotate")
		}
		e.OldSecret, e.Secret, e.RotatedAt = e.Secret, webhook.NewSecret(), tx.Now
		return "rotated", nil
	})
}

// SwitchEndpoint turns an endpoint on or off. One that is turned on is told what
// it has missed.
func (d *Desk) SwitchEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, on bool) error {
	_, err := d.changeEndpoint(ctx, site, actor, id, func(ctx context.Context, tx *store.Tx, e *forum.Endpoint) (string, error) {
		if !on {
			e.DisabledAt = tx.Now
			return "off", nil
		}
		e.DisabledAt, e.FailingAt, e.Failures, e.RetryAt = time.Time{}, time.Time{}, 0, time.Time{}
		return "on", d.resend(ctx, tx, *e)
	})
	return err
}

// maxResend is how much of what an endpoint missed is sent when it is turned on.
const maxResend = 1000

func (d *Desk) resend(ctx context.Context, tx *store.Tx, e forum.Endpoint) error {
	missed, err := tx.OpenDeliveries(ctx, e.SiteID, e.ID, maxResend)
	if err != nil {
		return err
	}
	for _, x := range missed {
		if err := d.send(ctx, tx, e, x.ID); err != nil {
			return err
		}
		if e.Kind == forum.ToEmail {
			return nil
		}
	}
	return nil
}

// RemoveEndpoint removes an endpoint with the list of what it was told.
func (d *Desk) RemoveEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	if !forum.May(actor, forum.ActManage) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := tx.LockEndpoint(ctx, site.ID, id)
		if err != nil {
			return err
		}
		if err := tx.DropEndpoint(ctx, site.ID, id); err != nil {
			return err
		}
		return d.logEndpoint(ctx, tx, actor, e, "endpoint.remove", "")
	})
}

// TestEndpoint sends an endpoint a test event.
func (d *Desk) TestEndpoint(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	_, err := d.changeEndpoint(ctx, site, actor, id, func(ctx context.Context, tx *store.Tx, e *forum.Endpoint) (string, error) {
		if !e.DisabledAt.IsZero() {
			return "", forum.Fail(forum.Conflict, "error.endpointOff")
		}
		e.RetryAt = time.Time{}
		return "tested", d.deliver(ctx, tx, *e, forum.EventTest, map[string]string{"endpoint": e.ID.String()})
	})
	return err
}

// Replay sends a delivery again, whether it had arrived or not.
func (d *Desk) Replay(ctx context.Context, site forum.Site, actor forum.Actor, endpoint, delivery forum.ID) error {
	_, err := d.changeEndpoint(ctx, site, actor, endpoint, func(ctx context.Context, tx *store.Tx, e *forum.Endpoint) (string, error) {
		x, err := tx.Delivery(ctx, site.ID, delivery)
		if err != nil {
			return "", err
		}
		if x.EndpointID != e.ID {
			return "", forum.Fail(forum.NotFound, "error.notFound").Because("delivery of another endpoint")
		}
		if !e.DisabledAt.IsZero() {
			return "", forum.Fail(forum.Conflict, "error.endpointOff")
		}
		x.DoneAt, e.RetryAt = time.Time{}, time.Time{}
		if err := tx.SetDelivery(ctx, x); err != nil {
			return "", err
		}
		return "replayed " + x.ID.String(), d.send(ctx, tx, *e, x.ID)
	})
	return err
}

// deadShown is how many messages that were given up a page lists.
const deadShown = 50

// DeadMail returns the messages that could not be sent, the newest first. Whom
// they were for is not told.
func (d *Desk) DeadMail(ctx context.Context, site forum.Site, actor forum.Actor) ([]forum.Job, error) {
	if !forum.May(actor, forum.ActManage) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	all, err := d.store.DeadJobs(ctx, site.ID, deadShown)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(j forum.Job) bool { return !isMail(j.Kind) }), nil
}

func isMail(kind forum.JobKind) bool { return kind == JobMail || kind == JobDigest || kind == JobAlert }

// RetryMail tries a message again that was given up.
func (d *Desk) RetryMail(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) error {
	if !forum.May(actor, forum.ActManage) {
		return forum.Fail(forum.Forbidden, "error.forbidden")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		j, err := tx.Job(ctx, site.ID, id)
		if err != nil {
			return err
		}
		if !isMail(j.Kind) {
			return forum.Fail(forum.NotFound, "error.notFound").Because("job is %s", j.Kind)
		}
		if err := tx.MoveJob(ctx, site.ID, id, forum.JobDead, forum.JobWaiting); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "mail.retry", Object: about("job", id), Reason: string(j.Kind)})
	})
}
