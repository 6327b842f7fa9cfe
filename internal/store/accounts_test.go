package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

func TestAccounts(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		a := forum.Account{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleReader, Name: "Ada", AuthorKey: "k", CreatedAt: epoch}
		must(t, s, func(tx *store.Tx) error { return tx.AddAccount(ctx, a, "ada") })
		got, err := s.Account(ctx, site.ID, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "account", got, a)
		b, c := storetest.Account(t, s, site.ID, forum.RoleGuest), storetest.Account(t, s, site.ID, forum.RoleGuest)
		all, err := s.AccountsByID(ctx, site.ID, []forum.ID{a.ID, b.ID, 5})
		if err != nil {
			t.Error(err)
		}
		wantSame(t, "accounts by id", all, map[forum.ID]forum.Account{a.ID: a, b.ID: b})
		if got, err := s.AccountBySkeleton(ctx, site.ID, "ada"); err != nil || got.ID != a.ID {
			t.Errorf("by skeleton: %v", err)
		}
		_, err = s.AccountBySkeleton(ctx, site.ID, "")
		wantKind(t, "empty skeleton", err, forum.NotFound, "error.notFound")

		taken := func(what string, err error) {
			t.Helper()
			wantKind(t, what, err, forum.Conflict, "error.nameTaken")
			if err != nil && !strings.Contains(err.Error(), "(name)") {
				t.Errorf("%s stands at no field: %v", what, err)
			}
		}
		taken("add a taken name", try(s, func(tx *store.Tx) error {
			return tx.AddAccount(ctx, forum.Account{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleGuest}, "ada")
		}))
		taken("set a taken name", try(s, func(tx *store.Tx) error { return tx.SetName(ctx, site.ID, b.ID, "Ada", "ada") }))
		must(t, s, func(tx *store.Tx) error { return tx.SetName(ctx, site.ID, b.ID, "Bea", "bea") })
		wantKind(t, "a second name", try(s, func(tx *store.Tx) error { return tx.SetName(ctx, site.ID, b.ID, "Eve", "eve") }), forum.Conflict, "error.conflict")

		must(t, s, func(tx *store.Tx) error {
			if err := tx.SetRole(ctx, site.ID, b.ID, forum.RoleModerator); err != nil {
				return err
			}
			return tx.CountStanding(ctx, site.ID, b.ID, 3, -1)
		})
		b.Name, b.Role, b.Accepted, b.Rejected = "Bea", forum.RoleModerator, 3, -1
		got, _ = s.Account(ctx, site.ID, b.ID)
		wantSame(t, "changed account", got, b)
		got, _ = s.Account(ctx, site.ID, c.ID)
		wantSame(t, "untouched account", got, c)
		wantKind(t, "role of nobody", try(s, func(tx *store.Tx) error { return tx.SetRole(ctx, site.ID, 5, forum.RoleAdmin) }), forum.NotFound, "error.notFound")

		if owned, err := s.HasOwner(ctx, site.ID); owned || err != nil {
			t.Errorf("HasOwner = %t, %v", owned, err)
		}
		must(t, s, func(tx *store.Tx) error { return tx.SetRole(ctx, site.ID, c.ID, forum.RoleAdmin) })
		if owned, err := s.HasOwner(ctx, site.ID); !owned || err != nil {
			t.Errorf("HasOwner = %t, %v", owned, err)
		}
	})
}

func TestPseudonyms(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		x, y := storetest.Story(t, s, site.ID, "x"), storetest.Story(t, s, site.ID, "y")
		a, b := storetest.Account(t, s, site.ID, forum.RoleGuest), storetest.Account(t, s, site.ID, forum.RoleGuest)
		p := store.Pseudonym{Name: "Owl", AuthorKey: "k1"}
		must(t, s, func(tx *store.Tx) error { return tx.AddPseudonym(ctx, site.ID, x.ID, a.ID, p, "owl") })
		got, err := s.Pseudonym(ctx, site.ID, x.ID, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "pseudonym", got, p)
		_, err = s.Pseudonym(ctx, site.ID, y.ID, a.ID)
		wantKind(t, "pseudonym in another story", err, forum.NotFound, "error.notFound")
		wantKind(t, "taken in the story", try(s, func(tx *store.Tx) error {
			return tx.AddPseudonym(ctx, site.ID, x.ID, b.ID, store.Pseudonym{Name: "Owl"}, "owl")
		}), forum.Conflict, "error.nameTaken")
		must(t, s, func(tx *store.Tx) error { return tx.AddPseudonym(ctx, site.ID, y.ID, b.ID, p, "owl") })
	})
}

func TestSessions(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		a := storetest.Account(t, s, site.ID, forum.RoleGuest)
		want := forum.Session{SiteID: site.ID, AccountID: a.ID, Kind: forum.SessionFrame, CreatedAt: epoch, SeenAt: epoch, ExpiresAt: epoch.Add(time.Hour), StrongUntil: epoch.Add(time.Minute)}
		old := want
		old.ExpiresAt = epoch.Add(-time.Second)
		must(t, s, func(tx *store.Tx) error {
			if err := tx.AddSession(ctx, old, "old"); err != nil {
				return err
			}
			return tx.AddSession(ctx, want, "hash")
		})
		got, err := s.Session(ctx, site.ID, "hash", epoch)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "session", got, want)
		_, err = s.Session(ctx, site.ID, "hash", want.ExpiresAt)
		wantKind(t, "session at its end", err, forum.NotFound, "error.notFound")
		_, err = s.Session(ctx, site.ID, "old", epoch)
		wantKind(t, "ended session", err, forum.NotFound, "error.notFound")
		must(t, s, func(tx *store.Tx) error {
			n, err := tx.DropExpired(ctx, site.ID)
			if n != 1 {
				t.Errorf("%d expired sessions dropped", n)
			}
			return err
		})
		must(t, s, func(tx *store.Tx) error { return tx.EndSessionByID(ctx, site.ID, a.ID, want.ID) })
		err = s.Write(ctx, epoch, func(ctx context.Context, tx *store.Tx) error { return tx.EndSessionByID(ctx, site.ID, a.ID, want.ID) })
		wantKind(t, "ended twice", err, forum.NotFound, "error.notFound")
		_, err = s.Session(ctx, site.ID, "hash", epoch)
		wantKind(t, "session after its end", err, forum.NotFound, "error.notFound")
	})
}

func TestLinks(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		must(t, s, func(tx *store.Tx) error {
			if err := tx.AddInvitation(ctx, store.Invitation{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleAdmin, ExpiresAt: epoch}, "late"); err != nil {
				return err
			}
			return tx.AddInvitation(ctx, store.Invitation{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleAdmin, ExpiresAt: epoch.Add(time.Hour)}, "good")
		})
		use := func(hash string) error {
			return try(s, func(tx *store.Tx) error {
				v, err := tx.UseLink(ctx, site.ID, hash)
				if err == nil && v.Role != forum.RoleAdmin {
					t.Errorf("the link gives %q", v.Role)
				}
				return err
			})
		}
		for range 2 { // looking uses nothing up
			if v, err := s.OpenLink(ctx, site.ID, "good", epoch); err != nil || v.Role != forum.RoleAdmin {
				t.Errorf("OpenLink = %q, %v", v.Role, err)
			}
		}
		if err := use("good"); err != nil {
			t.Error(err)
		}
		_, err := s.OpenLink(ctx, site.ID, "good", epoch)
		wantKind(t, "open a used link", err, forum.Gone, "error.linkUsed")
		for _, hash := range []string{"good", "late", "none"} {
			wantKind(t, "use link "+hash, use(hash), forum.Gone, "error.linkUsed")
		}
		must(t, s, func(tx *store.Tx) error {
			return tx.AddInvitation(ctx, store.Invitation{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleAdmin, ExpiresAt: epoch.Add(time.Hour)}, "next")
		})
		must(t, s, func(tx *store.Tx) error { return tx.DropLinks(ctx, site.ID) })
		wantKind(t, "use a dropped link", use("next"), forum.Gone, "error.linkUsed")
	})
}

func TestKeys(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		must(t, s, func(tx *store.Tx) error { return tx.AddKey(ctx, site.ID, "hash", "CMS") })
		if label, err := s.Key(ctx, site.ID, "hash"); err != nil || label != "CMS" {
			t.Errorf("Key = %q, %v", label, err)
		}
		_, err := s.Key(ctx, site.ID, "other")
		wantKind(t, "unknown key", err, forum.NotFound, "error.notFound")
	})
}

func TestIdempotency(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		claim := func(key, digest string) (id forum.ID, err error) {
			err = try(s, func(tx *store.Tx) error { id, err = tx.ClaimKey(ctx, site.ID, key, digest); return err })
			return id, err
		}
		if id, err := claim("k", "d"); id != 0 || err != nil {
			t.Errorf("first claim: %d, %v", id, err)
		}
		must(t, s, func(tx *store.Tx) error { return tx.SetKeyResult(ctx, site.ID, "k", 77) })
		if id, err := claim("k", "d"); id != 77 || err != nil {
			t.Errorf("second claim: %d, %v", id, err)
		}
		_, err := claim("k", "other")
		wantKind(t, "another request", err, forum.Conflict, "error.keyReused")
		if id, err := claim("K", "other"); id != 0 || err != nil {
			t.Errorf("another key: %d, %v", id, err)
		}
		used := func(what, key, digest string, want forum.ID, code string) {
			t.Helper()
			id, err := s.UsedKey(ctx, site.ID, key, digest)
			if code != "" {
				wantKind(t, what, err, forum.Conflict, code)
			} else if id != want || err != nil {
				t.Errorf("%s: %d, %v; want %d", what, id, err, want)
			}
		}
		used("a key that nobody has", "made", "d", 0, "")
		must(t, s, func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "made", "d", 5) })
		used("what was made", "made", "d", 5, "")
		used("what another request made", "made", "other", 0, "error.keyReused")
		must(t, s, func(tx *store.Tx) error { return tx.MoveResult(ctx, site.ID, "made", 5, 6) })
		err = try(s, func(tx *store.Tx) error { return tx.MoveResult(ctx, site.ID, "made", 5, 7) })
		if !errors.Is(err, store.ErrClaimed) {
			t.Errorf("a result was moved twice: %v", err)
		}
		used("what was made in its place", "made", "d", 6, "")
		for before, want := range map[time.Time]int64{epoch: 0, epoch.Add(time.Microsecond): 3} {
			must(t, s, func(tx *store.Tx) error {
				n, err := tx.DropKeys(ctx, site.ID, before)
				if before.Equal(epoch) && n != 0 || before.After(epoch) && n != want {
					t.Errorf("%d keys dropped before %s", n, before)
				}
				return err
			})
		}
	})
}
