package desk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/pgtest"
	"parley/internal/store"
)

// seedOf returns a discussion of n comments in which everything happens that can
// happen to one.
func seedOf(n int, from time.Time) desk.Seed {
	talk := make([]desk.SeedComment, n)
	for i := range talk {
		talk[i] = desk.SeedComment{
			Parent: i/2 - 1, Text: fmt.Sprintf("Comment %d.", i), At: from.Add(time.Duration(i) * time.Minute),
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
