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

func TestStories(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		story := forum.Story{
			SiteID: site.ID, ID: storetest.ID(), ExternalID: "cms 42", URL: "https://paper.example/a", Headline: "Танки 🙂", Lede: "l", Byline: "b",
			Section: "world", Lang: "ru", Body: "*x*", BodyHTML: "<em>x</em>", Picture: "p", PictureAlt: "alt", Caption: "c", Credit: "cr",
			PublishedAt: epoch.Add(-time.Hour), CreatedAt: epoch, UpdatedAt: epoch, State: forum.StoryReadOnly, StateReason: "late", Listed: true, Revision: 1,
		}
		must(t, s, func(tx *store.Tx) error { return tx.AddStory(ctx, story) })
		got, err := s.Story(ctx, site.ID, story.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "story", got, story)
		byExternal, err := s.StoryByExternalID(ctx, site.ID, "cms 42")
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "story by external id", byExternal, story)
		for _, external := range []string{"", "cms 43", "CMS 42"} {
			_, err := s.StoryByExternalID(ctx, site.ID, external)
			wantKind(t, "external id "+external, err, forum.NotFound, "error.notFound")
		}
		second := story
		second.ID = storetest.ID()
		wantKind(t, "external id twice", try(s, func(tx *store.Tx) error { return tx.AddStory(ctx, second) }), forum.Conflict, "error.storyExists")
		for range 2 { // any number of stories have none
			second.ID, second.ExternalID = storetest.ID(), ""
			must(t, s, func(tx *store.Tx) error { return tx.AddStory(ctx, second) })
		}

		story.URL, story.Headline, story.State, story.Listed, story.PublishedAt = "", "New", forum.StoryOpen, false, time.Time{}
		changed := story
		changed.ExternalID = "other"
		must(t, s, func(tx *store.Tx) error { return tx.SetStory(ctx, changed) })
		got, _ = s.Story(ctx, site.ID, story.ID)
		story.Revision = 2
		wantSame(t, "changed story keeps its external id", got, story)
		second.ExternalID = "cms 42"
		wantKind(t, "taking another's id", try(s, func(tx *store.Tx) error { return tx.SetStory(ctx, second) }), forum.Conflict, "error.storyExists")
		second.ExternalID = "cms 44"
		must(t, s, func(tx *store.Tx) error { return tx.SetStory(ctx, second) })
		if got, err := s.StoryByExternalID(ctx, site.ID, "cms 44"); err != nil || got.ID != second.ID {
			t.Errorf("a story without an external id takes one: %v", err)
		}

		must(t, s, func(tx *store.Tx) error {
			got, err := tx.TouchStory(ctx, site.ID, story.ID, 2, 1)
			if got.Revision != 3 || got.Comments != 2 || got.Held != 1 {
				t.Errorf("touched: %+v", got)
			}
			return err
		})
		unknown := forum.Story{SiteID: site.ID, ID: 9, State: forum.StoryOpen}
		wantKind(t, "set unknown", try(s, func(tx *store.Tx) error { return tx.SetStory(ctx, unknown) }), forum.NotFound, "error.notFound")
		wantKind(t, "touch unknown", try(s, func(tx *store.Tx) error { _, err := tx.TouchStory(ctx, site.ID, 9, 0, 0); return err }), forum.NotFound, "error.notFound")
	})
}

func TestAliases(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		x, y := storetest.Story(t, s, site.ID, "x"), storetest.Story(t, s, site.ID, "y")
		must(t, s, func(tx *store.Tx) error {
			for _, key := range []string{"paper.example/x", "paper.example/x2"} {
				if err := tx.AddAlias(ctx, site.ID, key, x.ID); err != nil {
					return err
				}
			}
			return tx.AddAlias(ctx, site.ID, "paper.example/x", y.ID) // keeps the first
		})
		for key, want := range map[string]forum.ID{"paper.example/x": x.ID, "paper.example/x2": x.ID} {
			if got, err := s.StoryByURLKey(ctx, site.ID, key); err != nil || got.ID != want {
				t.Errorf("%s names %s, %v", key, got.ID, err)
			}
		}
		_, err := s.StoryByURLKey(ctx, site.ID, "paper.example/X")
		wantKind(t, "case matters in a path", err, forum.NotFound, "error.notFound")

		must(t, s, func(tx *store.Tx) error {
			if _, err := tx.TouchStory(ctx, site.ID, x.ID, 5, 0); err != nil {
				return err
			}
			x.ExternalID = "ext"
			return tx.SetStory(ctx, x)
		})
		keys := []string{"paper.example/x", "paper.example/x2", "nowhere"}
		for i := range 250 { // more than one statement takes
			keys = append(keys, fmt.Sprint("k", i))
		}
		byKey, byExternal, err := s.Counts(ctx, site.ID, keys, []string{"ext", "", "none"})
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "counts by URL", byKey, map[string]int{"paper.example/x": 5, "paper.example/x2": 5})
		wantSame(t, "counts by external id", byExternal, map[string]int{"ext": 5})
		byKey, byExternal, err = s.Counts(ctx, site.ID, nil, nil)
		if err != nil || len(byKey)+len(byExternal) != 0 {
			t.Errorf("counts of nothing: %v %v %v", byKey, byExternal, err)
		}
		lost := forum.Story{SiteID: site.ID, ID: storetest.ID(), URL: "https://paper.example/lost", State: forum.StoryOpen}
		must(t, s, func(tx *store.Tx) error { return tx.AddStory(ctx, lost) })
		ids, err := s.StoriesWithoutAlias(ctx, site.ID)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "stories without alias", ids, []forum.ID{lost.ID})
	})
}

func TestStories_paging(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		var want, inWorld []forum.ID
		must(t, s, func(tx *store.Tx) error {
			for i := range 23 {
				x := forum.Story{SiteID: site.ID, ID: storetest.ID(), State: forum.StoryOpen, Listed: i%5 != 0, PublishedAt: epoch.Add(time.Duration(i/4) * time.Hour)}
				if i > 18 {
					x.PublishedAt = time.Time{}
				}
				if i%2 == 0 {
					x.Section = "world"
				}
				if err := tx.AddStory(ctx, x); err != nil {
					return err
				}
				if x.Listed {
					want = append(want, x.ID)
					if i%2 == 0 {
						inWorld = append(inWorld, x.ID)
					}
				}
			}
			return nil
		})
		read := func(section string) []forum.ID {
			var got []forum.ID
			var after store.StoryCursor
			for {
				page, err := s.Stories(ctx, site.ID, section, after, 3)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range page {
					got = append(got, x.ID)
					after = store.StoryCursor{ID: x.ID}
					if !x.PublishedAt.IsZero() {
						after.PublishedAt = x.PublishedAt.UnixMicro()
					}
				}
				if len(page) < 3 {
					return got
				}
			}
		}
		front := read("")
		all, _ := s.Stories(ctx, site.ID, "", store.StoryCursor{}, 100)
		if !slices.IsSortedFunc(all, func(a, b forum.Story) int {
			if c := b.PublishedAt.Compare(a.PublishedAt); c != 0 {
				return c
			}
			return int(b.ID - a.ID)
		}) {
			t.Error("stories are not the newest first")
		}
		slices.Sort(front)
		wantSame(t, "every listed story once", front, want)
		section := read("world")
		slices.Sort(section)
		wantSame(t, "every story of the section once", section, inWorld)
	})
}

func TestPictures(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		p := store.Picture{ID: "abc", Type: "image/png", Width: 3, Height: 4, Bytes: []byte{0, 255, 1, 0}}
		for range 2 {
			must(t, s, func(tx *store.Tx) error { return tx.AddPicture(ctx, site.ID, p) })
		}
		got, err := s.Picture(ctx, site.ID, "abc")
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "picture", got, p)
		_, err = s.Picture(ctx, site.ID, "abd")
		wantKind(t, "unknown picture", err, forum.NotFound, "error.notFound")
		p.Bytes = nil
		sizes, err := s.PictureSizes(ctx, site.ID, []string{"abd", "abc", ""})
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "sizes", sizes, map[string]store.Picture{"abc": p})
	})
}
