package store_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// world is a site with a story, an author and a reader.
type world struct {
	site           forum.Site
	story          forum.Story
	author, reader forum.Account
}

func newWorld(t *testing.T, s *store.Store, slug string) world {
	t.Helper()
	w := world{site: storetest.Site(t, s, slug)}
	w.story = storetest.Story(t, s, w.site.ID, "story")
	w.author, w.reader = storetest.Account(t, s, w.site.ID, forum.RoleReader), storetest.Account(t, s, w.site.ID, forum.RoleReader)
	return w
}

// reread returns a comment as the database has it.
func reread(t *testing.T, s *store.Store, c forum.Comment) forum.Comment {
	t.Helper()
	got, err := s.Comment(ctx, c.SiteID, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func idsOf(all []forum.Comment) []forum.ID {
	ids := make([]forum.ID, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids
}

func TestComments(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := forum.Comment{
			SiteID: w.site.ID, ID: storetest.ID(), StoryID: w.story.ID, ParentID: 4, RootID: 3, Path: "1112", Depth: 2, AccountID: w.author.ID,
			Byline: forum.Byline{Kind: forum.BylinePseudonym, Name: "Сова"}, AuthorKey: "k", Source: "*a*\n", HTML: "<em>a</em>",
			State: forum.Held, CreatedAt: epoch.Add(-time.Hour), Guessed: true, ParentName: "Mitach",
		}
		must(t, s, func(tx *store.Tx) error {
			return tx.AddComment(ctx, store.NewComment{Comment: c, HTMLVersion: 1, ImportID: "src-1"})
		})
		wantSame(t, "comment", reread(t, s, c), c)
		if id, err := s.Imported(ctx, w.site.ID, w.story.ID, "src-1"); err != nil || id != c.ID {
			t.Errorf("Imported = %s, %v", id, err)
		}
		for _, source := range []string{"", "src-2"} {
			_, err := s.Imported(ctx, w.site.ID, w.story.ID, source)
			wantKind(t, "Imported "+source, err, forum.NotFound, "error.notFound")
		}
		again := c
		again.ID = storetest.ID()
		wantKind(t, "an import twice", try(s, func(tx *store.Tx) error {
			return tx.AddComment(ctx, store.NewComment{Comment: again, ImportID: "src-1"})
		}), forum.Conflict, "error.conflict")
		wantKind(t, "an id twice", try(s, func(tx *store.Tx) error {
			return tx.AddComment(ctx, store.NewComment{Comment: c})
		}), forum.Conflict, "error.conflict")
		if id, err := s.CommentAt(ctx, w.site.ID, 3, "1112"); err != nil || id != c.ID {
			t.Errorf("CommentAt = %s, %v", id, err)
		}
		_, err := s.CommentAt(ctx, w.site.ID, 3, "1113")
		wantKind(t, "an empty place", err, forum.NotFound, "error.notFound")
		_, err = s.Comment(ctx, w.site.ID, 1)
		wantKind(t, "unknown comment", err, forum.NotFound, "error.notFound")

		many := storetest.Grow(t, s, w.story, w.reader.ID, 150, storetest.Roots)
		found, err := s.CommentsByID(ctx, w.site.ID, append(idsOf(many), 1, c.ID))
		if err != nil || len(found) != 151 || found[many[149].ID].Source != "149" {
			t.Errorf("CommentsByID found %d, %v", len(found), err)
		}
		var got []forum.ID
		for before := forum.ID(0); ; before = got[len(got)-1] {
			page, err := s.CommentsByAuthor(ctx, w.site.ID, w.reader.ID, before, 40)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, idsOf(page)...)
		}
		want := idsOf(many)
		slices.Reverse(want)
		wantSame(t, "comments by author, the newest first", got, want)
		in, err := s.CommentsByAuthorIn(ctx, w.site.ID, w.reader.ID, w.story.ID, 10)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "the newest ten in the story", idsOf(in), want[:10])
		if in, err = s.CommentsByAuthorIn(ctx, w.site.ID, w.reader.ID, 5, 10); err != nil || len(in) != 0 {
			t.Errorf("in another story: %d, %v", len(in), err)
		}
	})
}

func TestPlaces(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		for want := 1; want <= 3; want++ {
			must(t, s, func(tx *store.Tx) error {
				n, err := tx.NextPlace(ctx, w.site.ID, c[0].ID)
				if n != want {
					t.Errorf("place %d, want %d", n, want)
				}
				return err
			})
		}
		wantKind(t, "below nothing", try(s, func(tx *store.Tx) error { _, err := tx.NextPlace(ctx, w.site.ID, 1); return err }), forum.NotFound, "error.notFound")
	})
}

func TestMove_guarded(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		move := func(from, to forum.State) (forum.Comment, error) {
			var got forum.Comment
			err := s.Write(ctx, epoch.Add(time.Hour), func(_ ctxT, tx *store.Tx) (err error) {
				got, err = tx.Move(ctx, w.site.ID, c.ID, from, to)
				return err
			})
			return got, err
		}
		_, err := move(forum.Held, forum.Rejected)
		wantKind(t, "from where it is not", err, forum.Conflict, "error.conflict")
		if got, err := move(forum.Published, forum.Rejected); err != nil || got.State != forum.Rejected {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := move(forum.Rejected, forum.Published); err != nil || !got.PublishedAt.Equal(c.PublishedAt) {
			t.Errorf("published again at %s, %v: the first time counts", got.PublishedAt, err)
		}
		held := c
		held.ID, held.State, held.PublishedAt = storetest.ID(), forum.Held, time.Time{}
		must(t, s, func(tx *store.Tx) error { return tx.AddComment(ctx, store.NewComment{Comment: held}) })
		c = held
		if got, err := move(forum.Held, forum.Published); err != nil || !got.PublishedAt.Equal(epoch.Add(time.Hour)) {
			t.Errorf("published at %s, %v", got.PublishedAt, err)
		}
	})
}

func TestEdit_keepsEditions(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		for i, text := range []string{"second", "third"} {
			at := epoch.Add(time.Duration(i+1) * time.Minute)
			err := s.Write(ctx, at, func(_ ctxT, tx *store.Tx) error { return tx.Edit(ctx, reread(t, s, c), text, "<p>"+text+"</p>", 2) })
			if err != nil {
				t.Fatal(err)
			}
		}
		got := reread(t, s, c)
		if got.Source != "third" || got.HTML != "<p>third</p>" || !got.EditedAt.Equal(epoch.Add(2*time.Minute)) {
			t.Errorf("%+v", got)
		}
		editions, err := s.Editions(ctx, w.site.ID, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "editions, the oldest first", editions, []forum.Comment{
			{SiteID: w.site.ID, ID: c.ID, Source: "0", HTML: "<p>0</p>", CreatedAt: epoch},
			{SiteID: w.site.ID, ID: c.ID, Source: "second", HTML: "<p>second</p>", CreatedAt: epoch.Add(time.Minute)},
		})
		wantKind(t, "edit of a text that is gone", try(s, func(tx *store.Tx) error { return tx.Edit(ctx, c, "x", "x", 1) }), forum.Conflict, "error.conflict")
		must(t, s, func(tx *store.Tx) error {
			_, err := tx.Move(ctx, w.site.ID, c.ID, forum.Published, forum.Rejected)
			return err
		})
		wantKind(t, "edit of what was rejected meanwhile", try(s, func(tx *store.Tx) error { return tx.Edit(ctx, got, "x", "x", 1) }), forum.Conflict, "error.conflict")
		if after, _ := s.Editions(ctx, w.site.ID, c.ID); len(after) != 2 || reread(t, s, c).Source != "third" {
			t.Errorf("a refused edit left %d editions", len(after))
		}
	})
}

func TestAddBelow(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		all := storetest.Grow(t, s, w.story, w.author.ID, forum.MaxDepth+1, func(i int) int { return i - 1 })
		storetest.CheckCounters(t, s, w.site.ID)
		if root := reread(t, s, all[0]); root.Descendants != forum.MaxDepth || root.Replies != 1 {
			t.Fatalf("root: %d below, %d replies", root.Descendants, root.Replies)
		}
		must(t, s, func(tx *store.Tx) error { return tx.AddBelow(ctx, all[0], 1) }) // nothing is above a root
		must(t, s, func(tx *store.Tx) error { return tx.AddBelow(ctx, all[forum.MaxDepth], -1) })
		for i, c := range all[:forum.MaxDepth] {
			got := reread(t, s, c)
			replies := 1
			if i == forum.MaxDepth-1 {
				replies = 0
			}
			if got.Descendants != forum.MaxDepth-i-1 || got.Replies != replies {
				t.Errorf("depth %d: %d below, %d replies", i, got.Descendants, got.Replies)
			}
		}
	})
}
