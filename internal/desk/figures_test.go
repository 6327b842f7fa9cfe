package desk_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// past writes comments and decisions at instants that have gone by.
type past struct {
	*office
	n int
}

func (p *past) id(at time.Time) forum.ID {
	p.t.Helper()
	p.n++
	id, err := forum.MintAt(at, p.n)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// comments adds n comments at an instant.
func (p *past) comments(at time.Time, n int, state forum.State) []forum.Comment {
	p.t.Helper()
	all := make([]forum.Comment, n)
	if err := p.s.Write(ctx, at, func(ctx context.Context, tx *store.Tx) error {
		for i := range all {
			id := p.id(at)
			all[i] = forum.Comment{
				SiteID: p.site.ID, ID: id, RootID: id, StoryID: p.story.ID, AccountID: p.owner.Account.ID, AuthorKey: id.String(),
				Byline: forum.Byline{Kind: forum.BylineNone}, Source: "x", HTML: "x", State: state, CreatedAt: at,
			}
			if err := tx.AddComment(ctx, store.NewComment{Comment: all[i]}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		p.t.Fatal(err)
	}
	return all
}

// decision adds a decision at an instant and returns its id.
func (p *past) decision(at time.Time, x forum.Decision) forum.ID {
	p.t.Helper()
	x.SiteID, x.ID = p.site.ID, p.id(at)
	if err := p.s.Write(ctx, at, func(ctx context.Context, tx *store.Tx) error { return tx.AddDecision(ctx, x) }); err != nil {
		p.t.Fatal(err)
	}
	return x.ID
}

func TestDashboard_usualDay(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		p := &past{office: o}
		now := o.clock.now() // a Sunday at noon
		o.clock.pass(30 * time.Minute)
		for week, n := range []int{5, 10, 2, 4, 6} {
			day := now.AddDate(0, 0, -7*week)
			p.comments(day.Add(-2*time.Hour), n, forum.Published)
			p.comments(day.Add(time.Minute), 2*n, forum.Published)
			if week > 0 {
				p.comments(day.Add(3*time.Hour), 7, forum.Published)
			}
		}
		p.comments(now.AddDate(0, 0, -3), 100, forum.Published) // another weekday
		f, err := o.d.Dashboard(ctx, o.site, o.owner)
		if err != nil {
			t.Fatal(err)
		}
		c := f.Comments
		// Same weekdays had 2, 4, 6 and 10 at ten o'clock: the middle is 5. Of the
		// hour from noon, twice that, half is over.
		if c.Until != 13 || c.Total != 15 || c.Hours[10] != 5 || c.Hours[12] != 10 || c.Usual[10] != 5 || c.Usual[15] != 7 || c.ByNow != 10 {
			t.Errorf("%+v", c)
		}
		if f.Decisions.ByNow != -1 {
			t.Errorf("days without decisions make a usual day: %+v", f.Decisions)
		}
		if len(f.Busiest) != 1 || f.Busiest[0].Of != 15 || f.Stories[o.story.ID].Headline != "Tanks" {
			t.Errorf("busiest: %+v", f.Busiest)
		}
	})
}

func TestDashboard_queuesAndRates(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		p := &past{office: o}
		now := o.clock.now()
		p.comments(now.Add(-30*time.Minute), 2, forum.Held)
		p.comments(now.Add(-5*time.Hour), 3, forum.Held)
		p.comments(now.AddDate(0, 0, -4), 1, forum.Held)
		one, two := forum.ID(11), forum.ID(12)
		rejection := func(by forum.ID, days int) forum.ID {
			return p.decision(now.AddDate(0, 0, -days).Add(-time.Hour), forum.Decision{ActorID: by, Verb: forum.Reject, Waited: time.Minute})
		}
		undo := func(what, by forum.ID) {
			p.decision(now.Add(-time.Minute), forum.Decision{ActorID: by, Verb: forum.Publish, Undoes: what})
		}
		undo(rejection(one, 1), two)  // reversed
		undo(rejection(one, 1), one)  // a slip of the hand
		rejection(one, 2)             // stands
		undo(rejection(two, 9), one)  // reversed
		undo(rejection(two, 40), one) // in the weeks before
		rule := forum.ID(77)
		caught := p.comments(now.AddDate(0, 0, -1), 3, forum.Rejected)
		caught = append(caught, p.comments(now.AddDate(0, 0, -1), 1, forum.Published)...)
		for _, c := range caught {
			p.decision(now.AddDate(0, 0, -1), forum.Decision{CommentID: c.ID, Verb: forum.Hold, Automated: true, RuleID: rule})
		}
		f, err := o.d.Dashboard(ctx, o.site, o.owner)
		if err != nil {
			t.Fatal(err)
		}
		if w := f.Held; w.Count != 6 || w.Young != 2 || w.Middle != 3 || w.Old != 1 || !w.Oldest.Equal(now.AddDate(0, 0, -4).Truncate(time.Millisecond)) {
			t.Errorf("held: %+v", w)
		}
		if diff := cmp.Diff([]desk.Share{{ID: one, Of: 3, Part: 1}, {ID: two, Of: 1, Part: 1}}, f.People); diff != "" {
			t.Errorf("people:\n%s", diff)
		}
		if f.Reversed.Of != 4 || f.Reversed.Part != 2 || f.Before.Of != 1 || f.Before.Part != 1 {
			t.Errorf("reversed %+v, before %+v", f.Reversed, f.Before)
		}
		if diff := cmp.Diff([]desk.Share{{ID: rule, Of: 4}}, f.Rules); diff != "" {
			t.Errorf("rules:\n%s", diff)
		}
		if f.Daily[27] != 4 || f.Daily[26] != 2 || len(f.Daily) != 28 {
			t.Errorf("daily: %v", f.Daily)
		}
		if f.Speed.Count != 4 || f.Speed.Median != time.Minute {
			t.Errorf("speed: %+v", f.Speed)
		}
	})
}

// TestDashboard_cost asserts that reading the figures reads what they show, and
// not what they count.
func TestDashboard_cost(t *testing.T) {
	o := newOffice(t, storetest.Open(t, "sqlite"))
	p := &past{office: o}
	now := o.clock.now()
	read := func() int64 {
		t.Helper()
		before := o.s.RowsRead()
		if _, err := o.d.Dashboard(ctx, o.site, o.owner); err != nil {
			t.Fatal(err)
		}
		return o.s.RowsRead() - before
	}
	fill := func(n int) {
		for _, c := range p.comments(now.Add(-2*time.Hour), n, forum.Published) {
			p.decision(now.Add(-time.Hour), forum.Decision{CommentID: c.ID, ActorID: 5, Verb: forum.Publish, Waited: time.Second})
		}
	}
	fill(10)
	few := read()
	fill(400)
	if many := read(); many > few || many > 60 {
		t.Errorf("%d rows for 410 comments, %d for 10", many, few)
	}
}

func TestDashboard_whoMay(t *testing.T) {
	o := newOffice(t, storetest.Open(t, "sqlite"))
	for _, role := range []forum.Role{forum.RoleReviewer, forum.RoleAuditor, forum.RoleGuest} {
		a := o.owner
		a.Account.Role = role
		if _, err := o.d.Dashboard(ctx, o.site, a); !forum.IsKind(err, forum.Forbidden) {
			t.Errorf("%s: %v", role, err)
		}
	}
}

func TestMonthOf(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		p := &past{office: o}
		now := o.clock.now() // 1 March 2026
		february := time.Date(2026, 2, 10, 9, 0, 0, 0, time.UTC)
		p.comments(february, 3, forum.Published)
		p.comments(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), 1, forum.Published)
		p.comments(time.Date(2026, 1, 31, 23, 59, 59, 0, time.UTC), 9, forum.Published)
		p.comments(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 9, forum.Published)
		for i := range 10 {
			p.decision(february, forum.Decision{
				ActorID: 3, ActorRole: forum.RoleModerator, Verb: forum.Reject, Reason: "abuse", Waited: time.Duration(i+1) * time.Minute,
			})
		}
		rule := p.decision(february, forum.Decision{Verb: forum.Hold, Reason: "rule", Automated: true, RuleID: 4})
		p.decision(february.Add(time.Hour), forum.Decision{ActorID: 3, Verb: forum.Publish, Undoes: rule})
		m, err := o.d.MonthOf(ctx, o.site, february)
		if err != nil {
			t.Fatal(err)
		}
		if m.Comments != 4 || m.TakenBack != 1 || !m.Over || m.Speed != (desk.Speed{Count: 10, Median: 5 * time.Minute, Ninth: 9 * time.Minute}) {
			t.Errorf("%+v", m)
		}
		want := []desk.Tally{
			{Verb: forum.Hold, Reason: "rule", Automated: true, RuleID: 4, Count: 1},
			{Verb: forum.Reject, Reason: "abuse", Role: forum.RoleModerator, Count: 10},
		}
		if diff := cmp.Diff(want, m.Tallies); diff != "" {
			t.Error(diff)
		}
		if m, err := o.d.MonthOf(ctx, o.site, now); err != nil || m.Over || m.Comments != 9 || !m.To.Equal(now.Add(time.Millisecond)) {
			t.Errorf("this month: %+v %v", m, err)
		}
		if _, err := o.d.MonthOf(ctx, o.site, now.AddDate(0, 1, 0)); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("a month to come: %v", err)
		}
		if first, err := o.d.FirstMonth(ctx, o.site); err != nil || first.Month() != time.February {
			t.Errorf("first month: %v %v", first, err)
		}
	})
}
