package store_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// wantLists fails the test where the database has other lists than a model.
func wantLists(t *testing.T, engine, url string, site forum.ID, want store.Lists) {
	t.Helper()
	sorted := map[string][]forum.ID{}
	for _, l := range want.Sorted() {
		if len(l.Comments) > 0 {
			sorted[l.Term] = l.Comments
		}
	}
	if d := cmp.Diff(sorted, storetest.Lists(t, engine, url, site)); d != "" {
		t.Errorf("lists (-want +got):\n%s", d)
	}
}

// TestLists adds comments to lists and takes them off, in any order, twice, and many
// more than a block holds.
func TestLists(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s := storetest.OpenAt(t, url)
			site, other := storetest.Site(t, s, "a").ID, storetest.Site(t, s, "b").ID
			r := rand.New(rand.NewPCG(1851, 0))
			words := []string{"a", "b", "c", "d", "мир"}
			draw := func(n int, near int64) store.Lists {
				lists := store.Lists{}
				for range n {
					// Ids as they are: a second or a minute apart.
					lists.Add(forum.ID((near+r.Int64N(2000))<<30+r.Int64N(1<<20)+1), words[r.IntN(len(words))])
				}
				return lists
			}
			want := store.Lists{}
			for round := range 12 {
				add, drop := draw(900, int64(round%5)*1500), draw(30, 0)
				for word, ids := range want {
					drop[word] = append(drop[word], ids[:len(ids)/3]...)
				}
				if round == 11 {
					drop = maps.Clone(want)
				}
				must(t, s, func(tx *store.Tx) error { return tx.ChangeLists(ctx, site, nil, drop, nil) })
				for range 2 { // what was done may be done again
					must(t, s, func(tx *store.Tx) error { return tx.AddToLists(ctx, site, add.Sorted()) })
				}
				for word, ids := range drop {
					want[word] = slices.DeleteFunc(want[word], func(id forum.ID) bool { return slices.Contains(ids, id) })
				}
				for _, l := range add.Sorted() {
					want[l.Term] = slices.Compact(slices.Sorted(slices.Values(slices.Concat(want[l.Term], l.Comments))))
				}
				wantLists(t, engine, url, site, want)
			}
			wantLists(t, engine, url, other, store.Lists{})
		})
	}
}

// TestLists_nodes has two processes add to the same lists and take off them at once:
// nothing is lost.
func TestLists_nodes(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			nodes := []*store.Store{storetest.OpenAt(t, url), storetest.OpenAt(t, url)}
			site := storetest.Site(t, nodes[0], "a").ID
			const each = 60
			var all sync.WaitGroup
			want := store.Lists{}
			for node, s := range nodes {
				for i := range each {
					want.Add(forum.ID(1+node+2*i)<<20, "common", "word")
				}
				all.Go(func() {
					for i := range each {
						id := forum.ID(1+node+2*i) << 20
						err := s.WriteMany(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
							return tx.AddToLists(ctx, site, listsOf(id, "common", "word", "passing"))
						})
						if err == nil {
							err = s.WriteMany(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
								return tx.ChangeLists(ctx, site, []forum.ID{id}, store.Lists{"passing": {id}}, nil)
							})
						}
						if err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			wantLists(t, engine, url, site, want)
		})
	}
}

// TestFoldTerms moves what an older version has left to the lists, some rows at a
// time, and takes nothing twice.
func TestFoldTerms(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s := storetest.OpenAt(t, url)
			w := newWorld(t, s, "a")
			c := storetest.Grow(t, s, w.story, w.author.ID, 3, storetest.Roots)
			must(t, s, func(tx *store.Tx) error { return tx.AddToLists(ctx, w.site.ID, listsOf(c[1].ID, "heron", "new")) })
			old := store.Lists{"heron": {c[0].ID, c[1].ID, c[2].ID}, "swan": {c[2].ID}, "мир": {c[0].ID}}
			db := storetest.Raw(t, engine, url)
			for _, l := range old.Sorted() {
				for _, id := range l.Comments {
					if _, err := db.Exec(`insert into search_terms (site_id, term, comment_id, story_id) values ($1, $2, $3, $4)`,
						int64(w.site.ID), l.Term, int64(id), int64(w.story.ID)); err != nil {
						t.Fatal(err)
					}
				}
			}
			// A text that goes meanwhile takes its old rows along.
			must(t, s, func(tx *store.Tx) error { return tx.ChangeLists(ctx, w.site.ID, []forum.ID{c[2].ID}, nil, nil) })
			steps := 0
			for more := true; more; steps++ {
				must(t, s, func(tx *store.Tx) (err error) {
					more, err = tx.FoldTerms(ctx, w.site.ID, 2)
					return err
				})
			}
			left, err := s.TermsLeft(ctx, w.site.ID)
			if err != nil || left || steps != 2 {
				t.Errorf("%d steps, left: %t, %v", steps, left, err)
			}
			wantLists(t, engine, url, w.site.ID, store.Lists{"heron": {c[0].ID, c[1].ID}, "new": {c[1].ID}, "мир": {c[0].ID}})
		})
	}
}
