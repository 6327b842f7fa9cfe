package store_test

import (
	"math"
	"slices"
	"strings"
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

func TestQueues(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 6, storetest.Roots)
		must(t, s, func(tx *store.Tx) error {
			for _, x := range c[:3] {
				if _, err := tx.Move(ctx, w.site.ID, x.ID, forum.Published, forum.Held); err != nil {
					return err
				}
			}
			for _, x := range c[2:5] { // the held one among them is not in the queue of reports
				if _, err := tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: x.ID, AccountID: w.reader.ID, Reason: forum.ReasonSpam}); err != nil {
					return err
				}
			}
			_, err := tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: c[5].ID, AccountID: w.reader.ID, Reason: forum.ReasonDisagree})
			return err
		})
		must(t, s, func(tx *store.Tx) error { return tx.SetReviewed(ctx, w.site.ID, c[5].ID, true) })
		for kind, want := range map[store.QueueKind][]forum.Comment{
			store.QueueHeld: c[:3], store.QueueReported: c[3:5], store.QueueUnseen: c[3:5], store.QueueRejected: nil, store.QueueAll: c,
		} {
			f := store.Filter{Queue: kind, Oldest: true}
			wantSame(t, string(kind), idsOf(sifted(t, s, w.site.ID, f)), idsOf(want))
			f.Oldest = false
			newest := idsOf(sifted(t, s, w.site.ID, f))
			slices.Reverse(newest)
			wantSame(t, string(kind)+" reversed", newest, idsOf(want))
			for most, count := range map[int]int{9: len(want), 2: min(2, len(want))} {
				if n, err := s.CountSifted(ctx, w.site.ID, f, most); err != nil || n != count {
					t.Errorf("%s: %d counted up to %d, %v", kind, n, most, err)
				}
			}
		}
	})
}

// sifted reads all comments of a filter in pages of two.
func sifted(t *testing.T, s *store.Store, site forum.ID, f store.Filter) []forum.Comment {
	t.Helper()
	var all []forum.Comment
	for {
		page, err := s.Sift(ctx, site, f, 2)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < 2 {
			return all
		}
		f.After = page[1].ID
	}
}

// Every criterion of a filter finds what it should, alone and as one of several.
func TestSift_criteria(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 4, storetest.Roots)
		other := storetest.Story(t, s, w.site.ID, "other")
		d := storetest.Grow(t, s, other, w.reader.ID, 2, storetest.Roots)
		must(t, s, func(tx *store.Tx) error {
			other.Section = "sport"
			if err := tx.SetStory(ctx, other); err != nil {
				return err
			}
			if err := tx.AddTerms(ctx, c[1], []string{"bridge", "toll"}); err != nil {
				return err
			}
			if err := tx.AddTerms(ctx, d[0], []string{"bridge"}); err != nil {
				return err
			}
			return tx.AddDecision(ctx, forum.Decision{
				SiteID: w.site.ID, ID: storetest.ID(), CommentID: c[3].ID, StoryID: w.story.ID, AccountID: w.author.ID, ActorID: w.reader.ID,
				Verb: forum.Reject, Reason: "spam",
			})
		})
		for what, x := range map[string]struct {
			filter store.Filter
			want   []forum.Comment
		}{
			"word":            {store.Filter{Words: []string{"bridge"}}, []forum.Comment{c[1], d[0]}},
			"words":           {store.Filter{Words: []string{"bridge", "toll"}}, c[1:2]},
			"prefix":          {store.Filter{Prefix: "bri", PrefixEnd: "brj"}, []forum.Comment{c[1], d[0]}},
			"word and prefix": {store.Filter{Words: []string{"bridge"}, Prefix: "to", PrefixEnd: "tp"}, c[1:2]},
			"account":         {store.Filter{Account: w.reader.ID}, d},
			"account, word":   {store.Filter{Account: w.reader.ID, Words: []string{"bridge"}}, d[:1]},
			"story":           {store.Filter{Story: other.ID}, d},
			"section":         {store.Filter{Sections: []string{"world", "sport"}}, d},
			"no section":      {store.Filter{Sections: []string{"spo"}}, nil},
			"host":            {store.Filter{Host: "shop.example"}, nil},
			"verb":            {store.Filter{Verb: forum.Reject}, c[3:]},
			"reason":          {store.Filter{Verb: forum.Reject, Reason: "spam"}, c[3:]},
			"other reason":    {store.Filter{Verb: forum.Reject, Reason: "abuse"}, nil},
			"by":              {store.Filter{By: w.reader.ID}, c[3:]},
			"by and verb":     {store.Filter{By: w.reader.ID, Verb: forum.Hold}, nil},
			"state":           {store.Filter{State: forum.Held}, nil},
			"rule":            {store.Filter{Rule: 7}, nil},
			"from":            {store.Filter{From: epoch.Add(time.Hour)}, nil},
			"to":              {store.Filter{Account: w.author.ID, To: epoch.Add(time.Hour)}, c},
		} {
			x.filter.Queue, x.filter.Oldest = store.QueueAll, true
			wantSame(t, what, idsOf(sifted(t, s, w.site.ID, x.filter)), idsOf(x.want))
			if n, err := s.CountSifted(ctx, w.site.ID, x.filter, 9); err != nil || n != len(x.want) {
				t.Errorf("%s: %d counted, %v", what, n, err)
			}
		}
		unseen := store.Filter{Queue: store.QueueUnseen, Story: other.ID, Oldest: true}
		wantSame(t, "queue in story", idsOf(sifted(t, s, w.site.ID, unseen)), idsOf(d))
	})
}

func TestClaims(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		claim := func(at time.Time, comment, who forum.ID) (mine bool) {
			t.Helper()
			err := s.Write(ctx, at, func(ctx ctxT, tx *store.Tx) (err error) {
				mine, err = tx.Claim(ctx, w.site.ID, comment, who, time.Minute)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return mine
		}
		if !claim(epoch, c[0].ID, w.reader.ID) || claim(epoch.Add(time.Second), c[0].ID, w.author.ID) {
			t.Error("two have the same card")
		}
		if !claim(epoch.Add(time.Second), c[0].ID, w.reader.ID) {
			t.Error("a claim is not kept by who has it")
		}
		held, err := s.Claims(ctx, w.site.ID, idsOf(c), epoch.Add(2*time.Second))
		if err != nil || len(held) != 1 || held[c[0].ID].AccountID != w.reader.ID {
			t.Errorf("claims: %v, %v", held, err)
		}
		if !claim(epoch.Add(2*time.Minute), c[0].ID, w.author.ID) {
			t.Error("a claim does not end")
		}
		if claim(epoch.Add(2*time.Minute), c[1].ID, w.author.ID); !claim(epoch.Add(2*time.Minute), c[0].ID, w.reader.ID) {
			t.Error("who looks at another card keeps the first")
		}
	})
}

func TestReports(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		report := func(by forum.ID, reason forum.Reason) (first bool) {
			must(t, s, func(tx *store.Tx) (err error) {
				first, err = tx.AddReport(ctx, forum.Report{SiteID: w.site.ID, ID: storetest.ID(), CommentID: c.ID, AccountID: by, Reason: reason, Words: "w 🙂"})
				return err
			})
			return first
		}
		if !report(w.reader.ID, forum.ReasonHate) || report(w.reader.ID, forum.ReasonSpam) || reread(t, s, c).Reports != 1 {
			t.Error("a second report counts")
		}
		third := storetest.Account(t, s, w.site.ID, forum.RoleGuest)
		if !report(third.ID, forum.ReasonDisagree) || reread(t, s, c).Reports != 1 {
			t.Error("disagreement counts")
		}
		open, err := s.OpenReports(ctx, w.site.ID, c.ID)
		if err != nil || len(open) != 1 || open[0].Reason != forum.ReasonHate || open[0].Words != "w 🙂" || !open[0].CreatedAt.Equal(epoch) {
			t.Errorf("open reports: %+v, %v", open, err)
		}
		for since, want := range map[time.Time]int{epoch: 0, epoch.Add(-time.Second): 1} {
			if n, err := s.ReportsSince(ctx, w.site.ID, w.reader.ID, since); err != nil || n != want {
				t.Errorf("%d reports since %s, %v", n, since, err)
			}
		}
		must(t, s, func(tx *store.Tx) error { return tx.ResolveReports(ctx, w.site.ID, c.ID) })
		if open, _ = s.OpenReports(ctx, w.site.ID, c.ID); len(open) != 0 || reread(t, s, c).Reports != 0 {
			t.Error("resolved reports are open")
		}
		storetest.CheckCounters(t, s, w.site.ID)
	})
}

func TestDecisions(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		var all []forum.Decision
		for i := range 5 {
			d := forum.Decision{
				SiteID: w.site.ID, ID: storetest.ID(), CommentID: c.ID, AccountID: w.author.ID, ActorID: w.reader.ID, Verb: forum.Reject,
				Reason: "spam", Note: "n", From: forum.Published, To: forum.Rejected, Automated: i == 0, CreatedAt: epoch,
			}
			must(t, s, func(tx *store.Tx) error { return tx.AddDecision(ctx, d) })
			all = append(all, d)
		}
		got, err := s.DecisionsOn(ctx, w.site.ID, c.ID)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "decisions on the comment, the oldest first", got, all)
		first, err := s.Decided(ctx, w.site.ID, nil, 0, 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := s.Decided(ctx, w.site.ID, nil, 0, first[1].ID, 9)
		if err != nil {
			t.Error(err)
		}
		people := slices.Clone(all[1:])
		slices.Reverse(people)
		wantSame(t, "decisions of people, the newest first", append(first, rest...), people)
	})
}

func TestVotes(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 2, storetest.Roots)
		before := forum.VoteNone
		for _, v := range []forum.Vote{1, 1, -1, 0, 0, -1, 1, 0, 1} {
			var got forum.Comment
			must(t, s, func(tx *store.Tx) (err error) {
				got, err = tx.SetVote(ctx, w.site.ID, c[0].ID, w.reader.ID, v)
				return err
			})
			if up, down := max(0, int(v)), max(0, -int(v)); got.Up != up || got.Down != down {
				t.Errorf("after %d, then %d: %d up, %d down", before, v, got.Up, got.Down)
			}
			if mine, err := s.Vote(ctx, w.site.ID, c[0].ID, w.reader.ID); mine != v || err != nil {
				t.Errorf("vote is %d, %v; want %d", mine, err, v)
			}
			before = v
		}
		wantKind(t, "vote on nothing", try(s, func(tx *store.Tx) error { _, err := tx.SetVote(ctx, w.site.ID, 1, w.reader.ID, 1); return err }), forum.NotFound, "error.notFound")
		mine, err := s.VotesIn(ctx, w.site.ID, w.reader.ID, w.story.ID)
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "votes in story", mine, map[forum.ID]forum.Vote{c[0].ID: 1})
		if other, _ := s.VotesIn(ctx, w.site.ID, w.reader.ID, 1); len(other) != 0 {
			t.Errorf("votes in another story: %v", other)
		}
		due, err := s.ScoresDue(ctx, w.site.ID, 9)
		if err != nil || len(due) != 1 || due[0].ShownUp != 0 {
			t.Fatalf("due: %+v, %v", due, err)
		}
		show := func(c forum.Comment) {
			must(t, s, func(tx *store.Tx) error { return tx.ShowScore(ctx, c, 0.123456789012345678) })
		}
		stale := due[0]
		stale.Up = 7 // what the job read is not what is there now
		show(stale)
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 1 {
			t.Error("a comment voted on meanwhile is not due any more")
		}
		show(due[0])
		got := reread(t, s, c[0])
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 0 || got.ShownUp != 1 || got.Score != 0.123456789012345678 {
			t.Errorf("%d due; %+v", len(again), got)
		}
		must(t, s, func(tx *store.Tx) error { _, err := tx.SetVote(ctx, w.site.ID, c[0].ID, w.reader.ID, 1); return err })
		if again, _ := s.ScoresDue(ctx, w.site.ID, 9); len(again) != 0 {
			t.Error("the same vote again makes the score due")
		}
		storetest.CheckCounters(t, s, w.site.ID)
	})
}

func TestScore_exact(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 1, storetest.Roots)[0]
		for _, score := range []float64{0, 0.1, 1. / 3, math.Nextafter(0.5, 1), math.SmallestNonzeroFloat64} {
			must(t, s, func(tx *store.Tx) error { return tx.ShowScore(ctx, c, score) })
			if got := reread(t, s, c).Score; math.Float64bits(got) != math.Float64bits(score) {
				t.Errorf("score %v becomes %v", score, got)
			}
		}
	})
}

func TestRecount_findsAndMends(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s, "a")
		c := storetest.Grow(t, s, w.story, w.author.ID, 3, func(i int) int { return i - 1 })
		must(t, s, func(tx *store.Tx) error {
			if err := tx.AddBelow(ctx, c[2], 5); err != nil {
				return err
			}
			if _, err := tx.TouchStory(ctx, w.site.ID, w.story.ID, -1, 2); err != nil {
				return err
			}
			return tx.CountStanding(ctx, w.site.ID, w.author.ID, 1, 1)
		})
		wrong, err := s.Recount(ctx, w.site.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "miscounts", wrong, []store.Miscount{
			{Table: "comments", Counter: "replies", ID: c[1].ID, Stored: 6, Counted: 1},
			{Table: "comments", Counter: "descendants", ID: c[0].ID, Stored: 7, Counted: 2},
			{Table: "comments", Counter: "descendants", ID: c[1].ID, Stored: 6, Counted: 1},
			{Table: "stories", Counter: "comments", ID: w.story.ID, Stored: 2, Counted: 3},
			{Table: "stories", Counter: "held", ID: w.story.ID, Stored: 2, Counted: 0},
			{Table: "accounts", Counter: "accepted", ID: w.author.ID, Stored: 4, Counted: 3},
			{Table: "accounts", Counter: "rejected", ID: w.author.ID, Stored: 1, Counted: 0},
		})
		moved := wrong[3]
		moved.Stored = 9 // it has changed since it was counted
		must(t, s, func(tx *store.Tx) error { return tx.Mend(ctx, w.site.ID, moved) })
		if again, _ := s.Recount(ctx, w.site.ID); len(again) != len(wrong) {
			t.Error("a counter that changed meanwhile was overwritten")
		}
		must(t, s, func(tx *store.Tx) error {
			for _, m := range wrong {
				if err := tx.Mend(ctx, w.site.ID, m); err != nil {
					return err
				}
			}
			return nil
		})
		storetest.CheckCounters(t, s, w.site.ID)
		wantKind(t, "unknown counter", try(s, func(tx *store.Tx) error {
			return tx.Mend(ctx, w.site.ID, store.Miscount{Table: "sites", Counter: "name"})
		}), forum.NotFound, "error.notFound")
		if damage, err := s.Damage(ctx); err != nil || len(damage) != 0 {
			t.Errorf("damage: %v, %v", damage, err)
		}
	})
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
