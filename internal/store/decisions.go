package store

import (
	"context"

	"parley/internal/forum"
)

const decisionColumns = `site_id, decision_id, comment_id, account_id, actor_id, verb, reason, note, from_state, to_state, automated, created_at`

func scanDecision(s scanner) (forum.Decision, error) {
	var d forum.Decision
	var created int64
	err := s.Scan(&d.SiteID, &d.ID, &d.CommentID, &d.AccountID, &d.ActorID, &d.Verb, &d.Reason, &d.Note, &d.From, &d.To, &d.Automated, &created)
	d.CreatedAt = instant(created)
	return d, err
}

var sqlAddDecision = statement(`insert into decisions (` + decisionColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)

// AddDecision records a decision. There is no way to change or remove one.
func (t *Tx) AddDecision(ctx context.Context, d forum.Decision) error {
	_, err := t.exec(ctx, "record decision", sqlAddDecision, d.SiteID, d.ID, d.CommentID, d.AccountID, d.ActorID,
		string(d.Verb), d.Reason, d.Note, string(d.From), string(d.To), d.Automated, micros(t.Now))
	return err
}

var sqlDecisionsOn = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and comment_id = $2 order by decision_id`)

// DecisionsOn returns the decisions on a comment, the oldest first.
func (r Reader) DecisionsOn(ctx context.Context, site, comment forum.ID) ([]forum.Decision, error) {
	return many(ctx, r, "read decisions on comment", scanDecision, sqlDecisionsOn, site, comment)
}

var sqlDecisions = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and decision_id < $2 and not automated order by decision_id desc limit $3`)

// Decisions returns what people of the desk decided, the newest first.
func (r Reader) Decisions(ctx context.Context, site, before forum.ID, limit int) ([]forum.Decision, error) {
	return many(ctx, r, "list decisions", scanDecision, sqlDecisions, site, orMax(before), limit)
}
