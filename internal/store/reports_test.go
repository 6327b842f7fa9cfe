package store_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// file adds a report on a comment by a fresh guest.
func file(t *testing.T, s *store.Store, c forum.Comment, network string) forum.ID {
	t.Helper()
	by := storetest.Account(t, s, c.SiteID, forum.RoleGuest)
	must(t, s, func(tx *store.Tx) error {
		_, err := tx.AddReport(ctx, forum.Report{
			SiteID: c.SiteID, ID: storetest.ID(), CommentID: c.ID, AccountID: by.ID, Reason: forum.ReasonAbuse, Network: network,
		})
		return err
	})
	return by.ID
}

// A flood of reports from one network counts once, also after the first of them
// was looked at; without a network every report counts.
func TestReports_floodCountsOnce(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		for range 5 {
			file(t, s, c[0], "flood")
		}
		file(t, s, c[0], "elsewhere")
		file(t, s, c[1], "flood")
		file(t, s, c[1], "")
		file(t, s, c[1], "")
		for i, want := range []int{2, 3} {
			if n := reread(t, s, c[i]).Reports; n != want {
				t.Errorf("comment %d has %d reports that count, want %d", i, n, want)
			}
		}
		storetest.CheckCounters(t, s, w.site.ID)
		open, err := s.OpenReports(ctx, w.site.ID, c[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		counted := 0
		for _, r := range open {
			if r.Counted {
				counted++
			}
		}
		if len(open) != 6 || counted != 2 {
			t.Errorf("%d open, %d counted", len(open), counted)
		}
		must(t, s, func(tx *store.Tx) error {
			_, err := tx.SettleReports(ctx, w.site.ID, c[0].ID, 1, forum.ReportDismissed)
			return err
		})
		file(t, s, c[0], "flood")
		if n := reread(t, s, c[0]).Reports; n != 0 {
			t.Errorf("the flood comes back: %d", n)
		}
		must(t, s, func(tx *store.Tx) error {
			_, err := tx.ForgetReporters(ctx, w.site.ID, epoch.Add(time.Second))
			return err
		})
		if open, err = s.OpenReports(ctx, w.site.ID, c[1].ID); err != nil || slices.ContainsFunc(open, func(r forum.Report) bool { return r.Network != "" }) {
			t.Errorf("a network is remembered: %+v %v", open, err)
		}
		storetest.CheckCounters(t, s, w.site.ID)
	})
}

func TestReports_settledAndReopened(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		reporters := []forum.ID{file(t, s, c, "one"), file(t, s, c, "two")}
		record := func(upheld, dismissed int) {
			t.Helper()
			for _, id := range reporters {
				a, err := s.Account(ctx, w.site.ID, id)
				if err != nil || a.ReportsUpheld != upheld || a.ReportsDismissed != dismissed {
					t.Errorf("record %d upheld, %d dismissed, want %d, %d (%v)", a.ReportsUpheld, a.ReportsDismissed, upheld, dismissed, err)
				}
			}
			storetest.CheckCounters(t, s, w.site.ID)
		}
		settle := func(decision forum.ID, outcome forum.ReportOutcome, want int) {
			t.Helper()
			must(t, s, func(tx *store.Tx) error {
				told, err := tx.SettleReports(ctx, w.site.ID, c.ID, decision, outcome)
				if len(told) != want {
					t.Errorf("%s: %d reporters, want %d", outcome, len(told), want)
				}
				return err
			})
		}
		reopen := func(decision forum.ID) {
			t.Helper()
			must(t, s, func(tx *store.Tx) error { return tx.ReopenReports(ctx, w.site.ID, c.ID, decision) })
		}
		settle(1, forum.ReportUpheld, 2)
		record(1, 0)
		settle(2, forum.ReportUpheld, 0)
		record(1, 0)
		reopen(2) // a decision that settled nothing takes nothing back
		record(1, 0)
		reopen(1)
		record(0, 0)
		if n := reread(t, s, c).Reports; n != 2 {
			t.Errorf("%d reports are open again, want 2", n)
		}
		settle(3, forum.ReportDismissed, 2)
		record(0, 1)
	})
}
