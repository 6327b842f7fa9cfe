package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
)

const endpointColumns = `site_id, endpoint_id, kind, target, secret, old_secret, events, created_at, rotated_at, failing_at, failures, retry_at, disabled_at, told_at`

func scanEndpoint(s scanner) (forum.Endpoint, error) {
	var e forum.Endpoint
	var events string
	var created, rotated, failing, retry, disabled, told int64
	err := s.Scan(&e.SiteID, &e.ID, &e.Kind, &e.Target, &e.Secret, &e.OldSecret, &events, &created, &rotated, &failing, &e.Failures,
		&retry, &disabled, &told)
	for name := range strings.FieldsSeq(events) {
		e.Events = append(e.Events, forum.Event(name))
	}
	e.CreatedAt, e.RotatedAt, e.FailingAt = instant(created), instant(rotated), instant(failing)
	e.RetryAt, e.DisabledAt, e.ToldAt = instant(retry), instant(disabled), instant(told)
	return e, err
}

func eventNames(events []forum.Event) string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e)
	}
	return strings.Join(names, " ")
}

var sqlEndpoints = statement(`select ` + endpointColumns + ` from endpoints where site_id = $1 order by endpoint_id limit 100`)

// Endpoints returns where a site sends alerts, the oldest first.
func (r Reader) Endpoints(ctx context.Context, site forum.ID) ([]forum.Endpoint, error) {
	return many(ctx, r, "list endpoints", scanEndpoint, sqlEndpoints, site)
}

var sqlEndpoint = statement(`select ` + endpointColumns + ` from endpoints where site_id = $1 and endpoint_id = $2`)

// Endpoint returns an endpoint.
func (r Reader) Endpoint(ctx context.Context, site, id forum.ID) (forum.Endpoint, error) {
	return one(ctx, r, "read endpoint", scanEndpoint, sqlEndpoint, site, id)
}

var sqlAddEndpoint = statement(`insert into endpoints (` + endpointColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`)

// AddEndpoint adds an endpoint.
func (t *Tx) AddEndpoint(ctx context.Context, e forum.Endpoint) error {
	_, err := t.exec(ctx, "add endpoint", sqlAddEndpoint, e.SiteID, e.ID, string(e.Kind), e.Target, e.Secret, e.OldSecret,
		eventNames(e.Events), micros(t.Now), micros(e.RotatedAt), micros(e.FailingAt), e.Failures, micros(e.RetryAt),
		micros(e.DisabledAt), micros(e.ToldAt))
	return err
}

var sqlLockEndpoint = statement(`update endpoints set failures = failures where site_id = $1 and endpoint_id = $2
	returning ` + endpointColumns)

// LockEndpoint returns an endpoint and keeps others from changing it until the
// transaction ends.
func (t *Tx) LockEndpoint(ctx context.Context, site, id forum.ID) (forum.Endpoint, error) {
	return one(ctx, t.Reader, "lock endpoint", scanEndpoint, sqlLockEndpoint, site, id)
}

var sqlSetEndpoint = statement(`update endpoints set secret = $3, old_secret = $4, events = $5, rotated_at = $6, failing_at = $7,
	failures = $8, retry_at = $9, disabled_at = $10, told_at = $11 where site_id = $1 and endpoint_id = $2`)

// SetEndpoint writes an endpoint as it is now; its kind and target stay.
func (t *Tx) SetEndpoint(ctx context.Context, e forum.Endpoint) error {
	_, err := t.exec(ctx, "set endpoint", sqlSetEndpoint, e.SiteID, e.ID, e.Secret, e.OldSecret, eventNames(e.Events),
		micros(e.RotatedAt), micros(e.FailingAt), e.Failures, micros(e.RetryAt), micros(e.DisabledAt), micros(e.ToldAt))
	return err
}

var (
	sqlDropDeliveries = statement(`delete from deliveries where site_id = $1 and endpoint_id = $2`)
	sqlDropEndpoint   = statement(`delete from endpoints where site_id = $1 and endpoint_id = $2`)
)

// DropEndpoint removes an endpoint with the list of what it was sent.
func (t *Tx) DropEndpoint(ctx context.Context, site, id forum.ID) error {
	if _, err := t.exec(ctx, "drop deliveries", sqlDropDeliveries, site, id); err != nil {
		return err
	}
	_, err := t.exec(ctx, "drop endpoint", sqlDropEndpoint, site, id)
	return err
}

const deliveryColumns = `site_id, delivery_id, endpoint_id, event, body, created_at, tries, status, answer, done_at`

func scanDelivery(s scanner) (forum.Delivery, error) {
	var d forum.Delivery
	var created, done int64
	err := s.Scan(&d.SiteID, &d.ID, &d.EndpointID, &d.Event, &d.Body, &created, &d.Tries, &d.Status, &d.Answer, &done)
	d.CreatedAt, d.DoneAt = instant(created), instant(done)
	return d, err
}

var sqlAddDelivery = statement(`insert into deliveries (site_id, delivery_id, endpoint_id, event, body, created_at)
	values ($1, $2, $3, $4, $5, $6)`)

// AddDelivery adds an event that an endpoint is to be told.
func (t *Tx) AddDelivery(ctx context.Context, d forum.Delivery) error {
	_, err := t.exec(ctx, "add delivery", sqlAddDelivery, d.SiteID, d.ID, d.EndpointID, string(d.Event), d.Body, micros(t.Now))
	return err
}

var sqlDelivery = statement(`select ` + deliveryColumns + ` from deliveries where site_id = $1 and delivery_id = $2`)

// Delivery returns a delivery.
func (r Reader) Delivery(ctx context.Context, site, id forum.ID) (forum.Delivery, error) {
	return one(ctx, r, "read delivery", scanDelivery, sqlDelivery, site, id)
}

var sqlDeliveries = statement(`select ` + deliveryColumns + ` from deliveries
	where site_id = $1 and endpoint_id = $2 and delivery_id < $3 order by delivery_id desc limit $4`)

// Deliveries returns what an endpoint was or is to be told, the newest first.
func (r Reader) Deliveries(ctx context.Context, site, endpoint, before forum.ID, limit int) ([]forum.Delivery, error) {
	return many(ctx, r, "list deliveries", scanDelivery, sqlDeliveries, site, endpoint, orMax(before), limit)
}

var sqlOpenDeliveries = statement(`select ` + deliveryColumns + ` from deliveries
	where site_id = $1 and endpoint_id = $2 and done_at = 0 order by delivery_id limit $3`)

// OpenDeliveries returns what an endpoint was not told yet, the oldest first.
func (r Reader) OpenDeliveries(ctx context.Context, site, endpoint forum.ID, limit int) ([]forum.Delivery, error) {
	return many(ctx, r, "list open deliveries", scanDelivery, sqlOpenDeliveries, site, endpoint, limit)
}

var sqlSetDelivery = statement(`update deliveries set tries = $3, status = $4, answer = $5, done_at = $6
	where site_id = $1 and delivery_id = $2`)

// SetDelivery writes what became of a delivery.
func (t *Tx) SetDelivery(ctx context.Context, d forum.Delivery) error {
	_, err := t.exec(ctx, "set delivery", sqlSetDelivery, d.SiteID, d.ID, d.Tries, d.Status, d.Answer, micros(d.DoneAt))
	return err
}

var sqlDropOldDeliveries = statement(`delete from deliveries where site_id = $1 and created_at < $2`)

// DropOldDeliveries forgets deliveries of before an instant, done or not.
func (t *Tx) DropOldDeliveries(ctx context.Context, site forum.ID, before time.Time) (int64, error) {
	return t.exec(ctx, "drop deliveries", sqlDropOldDeliveries, site, micros(before))
}

var sqlAdmins = statement(`select ` + accountColumns + ` from accounts where site_id = $1 and ` + isAdmin + ` order by account_id limit 100`)

// Admins returns the accounts that manage a site.
func (r Reader) Admins(ctx context.Context, site forum.ID) ([]forum.Account, error) {
	return many(ctx, r, "list admins", scanAccount, sqlAdmins, site)
}
