package store_test

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

func TestRoots_everyOneOnce(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		all := storetest.Grow(t, s, w.story, w.author.ID, 40, func(i int) int {
			if i > 30 {
				return i % 3 // replies are no roots
			}
			return -1
		})
		must(t, s, func(tx *store.Tx) error {
			for i, c := range all[:31] {
				// Few scores, so that most are ties.
				if err := tx.ShowScore(ctx, c, float64(i%3)/7); err != nil {
					return err
				}
			}
			for _, i := range []int{0, 20} { // one with replies, one without
				if _, err := tx.Move(ctx, w.site.ID, all[i].ID, forum.Published, forum.Rejected); err != nil {
					return err
				}
			}
			return nil
		})
		var want []forum.Comment
		for i, c := range all[:31] {
			if i != 20 {
				want = append(want, reread(t, s, c))
			}
		}
		orders := map[forum.Order]func(a, b forum.Comment) int{
			forum.Newest: func(a, b forum.Comment) int { return cmp.Compare(b.ID, a.ID) },
			forum.Oldest: func(a, b forum.Comment) int { return cmp.Compare(a.ID, b.ID) },
			forum.Useful: func(a, b forum.Comment) int {
				return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.ID, a.ID))
			},
		}
		for order, compare := range orders {
			slices.SortFunc(want, compare)
			var got []forum.Comment
			var after store.Cursor
			for {
				page, err := s.Roots(ctx, w.site.ID, w.story.ID, order, after, 7)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				last := page[len(page)-1]
				after = store.Cursor{ID: last.ID, Score: last.Score}
			}
			wantSame(t, string(order), idsOf(got), idsOf(want))
		}
		if newest, err := s.Newest(ctx, w.site.ID, w.story.ID); err != nil || newest != all[39].ID {
			t.Errorf("Newest = %s, %v", newest, err)
		}
		empty := storetest.Story(t, s, w.site.ID, "empty")
		if newest, err := s.Newest(ctx, w.site.ID, empty.ID); err != nil || newest != 0 {
			t.Errorf("Newest of none = %s, %v", newest, err)
		}
		if x, err := s.Outline(ctx, w.site.ID, empty.ID); err != nil || x != (store.Outline{}) {
			t.Errorf("Outline of none = %+v, %v", x, err)
		}
		if x, err := s.Outline(ctx, w.site.ID, w.story.ID); err != nil || x != (store.Outline{Newest: all[39].ID}) {
			t.Errorf("Outline = %+v, %v", x, err)
		}
		for _, order := range []forum.Order{forum.Newest, forum.Oldest} {
			var got []forum.ID
			for after := forum.ID(0); ; after = got[len(got)-1] {
				page, err := s.Flat(ctx, w.site.ID, w.story.ID, order, after, 11)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				got = append(got, idsOf(page)...)
			}
			flat := idsOf(slices.Delete(slices.Clone(all), 20, 21))
			if order == forum.Newest {
				slices.Reverse(flat)
			}
			wantSame(t, "flat "+string(order), got, flat)
		}
	})
}

func TestBranches(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		// Two roots; below the first 50 replies, each with an answer.
		all := storetest.Grow(t, s, w.story, w.author.ID, 102, func(i int) int {
			switch {
			case i < 2:
				return -1
			case i < 52:
				return 0
			}
			return i - 50
		})
		must(t, s, func(tx *store.Tx) error { // a reply that answers keep in sight, and an answer that goes
			for _, i := range []int{2, 53} {
				if _, err := tx.Move(ctx, w.site.ID, all[i].ID, forum.Published, forum.Withdrawn); err != nil {
					return err
				}
			}
			return nil
		})
		reading := slices.Clone(all[2:])
		reading = slices.DeleteFunc(reading, func(c forum.Comment) bool { return c.ID == all[53].ID })
		slices.SortFunc(reading, func(a, b forum.Comment) int { return cmp.Compare(a.Path, b.Path) })

		first, err := s.FirstReplies(ctx, w.site.ID, []forum.ID{all[0].ID, all[1].ID}, 3)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(first, func(a, b forum.Comment) int { return cmp.Compare(a.Path, b.Path) })
		wantSame(t, "first replies", idsOf(first), idsOf(reading[:3]))
		every, err := s.FirstReplies(ctx, w.site.ID, []forum.ID{all[0].ID}, 1000)
		if err != nil || len(every) != 99 {
			t.Errorf("%d replies in all, %v", len(every), err)
		}
		if none, err := s.FirstReplies(ctx, w.site.ID, nil, 3); err != nil || len(none) != 0 {
			t.Errorf("replies of none: %d, %v", len(none), err)
		}
		var got []forum.ID
		for after := ""; ; {
			page, err := s.Branch(ctx, w.site.ID, all[0].ID, after, forum.BelowPath(""), 7)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, idsOf(page)...)
			after = page[len(page)-1].Path
		}
		wantSame(t, "branch in reading order", got, idsOf(reading))
		inner, err := s.Branch(ctx, w.site.ID, all[0].ID, all[40].Path, forum.BelowPath(all[40].Path), 9)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "branch of a reply", idsOf(inner), []forum.ID{all[90].ID})
		line, err := s.Ancestors(ctx, all[52])
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "ancestors in any state", idsOf(line), []forum.ID{all[0].ID, all[2].ID})
		if line, err = s.Ancestors(ctx, all[1]); err != nil || len(line) != 0 {
			t.Errorf("ancestors of a root: %d, %v", len(line), err)
		}
	})
}

func TestSince(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		mine := storetest.Grow(t, s, w.story, w.reader.ID, 1, storetest.Roots)[0]
		theirs := storetest.Grow(t, s, w.story, w.author.ID, 5, storetest.Roots)
		must(t, s, func(tx *store.Tx) error {
			for i, by := range []forum.ID{w.author.ID, w.reader.ID, w.author.ID} {
				c := theirs[0]
				c.ID, c.AccountID, c.ParentID, c.RootID, c.Path = storetest.ID(), by, mine.ID, mine.ID, forum.ChildPath("", i+1)
				if i == 2 {
					c.State = forum.Held
				}
				if err := tx.AddComment(ctx, store.NewComment{Comment: c}); err != nil {
					return err
				}
			}
			return nil
		})
		for _, x := range []struct {
			after, account forum.ID
			fresh, answers int
		}{
			{0, w.reader.ID, 8, 1},
			{mine.ID, w.reader.ID, 7, 1},
			{theirs[4].ID, w.reader.ID, 2, 1},
			{mine.ID, w.author.ID, 7, 0},
			{mine.ID, 0, 7, 0},
		} {
			fresh, answers, err := s.Since(ctx, w.site.ID, w.story.ID, x.after, x.account)
			if err != nil || fresh != x.fresh || answers != x.answers {
				t.Errorf("since %s for %s: %d, %d, %v; want %d, %d", x.after, x.account, fresh, answers, err, x.fresh, x.answers)
			}
		}
		storetest.Grow(t, s, w.story, w.author.ID, 1100, storetest.Roots)
		if fresh, _, err := s.Since(ctx, w.site.ID, w.story.ID, 0, 0); err != nil || fresh != 1000 {
			t.Errorf("it counts to %d, %v", fresh, err)
		}
	})
}

// TestShown compares what pages read of comments and of who signed them with all
// there is of them, for lists of every length that has a statement of its own.
func TestShown(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		const roots = 60
		all := storetest.Grow(t, s, w.story, w.author.ID, 2*roots, func(i int) int {
			if i < roots {
				return -1
			}
			return i - roots
		})
		must(t, s, func(tx *store.Tx) error {
			voted := all[roots-1]
			voted.Up, voted.Down = 3, 2
			if err := tx.ShowScore(ctx, voted, 0.25); err != nil {
				return err
			}
			return tx.SetFeatured(ctx, w.site.ID, all[roots-1].ID, tx.Now)
		})
		shown := func(c forum.Comment) forum.Comment {
			c = reread(t, s, c)
			c.PublishedAt, c.Replies, c.Up, c.Down, c.Reports, c.Reviewed, c.HeldFor = time.Time{}, 0, 0, 0, 0, false, ""
			return c
		}
		newest, err := s.Roots(ctx, w.site.ID, w.story.ID, forum.Newest, store.Cursor{}, 1)
		if want := shown(all[roots-1]); err != nil || len(newest) != 1 || newest[0] != want {
			t.Errorf("a root is %+v, want %+v: %v", newest, want, err)
		}
		if x, err := s.Outline(ctx, w.site.ID, w.story.ID); err != nil || x != (store.Outline{Newest: all[2*roots-1].ID, Picked: true}) {
			t.Errorf("Outline = %+v, %v", x, err)
		}
		var people []forum.ID
		signed := map[forum.ID]forum.Account{}
		must(t, s, func(tx *store.Tx) error {
			for i := range 2 * roots {
				a := forum.Account{
					SiteID: w.site.ID, ID: storetest.ID(), Role: []forum.Role{forum.RoleReader, forum.RoleLead}[i%2], AuthorKey: strconv.Itoa(i),
				}
				people = append(people, a.ID)
				signed[a.ID] = a
				if err := tx.AddAccount(ctx, a, ""); err != nil {
					return err
				}
			}
			return nil
		})
		for _, n := range []int{0, 1, 8, 9, 16, 17, 25, 26, 32, 33, roots} {
			found, err := s.FirstReplies(ctx, w.site.ID, idsOf(all[:n]), 3)
			if err != nil || len(found) != n {
				t.Fatalf("%d replies to %d roots: %v", len(found), n, err)
			}
			slices.SortFunc(found, func(a, b forum.Comment) int { return cmp.Compare(a.ID, b.ID) })
			for i, c := range found {
				if want := shown(all[roots+i]); c != want {
					t.Errorf("a reply is %+v, want %+v", c, want)
				}
			}
			by, err := s.Signers(ctx, w.site.ID, people[:2*n])
			if err != nil || len(by) != 2*n {
				t.Fatalf("%d of %d signers: %v", len(by), 2*n, err)
			}
			for id, a := range by {
				if !reflect.DeepEqual(a, signed[id]) {
					t.Errorf("a signer is %+v, want %+v", a, signed[id])
				}
			}
		}
	})
}
