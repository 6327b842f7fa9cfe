package storetest

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// Epoch is the instant at which the clocks of tests start.
var Epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ids mints the ids of everything a test makes without the desk.
var ids forum.Minter

// ID mints a fresh id.
func ID() forum.ID { return ids.Mint(Epoch) }

// Write runs f in a transaction at Epoch and fails the test if it fails.
func Write(t testing.TB, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(context.Background(), Epoch, f); err != nil {
		t.Fatal(err)
	}
}

// Site adds a site with default settings.
func Site(t testing.TB, s *store.Store, slug string) forum.Site {
	t.Helper()
	id, err := forum.SiteID(slug)
	if err != nil {
		t.Fatal(err)
	}
	site := forum.Site{ID: id, Slug: slug, Name: slug, Settings: forum.DefaultSettings(), CreatedAt: Epoch}
	Write(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddSite(ctx, site) })
	return site
}

// Story adds an open, listed story.
func Story(t testing.TB, s *store.Store, site forum.ID, headline string) forum.Story {
	t.Helper()
	story := forum.Story{SiteID: site, ID: ID(), Headline: headline, State: forum.StoryOpen, Listed: true, PublishedAt: Epoch, Revision: 1}
	Write(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddStory(ctx, story) })
	return story
}

// Account adds an account of a role.
func Account(t testing.TB, s *store.Store, site forum.ID, role forum.Role) forum.Account {
	t.Helper()
	a := forum.Account{SiteID: site, ID: ID(), Role: role, AuthorKey: ID().String(), CreatedAt: Epoch}
	Write(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddAccount(ctx, a, "") })
	return a
}

// growSlice is how many comments Grow adds in one transaction, which must end in time
// under the race detector too.
const growSlice = 1000

// Grow adds published comments to a story and mends the counters. The i-th answers the
// comment parents(i) of the same call; −1 makes it a root.
func Grow(t testing.TB, s *store.Store, story forum.Story, author forum.ID, n int, parents func(i int) int) []forum.Comment {
	t.Helper()
	all := make([]forum.Comment, n)
	places := make([]int, n)
	for i := range all {
		all[i] = comment(story, author, strconv.Itoa(i))
		if p := parents(i); p >= 0 {
			c := &all[i]
			places[p]++
			c.ParentID, c.RootID, c.Depth = all[p].ID, all[p].RootID, all[p].Depth+1
			c.Path = forum.ChildPath(all[p].Path, places[p])
		}
	}
	for slice := range slices.Chunk(all, growSlice) {
		Write(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, c := range slice {
				if err := tx.AddComment(ctx, store.NewComment{Comment: c, HTMLVersion: 1}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		wrong, err := tx.Recount(ctx, story.SiteID)
		if err != nil {
			return err
		}
		for _, m := range wrong {
			if err := tx.Mend(ctx, story.SiteID, m); err != nil {
				return err
			}
		}
		return nil
	})
	return all
}

func comment(story forum.Story, author forum.ID, text string) forum.Comment {
	c := forum.Comment{
		SiteID: story.SiteID, ID: ID(), StoryID: story.ID, AccountID: author, Byline: forum.Byline{Kind: forum.BylineNone},
		Source: text, HTML: "<p>" + text + "</p>", State: forum.Published, CreatedAt: Epoch, PublishedAt: Epoch,
	}
	c.RootID, c.AuthorKey = c.ID, c.ID.String()
	return c
}

// Roots makes every comment of Grow a root.
func Roots(int) int { return -1 }

// CheckCounters fails the test if a counter of the site does not say what its
// rows say.
func CheckCounters(t testing.TB, s *store.Store, site forum.ID) {
	t.Helper()
	wrong, err := s.Recount(context.Background(), site)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range wrong {
		t.Errorf("%s.%s of %s is %d, counted %d", m.Table, m.Counter, m.ID, m.Stored, m.Counted)
	}
}

// NoRace skips a test of amounts when the race detector is on.
func NoRace(t testing.TB) {
	t.Helper()
	if Race {
		t.Skip("a test of amounts: it runs without the race detector")
	}
}

// Email gives an account an address, as if it had signed in with it.
func Email(t testing.TB, s *store.Store, a forum.Account, address string) {
	t.Helper()
	c := forum.Credential{SiteID: a.SiteID, ID: ID(), AccountID: a.ID, Kind: forum.CredentialEmail, Subject: address, Label: address}
	Write(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddCredential(ctx, c) })
}

// Mute makes an account mute an author.
func Mute(t testing.TB, s *store.Store, a forum.Account, author string) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.Mute(ctx, a.SiteID, a.ID, author) })
}
