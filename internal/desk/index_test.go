package desk_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// TestIndex has comments found after a moment, whatever happened to them before.
func TestIndex(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		author := o.guest()
		o.post(author, 0, "a heron stays")
		edited := o.post(author, 0, "a heron is edited")
		withdrawn := o.post(author, 0, "a heron is withdrawn")
		held := o.post(author, 0, "a heron is held")
		hits := func(query string) (n int) {
			t.Helper()
			found, err := o.d.Search(ctx, o.site, 0, query, 0)
			if err != nil {
				t.Error(err)
			}
			return len(found.Hits)
		}
		if _, err := o.d.Edit(ctx, o.site, author, edited.ID, "an osprey now", false); err != nil {
			t.Fatal(err)
		}
		if _, err := o.d.Withdraw(ctx, o.site, author, withdrawn.ID); err != nil {
			t.Fatal(err)
		}
		o.decide(held, forum.Hold)
		if n := hits("osprey "); n != 1 {
			t.Errorf("an edited comment is found %d times before the index", n)
		}
		o.index()
		o.index()
		if herons, ospreys := hits("heron "), hits("osprey "); herons != 1 || ospreys != 1 {
			t.Errorf("%d herons, %d ospreys", herons, ospreys)
		}
		o.decide(held, forum.Publish)
		if n := hits("heron "); n != 2 {
			t.Errorf("%d herons once the held one is published", n)
		}
		rows := storetest.Dump(t, o.engine, o.url)
		if strings.Contains(rows, "search_due: ") {
			t.Error("something is still due")
		}
		for _, gone := range []string{"withdrawn", "edited"} {
			for _, row := range strings.Split(rows, "\n") {
				if strings.HasPrefix(row, "search_lists:") && strings.Contains(row, gone) {
					t.Errorf("a text that is gone left a term: %s", row)
				}
			}
		}
	})
}

// TestIndex_meanwhile has somebody post before each transaction of the index: what is
// posted meanwhile waits for the next time, and the index ends.
func TestIndex_meanwhile(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		o.post(o.guest(), 0, "a heron")
		posts := 0
		indexer := desk.New(o.s, func() time.Time {
			if posts++; posts < 20 {
				o.post(o.guest(), 0, fmt.Sprintf("heron number %d", posts))
			}
			return o.clock.now()
		})
		if err := indexer.Index(ctx, o.site.ID); err != nil {
			t.Fatal(err)
		}
		due := strings.Count(storetest.Dump(t, o.engine, o.url), "search_due: ")
		if posts != 2 || due != 2 {
			t.Errorf("%d transactions, %d comments due; want one to add and one to end, and what was posted before each", posts, due)
		}
	})
}

// TestFoldTerms has what an older version indexed found again, and a text that goes
// before leaves nothing behind.
func TestFoldTerms(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		author := o.guest()
		stays, gone := o.post(author, 0, "a bittern stays"), o.post(author, 0, "a bittern goes")
		o.index()
		storetest.Plant(t, o.engine, o.url,
			fmt.Sprintf(`delete from search_lists where site_id = %d`, o.site.ID),
			fmt.Sprintf(`insert into search_terms (site_id, term, comment_id, story_id)
				select site_id, 'bittern', comment_id, story_id from comments where site_id = %d`, o.site.ID))
		if _, err := o.d.Withdraw(ctx, o.site, author, gone.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.d.FoldTerms(ctx, o.site.ID); err != nil {
				t.Fatal(err)
			}
		}
		found, err := o.d.Search(ctx, o.site, 0, "bittern ", 0)
		if err != nil || len(found.Hits) != 1 || found.Hits[0].Comment.ID != stays.ID {
			t.Errorf("%v, %v", found, err)
		}
		same(t, "lists", storetest.Lists(t, o.engine, o.url, o.site.ID), map[string][]forum.ID{"a": {stays.ID}, "bittern": {stays.ID}, "stays": {stays.ID}})
		if rows := storetest.Dump(t, o.engine, o.url); strings.Contains(rows, "search_terms: ") {
			t.Error("rows of the old index are left")
		}
	})
}

// TestIndex_many has more words than one transaction adds, in several stories.
func TestIndex_many(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for i := range 45 {
			var words strings.Builder
			for k := range 40 {
				fmt.Fprintf(&words, "word%d ", (i+k)%60)
			}
			o.post(o.guest(), 0, words.String())
		}
		o.index()
		for _, word := range []string{"word0 ", "word39 ", "word59 "} {
			want := 0
			for i := range 45 {
				for k := range 40 {
					if fmt.Sprintf("word%d ", (i+k)%60) == word {
						want++
					}
				}
			}
			found, err := o.d.Search(ctx, o.site, o.story.ID, word, 0)
			if err != nil {
				t.Fatal(err)
			}
			n := len(found.Hits)
			if found.Next != 0 {
				more, err := o.d.Search(ctx, o.site, o.story.ID, word, found.Next)
				if err != nil {
					t.Fatal(err)
				}
				n += len(more.Hits)
			}
			if n != want {
				t.Errorf("%q is found %d times, want %d", word, n, want)
			}
		}
	})
}

// TestIndex_race has readers post, edit and withdraw under one story and another
// while two indexes run: nothing waits for one another in a circle, no word of a
// text that is gone is left, and every other is found.
func TestIndex_race(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		const writers, each = 4, 9
		other, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "other", Headline: "Other"})
		if err != nil {
			t.Fatal(err)
		}
		stories := []forum.ID{o.story.ID, other.ID}
		authors := make([]forum.Actor, writers)
		drafts := make([]desk.Draft, writers*each)
		for i := range authors {
			authors[i] = o.guest()
		}
		for i := range drafts {
			drafts[i] = draftOf(stories[i%2], 0, fmt.Sprintf("fate%d of heron number %d", i%3, i))
		}
		var writing atomic.Int64
		writing.Store(writers)
		for i, err := range atOnce(writers+2, func(i int) error {
			if i >= writers {
				for writing.Load() > 0 {
					if err := o.d.Index(ctx, o.site.ID); err != nil {
						return err
					}
				}
				return nil
			}
			defer writing.Add(-1)
			for n := range each {
				k := i*each + n
				posted, err := o.d.Post(ctx, o.site, authors[i], drafts[k])
				if err == nil && k%3 == 1 {
					_, err = o.d.Withdraw(ctx, o.site, authors[i], posted.Comment.ID)
				}
				if err == nil && k%3 == 2 {
					_, err = o.d.Edit(ctx, o.site, authors[i], posted.Comment.ID, fmt.Sprintf("osprey number %d", k), false)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}) {
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
		o.index()
		lists, count := storetest.Lists(t, o.engine, o.url, o.site.ID), map[string]int{}
		for _, word := range []string{"fate0", "fate1", "fate2", "heron", "osprey"} {
			if n := len(lists[word]); n > 0 {
				count[word] = n
			}
		}
		want := map[string]int{"fate0": writers * each / 3, "heron": writers * each / 3, "osprey": writers * each / 3}
		same(t, "words by how many comments have them", count, want)
	})
}
