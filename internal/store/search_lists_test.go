package store_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
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

// TestFoldTerms takes what an older version has left out of its table, some comments at
// a time and the newest first, and has the texts that are there made findable.
func TestFoldTerms(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s := storetest.OpenAt(t, url)
			w := newWorld(t, s, "a")
			c := storetest.Grow(t, s, w.story, w.author.ID, 5, storetest.Roots)
			db := storetest.Raw(t, engine, url)
			for _, x := range c {
				for _, word := range []string{"heron", "swan", "мир"} {
					if _, err := db.Exec(`insert into search_terms (site_id, term, comment_id, story_id) values ($1, $2, $3, $4)`,
						int64(w.site.ID), word, int64(x.ID), int64(w.story.ID)); err != nil {
						t.Fatal(err)
					}
				}
			}
			must(t, s, func(tx *store.Tx) error { return tx.AddSearchDue(ctx, c[4]) })
			// A text that goes meanwhile takes its old rows along; an older node may leave them.
			must(t, s, func(tx *store.Tx) error { return tx.ChangeLists(ctx, w.site.ID, []forum.ID{c[2].ID}, nil, nil) })
			if _, err := db.Exec(`update comments set source = '' where site_id = $1 and comment_id = $2`, int64(w.site.ID), int64(c[1].ID)); err != nil {
				t.Fatal(err)
			}
			for i, want := range []struct {
				folded int
				due    []forum.Comment
			}{{3, []forum.Comment{c[3], c[4]}}, {1, []forum.Comment{c[0], c[3], c[4]}}, {0, []forum.Comment{c[0], c[3], c[4]}}} {
				must(t, s, func(tx *store.Tx) error {
					n, err := tx.FoldTerms(ctx, w.site.ID, 3)
					if n != want.folded {
						t.Errorf("step %d folds %d comments, want %d", i, n, want.folded)
					}
					return err
				})
				due, err := s.SearchDue(ctx, w.site.ID, 0, 9)
				if err != nil {
					t.Fatal(err)
				}
				var ids []forum.ID
				for _, x := range due {
					ids = append(ids, x.Comment)
				}
				wantSame(t, "due", ids, idsOf(want.due))
			}
			if rows := storetest.Dump(t, engine, url); strings.Contains(rows, "search_terms: ") {
				t.Error("rows of the old index are left")
			}
		})
	}
}
