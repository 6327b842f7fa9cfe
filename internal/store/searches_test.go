package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// words and begun ask for words, and for what begins so; every text is said to hold
// them.
func words(words ...string) store.Wording {
	return store.Wording{Words: words, Holds: func(string) bool { return true }}
}

func begun(prefix, end string, words ...string) store.Wording {
	return store.Wording{Words: words, Prefix: prefix, PrefixEnd: end, Holds: func(string) bool { return true }}
}

// listsOf are the lists of one comment's words.
func listsOf(id forum.ID, terms ...string) []store.List {
	lists := store.Lists{}
	lists.Add(id, terms...)
	return lists.Sorted()
}

// library is a story in which words are common, seldom and rare, beside another
// with the same words. The text of its comments is their number, by which words knows
// what they say.
func library(t *testing.T, s *store.Store, n int) (w world, all []forum.Comment, words func(i int) []string) {
	w = newWorld(t, s, "a")
	all = storetest.Grow(t, s, w.story, w.author.ID, n, storetest.Roots)
	words = func(i int) []string {
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
	lists := store.Lists{}
	for i, c := range all {
		lists.Add(c.ID, words(i)...)
	}
	must(t, s, func(tx *store.Tx) error { return tx.AddToLists(ctx, w.site.ID, lists.Sorted()) })
	return w, all, words
}

// holding has a search look into the texts of a library.
func holding(x store.Wording, words func(i int) []string) store.Wording {
	x.Holds = func(source string) bool {
		i, err := strconv.Atoi(source)
		return err == nil && answers(words(i), x)
	}
	return x
}

// asked are searches that go along all sorts of trails.
var asked = []store.Wording{
	words("common"),
	words("common", "odd"),
	words("even", "odd"),
	words("common", "each10", "odd"),
	words("each250", "common"),
	words("each10", "each700"),
	words("nobody", "common"),
	begun("many0", "many1", "common"),
	begun("many", "mano", "odd"),
	begun("fe", "ff", "each10"),
	begun("many", "mano"),
	begun("few", "fex"),
	begun("e", "f"),
	begun("nobody", "nobodz"),
}

// Whatever a search goes along and however much it reads at a time, it finds what
// looking at every comment finds, page by page; and so does the desk, from either end.
func TestSearch_trails(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w, all, words := library(t, s, 1000)
		for _, wording := range asked {
			var want []forum.ID
			for i, c := range slices.Backward(all) {
				if answers(words(i), wording) {
					want = append(want, c.ID)
				}
			}
			wording = holding(wording, words)
			what := fmt.Sprintf("%v %s*", wording.Words, wording.Prefix)
			for _, story := range []forum.ID{0, w.story.ID} {
				wantSame(t, fmt.Sprintf("%s in %d", what, story), searched(t, s, w.site.ID, store.Search{Wording: wording, Story: story, Limit: 26}), want)
			}
			f := store.Filter{Wording: wording, Queue: store.QueueAll}
			wantSame(t, what+" at the desk", idsOf(sifted(t, s, w.site.ID, f, 60)), want)
			f.Queue = store.QueueUnseen
			wantSame(t, what+" in a queue", idsOf(sifted(t, s, w.site.ID, f, 60)), want)
			f.Queue, f.Oldest = store.QueueAll, true
			slices.Reverse(want)
			wantSame(t, what+" from the oldest", idsOf(sifted(t, s, w.site.ID, f, 60)), want)
		}
	})
}

// searched returns what a search finds on all its pages.
func searched(t *testing.T, s *store.Store, site forum.ID, x store.Search) (got []forum.ID) {
	t.Helper()
	for {
		found, err := s.Search(ctx, site, x)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, idsOf(found.Comments)...)
		if x.Before = found.Reached; len(found.Comments) == x.Limit {
			x.Before = got[len(got)-1]
		}
		if x.Before == 0 {
			return got
		}
	}
}

// answers reports whether a comment of some terms is looked for.
func answers(terms []string, x store.Wording) bool {
	for _, word := range x.Words {
		if !slices.Contains(terms, word) {
			return false
		}
	}
	return x.Prefix == "" || slices.ContainsFunc(terms, func(term string) bool { return cmp.Compare(term, x.Prefix) >= 0 && term < x.PrefixEnd })
}

// A search reads so much and no more, says how far it has looked, and goes on from
// there when it is asked to.
func TestSearch_reached(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		const n = 2400
		w, all, _ := library(t, s, n)
		nothing := words("common")
		nothing.Holds = func(source string) bool { return source == "3" }
		for _, story := range []forum.ID{0, w.story.ID} {
			x := store.Search{Wording: nothing, Story: story, Limit: 26}
			var reached []forum.ID
			for {
				before := s.RowsRead()
				found, err := s.Search(ctx, w.site.ID, x)
				if read := s.RowsRead() - before; err != nil || read < 10 || read > 2500 {
					t.Fatalf("%d rows read, %v", read, err)
				}
				if x.Before = found.Reached; x.Before == 0 {
					if len(found.Comments) != 1 || found.Comments[0].ID != all[3].ID {
						t.Errorf("found %v", found.Comments)
					}
					break
				}
				reached = append(reached, found.Reached)
			}
			const texts = 26 + 52 + 10*100 // a page's, then more at a time
			if want := []forum.ID{all[n-texts].ID, all[n-2*texts].ID}; !slices.Equal(reached, want) {
				t.Errorf("reached %v, want %v", reached, want)
			}
		}
		before := s.RowsRead()
		if found, err := s.Search(ctx, w.site.ID, store.Search{Wording: words("even", "odd"), Limit: 26}); err != nil || len(found.Comments) > 0 || found.Reached != 0 {
			t.Errorf("words that never meet: %v, %v", found, err)
		}
		if read := s.RowsRead() - before; read == 0 || read > 2*n/100 {
			t.Errorf("%d blocks of words that never meet", read)
		}
	})
}

// The desk looks into so many texts at a time, too, along lists and along a queue.
func TestSift_reached(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w, all, _ := library(t, s, 2400)
		wording := words("common")
		wording.Holds = func(source string) bool { return source == "1200" }
		for _, f := range []store.Filter{
			{Queue: store.QueueAll, Wording: wording},
			{Queue: store.QueueAll, Wording: wording, Oldest: true},
			{Queue: store.QueueUnseen, Wording: wording},
			{Queue: store.QueueAll, Wording: wording, Account: w.author.ID},
		} {
			if n, reached, err := s.CountSifted(ctx, w.site.ID, f, 1000); err != nil || n != 0 || reached == 0 {
				t.Errorf("%s: %d counted as far as %s, %v", f.Queue, n, reached, err)
			}
			var found []forum.Comment
			for steps := 1; ; steps++ {
				before := s.RowsRead()
				page, err := s.Sift(ctx, w.site.ID, f, 26)
				if read := s.RowsRead() - before; err != nil || read > 2000 || steps > 3 {
					t.Fatalf("%s: %d rows read in step %d, %v", f.Queue, read, steps, err)
				}
				found = append(found, page.Comments...)
				if f.After = page.Reached; f.After == 0 {
					break
				}
			}
			wantSame(t, string(f.Queue), idsOf(found), []forum.ID{all[1200].ID})
		}
	})
}

// A common word beside a rare one costs what the rare one does.
func TestSearch_blocksRead(t *testing.T) {
	storetest.NoRace(t)
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		lists := store.Lists{}
		for i := range 100_000 {
			id := forum.ID(i+1) << 30
			lists.Add(id, "common", "frequent")
			if i%25_000 == 0 {
				lists.Add(id, "rare")
			}
		}
		must(t, s, func(tx *store.Tx) error { return tx.AddToLists(ctx, w.site.ID, lists.Sorted()) })
		for what, x := range map[string]struct {
			wording store.Wording
			most    int64
		}{
			"rare":     {words("common", "rare"), 12},
			"absent":   {words("common", "absent"), 6},
			"begun":    {begun("rar", "ras", "common"), 14},
			"frequent": {words("common", "frequent"), 100},
		} {
			before := s.RowsRead()
			found, err := s.Search(ctx, w.site.ID, store.Search{Wording: x.wording, Limit: 26})
			if read := s.RowsRead() - before; err != nil || read > x.most || (what == "frequent") != (found.Reached != 0) {
				t.Errorf("%s: %d rows read, reached %s, %v", what, read, found.Reached, err)
			}
		}
	})
}

// Every statement of a search goes along a range of an index, in its order.
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
			[]string{"with recursive begun", "search_lists"},
			[]string{"SEARCH l USING PRIMARY KEY (site_id=? AND term>? AND term<?)"},
		},
		"from the newest": {
			[]string{"select low_id, postings", "low_id <= $3 order by low_id desc"},
			[]string{"SEARCH search_lists USING PRIMARY KEY (site_id=? AND term=? AND low_id<?)"},
		},
		"from the oldest": {
			[]string{"select low_id, postings", "order by low_id limit"},
			[]string{"SEARCH search_lists USING PRIMARY KEY (site_id=? AND term=? AND low_id>?)", "SEARCH m USING PRIMARY KEY (site_id=? AND term=? AND low_id<?)"},
		},
		"of many words": {
			[]string{"select l.term, l.low_id"},
			[]string{"SEARCH l USING PRIMARY KEY (site_id=? AND term=? AND low_id=?)", "SEARCH m USING PRIMARY KEY (site_id=? AND term=? AND low_id<?)"},
		},
		"all": {
			[]string{"select comment_id from comments where site_id = $1 and comment_id <= $2"},
			[]string{"SEARCH comments USING COVERING INDEX sqlite_autoindex_comments_1 (site_id=? AND comment_id<?)"},
		},
		"story": {
			[]string{"story_id = $4 and state = 'published' and comment_id <= $2"},
			[]string{"SEARCH comments USING COVERING INDEX comments_story (site_id=? AND story_id=? AND state=? AND comment_id<?)"},
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

// PostgreSQL touches no more rows than it returns, but for the bounds of its ranges.
func TestSearch_rowsVisited(t *testing.T) {
	storetest.NoRace(t)
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w, _, _ := library(t, s, 5000)
	db := storetest.Raw(t, "postgres", url)
	// Other words, each in many blocks.
	if _, err := db.Exec(`insert into search_lists (site_id, term, low_id, postings)
		select $1, 'other' || i % 2000, i, 'x' from generate_series(1, 40000) i`, int64(w.site.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`analyze`); err != nil {
		t.Fatal(err)
	}
	site, story := int64(w.site.ID), int64(w.story.ID)
	const maxID = int64(1<<63 - 1)
	many := []any{site}
	for range 32 {
		many = append(many, "common", maxID)
	}
	touches(t, db, map[string]touch{
		"completed":       {statementOf(t, "with recursive begun", "search_lists"), []any{site, "a", "zz", 17}, 150},
		"from the newest": {statementOf(t, "select low_id, postings", "low_id <= $3 order by low_id desc"), []any{site, "common", maxID, 4}, 10},
		"from the oldest": {statementOf(t, "select low_id, postings", "order by low_id limit"), []any{site, "common", 0, 4}, 16},
		"of many words":   {statementOf(t, "select l.term, l.low_id"), many, 32 * 6},
		"all":             {statementOf(t, "select comment_id from comments where site_id = $1 and comment_id <= $2"), []any{site, maxID, 128}, 260},
		"story":           {statementOf(t, "story_id = $4 and state = 'published' and comment_id <= $2"), []any{site, maxID, 128, story}, 260},
	})
}

func TestSearch(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		other := storetest.Story(t, s, w.site.ID, "other")
		c := append(storetest.Grow(t, s, w.story, w.author.ID, 4, storetest.Roots), storetest.Grow(t, s, other, w.author.ID, 1, storetest.Roots)...)
		terms := [][]string{{"tank", "мир"}, {"tanker", "мир"}, {"tank", "hidden"}, strings.Fields(strings.Repeat("x ", 45) + "tank مرحبا"), {"tank", "мир"}}
		must(t, s, func(tx *store.Tx) error {
			lists := store.Lists{}
			for i := range c {
				lists.Add(c[i].ID, terms[i]...)
			}
			if err := tx.AddToLists(ctx, w.site.ID, lists.Sorted()); err != nil {
				return err
			}
			_, err := tx.Move(ctx, w.site.ID, c[2].ID, forum.Published, forum.Rejected)
			return err
		})
		for what, x := range map[string]struct {
			search store.Search
			want   []forum.Comment
		}{
			"word":             {store.Search{Wording: words("tank")}, []forum.Comment{c[4], c[3], c[0]}},
			"words":            {store.Search{Wording: words("мир", "tank")}, []forum.Comment{c[4], c[0]}},
			"prefix":           {store.Search{Wording: begun("tan", "tao")}, []forum.Comment{c[4], c[3], c[1], c[0]}},
			"prefix and word":  {store.Search{Wording: begun("tan", "tao", "мир")}, []forum.Comment{c[4], c[1], c[0]}},
			"story":            {store.Search{Wording: words("tank"), Story: w.story.ID}, []forum.Comment{c[3], c[0]}},
			"story and prefix": {store.Search{Wording: begun("tanke", "tankf", "мир"), Story: w.story.ID}, []forum.Comment{c[1]}},
			"before":           {store.Search{Wording: words("tank"), Before: c[4].ID}, []forum.Comment{c[3], c[0]}},
			"limit":            {store.Search{Wording: words("tank"), Limit: 1}, []forum.Comment{c[4]}},
			"arabic":           {store.Search{Wording: words("مرحبا", "x")}, []forum.Comment{c[3]}},
			"removed":          {store.Search{Wording: words("hidden")}, nil},
			"nothing":          {store.Search{}, nil},
			"absent":           {store.Search{Wording: words("tank", "absent")}, nil},
			"eight words":      {store.Search{Wording: words("tank", "tank", "tank", "tank", "tank", "tank", "tank", "absent")}, nil},
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
		must(t, s, func(tx *store.Tx) error {
			return tx.ChangeLists(ctx, w.site.ID, []forum.ID{c[0].ID}, store.Lists{"tank": {c[0].ID}, "мир": {c[0].ID}}, nil)
		})
		if got, _ := s.Search(ctx, w.site.ID, store.Search{Wording: words("мир"), Story: w.story.ID, Limit: 9}); len(got.Comments) != 1 {
			t.Errorf("old terms are found: %d", len(got.Comments))
		}
	})
}
