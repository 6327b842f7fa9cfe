package store

import (
	"context"

	"parley/internal/forum"
)

const sanctionColumns = `site_id, decision_id, account_id, kind, until_at, created_at, acknowledged_at, ended_at`

func scanSanction(s scanner) (forum.Sanction, error) {
	var x forum.Sanction
	var until, created, acknowledged, ended int64
	err := s.Scan(&x.SiteID, &x.DecisionID, &x.AccountID, &x.Kind, &until, &created, &acknowledged, &ended)
	x.Until, x.CreatedAt, x.AcknowledgedAt, x.EndedAt = instant(until), instant(created), instant(acknowledged), instant(ended)
	return x, err
}

var sqlAddSanction = statement(`insert into sanctions (site_id, decision_id, account_id, kind, until_at, created_at)
	values ($1, $2, $3, $4, $5, $6)`)

// AddSanction adds the sanction that a decision sets. The decision comes first.
func (t *Tx) AddSanction(ctx context.Context, x forum.Sanction) error {
	_, err := t.exec(ctx, "add sanction", sqlAddSanction, x.SiteID, x.DecisionID, x.AccountID, string(x.Kind), micros(x.Until), micros(t.Now))
	return err
}

var sqlSanction = statement(`select ` + sanctionColumns + ` from sanctions where site_id = $1 and decision_id = $2`)

// Sanction returns the sanction that a decision set.
func (r Reader) Sanction(ctx context.Context, site, decision forum.ID) (forum.Sanction, error) {
	return one(ctx, r, "read sanction", scanSanction, sqlSanction, site, decision)
}

var sqlSanctions = statement(`select ` + sanctionColumns + ` from sanctions
	where site_id = $1 and account_id = $2 order by decision_id`)

// Sanctions returns every sanction an account ever had, the oldest first.
func (r Reader) Sanctions(ctx context.Context, site, account forum.ID) ([]forum.Sanction, error) {
	return many(ctx, r, "read sanctions", scanSanction, sqlSanctions, site, account)
}

var sqlEndSanction = statement(`update sanctions set ended_at = $3 where site_id = $1 and decision_id = $2 and ended_at = 0`)

// EndSanction ends a sanction. One that has been lifted already is Conflict.
func (t *Tx) EndSanction(ctx context.Context, site, decision forum.ID) error {
	n, err := t.exec(ctx, "end sanction", sqlEndSanction, site, decision, micros(t.Now))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("sanction %s has been lifted", decision)
	}
	return err
}

var sqlAcknowledge = statement(`update sanctions set acknowledged_at = $4
	where site_id = $1 and decision_id = $2 and account_id = $3 and kind = 'warn' and acknowledged_at = 0`)

// Acknowledge notes that an account has read a warning of its own. A second time
// changes nothing.
func (t *Tx) Acknowledge(ctx context.Context, site, decision, account forum.ID) error {
	_, err := t.exec(ctx, "acknowledge warning", sqlAcknowledge, site, decision, account, micros(t.Now))
	return err
}

var (
	sqlStandingComments = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and account_id = $2 and comment_id > $3 and state in ('published', 'held') order by comment_id limit $4`)
	sqlCountStandingComments = statement(`select count(*) from comments
		where site_id = $1 and account_id = $2 and state in ('published', 'held')`)
)

// StandingComments returns comments of an account that are published or held, the
// oldest first, after one.
func (r Reader) StandingComments(ctx context.Context, site, account, after forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "list standing comments", scanComment, sqlStandingComments, site, account, after, limit)
}

// CountStandingComments returns how many comments of an account are published or
// held.
func (r Reader) CountStandingComments(ctx context.Context, site, account forum.ID) (int, error) {
	return one(ctx, r, "count standing comments", scanOne[int], sqlCountStandingComments, site, account)
}
