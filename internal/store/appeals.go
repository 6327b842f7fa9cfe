package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

const appealColumns = `site_id, appeal_id, decision_id, account_id, words, created_at, decided_by, decided_at, outcome, answer`

func scanAppeal(s scanner) (forum.Appeal, error) {
	var a forum.Appeal
	var created, decided int64
	err := s.Scan(&a.SiteID, &a.ID, &a.DecisionID, &a.AccountID, &a.Words, &created, &a.DecidedBy, &decided, &a.Outcome, &a.Answer)
	a.CreatedAt, a.DecidedAt = instant(created), instant(decided)
	return a, err
}

var sqlAddAppeal = statement(`insert into appeals (site_id, appeal_id, decision_id, account_id, words, created_at)
	values ($1, $2, $3, $4, $5, $6)`)

// AddAppeal files an appeal. A second one against the same decision is Conflict.
func (t *Tx) AddAppeal(ctx context.Context, a forum.Appeal) error {
	t.movedDesk(a.SiteID)
	_, err := t.exec(ctx, "add appeal", sqlAddAppeal, a.SiteID, a.ID, a.DecisionID, a.AccountID, a.Words, micros(t.Now))
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.appealTwice").Because("%w", err)
	}
	return err
}

var (
	sqlAppeal   = statement(`select ` + appealColumns + ` from appeals where site_id = $1 and appeal_id = $2`)
	sqlAppealOn = statement(`select ` + appealColumns + ` from appeals where site_id = $1 and decision_id = $2`)
)

// Appeal returns an appeal.
func (r Reader) Appeal(ctx context.Context, site, id forum.ID) (forum.Appeal, error) {
	return one(ctx, r, "read appeal", scanAppeal, sqlAppeal, site, id)
}

// AppealOn returns the appeal against a decision.
func (r Reader) AppealOn(ctx context.Context, site, decision forum.ID) (forum.Appeal, error) {
	return one(ctx, r, "find appeal", scanAppeal, sqlAppealOn, site, decision)
}

var sqlOpenAppeals = statement(`select ` + appealColumns + ` from appeals
	where site_id = $1 and decided_at = 0 and appeal_id > $2 order by appeal_id limit $3`)

// OpenAppeals returns appeals that wait, the one waiting longest first.
func (r Reader) OpenAppeals(ctx context.Context, site, after forum.ID, limit int) ([]forum.Appeal, error) {
	return many(ctx, r, "list appeals", scanAppeal, sqlOpenAppeals, site, after, limit)
}

var sqlCountAppeals = statement(`select count(*) from appeals where site_id = $1 and decided_at = 0`)

// CountOpenAppeals returns how many appeals wait.
func (r Reader) CountOpenAppeals(ctx context.Context, site forum.ID) (int, error) {
	return one(ctx, r, "count appeals", scanOne[int], sqlCountAppeals, site)
}

var sqlAnswerAppeal = statement(`update appeals set decided_by = $3, decided_at = $4, outcome = $5, answer = $6
	where site_id = $1 and appeal_id = $2 and decided_at = 0`)

// AnswerAppeal decides an appeal that waits. If somebody else has, it is
// Conflict.
func (t *Tx) AnswerAppeal(ctx context.Context, site, id, by forum.ID, outcome forum.Outcome, answer string) error {
	t.movedDesk(site)
	n, err := t.exec(ctx, "answer appeal", sqlAnswerAppeal, site, id, by, micros(t.Now), string(outcome), answer)
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("appeal %s is decided", id)
	}
	return err
}

// AppealCount is how many appeals against the decisions of one person or rule,
// for one reason, ended in one way.
type AppealCount struct {
	ActorID forum.ID // who decided what was appealed; zero: a rule
	RuleID  forum.ID // zero: none
	Reason  string
	Outcome forum.Outcome
	N       int
}

var sqlAppealCounts = statement(`select d.actor_id, d.rule_id, d.reason, a.outcome, count(*) from appeals a
	join decisions d on d.site_id = a.site_id and d.decision_id = a.decision_id
	where a.site_id = $1 and a.decided_at >= $2 and a.decided_at < $3 and a.decided_at > 0
	group by d.actor_id, d.rule_id, d.reason, a.outcome order by d.actor_id, d.rule_id, d.reason, a.outcome`)

// AppealCounts counts the appeals decided from one instant until before another.
func (r Reader) AppealCounts(ctx context.Context, site forum.ID, from, to time.Time) ([]AppealCount, error) {
	return many(ctx, r, "count answered appeals", func(s scanner) (AppealCount, error) {
		var c AppealCount
		err := s.Scan(&c.ActorID, &c.RuleID, &c.Reason, &c.Outcome, &c.N)
		return c, err
	}, sqlAppealCounts, site, micros(from), micros(to))
}

var sqlTookPart = statement(`select exists (select 1 from proposals
	where site_id = $1 and (subject = $2 or proposal_id = $4) and outcome = 'approved' and (made_by = $3 or decided_by = $3))`)

// TookPart reports whether an account proposed or agreed to something about a
// subject, or to what a job does, which has its proposal's id (zero: no job).
func (r Reader) TookPart(ctx context.Context, site, account forum.ID, subject string, job forum.ID) (bool, error) {
	return one(ctx, r, "look for part in proposals", scanOne[bool], sqlTookPart, site, subject, account, job)
}
