package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/internal/forum"
)

const verdictColumns = `v.site_id, v.verdict_id, v.comment_id, v.rule_id, v.version, r.name, v.stage, v.effect, v.acted, v.why, v.created_at`

const fromVerdicts = ` from verdicts v join rules r on r.site_id = v.site_id and r.rule_id = v.rule_id`

func scanVerdict(s scanner) (forum.Verdict, error) {
	var v forum.Verdict
	var why string
	var created int64
	err := s.Scan(&v.SiteID, &v.ID, &v.CommentID, &v.RuleID, &v.Version, &v.RuleName, &v.Stage, &v.Effect, &v.Acted, &why, &created)
	if err == nil {
		err = json.Unmarshal([]byte(why), &v.Why)
	}
	v.CreatedAt = instant(created)
	return v, err
}

var sqlAddVerdict = statement(`insert into verdicts (site_id, verdict_id, comment_id, rule_id, version, stage, effect, acted, why, created_at)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`)

// AddVerdict records what a rule said about a comment.
func (t *Tx) AddVerdict(ctx context.Context, v forum.Verdict) error {
	why, err := json.Marshal(v.Why)
	if err != nil {
		return fmt.Errorf("record verdict: %w", err)
	}
	return t.later(ctx, "record verdict", nil, sqlAddVerdict, v.SiteID, v.ID, v.CommentID, v.RuleID, v.Version, string(v.Stage),
		string(v.Effect), v.Acted, string(why), micros(t.Now))
}

var sqlVerdictsOn = statement(`select ` + verdictColumns + fromVerdicts + `
	where v.site_id = $1 and v.comment_id in (` + placeholders(2, idChunk) + `) order by v.verdict_id`)

// VerdictsOn returns what rules said about comments, by comment, the oldest
// first.
func (r Reader) VerdictsOn(ctx context.Context, site forum.ID, comments []forum.ID) (map[forum.ID][]forum.Verdict, error) {
	found := map[forum.ID][]forum.Verdict{}
	err := chunked(comments, 0, func(args []any) error {
		all, err := many(ctx, r, "read verdicts", scanVerdict, sqlVerdictsOn, append([]any{site}, args...)...)
		for _, v := range all {
			found[v.CommentID] = append(found[v.CommentID], v)
		}
		return err
	})
	return found, err
}

var sqlVerdictsOf = statement(`select ` + verdictColumns + fromVerdicts + `
	where v.site_id = $1 and v.rule_id = $2 and v.verdict_id < $3 order by v.verdict_id desc limit $4`)

// VerdictsOf returns what a rule said, the newest first.
func (r Reader) VerdictsOf(ctx context.Context, site, rule, before forum.ID, limit int) ([]forum.Verdict, error) {
	return many(ctx, r, "list verdicts of rule", scanVerdict, sqlVerdictsOf, site, rule, orMax(before), limit)
}

// RuleRecord is how a rule did since an instant. A person agreed with it who
// rejected what it caught, and disagreed who published it.
type RuleRecord struct {
	Hits, Acted      int
	Agreed, Disputed int
}

// Precision is the share of a rule's hits that the desk agreed with, if any was
// decided.
func (r RuleRecord) Precision() (float64, bool) {
	n := r.Agreed + r.Disputed
	return float64(r.Agreed) / float64(max(n, 1)), n > 0
}

var sqlRuleRecords = statement(`select v.rule_id, count(*), count(*) filter (where v.acted),
	count(*) filter (where d.to_state = 'rejected'), count(*) filter (where d.to_state = 'published')
	from verdicts v left join decisions d on d.site_id = v.site_id and d.comment_id = v.comment_id and d.comment_id <> 0
		and d.decision_id = (select max(x.decision_id) from decisions x where x.site_id = $1 and x.comment_id = v.comment_id
			and x.comment_id <> 0 and not x.automated and x.verb in ('publish', 'reject', 'dismiss')
			and not exists (select 1 from decisions u where u.site_id = $1 and u.undoes_id = x.decision_id and u.undoes_id <> 0))
	where v.site_id = $1 and v.verdict_id >= $2 group by v.rule_id`)

// RuleRecords returns how each rule of a site did since an instant.
func (r Reader) RuleRecords(ctx context.Context, site forum.ID, since time.Time) (map[forum.ID]RuleRecord, error) {
	type row struct {
		rule forum.ID
		RuleRecord
	}
	all, err := many(ctx, r, "count verdicts", func(s scanner) (row, error) {
		var x row
		err := s.Scan(&x.rule, &x.Hits, &x.Acted, &x.Agreed, &x.Disputed)
		return x, err
	}, sqlRuleRecords, site, forum.FirstID(since))
	records := make(map[forum.ID]RuleRecord, len(all))
	for _, x := range all {
		records[x.rule] = x.RuleRecord
	}
	return records, err
}

var sqlActsOf = statement(`select count(*) from decisions d where d.site_id = $1 and d.rule_id = $2 and d.rule_id <> 0
	and d.automated and d.decision_id >= $3 and d.verb in ('hold', 'reject')
	and not exists (select 1 from decisions u where u.site_id = $1 and u.undoes_id = d.decision_id and u.undoes_id <> 0)`)

// ActsOf returns how many comments a rule held or rejected since an instant and
// nobody has taken back.
func (r Reader) ActsOf(ctx context.Context, site, rule forum.ID, since time.Time) (int, error) {
	return one(ctx, r, "count acts of rule", scanOne[int], sqlActsOf, site, rule, forum.FirstID(since))
}

var sqlHoldFor = statement(`update comments set held_for = $3, reviewed = false where site_id = $1 and comment_id = $2`)

// HoldFor writes what holds a comment; empty when nothing does any more.
func (t *Tx) HoldFor(ctx context.Context, site, comment forum.ID, why string) error {
	_, err := t.exec(ctx, "write what holds a comment", sqlHoldFor, site, comment, why)
	return err
}
