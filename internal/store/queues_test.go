package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// The record of whoever writes all day is of the newest comments only.
func TestRecords(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		storetest.Grow(t, s, w.story, w.author.ID, 120, storetest.Roots)
		storetest.Grow(t, s, w.story, w.reader.ID, 3, storetest.Roots)
		records, err := s.Records(ctx, w.site.ID, []forum.ID{w.author.ID, w.reader.ID}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := records[w.author.ID], (store.Record{Accepted: 100, Newest: 100}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if got, want := records[w.reader.ID], (store.Record{Accepted: 3}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

// A queue counted as a whole has as many comments as one counted by its filter.
func TestCountSifted_whole(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		storetest.Grow(t, s, w.story, w.author.ID, 12, storetest.Roots)
		for _, q := range []store.QueueKind{store.QueueReported, store.QueueHeld, store.QueueUnseen, store.QueueRejected, store.QueueAll} {
			for _, most := range []int{5, 1000} {
				whole, _, err := s.CountSifted(ctx, w.site.ID, store.Filter{Queue: q}, most)
				if err != nil {
					t.Fatal(err)
				}
				sifted, _, err := s.CountSifted(ctx, w.site.ID, store.Filter{Queue: q, From: time.UnixMicro(1)}, most)
				if err != nil || whole != sifted {
					t.Errorf("%s: %d as a whole, %d by filter, %v", q, whole, sifted, err)
				}
			}
		}
	})
}

func TestQueues(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 6, storetest.Roots)
		must(t, s, func(tx *store.Tx) error {
			for _, x := range c[:3] {
				if _, err := tx.Move(ctx, w.site.ID, x.ID, forum.Published, forum.Held); err != nil {
					return err
				}
			}
			for _, x := range c[2:5] { // the held one among them is not in the queue of reports
				if _, err := tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: x.ID, AccountID: w.reader.ID, Reason: forum.ReasonSpam}); err != nil {
					return err
				}
			}
			_, err := tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: c[5].ID, AccountID: w.reader.ID, Reason: forum.ReasonDisagree})
			return err
		})
		must(t, s, func(tx *store.Tx) error { return tx.SetReviewed(ctx, w.site.ID, c[5].ID, true) })
		for kind, want := range map[store.QueueKind][]forum.Comment{
			store.QueueHeld: c[:3], store.QueueReported: c[3:5], store.QueueUnseen: c[3:5], store.QueueRejected: nil, store.QueueAll: c,
		} {
			f := store.Filter{Queue: kind, Oldest: true}
			wantSame(t, string(kind), idsOf(sifted(t, s, w.site.ID, f, 2)), idsOf(want))
			f.Oldest = false
			newest := idsOf(sifted(t, s, w.site.ID, f, 2))
			slices.Reverse(newest)
			wantSame(t, string(kind)+" reversed", newest, idsOf(want))
			for most, count := range map[int]int{9: len(want), 2: min(2, len(want))} {
				if n, _, err := s.CountSifted(ctx, w.site.ID, f, most); err != nil || n != count {
					t.Errorf("%s: %d counted up to %d, %v", kind, n, most, err)
				}
			}
		}
	})
}

// sifted reads all comments of a filter in pages of n.
func sifted(t *testing.T, s *store.Store, site forum.ID, f store.Filter, n int) []forum.Comment {
	t.Helper()
	var all []forum.Comment
	for {
		page, err := s.Sift(ctx, site, f, n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Comments...)
		if f.After = page.Reached; len(page.Comments) == n {
			f.After = page.Comments[n-1].ID
		}
		if f.After == 0 {
			return all
		}
	}
}

// Every criterion of a filter finds what it should, alone and as one of several.
func TestSift_criteria(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 4, storetest.Roots)
		other := storetest.Story(t, s, w.site.ID, "other")
		d := storetest.Grow(t, s, other, w.reader.ID, 2, storetest.Roots)
		must(t, s, func(tx *store.Tx) error {
			other.Section = "sport"
			if err := tx.SetStory(ctx, other); err != nil {
				return err
			}
			lists := store.Lists{}
			lists.Add(c[1].ID, "bridge", "toll")
			lists.Add(d[0].ID, "bridge")
			if err := tx.AddToLists(ctx, w.site.ID, lists.Sorted()); err != nil {
				return err
			}
			return tx.AddDecision(ctx, forum.Decision{
				SiteID: w.site.ID, ID: storetest.ID(), CommentID: c[3].ID, StoryID: w.story.ID, AccountID: w.author.ID, ActorID: w.reader.ID,
				Verb: forum.Reject, Reason: "spam",
			})
		})
		for what, x := range map[string]struct {
			filter store.Filter
			want   []forum.Comment
		}{
			"word":            {store.Filter{Wording: words("bridge")}, []forum.Comment{c[1], d[0]}},
			"words":           {store.Filter{Wording: words("bridge", "toll")}, c[1:2]},
			"prefix":          {store.Filter{Wording: begun("bri", "brj")}, []forum.Comment{c[1], d[0]}},
			"word and prefix": {store.Filter{Wording: begun("to", "tp", "bridge")}, c[1:2]},
			"account":         {store.Filter{Account: w.reader.ID}, d},
			"account, word":   {store.Filter{Account: w.reader.ID, Wording: store.Wording{Words: []string{"bridge"}, Holds: func(source string) bool { return source == d[0].Source }}}, d[:1]},
			"story":           {store.Filter{Story: other.ID}, d},
			"section":         {store.Filter{Sections: []string{"world", "sport"}}, d},
			"no section":      {store.Filter{Sections: []string{"spo"}}, nil},
			"host":            {store.Filter{Host: "shop.example"}, nil},
			"verb":            {store.Filter{Verb: forum.Reject}, c[3:]},
			"reason":          {store.Filter{Verb: forum.Reject, Reason: "spam"}, c[3:]},
			"other reason":    {store.Filter{Verb: forum.Reject, Reason: "abuse"}, nil},
			"by":              {store.Filter{By: w.reader.ID}, c[3:]},
			"by and verb":     {store.Filter{By: w.reader.ID, Verb: forum.Hold}, nil},
			"state":           {store.Filter{State: forum.Held}, nil},
			"rule":            {store.Filter{Rule: 7}, nil},
			"from":            {store.Filter{From: epoch.Add(time.Hour)}, nil},
			"to":              {store.Filter{Account: w.author.ID, To: epoch.Add(time.Hour)}, c},
		} {
			x.filter.Queue, x.filter.Oldest = store.QueueAll, true
			wantSame(t, what, idsOf(sifted(t, s, w.site.ID, x.filter, 2)), idsOf(x.want))
			if n, _, err := s.CountSifted(ctx, w.site.ID, x.filter, 9); err != nil || n != len(x.want) {
				t.Errorf("%s: %d counted, %v", what, n, err)
			}
		}
		unseen := store.Filter{Queue: store.QueueUnseen, Story: other.ID, Oldest: true}
		wantSame(t, "queue in story", idsOf(sifted(t, s, w.site.ID, unseen, 2)), idsOf(d))
	})
}

// A filter of which an index knows only a part looks at so many comments for a page, and
// says where to go on; page by page it finds everything, in both directions.
func TestSift_bounded(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		sport := storetest.Story(t, s, w.site.ID, "sport")
		must(t, s, func(tx *store.Tx) error {
			sport.Section = "sport"
			return tx.SetStory(ctx, sport)
		})
		var found []forum.Comment
		for range 3 {
			storetest.Grow(t, s, w.story, w.author.ID, 9, storetest.Roots)
			found = append(found, storetest.Grow(t, s, sport, w.reader.ID, 2, storetest.Roots)...)
		}
		storetest.Grow(t, s, w.story, w.author.ID, 9, storetest.Roots)
		const looked = 4
		store.LookAt(t, looked)
		f := store.Filter{Queue: store.QueueUnseen, Sections: []string{"sport"}}
		for _, wording := range []store.Wording{{}, {Words: []string{"any"}, Holds: func(string) bool { return true }}} {
			f.Wording = wording
			for _, oldest := range []bool{true, false} {
				f.Oldest, f.After = oldest, 0
				all := idsOf(sifted(t, s, w.site.ID, f, 3))
				if !oldest {
					slices.Reverse(all)
				}
				wantSame(t, fmt.Sprintf("words %q, oldest %t", wording.Words, oldest), all, idsOf(found))
				before := s.RowsRead()
				page, err := s.Sift(ctx, w.site.ID, f, 3)
				if read := s.RowsRead() - before; err != nil || page.Reached == 0 || read > looked+1 {
					t.Errorf("words %q, oldest %t: %d rows read, reached %s, %v", wording.Words, oldest, read, page.Reached, err)
				}
			}
		}
		f.Wording, f.After = store.Wording{}, 0
		total, rounds := 0, 0
		for {
			n, reached, err := s.CountSifted(ctx, w.site.ID, f, 100)
			if err != nil {
				t.Fatal(err)
			}
			total, rounds = total+n, rounds+1
			if f.After = reached; reached == 0 {
				break
			}
		}
		if total != len(found) || rounds < 42/looked {
			t.Errorf("%d counted in %d rounds, want %d", total, rounds, len(found))
		}
	})
}

func TestClaims(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		claim := func(at time.Time, comment, who forum.ID) (mine bool) {
			t.Helper()
			err := s.Write(ctx, at, func(ctx ctxT, tx *store.Tx) (err error) {
				mine, err = tx.Claim(ctx, w.site.ID, comment, who, time.Minute)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return mine
		}
		if !claim(epoch, c[0].ID, w.reader.ID) || claim(epoch.Add(time.Second), c[0].ID, w.author.ID) {
			t.Error("two have the same card")
		}
		if !claim(epoch.Add(time.Second), c[0].ID, w.reader.ID) {
			t.Error("a claim is not kept by who has it")
		}
		held, err := s.Claims(ctx, w.site.ID, idsOf(c), epoch.Add(2*time.Second))
		if err != nil || len(held) != 1 || held[c[0].ID].AccountID != w.reader.ID {
			t.Errorf("claims: %v, %v", held, err)
		}
		if !claim(epoch.Add(2*time.Minute), c[0].ID, w.author.ID) {
			t.Error("a claim does not end")
		}
		if claim(epoch.Add(2*time.Minute), c[1].ID, w.author.ID); !claim(epoch.Add(2*time.Minute), c[0].ID, w.reader.ID) {
			t.Error("who looks at another card keeps the first")
		}
	})
}

func TestReports(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		report := func(by forum.ID, reason forum.Reason) (first bool) {
			must(t, s, func(tx *store.Tx) (err error) {
				first, err = tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: c.ID, AccountID: by, Reason: reason, Words: "w 🙂"})
				return err
			})
			return first
		}
		if !report(w.reader.ID, forum.ReasonHate) || report(w.reader.ID, forum.ReasonSpam) || reread(t, s, c).Reports != 1 {
			t.Error("a second report counts")
		}
		third := storetest.Account(t, s, w.site.ID, forum.RoleGuest)
		if !report(third.ID, forum.ReasonDisagree) || reread(t, s, c).Reports != 1 {
			t.Error("disagreement counts")
		}
		open, err := s.OpenReports(ctx, w.site.ID, c.ID)
		if err != nil || len(open) != 1 || open[0].Reason != forum.ReasonHate || open[0].Words != "w 🙂" || !open[0].CreatedAt.Equal(epoch) {
			t.Errorf("open reports: %+v, %v", open, err)
		}
		for since, want := range map[time.Time]int{epoch: 0, epoch.Add(-time.Second): 1} {
			if n, err := s.ReportsSince(ctx, w.site.ID, w.reader.ID, since); err != nil || n != want {
				t.Errorf("%d reports since %s, %v", n, since, err)
			}
		}
		must(t, s, func(tx *store.Tx) error { return tx.ResolveReports(ctx, w.site.ID, c.ID) })
		if open, _ = s.OpenReports(ctx, w.site.ID, c.ID); len(open) != 0 || reread(t, s, c).Reports != 0 {
			t.Error("resolved reports are open")
		}
		storetest.CheckCounters(t, s, w.site.ID)
	})
}

func TestDecisions(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		var all []forum.Decision
		for i := range 5 {
			d := forum.Decision{
				SiteID: w.site.ID, ID: storetest.ID(), CommentID: c.ID, AccountID: w.author.ID, ActorID: w.reader.ID, Verb: forum.Reject,
				Reason: "spam", Note: "n", From: forum.Published, To: forum.Rejected, Automated: i == 0, CreatedAt: epoch,
			}
			must(t, s, func(tx *store.Tx) error { return tx.AddDecision(ctx, d) })
			all = append(all, d)
		}
		got, err := s.DecisionsOn(ctx, w.site.ID, c.ID)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "decisions on the comment, the oldest first", got, all)
		first, err := s.Decided(ctx, w.site.ID, nil, 0, 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := s.Decided(ctx, w.site.ID, nil, 0, first[1].ID, 9)
		if err != nil {
			t.Error(err)
		}
		people := slices.Clone(all[1:])
		slices.Reverse(people)
		wantSame(t, "decisions of people, the newest first", append(first, rest...), people)
	})
}
