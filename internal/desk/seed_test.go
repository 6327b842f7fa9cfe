package desk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// seedOf returns a discussion of n comments in which everything happens that can
// happen to one.
func seedOf(n int, from time.Time) desk.Seed {
	talk := make([]desk.SeedComment, n)
	for i := range talk {
		talk[i] = desk.SeedComment{
			Parent: i/2 - 1, Text: fmt.Sprintf("Comment %d. It has words enough to be known again: https://paper.example/%d", i, i), At: from.Add(time.Duration(i) * time.Minute),
			State: forum.Published, Up: i % 5, Down: i % 3,
		}
		switch i % 3 {
		case 0:
			talk[i].Byline = forum.Byline{Kind: forum.BylineName, Name: fmt.Sprintf("Reader %d", i%7)}
		case 1:
			talk[i].Byline = forum.Byline{Kind: forum.BylinePseudonym, Name: fmt.Sprintf("Shadow %d", i%4)}
		default:
			talk[i].Byline = forum.Byline{Kind: forum.BylineNone}
		}
		switch i % 20 {
		case 3:
			talk[i].State, talk[i].Reason = forum.Rejected, "abuse"
			talk[i].Reports = []desk.SeedReport{{Reason: forum.ReasonAbuse, Words: "rude"}, {Reason: forum.ReasonDisagree}}
		case 9:
			talk[i].State = forum.Withdrawn
		case 12:
			talk[i].State, talk[i].Reports = forum.Held, []desk.SeedReport{{Reason: forum.ReasonSpam}}
		case 15:
			talk[i].State, talk[i].Up, talk[i].Down = forum.Held, 0, 0
		}
	}
	return desk.Seed{Moderator: "Desk", Stories: []desk.SeedStory{{
		Article: desk.Article{ExternalID: "seeded", Headline: "Seeded", PublishedAt: from}, Comments: talk,
	}}}
}

// TestSeed writes a discussion in two goes, as when the first was interrupted.
func TestSeed(t *testing.T) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return filepath.Join(t.TempDir(), "seed.db") },
		"postgres": func() string { return pgtest.Open(t) },
	} {
		t.Run(name, func(t *testing.T) { testSeed(t, url()) })
	}
}

func testSeed(t *testing.T, url string) {
	ctx := context.Background()
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	d := desk.New(s, func() time.Time { return now })
	site, err := d.AddSite(ctx, "main", "Main", forum.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	const n = 260
	whole := seedOf(n, now.Add(-24*time.Hour))
	part := seedOf(130, now.Add(-24*time.Hour))
	for _, step := range []struct {
		seed desk.Seed
		want int
	}{{part, 1}, {whole, 1}, {whole, 0}} {
		if added, err := d.Seed(ctx, site, step.seed); err != nil || added != step.want {
			t.Fatalf("seed of %d comments added %d, %v; want %d", len(step.seed.Stories[0].Comments), added, err, step.want)
		}
	}
	checkSeed(t, s, d, site, whole.Stories[0].Comments)
}

func checkSeed(t *testing.T, s *store.Store, d *desk.Desk, site forum.Site, in []desk.SeedComment) {
	t.Helper()
	ctx := context.Background()
	if wrong, err := d.Recount(ctx, site.ID, false); err != nil || len(wrong) > 0 {
		t.Errorf("recount %v, %v", wrong, err)
	}
	story, err := d.FindStory(ctx, site, desk.StoryRef{ExternalID: "seeded"})
	if err != nil {
		t.Fatal(err)
	}
	published := 0
	for i, c := range in {
		id, err := s.Imported(ctx, site.ID, story.ID, fmt.Sprintf("seed-%d", i))
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Comment(ctx, site.ID, id)
		if err != nil {
			t.Fatal(err)
		}
		if c.State == forum.Published {
			published++
		}
		text := c.Text
		if c.State == forum.Withdrawn {
			text = ""
		}
		if got.State != c.State || got.Source != text || got.Byline != c.Byline || got.Up != c.Up || got.Down != c.Down ||
			got.ShownUp != c.Up || !got.CreatedAt.Equal(c.At) || id.Time() != c.At {
			t.Fatalf("comment %d is %+v, want %+v", i, got, c)
		}
		decisions, err := s.DecisionsOn(ctx, site.ID, id)
		if decided := c.State == forum.Rejected || c.State == forum.Held; err != nil || (len(decisions) == 1) != decided {
			t.Fatalf("comment %d, %s, has %d decisions, %v", i, c.State, len(decisions), err)
		}
	}
	if story.Comments != published {
		t.Errorf("the story has %d comments, want %d", story.Comments, published)
	}
}

// A large seed writes what a small one does, and every counter says so.
func TestSeedMany(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := storetest.URL(t, engine)
			s, err := store.Open(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			d := desk.New(s, time.Now)
			many, few := storetest.Site(t, s, "many"), storetest.Site(t, s, "few")
			seed := plainSeed(time.Now().Add(-48*time.Hour), 20, 220)
			done, err := d.SeedMany(ctx, many, slices.Values(seed.Stories))
			if err != nil || done.Comments != 240 || done.Rows < 2_000 {
				t.Fatalf("%+v, %v", done, err)
			}
			if _, err := d.Seed(ctx, few, seed); err != nil {
				t.Fatal(err)
			}
			same(t, "comments", seededRows(t, engine, url, many.ID), seededRows(t, engine, url, few.ID))
			same(t, "words by how many comments have them", listed(t, engine, url, many.ID), listed(t, engine, url, few.ID))
			batches := plainSeed(time.Now().Add(-48*time.Hour), 1100)
			batches.Stories[0].Article.ExternalID = "batches"
			if _, err := d.SeedMany(ctx, many, slices.Values(batches.Stories)); err != nil {
				t.Fatal(err)
			}
			storetest.CheckCounters(t, s, many.ID)
			if _, err := d.SeedMany(ctx, many, slices.Values(seed.Stories[:1])); !forum.IsKind(err, forum.Conflict) {
				t.Errorf("a story the site has: %v", err)
			}
			seed.Stories[0].Article.ExternalID, seed.Stories[0].Comments[7].State = "other", forum.Rejected
			if _, err := d.SeedMany(ctx, many, slices.Values(seed.Stories[:1])); err == nil {
				t.Error("a rejected comment was taken")
			}
			storetest.CheckCounters(t, s, many.ID)
		})
	}
}

// plainSeed has a story of each size, in which one branch goes as deep as any can.
func plainSeed(from time.Time, sizes ...int) desk.Seed {
	seed := desk.Seed{Moderator: "M"}
	for at, n := range sizes {
		talk := seedOf(n, from).Stories[0].Comments
		for i := range talk {
			c := &talk[i]
			if c.Parent = i/2 - 1; i%2 == 1 {
				c.Parent = i - 2
			}
			c.Byline = forum.Byline{Kind: forum.BylineName, Name: fmt.Sprint("Writer ", i%40)}
			if i%5 == 0 {
				c.Byline = forum.Byline{Kind: forum.BylineNone}
			}
			c.State, c.Reason, c.Reports = forum.Published, "", nil
			if i%100 == 98 && i > n/2 {
				c.State, c.Up, c.Down = forum.Held, 0, 0
			}
		}
		seed.Stories = append(seed.Stories, desk.SeedStory{
			Article: desk.Article{ExternalID: fmt.Sprint("plain-", at), Headline: "Plain", PublishedAt: from}, Comments: talk,
		})
	}
	return seed
}

// listed says how many comments are on the list of each word.
func listed(t *testing.T, engine, url string, site forum.ID) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for word, ids := range storetest.Lists(t, engine, url, site) {
		counts[word] = len(ids)
	}
	if len(counts) < 10 {
		t.Errorf("%d words", len(counts))
	}
	return counts
}

// seededRows are the comments of a site with all that was counted and derived.
func seededRows(t *testing.T, engine, url string, site forum.ID) []string {
	t.Helper()
	rows, err := storetest.Raw(t, engine, url).Query(`select s.external_id || ' ' || c.import_id || ' ' || c.path || ' ' || c.depth || ' ' ||
		c.replies || ' ' || c.descendants || ' ' || c.reply_seq || ' ' || c.up || ' ' || c.down || ' ' || c.shown_up || ' ' || c.shown_down || ' ' ||
		c.state || ' ' || c.byline_kind || ' ' || c.byline_name || ' ' || c.html || ' ' || c.simhash || ' ' || a.accepted || ' ' ||
		c.created_at || ' ' || c.published_at || ' ' || c.score || ' ' || s.comments || ' ' || s.held || ' ' ||
		(select count(*) from comment_bands x where x.site_id = c.site_id and x.comment_id = c.comment_id) || ' ' ||
		(select count(*) from comment_hosts x where x.site_id = c.site_id and x.comment_id = c.comment_id) || ' ' ||
		(select count(*) from decisions x where x.site_id = c.site_id and x.comment_id = c.comment_id)
		from comments c join stories s on s.site_id = c.site_id and s.story_id = c.story_id
		join accounts a on a.site_id = c.site_id and a.account_id = c.account_id where c.site_id = $1`, site)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
