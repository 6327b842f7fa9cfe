package desk_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// TestNotice_ownComment has a moderator answer notices of their own comment and of
// a reply to it: neither removing nor keeping them is theirs.
func TestNotice_ownComment(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		moderator := o.worker(forum.RoleModerator)
		own := o.post(moderator, 0, "mine")
		reply := o.post(o.guest(), own.ID, "a reply to me")
		for _, c := range []forum.Comment{own, reply} {
			n, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "n"}, noticeOf(c), "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.d.AnswerNotice(ctx, o.site, moderator, desk.NoticeAnswer{Notice: n.ID, Words: "It may stay."})
			refused(t, "kept", err, "error.ownDecision", "")
			_, err = o.d.AnswerNotice(ctx, o.site, moderator, desk.NoticeAnswer{Notice: n.ID, Remove: true, Reason: "illegal"})
			refused(t, "removed", err, "error.ownDecision", "")
			if _, err := o.d.AnswerNotice(ctx, o.site, o.owner, desk.NoticeAnswer{Notice: n.ID, Words: "It may stay."}); err != nil {
				t.Errorf("answered by another: %v", err)
			}
		}
	})
}

// TestNotice_noMailBomb files notices from many networks in the name of one
// address, which has asked for nothing.
func TestNotice_noMailBomb(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		c := o.post(o.guest(), 0, "noticed")
		for _, network := range []string{"a", "b", "c", "d", "e", "f"} {
			if _, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: network}, noticeOf(c), ""); err != nil {
				t.Fatal(err)
			}
		}
		same(t, "mails to one address", len(o.mails()), 3)
		_, err := o.d.StartEmail(ctx, o.site, o.from("g"), canary, "", "en")
		refused(t, "a code as well", err, "error.tooManyMails", "")
	})
}

// TestSanction_forAReplyToOneself is a decision on a reply to oneself by another
// name.
func TestSanction_forAReplyToOneself(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		moderator, author := o.worker(forum.RoleModerator), o.enrolled()
		reply := o.post(author, o.post(moderator, 0, "mine").ID, "a reply to me")
		p := desk.Penalty{Account: author.Account.ID, Kind: forum.Warn, Reason: "abuse", Comment: reply.ID}
		_, err := o.d.Sanction(ctx, o.site, moderator, p)
		refused(t, "by who was answered", err, "error.ownDecision", "")
		if _, err := o.d.Sanction(ctx, o.site, o.owner, p); err != nil {
			t.Errorf("by another: %v", err)
		}
	})
}

// TestStaff_linksEndWithTheRight has an admin keep an invitation in a drawer for
// the day after.
func TestStaff_linksEndWithTheRight(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		other := o.staff()
		token, _, err := o.d.Invite(ctx, o.site, other, forum.RoleReviewer, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.d.Grant(ctx, o.site, o.owner, other.Account.ID, forum.RoleReviewer, nil, ""); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Welcome(ctx, o.site, token)
		refused(t, "a link of somebody who may not invite any more", err, "error.linkUsed", "")
	})
}

// TestProposals_ofWhoLostTheRight are agreed to by nobody.
func TestProposals_ofWhoLostTheRight(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		other, second, reviewer := o.staff(), o.worker(forum.RoleLead), o.worker(forum.RoleReviewer)
		id, err := o.d.Grant(ctx, o.site, other, reviewer.Account.ID, forum.RoleAdmin, nil, "mine")
		if err != nil || id == 0 {
			t.Fatal(id, err)
		}
		export, err := o.d.RequestExport(ctx, o.site, other, o.clock.now(), "mine")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.d.Grant(ctx, o.site, o.owner, other.Account.ID, forum.RoleReader, nil, ""); err != nil {
			t.Fatal(err)
		}
		refused(t, "a role", o.d.Approve(ctx, o.site, second, id), "error.conflict", "")
		refused(t, "an export", o.d.Approve(ctx, o.site, second, export), "error.conflict", "")
		same(t, "the role", o.again(reviewer).Account.Role, forum.RoleReviewer)
	})
}

// TestGrant_wider gives somebody the same role for more sections: that is a weighty
// grant like any other.
func TestGrant_wider(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		second, member := o.worker(forum.RoleLead), o.worker(forum.RoleReviewer)
		id, err := o.d.Grant(ctx, o.site, o.owner, member.Account.ID, forum.RoleModerator, []string{"world"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := o.d.Approve(ctx, o.site, second, id); err != nil {
			t.Fatal(err)
		}
		if id, err = o.d.Grant(ctx, o.site, o.owner, member.Account.ID, forum.RoleModerator, nil, ""); err != nil || id == 0 {
			t.Errorf("for the whole site without a second person: %v", err)
		}
		same(t, "sections", len(o.again(member).Account.Sections), 1)
	})
}

// TestPropose_once sends a form twice.
func TestPropose_once(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.worker(forum.RoleLead)
		p := desk.Penalty{Account: o.enrolled().Account.ID, Kind: forum.Ban, Reason: "threat"}
		first, err := o.d.Sanction(ctx, o.site, o.owner, p)
		if err != nil || first.Proposal == 0 {
			t.Fatal(first, err)
		}
		again, err := o.d.Sanction(ctx, o.site, o.owner, p)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the proposal", again.Proposal, first.Proposal)
		all, err := o.d.Proposals(ctx, o.site, o.owner, 0, 10)
		if err != nil || len(all) != 1 {
			t.Errorf("%d proposals, %v", len(all), err)
		}
	})
}

// TestSanction_elsewhereIsNotForged runs a site of an installation whose publisher
// mints credentials in the name of people of another one.
func TestSanction_elsewhereIsNotForged(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		evil, err := o.d.AddSite(ctx, "evil", "Evil", forum.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		victim := o.enrolled()
		mallory := forum.Actor{Account: storetest.Account(t, o.s, evil.ID, forum.RoleLead), Kind: forum.SessionPage, Strong: true}
		puppet := storetest.Account(t, o.s, evil.ID, forum.RoleReader)
		for _, kind := range []forum.CredentialKind{forum.CredentialSSO, forum.CredentialPasskey, forum.CredentialEmail} {
			storetest.Write(t, o.s, func(ctx ctxT, tx txT) error {
				for _, c := range []forum.Credential{
					{SiteID: o.site.ID, AccountID: o.owner.Account.ID, Subject: "owner"},
					{SiteID: evil.ID, AccountID: mallory.Account.ID, Subject: "owner"},
					{SiteID: o.site.ID, AccountID: victim.Account.ID, Subject: "victim"},
					{SiteID: evil.ID, AccountID: puppet.ID, Subject: "victim"},
				} {
					c.ID, c.Kind, c.Issuer = storetest.ID(), kind, "https://login.gazette.example"
					if err := tx.AddCredential(ctx, c); err != nil {
						return err
					}
				}
				return nil
			})
		}
		done, err := o.d.Sanction(ctx, evil, mallory, desk.Penalty{
			Account: puppet.ID, Kind: forum.Ban, Until: o.clock.now().Add(time.Hour), Reason: "threat", Everywhere: true,
		})
		if err != nil || len(done.Sites) != 0 {
			t.Errorf("holds on %v, %v", done.Sites, err)
		}
	})
}

// TestLog_whatWasMissing has acts that left no trace.
func TestLog_whatWasMissing(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		dead := forum.Job{SiteID: o.site.ID, ID: storetest.ID(), Kind: desk.JobMail, Payload: "{}"}
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error { return tx.AddJob(ctx, dead) })
		w, err := o.d.TakeJob(ctx, o.site.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.Job.State = forum.JobDead
		if _, err := o.d.SaveJob(ctx, w, true); err != nil {
			t.Fatal(err)
		}
		if err := o.d.RetryMail(ctx, o.site, o.owner, dead.ID); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"one@mail.example", "two@mail.example"} {
			token, both, err := o.d.StartChange(ctx, o.site, o.owner, address, "en")
			if err != nil {
				t.Fatal(err)
			}
			codes := map[string]string{}
			for _, m := range o.mails() {
				if codes[m.Template] == "" {
					codes[m.Template] = m.Data["code"]
				}
			}
			if !both {
				codes["codeOld"] = ""
			}
			if err := o.d.FinishChange(ctx, o.site, o.owner, token, codes["codeNew"], codes["codeOld"]); err != nil {
				t.Fatal(err)
			}
		}
		added := 0
		for _, a := range o.logged() {
			if a == "credential.add" {
				added++
			}
		}
		same(t, "addresses logged", added, 2)
		if !slices.Contains(o.logged(), "mail.retry") {
			t.Error("a message tried again is not logged")
		}
	})
}

// TestDoctor_sanctions finds what stands against accounts without a decision, and
// decisions of which nothing stands.
func TestDoctor_sanctions(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		sound := func(want int) {
			t.Helper()
			odd, err := o.d.OddSanctions(ctx, o.site.ID)
			if err != nil || len(odd) != want {
				t.Errorf("odd %v, want %d, %v", odd, want, err)
			}
		}
		author := o.enrolled()
		warned := o.punish(author, forum.Warn, time.Time{})
		held := o.punish(author, forum.AlwaysHold, time.Time{})
		if _, err := o.d.Lift(ctx, o.site, o.owner, held, ""); err != nil {
			t.Fatal(err)
		}
		sound(0)
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error { return tx.EndSanction(ctx, o.site.ID, warned) })
		sound(1)
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error {
			return tx.AddDecision(ctx, forum.Decision{SiteID: o.site.ID, ID: storetest.ID(), AccountID: author.Account.ID, Verb: forum.Suspend, Reason: "abuse"})
		})
		sound(2)
	})
}

// TestSearch_noMask looks for an author by a name: what was written under a mask is
// not among what is found.
func TestSearch_noMask(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, moderator := o.enrolled(), o.worker(forum.RoleModerator)
		named, masked := draftOf(o.story.ID, 0, "Under my name."), draftOf(o.story.ID, 0, "Under a mask.")
		named.Byline, named.Name = forum.BylineName, "Mara Lind"
		masked.Byline, masked.Name = forum.BylinePseudonym, "Quiet Heron"
		for _, d := range []desk.Draft{named, masked} {
			if _, err := o.d.Post(ctx, o.site, o.again(author), d); err != nil {
				t.Fatal(err)
			}
		}
		same(t, "by name", len(o.found(moderator, desk.Filter{Queue: desk.QueueAll, Author: "Mara Lind"})), 1)
		same(t, "by account", len(o.found(moderator, desk.Filter{Queue: desk.QueueAll, Author: author.Account.ID.String()})), 2)
		n, err := o.d.Count(ctx, o.site, moderator, desk.Filter{Queue: desk.QueueAll, Author: "Mara Lind"}, 10)
		if err != nil || n.N != 1 {
			t.Errorf("counted %d, %v", n.N, err)
		}
	})
}

// TestErase_attempts forgets somebody while a code is on its way to their address.
func TestErase_attempts(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		reader, _ := o.signIn(forum.Actor{Kind: forum.SessionPage}, ada)
		token, _ := o.ask(forum.Actor{Kind: forum.SessionPage, Network: "elsewhere"}, ada)
		reader.Strong = true // two hours have passed
		if _, err := o.d.EraseMe(ctx, o.site, reader, forum.RemainsNothing, desk.EraseWord(o.site, reader)); err != nil {
			t.Fatal(err)
		}
		if address, _, err := o.d.EmailAsked(ctx, o.site, token); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("an attempt still knows %q: %v", address, err)
		}
	})
}

// TestRace_lastAdmins has two admins take the role from each other at the same
// moment: one stays, and nobody is told of a fault.
func TestRace_lastAdmins(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for range 4 {
			a, b := o.owner, o.staff()
			errs := atOnce(2, func(i int) error {
				by, whom := a, b
				if i == 1 {
					by, whom = b, a
				}
				_, err := o.d.Grant(ctx, o.site, by, whom.Account.ID, forum.RoleReader, nil, "")
				return err
			})
			if errs[0] == nil {
				refused(t, "the second", errs[1], "error.lastAdmin", "")
			} else {
				refused(t, "the first", errs[0], "error.lastAdmin", "")
				o.owner = b
			}
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("%v", errs)
			}
		}
	})
}

// TestRace_wrongCodes guesses fifty times at once: five guesses count, and the
// right code comes too late.
func TestRace_wrongCodes(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.connect("https://talk.example")
		visitor := forum.Actor{Kind: forum.SessionPage, Network: "n"}
		token, code := o.ask(visitor, ada)
		for _, err := range atOnce(50, func(int) error {
			_, err := o.d.RedeemEmail(ctx, o.site, visitor, token, "AAAAAAAA")
			return err
		}) {
			refused(t, "a guess", err, "error.codeWrong", "code")
		}
		_, err := o.d.RedeemEmail(ctx, o.site, visitor, token, code)
		refused(t, "the code after that", err, "error.codeWrong", "code")
	})
}
