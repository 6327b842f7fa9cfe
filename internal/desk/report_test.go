package desk_test

import (
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// from returns a fresh guest on a network.
func (o *office) from(network string) forum.Actor {
	o.t.Helper()
	a := o.guest()
	a.Network = network
	return a
}

func (o *office) report(by forum.Actor, c forum.Comment) {
	o.t.Helper()
	if _, _, err := o.d.Report(ctx, o.site, by, c.ID, forum.ReasonAbuse, ""); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) account(id forum.ID) forum.Account {
	o.t.Helper()
	a, err := o.s.Account(ctx, o.site.ID, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

// TestReport_accuracyWeighs has one reader report what the desk removes and
// another what it keeps; their next reports say how far to trust them.
func TestReport_accuracyWeighs(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		careful, careless := o.from("a"), o.from("b")
		for range 4 {
			bad, good := o.post(o.guest(), 0, "bad"), o.post(o.guest(), 0, "good")
			o.report(careful, bad)
			o.report(careless, good)
			o.decide(bad, forum.Reject)
			o.decide(good, forum.Dismiss)
		}
		same(t, "careful", o.account(careful.Account.ID).ReportsUpheld, 4)
		same(t, "careless", o.account(careless.Account.ID).ReportsDismissed, 4)
		next := o.post(o.guest(), 0, "next")
		o.report(careful, next)
		o.report(careless, next)
		open, err := o.s.OpenReports(ctx, o.site.ID, next.ID)
		if err != nil || len(open) != 2 {
			t.Fatal(open, err)
		}
		for _, r := range open {
			if good := r.AccountID == careful.Account.ID; good != (r.Weight() > 0.5) {
				t.Errorf("report of careful reader %t weighs %v", good, r.Weight())
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// TestReport_heldKeepsReports holds a reported comment: the reports stay open
// until it is published or rejected.
func TestReport_heldKeepsReports(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c, reader := o.post(o.guest(), 0, "doubtful"), o.from("a")
		o.report(reader, c)
		o.decide(c, forum.Hold)
		page, err := o.d.Queue(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueHeld}, 9)
		cards := page.Cards
		if err != nil || len(cards) != 1 || len(cards[0].Reports) != 1 {
			t.Fatalf("%+v %v", cards, err)
		}
		o.decide(c, forum.Publish)
		same(t, "record", o.account(reader.Account.ID).ReportsDismissed, 1)
		same(t, "open reports", o.reread(c).Reports, 0)
	})
}

// TestReport_floodFromOneNetwork is one household or one machine room: the desk
// sees each report, and the queue counts one.
func TestReport_floodFromOneNetwork(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "unpopular")
		for range 12 {
			o.report(o.from("flood"), c)
		}
		o.report(o.from("elsewhere"), c)
		same(t, "counted", o.reread(c).Reports, 2)
		o.decide(c, forum.Dismiss)
		for range 3 {
			o.report(o.from("flood"), c)
		}
		same(t, "counted after a second look", o.reread(c).Reports, 0)
		o.clock.pass(25 * 3600e9)
		if err := o.d.Tidy(ctx, o.site.ID); err != nil {
			t.Fatal(err)
		}
		o.report(o.from("flood"), c)
		same(t, "counted the day after", o.reread(c).Reports, 1)
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}
