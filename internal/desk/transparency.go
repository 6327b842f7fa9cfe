package desk

import (
	"context"
	"time"

	"parley/internal/forum"
)

// Month is what a site's desk did in a month, as anybody may read it: numbers of
// decisions by reason, rule and role. There is no field for a person.
type Month struct {
	From, To  time.Time // To is now while the month runs
	Over      bool
	Comments  int
	Tallies   []Tally
	TakenBack int
	Speed     Speed
	Appeals   []Outcomes
	Reports   []Outcomes
	Notices   []Outcomes
	RuleNames map[forum.ID]string
}

// MonthOf returns the figures of the month in which an instant lies. A month to
// come, and one before the site's first, is NotFound.
func (d *Desk) MonthOf(ctx context.Context, site forum.Site, at time.Time) (Month, error) {
	now := d.Now()
	m := Month{From: time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC), Over: true}
	m.To = m.From.AddDate(0, 1, 0)
	if m.From.After(now) || m.From.Year() < 1970 {
		return m, forum.Fail(forum.NotFound, "error.notFound").Because("month %s", m.From.Format("2006-01"))
	}
	if m.To.After(now) {
		// What was decided within this millisecond counts: ids have no finer time.
		m.To, m.Over = now.Truncate(time.Millisecond).Add(time.Millisecond), false
	}
	g := gather{ctx: ctx, site: site.ID, r: d.store.Reader}
	g.do(func() (err error) { m.Comments, err = g.r.CommentsIn(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.Tallies, err = g.r.Tallies(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.TakenBack, err = g.r.TakenBack(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.Speed, err = g.r.Speed(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.Appeals, err = g.r.AppealsIn(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.Reports, err = g.r.ReportsIn(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.Notices, err = g.r.NoticesIn(ctx, site.ID, m.From, m.To); return })
	g.do(func() (err error) { m.RuleNames, err = g.r.RuleNames(ctx, site.ID); return })
	return m, g.err
}

// FirstMonth returns the month of a site's first decision, or the present one if
// there is none.
func (d *Desk) FirstMonth(ctx context.Context, site forum.Site) (time.Time, error) {
	at, err := d.store.FirstDecision(ctx, site.ID)
	if forum.IsKind(err, forum.NotFound) {
		at, err = d.Now(), nil
	}
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC), err
}
