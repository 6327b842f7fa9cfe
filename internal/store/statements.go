package store

import (
	"context"
	"strings"
	"time"

	"parley/internal/forum"
)

// Restriction is a decision that took something from an author, with what a
// statement of reasons says about the comment.
type Restriction struct {
	Decision  forum.Decision
	WrittenAt time.Time // of the comment; zero: it is about an account alone
	Lang      string    // of the story
}

func scanRestriction(s scanner) (Restriction, error) {
	var x Restriction
	var written int64
	d, err := scanDecision(behind{s, []any{&written, &x.Lang}})
	x.Decision, x.WrittenAt = d, instant(written)
	return x, err
}

// behind scans further columns behind those that a scan knows.
type behind struct {
	scanner
	more []any
}

func (b behind) Scan(dest ...any) error { return b.scanner.Scan(append(dest, b.more...)...) }

var sqlRestrictions = statement(`select d.` + strings.Join(strings.Fields(decisionColumns), " d.") + `,
	coalesce(c.created_at, 0), coalesce(s.lang, '')
	from decisions d
	left join comments c on c.site_id = d.site_id and c.comment_id = d.comment_id
	left join stories s on s.site_id = d.site_id and s.story_id = c.story_id
	where d.site_id = $1 and d.decision_id > $2 and d.decision_id < $3 and d.undoes_id = 0
	and d.verb in ('reject', 'hold', 'always-hold', 'suspend', 'ban')
	and not exists (select 1 from decisions u
		where u.site_id = d.site_id and u.undoes_id = d.decision_id and u.undoes_id <> 0 and u.actor_id = d.actor_id)
	order by d.decision_id limit $4`)

// Restrictions returns the restricting decisions made before an instant, behind
// one of them, in their order. What its maker took back at once is left out.
func (r Reader) Restrictions(ctx context.Context, site, after forum.ID, to time.Time, limit int) ([]Restriction, error) {
	return many(ctx, r, "list restrictions", scanRestriction, sqlRestrictions, site, after, since(to), limit)
}
