package store_test

import (
	"fmt"
	"net"
	"testing"

	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// What is foretold is asked in one round trip and in its order, each once; what is not
// foretold is asked as ever.
func TestTogether(t *testing.T) {
	url := storetest.URL(t, "postgres")
	wire := netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(url) })
	via, err := pgtest.Via(url, wire.Addr())
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.OpenAt(t, via+"&pool_max_conns=1")
	site := storetest.Site(t, s, "a")
	story := storetest.Story(t, s, site.ID, "A story")
	people := []forum.Account{storetest.Account(t, s, site.ID, forum.RoleReader), storetest.Account(t, s, site.ID, forum.RoleReader)}
	act := func(tx *store.Tx) error {
		x, err := tx.TouchStory(ctx, site.ID, story.ID, 1, 0)
		if err == nil {
			err = tx.CountStanding(ctx, site.ID, people[0].ID, 0, 0)
		}
		if err == nil {
			err = tx.CountStanding(ctx, site.ID, people[0].ID, 1, 0)
		}
		for _, p := range people {
			if err == nil {
				var a forum.Account
				if a, err = tx.Account(ctx, site.ID, p.ID); err == nil && a.AuthorKey != p.AuthorKey {
					err = fmt.Errorf("account %s is %s", p.ID, a.ID)
				}
			}
		}
		if err == nil {
			var all []forum.Sanction
			if all, err = tx.Sanctions(ctx, site.ID, people[0].ID); len(all) > 0 {
				err = fmt.Errorf("%d sanctions", len(all))
			}
		}
		if err == nil && x.Headline != "A story" {
			err = fmt.Errorf("the story is %q", x.Headline)
		}
		return err
	}
	for try, most := range []int{0, 5, 2, 2} { // the first is for statements to be prepared
		before := wire.Turns()
		must(t, s, func(tx *store.Tx) error {
			if try >= 2 {
				tx.Together(ctx, func(_ ctxT, tx *store.Tx) {
					_, _ = tx.TouchStory(ctx, site.ID, story.ID, 1, 0)
					_ = tx.CountStanding(ctx, site.ID, people[0].ID, 0, 0)
					_, _ = tx.Account(ctx, site.ID, people[1].ID)
					_, _ = tx.Account(ctx, site.ID, people[0].ID)
					_, _ = tx.Sanctions(ctx, site.ID, people[0].ID)
				})
			}
			return act(tx)
		})
		if n := wire.Turns() - before; try > 0 && n != most {
			t.Errorf("try %d: %d round trips, want %d", try, n, most)
		}
	}
	if x, err := s.Story(ctx, site.ID, story.ID); err != nil || x.Comments != 4 {
		t.Errorf("%d comments, %v", x.Comments, err)
	}
}

// What is foretold and fails, fails the transaction of whoever foretold it alone.
func TestTogether_fails(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(1 << 40)
		l := newLine(t, s)
		for i := range 3 {
			l.join(func() {
				err := share(s, func(tx *store.Tx) error {
					id := storetest.ID()
					if i == 1 {
						const bad = `select cast(1 / (length(headline) - 1) as text) from stories`
						tx.Together(ctx, func(_ ctxT, tx *store.Tx) { _, _ = tx.WriteText(ctx, bad) })
						if _, err := tx.WriteText(ctx, bad); err != nil {
							return err
						}
					}
					tx.Together(ctx, func(_ ctxT, tx *store.Tx) { _, _ = tx.Story(ctx, site.ID, id) })
					if err := tx.AddStory(ctx, forum.Story{SiteID: site.ID, ID: id, Headline: fmt.Sprint(i), State: forum.StoryOpen}); err != nil {
						return err
					}
					_, err := tx.Story(ctx, site.ID, id)
					return err
				})
				if (err != nil) != (i == 1) {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		if got := headlines(t, s); got != "0 2" {
			t.Errorf("kept: %s", got)
		}
	})
}
