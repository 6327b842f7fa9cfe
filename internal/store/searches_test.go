package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// library is a story in which words are common, seldom and rare, beside another
// with the same words.
func library(t *testing.T, s *store.Store, n int) (world, []forum.Comment, func(i int) []string) {
	w := newWorld(t, s, "a")
	all := storetest.Grow(t, s, w.story, w.author.ID, n, storetest.Roots)
	words := func(i int) []string {
		terms := []string{"common", "even"}
		if i%2 == 1 {
			terms[1] = "odd"
		}
		for _, each := range []int{10, 250, 700} {
			if i%each == 3 {
				terms = append(terms, fmt.Sprint("each", each))
			}
		}
		if i%9 == 0 {
			terms = append(terms, fmt.Sprintf("many%02d", i/9%40)) // more completions than are followed
		}
		if i%5 == 0 {
			terms = append(terms, fmt.Sprintf("few%d", i/5%4))
		}
		return terms
	}
	must(t, s, func(tx *store.Tx) error {
		for i, c := range all {
			if err := tx.AddTerms(ctx, c, words(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return w, all, words
}

// Whatever a search goes along and however many strides it takes, it finds what
// looking at every comment finds, page by page.
func TestSearch_strides(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w, all, words := library(t, s, 1000)
		for _, x := range []store.Search{
			{Words: []string{"common"}},
			{Words: []string{"common", "odd"}},
			{Words: []string{"even", "odd"}},
			{Words: []string{"common", "each10", "odd"}},
			{Words: []string{"each250", "common"}},
			{Words: []string{"each10", "each700"}},
			{Words: []string{"common"}, Prefix: "many0", PrefixEnd: "many1"},
			{Words: []string{"odd"}, Prefix: "many", PrefixEnd: "mano"},
			{Words: []string{"each10"}, Prefix: "fe", PrefixEnd: "ff"},
			{Prefix: "many", PrefixEnd: "mano"},
			{Prefix: "few", PrefixEnd: "fex"},
			{Prefix: "e", PrefixEnd: "f"},
			{Prefix: "nobody", PrefixEnd: "nobodz"},
		} {
			var want []forum.ID
			for i, c := range slices.Backward(all) {
				if answers(words(i), x) {
					want = append(want, c.ID)
				}
			}
			for _, story := range []forum.ID{0, w.story.ID} {
				x.Story, x.Limit, x.Before = story, 26, 0
				var got []forum.ID
				for {
					found, err := s.Search(ctx, w.site.ID, x)
					if err != nil || found.Reached != 0 {
						t.Fatal(x, found.Reached, err)
					}
					got = append(got, idsOf(found.Comments)...)
					if len(found.Comments) < x.Limit {
						break
					}
					x.Before = got[len(got)-1]
				}
				wantSame(t, fmt.Sprintf("%v %s* in %d", x.Words, x.Prefix, story), got, want)
			}
		}
	})
}

// answers reports whether a comment of some terms is looked for.
func answers(terms []string, x store.Search) bool {
	for _, word := range x.Words {
		if !slices.Contains(terms, word) {
			return false
		}
	}
	return x.Prefix == "" || slices.ContainsFunc(terms, func(term string) bool { return cmp.Compare(term, x.Prefix) >= 0 && term < x.PrefixEnd })
}

// A search ends after its last stride, and goes on from there when it is asked to.
func TestSearch_reached(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w, all, _ := library(t, s, 2400)
		must(t, s, func(tx *store.Tx) error { return tx.AddTerms(ctx, all[1], []string{"even"}) })
		x := store.Search{Words: []string{"common", "even", "odd"}, Limit: 26}
		found, err := s.Search(ctx, w.site.ID, x)
		if err != nil || len(found.Comments) != 1 || found.Reached != 0 {
			t.Fatalf("along the half: %d found, reached %s, %v", len(found.Comments), found.Reached, err)
		}
		x = store.Search{Words: []string{"common"}, Prefix: "zz", PrefixEnd: "zza", Limit: 26}
		must(t, s, func(tx *store.Tx) error {
			for i := range 40 {
				if err := tx.AddTerms(ctx, all[i], []string{fmt.Sprint("zz", i), fmt.Sprint("zz", i+100)}); err != nil {
					return err
				}
			}
			return nil
		})
		x.PrefixEnd = "z{"
		x.Prefix = "z"
		if found, err = s.Search(ctx, w.site.ID, x); err != nil || len(found.Comments) != 0 || found.Reached != all[2400-1600].ID {
			t.Fatalf("along all: %d found, reached %s, %v", len(found.Comments), found.Reached, err)
		}
		x.Before = found.Reached
		if found, err = s.Search(ctx, w.site.ID, x); err != nil || len(found.Comments) != 26 || found.Reached != 0 || found.Comments[0].ID != all[39].ID {
			t.Fatalf("from there: %d found, reached %s, %v", len(found.Comments), found.Reached, err)
		}
	})
}

// No step of a search is longer than its stride.
func TestSearch_rowsVisited(t *testing.T) {
	storetest.NoRace(t)
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, all, _ := library(t, s, 5000)
	db := storetest.Raw(t, "postgres", url)
	if _, err := db.Exec(`analyze`); err != nil {
		t.Fatal(err)
	}
	site, story := int64(w.site.ID), int64(w.story.ID)
	const maxID = int64(1<<63 - 1)
	low := int64(all[len(all)-512].ID)
	stride := func(more ...any) []any {
		args := []any{site, maxID, low, 26, "nobody", "nobodz", "odd", "", "", "", "", "", "", ""}
		return append(args, more...)
	}
	touches(t, db, map[string]touch{
		"completed":          {statementOf(t, "with recursive", "t.site_id = $1 and t.term < $3"), []any{site, "a", "zz", 17}, 150},
		"completed in story": {statementOf(t, "with recursive", "t.story_id = $5"), []any{site, "a", "zz", 17, story}, 150},
		"end":                {statementOf(t, "offset $3", "t.term = $4", "$4\n"), []any{site, maxID, 63, "common"}, 130},
		"end in story":       {statementOf(t, "offset $3", "t.term = $4 and t.story_id = $5"), []any{site, maxID, 63, "common", story}, 130},
		"end of all":         {statementOf(t, "offset $3", "from comments t", "'published'\n"), []any{site, maxID, 63}, 130},
		"end of a story":     {statementOf(t, "offset $3", "from comments t", "t.story_id = $4"), []any{site, maxID, 63, story}, 130},
		"stride":             {statementOf(t, "search_terms t cross join", "t.term = $15\n"), stride("common"), 512 * 3},
		"stride in story":    {statementOf(t, "search_terms t cross join", "t.story_id = $16"), stride("common", story), 512 * 3},
		"all":                {statementOf(t, "from comments t where", "'published' and ($5 = ''"), stride(), 512 * 9},
		"all of a story":     {statementOf(t, "from comments t where", "t.story_id = $15"), stride(story), 512 * 9},
	})
}

// SQLite goes along ranges of indexes, in their order.
func TestSearch_planSQLite(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := storetest.Raw(t, "sqlite", url)
	for what, x := range map[string]struct{ parts, want []string }{
		"completed": {
			[]string{"with recursive", "t.site_id = $1 and t.term < $3"},
			[]string{"SEARCH t USING PRIMARY KEY (site_id=? AND term>? AND term<?)"},
		},
		"completed in story": {
			[]string{"with recursive", "t.story_id = $5"},
			[]string{"SEARCH t USING COVERING INDEX search_terms_story (site_id=? AND story_id=? AND term>? AND term<?)"},
		},
		"end": {
			[]string{"offset $3", "t.term = $4", "$4\n"},
			[]string{"SEARCH t USING PRIMARY KEY (site_id=? AND term=? AND comment_id<?)"},
		},
		"end in story": {
			[]string{"offset $3", "t.term = $4 and t.story_id = $5"},
			[]string{"SEARCH t USING COVERING INDEX search_terms_story (site_id=? AND story_id=? AND term=? AND comment_id<?)"},
		},
		"end of a story": {
			[]string{"offset $3", "from comments t", "t.story_id = $4"},
			[]string{"SEARCH t USING COVERING INDEX comments_story (site_id=? AND story_id=? AND state=? AND comment_id<?)"},
		},
		"stride": {
			[]string{"search_terms t cross join", "t.term = $15\n"},
			[]string{
				"SEARCH t USING PRIMARY KEY (site_id=? AND term=? AND comment_id>? AND comment_id<?)",
				"SEARCH p USING COVERING INDEX search_terms_comment (site_id=? AND comment_id=? AND term>? AND term<?)",
				"SEARCH w USING PRIMARY KEY (site_id=? AND term=? AND comment_id=?)",
				"SEARCH c USING INDEX sqlite_autoindex_comments_1 (site_id=? AND comment_id=?)",
			},
		},
		"stride in story": {
			[]string{"search_terms t cross join", "t.story_id = $16"},
			[]string{"SEARCH t USING COVERING INDEX search_terms_story (site_id=? AND story_id=? AND term=? AND comment_id>? AND comment_id<?)"},
		},
		"all of a story": {
			[]string{"from comments t where", "t.story_id = $15"},
			[]string{"SEARCH t USING INDEX comments_story (site_id=? AND story_id=? AND state=? AND comment_id>? AND comment_id<?)"},
		},
	} {
		text := statementOf(t, x.parts...)
		steps := strings.Join(plan(t, db, "explain query plan "+text, arguments(text)), "\n")
		for _, want := range x.want {
			if !strings.Contains(steps, want) || strings.Contains(steps, "B-TREE") {
				t.Errorf("%s: no %q in\n%s", what, want, steps)
			}
		}
	}
}

func TestSearch(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		other := storetest.Story(t, s, w.site.ID, "other")
		c := append(storetest.Grow(t, s, w.story, w.author.ID, 4, storetest.Roots), storetest.Grow(t, s, other, w.author.ID, 1, storetest.Roots)...)
		terms := [][]string{{"tank", "мир"}, {"tanker", "мир"}, {"tank", "hidden"}, strings.Fields(strings.Repeat("x ", 45) + "tank مرحبا"), {"tank", "мир"}}
		must(t, s, func(tx *store.Tx) error {
			for i := range c {
				if err := tx.SetTerms(ctx, c[i], terms[i]); err != nil {
					return err
				}
			}
			_, err := tx.Move(ctx, w.site.ID, c[2].ID, forum.Published, forum.Rejected)
			return err
		})
		for what, x := range map[string]struct {
			search store.Search
			want   []forum.Comment
		}{
			"word":             {store.Search{Words: []string{"tank"}}, []forum.Comment{c[4], c[3], c[0]}},
			"words":            {store.Search{Words: []string{"мир", "tank"}}, []forum.Comment{c[4], c[0]}},
			"prefix":           {store.Search{Prefix: "tan", PrefixEnd: "tao"}, []forum.Comment{c[4], c[3], c[1], c[0]}},
			"prefix and word":  {store.Search{Words: []string{"мир"}, Prefix: "tan", PrefixEnd: "tao"}, []forum.Comment{c[4], c[1], c[0]}},
			"story":            {store.Search{Words: []string{"tank"}, Story: w.story.ID}, []forum.Comment{c[3], c[0]}},
			"story and prefix": {store.Search{Words: []string{"мир"}, Prefix: "tanke", PrefixEnd: "tankf", Story: w.story.ID}, []forum.Comment{c[1]}},
			"before":           {store.Search{Words: []string{"tank"}, Before: c[4].ID}, []forum.Comment{c[3], c[0]}},
			"limit":            {store.Search{Words: []string{"tank"}, Limit: 1}, []forum.Comment{c[4]}},
			"arabic":           {store.Search{Words: []string{"مرحبا", "x"}}, []forum.Comment{c[3]}},
			"removed":          {store.Search{Words: []string{"hidden"}}, nil},
			"nothing":          {store.Search{}, nil},
			"absent":           {store.Search{Words: []string{"tank", "absent"}}, nil},
			"eight words":      {store.Search{Words: []string{"tank", "tank", "tank", "tank", "tank", "tank", "tank", "absent"}}, nil},
		} {
			if x.search.Limit == 0 {
				x.search.Limit = 10
			}
			got, err := s.Search(ctx, w.site.ID, x.search)
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			wantSame(t, what, idsOf(got.Comments), idsOf(x.want))
		}
		must(t, s, func(tx *store.Tx) error { return tx.SetTerms(ctx, c[0], []string{"new"}) })
		if got, _ := s.Search(ctx, w.site.ID, store.Search{Words: []string{"мир"}, Story: w.story.ID, Limit: 9}); len(got.Comments) != 1 {
			t.Errorf("old terms are found: %d", len(got.Comments))
		}
	})
}
