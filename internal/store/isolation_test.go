package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// twin fills a site with one of everything, under the ids of its twin.
type twin struct {
	site                       forum.Site
	story                      forum.Story
	owner, author              forum.Account
	root, reply, held, retired forum.Comment
}

// newTwin adds a site; its twin has the same ids, hashes and keys but other texts.
func newTwin(t *testing.T, s *store.Store, slug string) twin {
	t.Helper()
	site := storetest.Site(t, s, slug)
	w := twin{site: site, story: forum.Story{
		SiteID: site.ID, ID: 100, ExternalID: "ext", URL: "https://p.example/" + slug, Headline: slug, State: forum.StoryOpen, Listed: true, Section: "world",
	}}
	w.owner = forum.Account{SiteID: site.ID, ID: 200, Role: forum.RoleAdmin, Name: slug, AuthorKey: slug}
	w.author = forum.Account{SiteID: site.ID, ID: 201, Role: forum.RoleReader, AuthorKey: slug}
	base := forum.Comment{
		SiteID: site.ID, StoryID: 100, AccountID: 201, Byline: forum.Byline{Kind: forum.BylineName, Name: slug},
		AuthorKey: slug, Source: slug, HTML: slug, State: forum.Published, CreatedAt: epoch, PublishedAt: epoch,
	}
	w.root, w.reply, w.held, w.retired = base, base, base, base
	w.root.ID, w.root.RootID = 300, 300
	w.reply.ID, w.reply.RootID, w.reply.ParentID, w.reply.Path, w.reply.Depth = 301, 300, 300, "11", 1
	w.held.ID, w.held.RootID, w.held.State = 302, 302, forum.Held
	w.retired.ID, w.retired.RootID = 303, 303
	must(t, s, func(tx *store.Tx) error {
		steps := []func() error{
			func() error { return tx.AddStory(ctx, w.story) },
			func() error { return tx.AddAlias(ctx, site.ID, "key", 100) },
			func() error {
				return tx.AddPicture(ctx, site.ID, store.Picture{ID: "pic", Type: slug, Bytes: []byte(slug)})
			},
			func() error { return tx.AddAccount(ctx, w.owner, "skeleton") },
			func() error { return tx.AddAccount(ctx, w.author, "") },
			func() error {
				return tx.AddPseudonym(ctx, site.ID, 100, 201, store.Pseudonym{Name: slug, AuthorKey: slug}, "sk")
			},
			func() error {
				return tx.AddSession(ctx, forum.Session{SiteID: site.ID, AccountID: 201, Kind: forum.SessionPage, ExpiresAt: epoch.Add(time.Hour)}, "token")
			},
			func() error {
				return tx.AddInvitation(ctx, store.Invitation{SiteID: site.ID, ID: 400, Role: forum.RoleAdmin, ExpiresAt: epoch.Add(time.Hour)}, "link")
			},
			func() error { return tx.AddKey(ctx, site.ID, "key", slug) },
			func() error { return tx.AddComment(ctx, store.NewComment{Comment: w.root, ImportID: "imp"}) },
			func() error { return tx.AddComment(ctx, store.NewComment{Comment: w.reply}) },
			func() error { return tx.AddComment(ctx, store.NewComment{Comment: w.held}) },
			func() error { return tx.AddComment(ctx, store.NewComment{Comment: w.retired}) },
			func() error { return tx.AddBelow(ctx, w.reply, 1) },
			func() error { return tx.SetFeatured(ctx, site.ID, 300, tx.Now) },
			func() error { return tx.AddToLists(ctx, site.ID, listsOf(300, "word", "prefixed")) },
			func() error { _, err := tx.SetVote(ctx, site.ID, 300, 200, 1); return err },
			func() error {
				_, err := tx.AddReport(ctx, forum.Report{SiteID: site.ID, ID: 400, CommentID: 300, AccountID: 200, Reason: forum.ReasonSpam, Words: slug})
				return err
			},
			func() error {
				return tx.AddDecision(ctx, forum.Decision{SiteID: site.ID, ID: 500, CommentID: 303, ActorID: 200, Verb: forum.Reject, Note: slug})
			},
			func() error { return tx.Edit(ctx, w.root, slug+"2", slug+"2", 1) },
			func() error { _, err := tx.ClaimKey(ctx, site.ID, "idem", slug); return err },
			func() error { return tx.SetKeyResult(ctx, site.ID, "idem", 300) },
			func() error { return tx.AddResult(ctx, site.ID, "made", slug, 300) },
		}
		for i, step := range steps {
			if err := step(); err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
		}
		return nil
	})
	return w
}

// dump returns every row of a site, as text.
func dump(t *testing.T, s *store.Store, db *sql.DB, site forum.ID) []string {
	t.Helper()
	var all []string
	for _, table := range texts(t, db, catalogue[s.Engine()].tables) {
		rows, err := db.Query(`select * from `+table+` where site_id = $1`, int64(site))
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			if err := rows.Scan(cells...); err != nil {
				t.Fatal(err)
			}
			line := table
			for _, c := range cells {
				line += fmt.Sprintf(" | %v", *c.(*any))
			}
			all = append(all, line)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	slices.Sort(all)
	return all
}

func TestSites_nothingLeaks(t *testing.T) {
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		newTwin(t, s, "aa")
		b := newTwin(t, s, "bb")
		site := b.site.ID
		for what, read := range map[string]func() (any, error){
			"story":      func() (any, error) { return s.Story(ctx, site, 100) },
			"external":   func() (any, error) { return s.StoryByExternalID(ctx, site, "ext") },
			"alias":      func() (any, error) { return s.StoryByURLKey(ctx, site, "key") },
			"front":      func() (any, error) { return s.Stories(ctx, site, "", store.StoryCursor{}, 9) },
			"section":    func() (any, error) { return s.Stories(ctx, site, "world", store.StoryCursor{}, 9) },
			"picture":    func() (any, error) { p, err := s.Picture(ctx, site, "pic"); return p.Type, err },
			"sizes":      func() (any, error) { return s.PictureSizes(ctx, site, []string{"pic"}) },
			"account":    func() (any, error) { return s.Account(ctx, site, 200) },
			"accounts":   func() (any, error) { return s.AccountsByID(ctx, site, []forum.ID{200, 201}) },
			"signers":    func() (any, error) { return s.Signers(ctx, site, []forum.ID{200, 201}) },
			"skeleton":   func() (any, error) { return s.AccountBySkeleton(ctx, site, "skeleton") },
			"pseudonym":  func() (any, error) { return s.Pseudonym(ctx, site, 100, 201) },
			"key":        func() (any, error) { return s.Key(ctx, site, "key") },
			"comment":    func() (any, error) { return s.Comment(ctx, site, 300) },
			"comments":   func() (any, error) { return s.CommentsByID(ctx, site, []forum.ID{300, 301}) },
			"by author":  func() (any, error) { return s.CommentsByAuthor(ctx, site, 201, 0, 9) },
			"author in":  func() (any, error) { return s.CommentsByAuthorIn(ctx, site, 201, 100, 9) },
			"roots":      func() (any, error) { return s.Roots(ctx, site, 100, forum.Newest, store.Cursor{}, 9) },
			"oldest":     func() (any, error) { return s.Roots(ctx, site, 100, forum.Oldest, store.Cursor{}, 9) },
			"useful":     func() (any, error) { return s.Roots(ctx, site, 100, forum.Useful, store.Cursor{}, 9) },
			"flat":       func() (any, error) { return s.Flat(ctx, site, 100, forum.Newest, 0, 9) },
			"flat old":   func() (any, error) { return s.Flat(ctx, site, 100, forum.Oldest, 0, 9) },
			"picks":      func() (any, error) { return s.Picks(ctx, site, 100, forum.Newest, store.Cursor{}, 9) },
			"picks old":  func() (any, error) { return s.Picks(ctx, site, 100, forum.Oldest, store.Cursor{}, 9) },
			"replies":    func() (any, error) { return s.FirstReplies(ctx, site, []forum.ID{300}, 9) },
			"branch":     func() (any, error) { return s.Branch(ctx, site, 300, "", "z", 9) },
			"ancestors":  func() (any, error) { return s.Ancestors(ctx, b.reply) },
			"held":       func() (any, error) { return s.Sift(ctx, site, store.Filter{Queue: store.QueueHeld}, 9) },
			"reported":   func() (any, error) { return s.Sift(ctx, site, store.Filter{Queue: store.QueueReported}, 9) },
			"editions":   func() (any, error) { return s.Editions(ctx, site, 300) },
			"reports":    func() (any, error) { return s.OpenReports(ctx, site, 300) },
			"decisions":  func() (any, error) { return s.Decided(ctx, site, nil, 0, 0, 9) },
			"decided on": func() (any, error) { return s.DecisionsOn(ctx, site, 303) },
			"search":     func() (any, error) { return s.Search(ctx, site, store.Search{Wording: words("word"), Limit: 9}) },
			"prefix": func() (any, error) {
				return s.Search(ctx, site, store.Search{Wording: begun("pre", "prf"), Limit: 9})
			},
		} {
			got, err := read()
			text := fmt.Sprintf("%+v", got)
			if err != nil || text == "[]" || text == "map[]" {
				t.Errorf("%s finds nothing: %v", what, err)
			}
			if what != "sizes" && !strings.Contains(text, "bb") || strings.Contains(text, "aa") {
				t.Errorf("%s leaks: %s", what, text)
			}
		}
		for what, x := range map[string]struct {
			count func() (int, error)
			want  int
		}{
			"queues": {func() (int, error) {
				held, _, err := s.CountSifted(ctx, site, store.Filter{Queue: store.QueueHeld}, 9)
				if err != nil {
					return 0, err
				}
				reported, _, err := s.CountSifted(ctx, site, store.Filter{Queue: store.QueueReported}, 9)
				return held + reported, err
			}, 2},
			"since":   {func() (int, error) { n, _, err := s.Since(ctx, site, 100, 0, 201); return n, err }, 3},
			"votes":   {func() (int, error) { v, err := s.VotesIn(ctx, site, 200, 100); return len(v), err }, 1},
			"reports": {func() (int, error) { return s.ReportsSince(ctx, site, 200, epoch.Add(-time.Hour)) }, 1},
			"due":     {func() (int, error) { d, err := s.ScoresDue(ctx, site, 9); return len(d), err }, 1},
			"outline": {func() (int, error) { x, err := s.Outline(ctx, site, 100); return int(x.Newest), err }, 303},
			"newest":  {func() (int, error) { n, err := s.Newest(ctx, site, 100); return int(n), err }, 303},
		} {
			if n, err := x.count(); err != nil || n != x.want {
				t.Errorf("%s: %d, %v; want %d", what, n, err, x.want)
			}
		}
	})
}

func TestSites_writesStayInside(t *testing.T) {
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		a, b := newTwin(t, s, "aa"), newTwin(t, s, "bb")
		before := dump(t, s, db, a.site.ID)
		if len(before) < 20 {
			t.Fatalf("a site of %d rows", len(before))
		}
		site := b.site.ID
		must(t, s, func(tx *store.Tx) error {
			b.site.Name = "changed"
			root, err := tx.Comment(ctx, site, 300)
			steps := []func() error{
				func() error { return err },
				func() error { return tx.SetSite(ctx, b.site) },
				func() error { return tx.SetStory(ctx, b.story) },
				func() error { _, err := tx.TouchStory(ctx, site, 100, 1, 1); return err },
				func() error { return tx.SetName(ctx, site, 201, "n", "n") },
				func() error { return tx.SetRole(ctx, site, 201, forum.RoleAdmin) },
				func() error { return tx.CountStanding(ctx, site, 201, 1, 1) },
				func() error { _, err := tx.UseLink(ctx, site, "link"); return err },
				func() error { return tx.DropLinks(ctx, site) },
				func() error { return tx.SeeSession(ctx, site, 201, 0) },
				func() error { return tx.EndSessionByID(ctx, site, 201, 0) },
				func() error { _, err := tx.EndSessions(ctx, site, 201, 1); return err },
				func() error { _, err := tx.DropAttempts(ctx, site); return err },
				func() error { _, err := tx.DropTokens(ctx, site); return err },
				func() error { return tx.SeeRules(ctx, site, 201) },
				func() error { return tx.DropRecovery(ctx, site, 201) },
				func() error { return tx.EndAttempts(ctx, site, "email", "target") },
				func() error { _, err := tx.NextPlace(ctx, site, 300); return err },
				func() error { return tx.AddBelow(ctx, b.reply, 1) },
				func() error { _, err := tx.Move(ctx, site, 302, forum.Held, forum.Rejected); return err },
				func() error { return tx.Edit(ctx, root, "new", "new", 2) },
				func() error {
					return tx.ChangeLists(ctx, site, []forum.ID{300}, store.Lists{"word": {300}}, store.Lists{"new": {300}})
				},
				func() error { _, err := tx.SetVote(ctx, site, 300, 200, -1); return err },
				func() error { _, err := tx.SetVote(ctx, site, 300, 200, 0); return err },
				func() error { return tx.ShowScore(ctx, root, 0.5) },
				func() error { return tx.ResolveReports(ctx, site, 300) },
				func() error { return tx.SetKeyResult(ctx, site, "idem", 9) },
				func() error { return tx.MoveResult(ctx, site, "made", 300, 301) },
				func() error { _, err := tx.DropKeys(ctx, site, epoch.Add(time.Hour)); return err },
				func() error { _, err := tx.ForgetBands(ctx, site, epoch.Add(time.Hour), 9); return err },
				func() error {
					return tx.Mend(ctx, site, store.Miscount{Table: "comments", Counter: "up", ID: 301, Stored: 0, Counted: 5})
				},
			}
			for i, step := range steps {
				if err := step(); err != nil {
					return fmt.Errorf("step %d: %w", i, err)
				}
			}
			return nil
		})
		if err := s.Write(ctx, epoch.Add(24*time.Hour), func(_ ctxT, tx *store.Tx) error { _, err := tx.DropExpired(ctx, site); return err }); err != nil {
			t.Error(err)
		}
		wantSame(t, "the other site", dump(t, s, db, a.site.ID), before)
	})
}
