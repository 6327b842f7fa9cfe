package store

import (
	"context"
	"fmt"
	"time"

	"parley/internal/forum"
)

// Figures are counted over stretches of ids: an id holds the instant of what it
// names, so the primary keys are the indexes of time.

// since returns the least id of an instant.
func since(at time.Time) forum.ID { return forum.ID(max(at.UnixMilli(), 0) << 20) }

// An hour and a day, as ids count.
const (
	idHour = 3_600_000 << 20
	idDay  = 24 * idHour
)

// count is a number under a key.
type count struct{ key, n int64 }

func scanCount(s scanner) (count, error) {
	var c count
	err := s.Scan(&c.key, &c.n)
	return c, err
}

var (
	sqlCommentsByHour = statement(fmt.Sprintf(`select (comment_id - $2) / %d as part, count(*) as n from comments
		where site_id = $1 and comment_id >= $2 and comment_id < $3 group by part`, idHour))
	sqlDecisionsByHour = statement(fmt.Sprintf(`select (decision_id - $2) / %d as part, count(*) as n from decisions
		where site_id = $1 and decision_id >= $2 and decision_id < $3 and not automated group by part`, idHour))
	sqlDecisionsByDay = statement(fmt.Sprintf(`select (decision_id - $2) / %d as part, count(*) as n from decisions
		where site_id = $1 and decision_id >= $2 and decision_id < $3 and not automated group by part`, idDay))
)

// CommentsByHour counts the comments of the day that begins at an instant, by
// the hour.
func (r Reader) CommentsByHour(ctx context.Context, site forum.ID, day time.Time) ([24]int, error) {
	return r.byHour(ctx, "count comments by hour", sqlCommentsByHour, site, day)
}

// DecisionsByHour counts what people of the desk decided on the day that begins
// at an instant, by the hour.
func (r Reader) DecisionsByHour(ctx context.Context, site forum.ID, day time.Time) ([24]int, error) {
	return r.byHour(ctx, "count decisions by hour", sqlDecisionsByHour, site, day)
}

func (r Reader) byHour(ctx context.Context, what, query string, site forum.ID, day time.Time) ([24]int, error) {
	var hours [24]int
	found, err := many(ctx, r, what, scanCount, query, site, since(day), since(day.Add(24*time.Hour)))
	for _, c := range found {
		hours[c.key] = int(c.n)
	}
	return hours, err
}

// DecisionsByDay counts what people of the desk decided on each of n days, the
// first of which begins at an instant.
func (r Reader) DecisionsByDay(ctx context.Context, site forum.ID, first time.Time, n int) ([]int, error) {
	days := make([]int, n)
	found, err := many(ctx, r, "count decisions by day", scanCount, sqlDecisionsByDay, site, since(first), since(first.AddDate(0, 0, n)))
	for _, c := range found {
		days[c.key] = int(c.n)
	}
	return days, err
}

// Waiting says how much waits in a queue and since when.
type Waiting struct {
	Count  int
	Oldest time.Time // zero: nothing waits
	// Young, Middle and Old are how many came in less than an hour ago, in the
	// last day, and before.
	Young, Middle, Old int
}

func scanWaiting(s scanner) (Waiting, error) {
	var w Waiting
	var oldest forum.ID
	err := s.Scan(&w.Count, &oldest, &w.Young, &w.Middle)
	w.Old = w.Count - w.Young - w.Middle
	if oldest != 0 {
		w.Oldest = oldest.Time()
	}
	return w, err
}

var sqlHeldAge = statement(`select count(*), coalesce(min(comment_id), 0), coalesce(sum(case when comment_id >= $2 then 1 else 0 end), 0),
	coalesce(sum(case when comment_id >= $3 and comment_id < $2 then 1 else 0 end), 0)
	from comments where site_id = $1 and state = 'held'`)

var sqlReportedAge = statement(`select count(*), coalesce(min(comment_id), 0), coalesce(sum(case when comment_id >= $2 then 1 else 0 end), 0),
	coalesce(sum(case when comment_id >= $3 and comment_id < $2 then 1 else 0 end), 0)
	from comments where site_id = $1 and reports > 0 and state = 'published'`)

// QueueAge says how long held or reported comments have waited. The age of a
// comment stands for how long it has.
func (r Reader) QueueAge(ctx context.Context, site forum.ID, kind QueueKind, now time.Time) (Waiting, error) {
	query := sqlHeldAge
	if kind == QueueReported {
		query = sqlReportedAge
	}
	return one(ctx, r, "age of queue", scanWaiting, query, site, since(now.Add(-time.Hour)), since(now.Add(-24*time.Hour)))
}

// Tally is how many decisions of one sort there were.
type Tally struct {
	Verb      forum.Verb
	Reason    string
	Automated bool
	Role      forum.Role
	RuleID    forum.ID
	Count     int
}

func scanTally(s scanner) (Tally, error) {
	var t Tally
	err := s.Scan(&t.Verb, &t.Reason, &t.Automated, &t.Role, &t.RuleID, &t.Count)
	return t, err
}

var sqlTally = statement(`select verb, reason, automated, actor_role, rule_id, count(*) as n from decisions
	where site_id = $1 and decision_id >= $2 and decision_id < $3 and undoes_id = 0
	group by verb, reason, automated, actor_role, rule_id order by verb, reason, automated, actor_role, rule_id`)

// Tallies counts the decisions of a stretch of time by sort. What took another
// decision back is not among them.
func (r Reader) Tallies(ctx context.Context, site forum.ID, from, to time.Time) ([]Tally, error) {
	return many(ctx, r, "tally decisions", scanTally, sqlTally, site, since(from), since(to))
}

var (
	sqlCountComments = statement(`select count(*) from comments where site_id = $1 and comment_id >= $2 and comment_id < $3`)
	sqlCountUndone   = statement(`select count(*) from decisions where site_id = $1 and decision_id >= $2 and decision_id < $3 and undoes_id <> 0`)
	sqlCountWaited   = statement(`select count(*) from decisions
		where site_id = $1 and decision_id >= $2 and decision_id < $3 and not automated and undoes_id = 0 and waited > 0`)
	sqlWaited = statement(`select waited from decisions
		where site_id = $1 and decision_id >= $2 and decision_id < $3 and not automated and undoes_id = 0 and waited > 0
		order by waited limit 1 offset $4`)
)

// CommentsIn counts the comments that came in.
func (r Reader) CommentsIn(ctx context.Context, site forum.ID, from, to time.Time) (int, error) {
	return one(ctx, r, "count comments", scanOne[int], sqlCountComments, site, since(from), since(to))
}

// TakenBack counts the decisions that took another back.
func (r Reader) TakenBack(ctx context.Context, site forum.ID, from, to time.Time) (int, error) {
	return one(ctx, r, "count decisions taken back", scanOne[int], sqlCountUndone, site, since(from), since(to))
}

// Speed is how long comments waited for a person's decision.
type Speed struct {
	Count  int           // decisions on what had waited
	Median time.Duration // half were faster
	Ninth  time.Duration // nine of ten were faster
}

// Speed measures how long comments waited for a person's decision.
func (r Reader) Speed(ctx context.Context, site forum.ID, from, to time.Time) (Speed, error) {
	n, err := one(ctx, r, "count waits", scanOne[int], sqlCountWaited, site, since(from), since(to))
	s := Speed{Count: n}
	if err != nil || n == 0 {
		return s, err
	}
	at := func(i int) time.Duration {
		var waited int64
		if err == nil {
			waited, err = one(ctx, r, "measure wait", scanOne[int64], sqlWaited, site, since(from), since(to), i)
		}
		return time.Duration(waited) * time.Microsecond
	}
	s.Median, s.Ninth = at((n-1)/2), at((n*9-1)/10)
	return s, err
}

// Outcomes counts what became of appeals or notices.
type Outcomes struct {
	Outcome string // empty: it waits
	Count   int
}

func scanOutcomes(s scanner) (Outcomes, error) {
	var o Outcomes
	err := s.Scan(&o.Outcome, &o.Count)
	return o, err
}

var (
	sqlAppealsIn = statement(`select outcome, count(*) as n from appeals
		where site_id = $1 and appeal_id >= $2 and appeal_id < $3 group by outcome order by outcome`)
	sqlNoticesIn = statement(`select outcome, count(*) as n from notices
		where site_id = $1 and notice_id >= $2 and notice_id < $3 group by outcome order by outcome`)
	sqlReportsIn = statement(`select reason, count(*) as n from reports
		where site_id = $1 and report_id >= $2 and report_id < $3 and reason <> 'disagree' group by reason order by reason`)
)

// AppealsIn counts the appeals filed in a stretch of time by what became of them.
func (r Reader) AppealsIn(ctx context.Context, site forum.ID, from, to time.Time) ([]Outcomes, error) {
	return many(ctx, r, "count appeals", scanOutcomes, sqlAppealsIn, site, since(from), since(to))
}

// NoticesIn counts the notices of illegal content filed in a stretch of time by
// what became of them.
func (r Reader) NoticesIn(ctx context.Context, site forum.ID, from, to time.Time) ([]Outcomes, error) {
	return many(ctx, r, "count notices", scanOutcomes, sqlNoticesIn, site, since(from), since(to))
}

// ReportsIn counts the reports of a stretch of time by their reason.
func (r Reader) ReportsIn(ctx context.Context, site forum.ID, from, to time.Time) ([]Outcomes, error) {
	return many(ctx, r, "count reports", scanOutcomes, sqlReportsIn, site, since(from), since(to))
}

// Share is a part of a whole, of a moderator, a rule or a story.
type Share struct {
	ID   forum.ID
	Of   int
	Part int
}

func scanShare(s scanner) (Share, error) {
	var x Share
	err := s.Scan(&x.ID, &x.Of, &x.Part)
	return x, err
}

// What a person takes back at once is a slip of the hand and no reversal; what
// somebody else takes back is one.
var (
	sqlReversedOfActors = statement(`select d.actor_id, count(*) as n, count(u.decision_id) from decisions d
		left join decisions u on u.site_id = d.site_id and u.undoes_id = d.decision_id and u.undoes_id <> 0 and u.actor_id <> d.actor_id
		where d.site_id = $1 and d.decision_id >= $2 and d.decision_id < $3 and not d.automated and d.undoes_id = 0
		and d.verb in ('reject', 'hold', 'warn', 'always-hold', 'suspend', 'ban')
		group by d.actor_id order by n desc, d.actor_id limit 20`)
	sqlReversedOfRules = statement(`select d.rule_id, count(*) as n, count(u.decision_id) from decisions d
		left join decisions u on u.site_id = d.site_id and u.undoes_id = d.decision_id and u.undoes_id <> 0
		where d.site_id = $1 and d.decision_id >= $2 and d.decision_id < $3 and d.automated and d.rule_id <> 0 and d.undoes_id = 0
		group by d.rule_id order by n desc, d.rule_id limit 20`)
	sqlWorkload = statement(`select actor_id, count(*) as n, count(distinct account_id) from decisions
		where site_id = $1 and decision_id >= $2 and decision_id < $3 and not automated
		group by actor_id order by n desc, actor_id limit 20`)
	sqlPrecision = statement(`select v.rule_id, count(distinct v.comment_id) as n,
		count(distinct case when c.state = 'rejected' then v.comment_id end)
		from verdicts v join comments c on c.site_id = v.site_id and c.comment_id = v.comment_id
		where v.site_id = $1 and v.verdict_id >= $2 and v.verdict_id < $3 and (c.state = 'rejected' or c.state = 'published' and c.reviewed)
		group by v.rule_id order by n desc, v.rule_id limit 20`)
	sqlBusiest = statement(`select story_id, count(*) as n, 0 from comments
		where site_id = $1 and comment_id >= $2 and comment_id < $3
		group by story_id order by n desc, story_id limit $4`)
)

// ReversedOfActors returns, for the people of the desk who restricted most, how
// often they did and how often somebody else took it back.
func (r Reader) ReversedOfActors(ctx context.Context, site forum.ID, from, to time.Time) ([]Share, error) {
	return many(ctx, r, "reversals by person", scanShare, sqlReversedOfActors, site, since(from), since(to))
}

// ReversedOfRules returns, for the rules that decided most, how often they did
// and how often it was taken back.
func (r Reader) ReversedOfRules(ctx context.Context, site forum.ID, from, to time.Time) ([]Share, error) {
	return many(ctx, r, "reversals by rule", scanShare, sqlReversedOfRules, site, since(from), since(to))
}

// Workload returns who of the desk decided most, and on how many authors.
func (r Reader) Workload(ctx context.Context, site forum.ID, from, to time.Time) ([]Share, error) {
	return many(ctx, r, "workload", scanShare, sqlWorkload, site, since(from), since(to))
}

// Precision returns, for each rule, on how many of the comments it spoke about
// the desk has decided, and how many of those are rejected.
func (r Reader) Precision(ctx context.Context, site forum.ID, from, to time.Time) ([]Share, error) {
	return many(ctx, r, "precision of rules", scanShare, sqlPrecision, site, since(from), since(to))
}

// Busiest returns the stories with most comments of a stretch of time.
func (r Reader) Busiest(ctx context.Context, site forum.ID, from, to time.Time, limit int) ([]Share, error) {
	return many(ctx, r, "busiest stories", scanShare, sqlBusiest, site, since(from), since(to), limit)
}

// Named is the name of a thing.
type Named struct {
	ID   forum.ID
	Name string
}

func scanNamed(s scanner) (Named, error) {
	var n Named
	err := s.Scan(&n.ID, &n.Name)
	return n, err
}

var sqlRuleNames = statement(`select rule_id, name from rules where site_id = $1 order by rule_id limit 500`)

// RuleNames returns what a site's rules are called.
func (r Reader) RuleNames(ctx context.Context, site forum.ID) (map[forum.ID]string, error) {
	found, err := many(ctx, r, "names of rules", scanNamed, sqlRuleNames, site)
	names := make(map[forum.ID]string, len(found))
	for _, n := range found {
		names[n.ID] = n.Name
	}
	return names, err
}

var sqlFirstDecision = statement(`select decision_id from decisions where site_id = $1 order by decision_id limit 1`)

// FirstDecision returns when a site's first decision was made; NotFound if none
// was.
func (r Reader) FirstDecision(ctx context.Context, site forum.ID) (time.Time, error) {
	id, err := one(ctx, r, "first decision", scanOne[forum.ID], sqlFirstDecision, site)
	return id.Time(), err
}
