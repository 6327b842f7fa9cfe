package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const decisionColumns = `site_id, decision_id, comment_id, story_id, account_id, actor_id, actor_role, verb, reason, note, from_state,
	to_state, automated, rule_id, rule_version, source, undoes_id, job_id, until_at, scope, waited, created_at`

func scanDecision(s scanner) (forum.Decision, error) {
	var d forum.Decision
	var until, waited, created int64
	err := s.Scan(&d.SiteID, &d.ID, &d.CommentID, &d.StoryID, &d.AccountID, &d.ActorID, &d.ActorRole, &d.Verb, &d.Reason, &d.Note,
		&d.From, &d.To, &d.Automated, &d.RuleID, &d.RuleVersion, &d.Source, &d.Undoes, &d.JobID, &until, &d.Scope, &waited, &created)
	d.Until, d.Waited, d.CreatedAt = instant(until), time.Duration(waited)*time.Microsecond, instant(created)
	return d, err
}

var sqlAddDecision = statement(`insert into decisions (` + decisionColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`)

// AddDecision records a decision. There is no way to change or remove one. A
// second one that takes the same decision back is Conflict.
func (t *Tx) AddDecision(ctx context.Context, d forum.Decision) error {
	_, err := t.exec(ctx, "record decision", sqlAddDecision, d.SiteID, d.ID, d.CommentID, d.StoryID, d.AccountID, d.ActorID,
		string(d.ActorRole), string(d.Verb), d.Reason, d.Note, string(d.From), string(d.To), d.Automated, d.RuleID, d.RuleVersion,
		string(d.Source), d.Undoes, d.JobID, micros(d.Until), d.Scope, d.Waited.Microseconds(), micros(t.Now))
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.conflict").Because("decision %s is undone: %w", d.Undoes, err)
	}
	return err
}

var sqlDecision = statement(`select ` + decisionColumns + ` from decisions where site_id = $1 and decision_id = $2`)

// Decision returns a decision.
func (r Reader) Decision(ctx context.Context, site, id forum.ID) (forum.Decision, error) {
	return one(ctx, r, "read decision", scanDecision, sqlDecision, site, id)
}

var sqlDecisionsOn = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and comment_id = $2 and comment_id <> 0
	and verb not in ('warn', 'always-hold', 'suspend', 'ban', 'lift') order by decision_id`)

// DecisionsOn returns the decisions on a comment, the oldest first. Sanctions of
// its author on account of it are not among them.
func (r Reader) DecisionsOn(ctx context.Context, site, comment forum.ID) ([]forum.Decision, error) {
	return many(ctx, r, "read decisions on comment", scanDecision, sqlDecisionsOn, site, comment)
}

var sqlOldestNotice = statement(`select coalesce(min(created_at), 0) from notices
	where site_id = $1 and comment_id = $2 and comment_id <> 0 and decided_at = 0`)

// OldestNotice returns since when a notice about a comment waits; zero: none
// does.
func (r Reader) OldestNotice(ctx context.Context, site, comment forum.ID) (time.Time, error) {
	us, err := one(ctx, r, "find notice", scanOne[int64], sqlOldestNotice, site, comment)
	return instant(us), err
}

var sqlUndoing = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and undoes_id = $2 and undoes_id <> 0`)

// Undoing returns the decision that took another back; NotFound if none did.
func (r Reader) Undoing(ctx context.Context, site, decision forum.ID) (forum.Decision, error) {
	return one(ctx, r, "find undoing decision", scanDecision, sqlUndoing, site, decision)
}

var sqlDecisionsAbout = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and account_id = $2 and account_id <> 0 and decision_id < $3 order by decision_id desc limit $4`)

// DecisionsAbout returns the decisions about an account and its comments, the
// newest first.
func (r Reader) DecisionsAbout(ctx context.Context, site, account, before forum.ID, limit int) ([]forum.Decision, error) {
	return many(ctx, r, "read decisions about account", scanDecision, sqlDecisionsAbout, site, account, orMax(before), limit)
}

var sqlRuleName = statement(`select name from rules where site_id = $1 and rule_id = $2`)

// RuleName returns what a rule is called.
func (r Reader) RuleName(ctx context.Context, site, id forum.ID) (string, error) {
	return one(ctx, r, "read rule's name", scanOne[string], sqlRuleName, site, id)
}
