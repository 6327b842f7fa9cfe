package desk

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Figures of the store as doors show them.
type (
	// Waiting says how much waits in a queue and since when.
	Waiting = store.Waiting
	// Speed is how long comments waited for a person's decision.
	Speed = store.Speed
	// Share is a part of a whole, of a moderator, a rule or a story.
	Share = store.Share
	// Tally is how many decisions of one sort there were.
	Tally = store.Tally
	// Outcomes counts what became of appeals or notices.
	Outcomes = store.Outcomes
)

// Day is one day by the hour against the usual day: the median of the same
// weekday in the four weeks before, as far as the site reaches back.
type Day struct {
	Hours [24]int
	Until int // hours that have begun
	Total int // until now
	Usual [24]int
	// ByNow is the usual total at this time of day; −1: there was no such day yet.
	ByNow int
}

// Dashboard is what the desk sees of itself.
type Dashboard struct {
	Now       time.Time
	Comments  Day
	Decisions Day
	Held      Waiting
	Reported  Waiting
	Daily     []int // decisions of people on each of the last 28 days, today last
	Speed     Speed // of the last 28 days
	Reversed  Share // of restricting decisions by people in the last 28 days
	Before    Share // of the 28 days before
	Busiest   []Share
	People    []Share // reversed by others, of what they restricted
	Rules     []Share // reversed, of what they decided
	Precision []Share // rejected, of what they spoke about and the desk decided
	Workload  []Share // decided in the last 7 days, on so many authors
	Stories   map[forum.ID]forum.Story
	Accounts  map[forum.ID]forum.Account
	RuleNames map[forum.ID]string
}

const (
	figureWeeks  = 4               // how many same weekdays make a usual one
	figureDays   = 7 * figureWeeks // the stretch of rates
	workloadDays = 7
	busiest      = 6 // stories shown
)

// Dashboard returns the figures of a site, for those who may see them.
func (d *Desk) Dashboard(ctx context.Context, site forum.Site, actor forum.Actor) (Dashboard, error) {
	f := Dashboard{Now: d.Now()}
	if !forum.May(actor, forum.ActFigures) {
		return f, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	today := dayOf(f.Now)
	g := gather{ctx: ctx, site: site.ID, r: d.store.Reader}
	f.Comments = g.day(f.Now, store.Reader.CommentsByHour)
	f.Decisions = g.day(f.Now, store.Reader.DecisionsByHour)
	from := today.AddDate(0, 0, 1-figureDays)
	g.do(func() (err error) { f.Held, err = g.r.QueueAge(ctx, site.ID, QueueHeld, f.Now); return })
	g.do(func() (err error) { f.Reported, err = g.r.QueueAge(ctx, site.ID, QueueReported, f.Now); return })
	g.do(func() (err error) { f.Daily, err = g.r.DecisionsByDay(ctx, site.ID, from, figureDays); return })
	g.do(func() (err error) { f.Speed, err = g.r.Speed(ctx, site.ID, from, f.Now); return })
	g.do(func() (err error) { f.People, err = g.r.ReversedOfActors(ctx, site.ID, from, f.Now); return })
	g.do(func() (err error) { f.Rules, err = g.r.ReversedOfRules(ctx, site.ID, from, f.Now); return })
	g.do(func() (err error) { f.Precision, err = g.r.Precision(ctx, site.ID, from, f.Now); return })
	g.do(func() (err error) { f.Busiest, err = g.r.Busiest(ctx, site.ID, today, f.Now, busiest); return })
	g.do(func() (err error) {
		f.Workload, err = g.r.Workload(ctx, site.ID, today.AddDate(0, 0, 1-workloadDays), f.Now)
		return
	})
	g.do(func() error {
		before, err := g.r.ReversedOfActors(ctx, site.ID, from.AddDate(0, 0, -figureDays), from)
		f.Reversed, f.Before = sum(f.People), sum(before)
		return err
	})
	g.do(func() error { return g.names(&f) })
	return f, g.err
}

// gather reads one figure after the other until one fails.
type gather struct {
	ctx  context.Context
	site forum.ID
	r    store.Reader
	err  error
}

func (g *gather) do(read func() error) {
	if g.err == nil {
		g.err = read()
	}
}

// day reads a day and the same weekdays before it.
func (g *gather) day(now time.Time, count func(store.Reader, context.Context, forum.ID, time.Time) ([24]int, error)) Day {
	today := dayOf(now)
	day := Day{Until: now.Hour() + 1, ByNow: -1}
	g.do(func() (err error) { day.Hours, err = count(g.r, g.ctx, g.site, today); return })
	var before [][24]int
	for week := 1; week <= figureWeeks; week++ {
		g.do(func() error {
			hours, err := count(g.r, g.ctx, g.site, today.AddDate(0, 0, -7*week))
			before = append(before, hours)
			return err
		})
	}
	// Days before the site's first one say nothing about what is usual.
	for len(before) > 0 && before[len(before)-1] == [24]int{} {
		before = before[:len(before)-1]
	}
	for h := range day.Until {
		day.Total += day.Hours[h]
	}
	if len(before) == 0 {
		return day
	}
	for h := range 24 {
		day.Usual[h] = median(before, func(hours [24]int) int { return hours[h] })
	}
	day.ByNow = median(before, func(hours [24]int) int { return until(hours, now) })
	return day
}

// until sums the hours of a day up to a time of day; of the hour that runs, the
// part that is over.
func until(hours [24]int, now time.Time) int {
	n := 0
	for h := range now.Hour() {
		n += hours[h]
	}
	return n + hours[now.Hour()]*now.Minute()/60
}

// median returns the middle of what of gives; of two middle ones, their mean.
func median(days [][24]int, of func([24]int) int) int {
	all := make([]int, len(days))
	for i, day := range days {
		all[i] = of(day)
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

func sum(all []Share) Share {
	var s Share
	for _, x := range all {
		s.Of, s.Part = s.Of+x.Of, s.Part+x.Part
	}
	return s
}

// dayOf returns the midnight, UTC, at which the day of an instant began.
func dayOf(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// names reads what the figures are about.
func (g *gather) names(f *Dashboard) error {
	var people []forum.ID
	for _, x := range slices.Concat(f.People, f.Workload) {
		people = append(people, x.ID)
	}
	var err error
	if f.Accounts, err = g.r.AccountsByID(g.ctx, g.site, people); err != nil {
		return err
	}
	if f.RuleNames, err = g.r.RuleNames(g.ctx, g.site); err != nil {
		return err
	}
	f.Stories = map[forum.ID]forum.Story{}
	for _, x := range f.Busiest {
		if f.Stories[x.ID], err = g.r.Story(g.ctx, g.site, x.ID); err != nil {
			return err
		}
	}
	return nil
}

// Rule returns what a rule is called; its id if it has no name any more.
func (f Dashboard) Rule(id forum.ID) string {
	if name := f.RuleNames[id]; name != "" {
		return name
	}
	return id.String()
}
