package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

// Made is which decisions on comments are meant: those of a job, else of a rule,
// else of a person, since an instant.
type Made struct {
	Job, Rule, Actor forum.ID
	Since            time.Time
}

const madeWhere = ` from decisions where site_id = $1 and decision_id >= $2 and decision_id < $3 and comment_id <> 0 and undoes_id = 0`

// madeBy is a page and the count of the decisions of one maker; its column has
// an index of its own.
func madeBy(column string) (page, count string) {
	where := madeWhere + ` and ` + column + ` = $4 and ` + column + ` <> 0`
	return statement(`select ` + decisionColumns + where + ` order by decision_id desc limit $5`),
		statement(`select count(*) from (select decision_id` + where + ` limit $5) as found`)
}

var (
	sqlMadeByJob, sqlCountByJob     = madeBy("job_id")
	sqlMadeByRule, sqlCountByRule   = madeBy("rule_id")
	sqlMadeByActor, sqlCountByActor = madeBy("actor_id")
)

// by returns the statements for who made the decisions, and its id.
func (m Made) by() (page, count string, id forum.ID) {
	switch {
	case m.Job != 0:
		return sqlMadeByJob, sqlCountByJob, m.Job
	case m.Rule != 0:
		return sqlMadeByRule, sqlCountByRule, m.Rule
	}
	return sqlMadeByActor, sqlCountByActor, m.Actor
}

func (m Made) since() forum.ID {
	if m.Since.IsZero() {
		return 0
	}
	return forum.FirstID(m.Since)
}

// DecisionsMade returns decisions on comments that take nothing back themselves,
// the newest first, made before one of them.
func (r Reader) DecisionsMade(ctx context.Context, site forum.ID, m Made, before forum.ID, limit int) ([]forum.Decision, error) {
	page, _, id := m.by()
	return many(ctx, r, "list decisions made", scanDecision, page, site, m.since(), orMax(before), id, limit)
}

// CountMade returns how many such decisions there are, counting no further than
// most.
func (r Reader) CountMade(ctx context.Context, site forum.ID, m Made, most int) (int, error) {
	_, count, id := m.by()
	return one(ctx, r, "count decisions made", scanOne[int], count, site, m.since(), int64(maxID), id, most)
}
