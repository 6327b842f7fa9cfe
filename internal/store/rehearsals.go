package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

// Rehearsal is a rule tried on the past. Result belongs to the desk.
type Rehearsal struct {
	ID        forum.ID
	RuleID    forum.ID
	Version   int
	Days      int
	Result    string // JSON
	CreatedAt time.Time
}

func scanRehearsal(s scanner) (Rehearsal, error) {
	var x Rehearsal
	var created int64
	err := s.Scan(&x.ID, &x.RuleID, &x.Version, &x.Days, &x.Result, &created)
	x.CreatedAt = instant(created)
	return x, err
}

var sqlAddRehearsal = statement(`insert into rehearsals (site_id, rehearsal_id, rule_id, version, days, result, created_at)
	values ($1, $2, $3, $4, $5, $6, $7)`)

// AddRehearsal adds a rehearsal that has just begun.
func (t *Tx) AddRehearsal(ctx context.Context, site forum.ID, x Rehearsal) error {
	_, err := t.exec(ctx, "add rehearsal", sqlAddRehearsal, site, x.ID, x.RuleID, x.Version, x.Days, x.Result, micros(t.Now))
	return err
}

var sqlEndRehearsal = statement(`update rehearsals set result = $3 where site_id = $1 and rehearsal_id = $2`)

// EndRehearsal writes what a rehearsal found.
func (t *Tx) EndRehearsal(ctx context.Context, site, id forum.ID, result string) error {
	_, err := t.exec(ctx, "end rehearsal", sqlEndRehearsal, site, id, result)
	return err
}

const rehearsalColumns = `select rehearsal_id, rule_id, version, days, result, created_at from rehearsals`

var sqlRehearsal = statement(rehearsalColumns + ` where site_id = $1 and rehearsal_id = $2`)

// Rehearsal returns a rehearsal.
func (r Reader) Rehearsal(ctx context.Context, site, id forum.ID) (Rehearsal, error) {
	return one(ctx, r, "read rehearsal", scanRehearsal, sqlRehearsal, site, id)
}

var sqlRehearsals = statement(rehearsalColumns + ` where site_id = $1 and rule_id = $2 order by rehearsal_id desc limit $3`)

// Rehearsals returns a rule's rehearsals, the newest first.
func (r Reader) Rehearsals(ctx context.Context, site, rule forum.ID, limit int) ([]Rehearsal, error) {
	return many(ctx, r, "list rehearsals", scanRehearsal, sqlRehearsals, site, rule, limit)
}

var sqlWritten = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and comment_id > $2 and comment_id < $3 and source <> '' order by comment_id limit $4`)

// Written returns the comments between two ids, in any state but withdrawn, the
// oldest first.
func (r Reader) Written(ctx context.Context, site, after, before forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "read comments in order", scanComment, sqlWritten, site, after, before, limit)
}

var sqlCountWritten = statement(`select count(*) from comments
	where site_id = $1 and comment_id > $2 and comment_id < $3 and source <> ''`)

// CountWritten returns how many comments [Reader.Written] would return.
func (r Reader) CountWritten(ctx context.Context, site, after, before forum.ID) (int, error) {
	return one(ctx, r, "count comments in order", scanOne[int], sqlCountWritten, site, after, before)
}

var sqlRulings = statement(`select d.comment_id, d.verb from decisions d
	where d.site_id = $1 and d.comment_id in (` + placeholders(2, idChunk) + `) and d.comment_id <> 0
		and not d.automated and d.verb in ('publish', 'reject', 'dismiss')
		and not exists (select 1 from decisions u where u.site_id = $1 and u.undoes_id = d.decision_id and u.undoes_id <> 0)
	order by d.decision_id`)

// Rulings returns what people of the desk last decided about comments: publish,
// reject or dismiss. What was taken back does not count; comments nobody decided
// on are missing.
func (r Reader) Rulings(ctx context.Context, site forum.ID, comments []forum.ID) (map[forum.ID]forum.Verb, error) {
	type ruling struct {
		comment forum.ID
		verb    forum.Verb
	}
	last := map[forum.ID]forum.Verb{}
	err := chunked(comments, 0, func(args []any) error {
		all, err := many(ctx, r, "read rulings", func(s scanner) (ruling, error) {
			var x ruling
			err := s.Scan(&x.comment, &x.verb)
			return x, err
		}, sqlRulings, append([]any{site}, args...)...)
		for _, x := range all {
			last[x.comment] = x.verb
		}
		return err
	})
	return last, err
}

var sqlAcceptedBefore = statement(`select count(*) from comments
	where site_id = $1 and account_id = $2 and state = 'published' and comment_id < $3`)

// AcceptedBefore returns how many of an account's comments before one are
// published.
func (r Reader) AcceptedBefore(ctx context.Context, site, account, before forum.ID) (int, error) {
	return one(ctx, r, "count accepted comments", scanOne[int], sqlAcceptedBefore, site, account, before)
}

var sqlRecentBefore = statement(`select count(*) filter (where state = 'published'), count(*) filter (where state = 'rejected'),
	count(*) filter (where reports > 0) from comments where site_id = $1 and account_id = $2 and comment_id >= $3 and comment_id < $4`)

// RecentBefore is RecentOf for the time before a comment.
func (r Reader) RecentBefore(ctx context.Context, site, account forum.ID, since time.Time, before forum.ID) (Recent, error) {
	return one(ctx, r, "count recent comments", func(s scanner) (Recent, error) {
		var x Recent
		err := s.Scan(&x.Accepted, &x.Rejected, &x.Reported)
		return x, err
	}, sqlRecentBefore, site, account, forum.FirstID(since), before)
}

var sqlHadLinkBefore = statement(`select exists (select 1 from comments c where c.site_id = $1 and c.account_id = $2
	and c.comment_id < $3 and c.state = 'published'
	and exists (select 1 from comment_hosts h where h.site_id = $1 and h.comment_id = c.comment_id))`)

// HadLinkBefore is HadLink for the time before a comment.
func (r Reader) HadLinkBefore(ctx context.Context, site, account, before forum.ID) (bool, error) {
	return one(ctx, r, "look for links", scanOne[bool], sqlHadLinkBefore, site, account, before)
}

var sqlReportsEver = statement(`select count(*) from reports where site_id = $1 and comment_id = $2 and counted and reason <> 'disagree'`)

// ReportsEver returns how many reports that count a comment ever had.
func (r Reader) ReportsEver(ctx context.Context, site, comment forum.ID) (int, error) {
	return one(ctx, r, "count reports on comment", scanOne[int], sqlReportsEver, site, comment)
}
