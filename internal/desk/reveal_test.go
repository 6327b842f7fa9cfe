package desk_test

import (
	"context"
	"slices"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestReveal needs the right and a reason, and leaves a trace.
func TestReveal(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		masked := draftOf(o.story.ID, 0, "Under a mask.")
		masked.Byline, masked.Name = forum.BylinePseudonym, "Mask"
		author := o.guest()
		posted, err := o.d.Post(ctx, o.site, author, masked)
		if err != nil {
			t.Fatal(err)
		}
		lead := o.worker(forum.RoleLead)
		_, err = o.d.Reveal(ctx, o.site, o.worker(forum.RoleModerator), posted.Comment.ID, "threats in three stories")
		refused(t, "a moderator", err, "error.forbidden", "")
		_, err = o.d.Reveal(ctx, o.site, lead, posted.Comment.ID, " why ")
		refused(t, "without a reason", err, "error.revealWhy", "words")
		out, err := o.d.Reveal(ctx, o.site, lead, posted.Comment.ID, "threats in three stories")
		if err != nil || out.Account.ID != author.Account.ID {
			t.Fatalf("%+v, %v", out.Account, err)
		}
		if !slices.Contains(o.logged(), "account.reveal") {
			t.Error("nothing is logged")
		}
		list, err := o.d.Revelations(ctx, o.site, o.owner, 10)
		if err != nil || len(list) != 1 || list[0].Why != "threats in three stories" || list[0].By.ID != lead.Account.ID || list[0].Comment != posted.Comment.ID {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestTrustReaders trusts who has enough accepted comments and few rejected ones, some
// accounts at a time, and begins again behind the last.
func TestTrustReaders(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		site := o.site
		site.Settings.TrustedAfter = 2
		early := forum.Actor{Account: storetest.Account(t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
		err := o.s.Write(ctx, o.clock.now(), func(ctx context.Context, tx *store.Tx) error {
			for range 250 {
				if err := tx.AddAccount(ctx, forum.Account{SiteID: site.ID, ID: storetest.ID(), Role: forum.RoleReader}, ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		good := forum.Actor{Account: storetest.Account(t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
		bad := forum.Actor{Account: storetest.Account(t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
		few := forum.Actor{Account: storetest.Account(t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
		for range 3 {
			o.post(good, 0, "good")
			o.post(bad, 0, "good")
		}
		o.post(few, 0, "good")
		o.reject(o.post(bad, 0, "bad"))
		for round, trusted := range [][]forum.Actor{{}, {good}, {good, early}} {
			if err := o.d.TrustReaders(ctx, site, 1); err != nil {
				t.Fatal(err)
			}
			for _, who := range []forum.Actor{good, bad, few, early} {
				want := forum.RoleReader
				if slices.ContainsFunc(trusted, func(a forum.Actor) bool { return a.Account.ID == who.Account.ID }) {
					want = forum.RoleTrusted
				}
				if got := o.again(who).Account.Role; got != want {
					t.Errorf("round %d: %s, want %s", round, got, want)
				}
			}
			if round == 1 {
				for range 3 {
					o.post(early, 0, "good")
				}
			}
		}
	})
}

// reject has the desk reject a published comment.
func (o *office) reject(c forum.Comment) {
	o.t.Helper()
	if _, err := o.d.Decide(ctx, o.site, o.owner, rulingOn(c)); err != nil {
		o.t.Fatal(err)
	}
}

func rulingOn(c forum.Comment) desk.Ruling {
	return desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "spam"}
}
