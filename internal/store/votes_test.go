package store_test

import (
	"math"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

func TestVotes(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		before := forum.VoteNone
		for _, v := range []forum.Vote{1, 1, -1, 0, 0, -1, 1, 0, 1} {
			var got forum.Comment
			must(t, s, func(tx *store.Tx) (err error) {
				got, err = tx.SetVote(ctx, w.site.ID, c[0].ID, w.reader.ID, v)
				return err
			})
			if up, down := max(0, int(v)), max(0, -int(v)); got.Up != up || got.Down != down {
				t.Errorf("after %d, then %d: %d up, %d down", before, v, got.Up, got.Down)
			}
			if mine, err := s.Vote(ctx, w.site.ID, c[0].ID, w.reader.ID); mine != v || err != nil {
				t.Errorf("vote is %d, %v; want %d", mine, err, v)
			}
			before = v
		}
		wantKind(t, "vote on nothing", try(s, func(tx *store.Tx) error { _, err := tx.SetVote(ctx, w.site.ID, 1, w.reader.ID, 1); return err }), forum.NotFound, "error.notFound")
		mine, err := s.VotesIn(ctx, w.site.ID, w.reader.ID, w.story.ID)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "votes in story", mine, map[forum.ID]forum.Vote{c[0].ID: 1})
		if other, _ := s.VotesIn(ctx, w.site.ID, w.reader.ID, 1); len(other) != 0 {
			t.Errorf("votes in another story: %v", other)
		}
		due, err := s.ScoresDue(ctx, w.site.ID, 9)
		if err != nil || len(due) != 1 || due[0].ShownUp != 0 {
			t.Fatalf("due: %+v, %v", due, err)
		}
		show := func(c forum.Comment) {
			must(t, s, func(tx *store.Tx) error { return tx.ShowScore(ctx, c, 0.123456789012345678) })
		}
		stale := due[0]
		stale.Up = 7 // what the job read is not what is there now
		show(stale)
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 1 {
			t.Error("a comment voted on meanwhile is not due any more")
		}
		show(due[0])
		got := reread(t, s, c[0])
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 0 || got.ShownUp != 1 || got.Score != 0.123456789012345678 {
			t.Errorf("%d due; %+v", len(again), got)
		}
		must(t, s, func(tx *store.Tx) error { _, err := tx.SetVote(ctx, w.site.ID, c[0].ID, w.reader.ID, 1); return err })
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 0 {
			t.Error("the same vote again makes the score due")
		}
		storetest.CheckCounters(t, s, w.site.ID)
	})
}

func TestScore_exact(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		for _, score := range []float64{0, 0.1, 1. / 3, math.Nextafter(0.5, 1), math.SmallestNonzeroFloat64} {
			must(t, s, func(tx *store.Tx) error { return tx.ShowScore(ctx, c, score) })
			if got := reread(t, s, c).Score; math.Float64bits(got) != math.Float64bits(score) {
				t.Errorf("score %v becomes %v", score, got)
			}
		}
	})
}

func TestRecount_findsAndMends(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 3, func(i int) int { return i - 1 })
		must(t, s, func(tx *store.Tx) error {
			if err := tx.AddBelow(ctx, c[2], 5); err != nil {
				return err
			}
			if _, err := tx.TouchStory(ctx, w.site.ID, w.story.ID, -1, 2); err != nil {
				return err
			}
			return tx.CountStanding(ctx, w.site.ID, w.author.ID, 1, 1)
		})
		wrong, err := s.Recount(ctx, w.site.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "miscounts", wrong, []store.Miscount{
			{Table: "comments", Counter: "replies", ID: c[1].ID, Stored: 6, Counted: 1},
			{Table: "comments", Counter: "descendants", ID: c[0].ID, Stored: 7, Counted: 2},
			{Table: "comments", Counter: "descendants", ID: c[1].ID, Stored: 6, Counted: 1},
			{Table: "stories", Counter: "comments", ID: w.story.ID, Stored: 2, Counted: 3},
			{Table: "stories", Counter: "held", ID: w.story.ID, Stored: 2, Counted: 0},
			{Table: "accounts", Counter: "accepted", ID: w.author.ID, Stored: 4, Counted: 3},
			{Table: "accounts", Counter: "rejected", ID: w.author.ID, Stored: 1, Counted: 0},
		})
		moved := wrong[3]
		moved.Stored = 9 // it has changed since it was counted
		must(t, s, func(tx *store.Tx) error { return tx.Mend(ctx, w.site.ID, moved) })
		if again, _ := s.Recount(ctx, w.site.ID); len(again) != len(wrong) {
			t.Error("a counter that changed meanwhile was overwritten")
		}
		must(t, s, func(tx *store.Tx) error {
			for _, m := range wrong {
				if err := tx.Mend(ctx, w.site.ID, m); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.CheckCounters(t, s, w.site.ID)
		wantKind(t, "unknown counter", try(s, func(tx *store.Tx) error {
			return tx.Mend(ctx, w.site.ID, store.Miscount{Table: "sites", Counter: "name"})
		}), forum.NotFound, "error.notFound")
		if damage, err := s.Damage(ctx); err != nil || len(damage) != 0 {
			t.Errorf("damage: %v, %v", damage, err)
		}
	})
}
