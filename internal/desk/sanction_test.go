package desk_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// enrolled signs in as a reader.
func (o *office) enrolled() forum.Actor {
	return forum.Actor{Account: storetest.Account(o.t, o.s, o.site.ID, forum.RoleReader), Kind: forum.SessionPage}
}

// punish imposes a sanction as the owner; it must hold at once.
func (o *office) punish(who forum.Actor, kind forum.Verb, until time.Time) forum.ID {
	o.t.Helper()
	done, err := o.d.Sanction(ctx, o.site, o.owner, desk.Penalty{Account: who.Account.ID, Kind: kind, Until: until, Reason: "abuse", Note: "Mind the tone."})
	if err != nil || done.Decision == 0 {
		o.t.Fatalf("%s: %+v, %v", kind, done, err)
	}
	return done.Decision
}

// told returns what an account was told about a decision.
func (o *office) told(account, decision forum.ID) []forum.Occasion {
	o.t.Helper()
	all, err := o.s.Notifications(ctx, o.site.ID, account, 0, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	var kinds []forum.Occasion
	for _, n := range all {
		if n.DecisionID == decision {
			kinds = append(kinds, n.Kind)
		}
	}
	return kinds
}

func TestSanction_bars(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		other := o.post(o.guest(), 0, "other")
		for _, x := range []struct {
			kind     forum.Verb
			until    time.Duration
			code     string
			bars     bool // reporting and voting too
			posts    bool
			arrives  forum.State
			endsSoon bool
		}{
			{kind: forum.Warn, code: "error.warned"},
			{kind: forum.AlwaysHold, posts: true, arrives: forum.Held},
			{kind: forum.Suspend, until: time.Hour, code: "error.suspendedUntil", bars: true, endsSoon: true},
			{kind: forum.Ban, until: 24 * time.Hour, code: "error.bannedUntil", bars: true, endsSoon: true},
		} {
			t.Run(string(x.kind), func(t *testing.T) {
				o.t = t
				author := o.guest()
				own := o.post(author, 0, "own")
				var until time.Time
				if x.until > 0 {
					until = o.clock.now().Add(x.until)
				}
				id := o.punish(author, x.kind, until)
				_, err := o.d.Post(ctx, o.site, author, draftOf(o.story.ID, 0, "again"))
				if x.posts {
					if c := o.post(author, 0, "and again"); c.State != x.arrives || c.HeldFor != "always-hold" {
						t.Errorf("the next comment is %s for %q", c.State, c.HeldFor)
					}
				} else {
					refused(t, "post", err, x.code, "")
					_, err = o.d.Edit(ctx, o.site, author, own.ID, "edited", false)
					refused(t, "edit", err, x.code, "")
				}
				_, _, voted := o.d.Vote(ctx, o.site, author, other.ID, 1)
				_, _, reported := o.d.Report(ctx, o.site, author, other.ID, forum.ReasonSpam, "")
				if x.bars {
					refused(t, "vote", voted, x.code, "")
					refused(t, "report", reported, x.code, "")
				} else if voted != nil || reported != nil {
					t.Errorf("vote %v, report %v", voted, reported)
				}
				if _, err := o.d.Withdraw(ctx, o.site, author, own.ID); err != nil {
					t.Errorf("withdrawing own words: %v", err)
				}
				if told := o.told(author.Account.ID, id); !slices.Equal(told, []forum.Occasion{forum.ToldSanction}) {
					t.Errorf("the author was told %v", told)
				}
				s, err := o.d.Statement(ctx, o.site, author, id)
				if err != nil || s.Decision.Reason != "abuse" || s.Decision.Note != "Mind the tone." || s.Sanction == nil || s.AppealUntil.IsZero() {
					t.Errorf("statement %+v, %v", s, err)
				}
				if x.endsSoon {
					o.clock.pass(x.until)
					o.post(author, 0, "it is over")
				}
			})
		}
	})
}

func TestSanction_warningIsRead(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, other := o.guest(), o.guest()
		o.post(author, 0, "a")
		id := o.punish(author, forum.Warn, time.Time{})
		_, err := o.d.Post(ctx, o.site, author, draftOf(o.story.ID, 0, "b"))
		var e *forum.Error
		if !errors.As(err, &e) || desk.Warning(e) != id {
			t.Fatalf("post: %v", err)
		}
		if err := o.d.Acknowledge(ctx, o.site, other, id); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("read by another: %v", err)
		}
		for range 2 {
			if err := o.d.Acknowledge(ctx, o.site, author, id); err != nil {
				t.Fatal(err)
			}
		}
		o.post(author, 0, "c")
		o.punish(author, forum.Warn, time.Time{}) // a second warning, since the first was read
	})
}

func TestSanction_refusals(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		now := o.clock.now()
		reviewer, moderator := o.staffIn(forum.RoleReviewer), o.staffIn(forum.RoleModerator)
		good := desk.Penalty{Account: author.Account.ID, Kind: forum.Suspend, Until: now.Add(time.Hour), Reason: "spam"}
		try := func(what string, by forum.Actor, change func(*desk.Penalty), code, field string) {
			t.Helper()
			p := good
			change(&p)
			_, err := o.d.Sanction(ctx, o.site, by, p)
			refused(t, what, err, code, field)
		}
		try("a reviewer", reviewer, func(*desk.Penalty) {}, "error.forbidden", "")
		try("a reader", author, func(*desk.Penalty) {}, "error.forbidden", "")
		try("a moderator's ban", moderator, func(p *desk.Penalty) { p.Kind = forum.Ban }, "error.forbidden", "")
		try("no kind", moderator, func(p *desk.Penalty) { p.Kind = forum.Reject }, "error.sanctionKind", "kind")
		try("no end", moderator, func(p *desk.Penalty) { p.Until = time.Time{} }, "error.sanctionUntil", "until")
		try("an end that is over", moderator, func(p *desk.Penalty) { p.Until = now }, "error.sanctionUntil", "until")
		try("in a hundred years", moderator, func(p *desk.Penalty) { p.Until = now.AddDate(100, 0, 0) }, "error.sanctionUntil", "until")
		try("no reason", moderator, func(p *desk.Penalty) { p.Reason = "" }, "error.reasonMissing", "reason")
		try("oneself", moderator, func(p *desk.Penalty) { p.Account = moderator.Account.ID }, "error.ownSanction", "")
		try("staff", moderator, func(p *desk.Penalty) { p.Account = reviewer.Account.ID }, "error.noSanction", "")
		try("nobody", moderator, func(p *desk.Penalty) { p.Account = 1 }, "error.notFound", "")
		try("a comment of another", moderator, func(p *desk.Penalty) { p.Comment = o.post(o.guest(), 0, "x").ID }, "error.notFound", "")
		local := o.staffIn(forum.RoleModerator, "world")
		try("outside the section", local, func(p *desk.Penalty) { p.Comment = o.post(author, 0, "y").ID }, "error.forbidden", "")
		if _, err := o.d.Sanction(ctx, o.site, moderator, good); err != nil {
			t.Fatal(err)
		}
		try("twice", moderator, func(*desk.Penalty) {}, "error.sanctionTwice", "kind")
	})
}

func TestLift(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		id := o.punish(author, forum.Ban, o.clock.now().Add(24*time.Hour))
		_, err := o.d.Lift(ctx, o.site, o.staffIn(forum.RoleModerator), id, "")
		refused(t, "a moderator lifts a ban", err, "error.forbidden", "")
		errs := atOnce(50, func(int) error {
			_, err := o.d.Lift(ctx, o.site, o.owner, id, "We were wrong.")
			return err
		})
		if n := succeeded(t, errs, forum.Conflict); n != 1 {
			t.Errorf("lifted %d times", n)
		}
		o.post(author, 0, "back again")
		s, err := o.d.Statement(ctx, o.site, author, id)
		if err != nil || s.Undone == nil || s.Undone.Note != "We were wrong." || !s.AppealUntil.IsZero() {
			t.Errorf("%+v, %v", s, err)
		}
		if told := o.told(author.Account.ID, s.Undone.ID); len(told) != 1 {
			t.Errorf("the author was told %v", told)
		}
	})
}

// succeeded counts the acts that went well; the others must have failed in one
// way.
func succeeded(t *testing.T, errs []error, kind forum.Kind) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case !forum.IsKind(err, kind):
			t.Errorf("failed with %v", err)
		}
	}
	return n
}

func TestSweep(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		spammer := o.enrolled()
		var all []forum.Comment
		for i := range 7 {
			all = append(all, o.post(spammer, 0, fmt.Sprint("buy ", i)))
		}
		o.decide(all[0], forum.Hold)
		mine := o.post(o.owner, 0, "From the desk")
		reply := o.post(spammer, mine.ID, "buy here too")
		p := desk.Penalty{Account: spammer.Account.ID, Kind: forum.Ban, Until: o.clock.now().Add(24 * time.Hour), Reason: "spam", Sweep: true, Confirm: "Spam"}
		_, err := o.d.Sanction(ctx, o.site, o.owner, p)
		refused(t, "not confirmed", err, "error.sweepConfirm", "confirm")
		p.Confirm = desk.SweepWord
		done, err := o.d.Sanction(ctx, o.site, o.owner, p)
		if err != nil {
			t.Fatal(err)
		}
		o.runJobs()
		job := forum.ID(0)
		for _, c := range all {
			x := o.last(c)
			if o.reread(c).State != forum.Rejected || x.Verb != forum.Reject || x.Reason != "spam" || x.JobID == 0 || (job != 0 && job != x.JobID) {
				t.Errorf("%s is %s by %+v", c.Source, o.reread(c).State, x)
			}
			job = x.JobID
			if told := o.told(spammer.Account.ID, x.ID); len(told) != 1 {
				t.Errorf("the author was told %v", told)
			}
		}
		if o.reread(reply).State != forum.Published {
			t.Error("a reply to the moderator's own comment was decided by the moderator")
		}
		if _, err := o.d.Lift(ctx, o.site, o.owner, done.Decision, ""); err != nil {
			t.Fatal(err)
		}
		seen, err := o.d.ManyJob(ctx, o.site, o.owner, job)
		if err != nil || seen.Bulk.Verb != forum.Reject || seen.Bulk.Reason != "spam" || seen.Progress != 8 || seen.Skipped != 1 {
			t.Errorf("the sweep is shown as %+v, %v", seen, err)
		}
		if list, err := o.d.ManyJobs(ctx, o.site, o.owner, 5); err != nil || len(list) != 1 || list[0].ID != job {
			t.Errorf("%d jobs are listed, %v", len(list), err)
		}
		undo, err := o.d.StartUndo(ctx, o.site, o.owner, desk.UndoOf{Job: job}, "")
		if err != nil || undo.Total != len(all) {
			t.Fatalf("taking the sweep back: %+v, %v", undo, err)
		}
		o.runJobs()
		for i, c := range all {
			want := forum.Published
			if i == 0 {
				want = forum.Held
			}
			if got := o.reread(c).State; got != want {
				t.Errorf("%s is %s after the sweep was taken back", c.Source, got)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// TestNoShadowBan holds that nothing of an author is out of sight without a
// decision, and that every decision that takes something from them was told.
func TestNoShadowBan(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.enrolled()
		o.site.Settings.HoldFirst = true
		o.post(author, 0, "first")
		c := o.post(author, 0, "second")
		o.decide(c, forum.Publish)
		o.decide(c, forum.Hold)
		o.decide(c, forum.Reject)
		o.punish(author, forum.AlwaysHold, time.Time{})
		o.post(author, 0, "third")
		o.punish(author, forum.Suspend, o.clock.now().Add(time.Hour))
		comments, err := o.s.CommentsByAuthor(ctx, o.site.ID, author.Account.ID, 0, 100)
		if err != nil || len(comments) != 3 {
			t.Fatal(len(comments), err)
		}
		for _, c := range comments {
			if x := o.last(c); c.State != forum.Published && x.To != c.State {
				t.Errorf("%q is %s without a decision: %+v", c.Source, c.State, x)
			}
		}
		all, err := o.s.DecisionsAbout(ctx, o.site.ID, author.Account.ID, 0, 100)
		if err != nil || len(all) < 7 {
			t.Fatalf("%d decisions, %v", len(all), err)
		}
		for _, x := range all {
			// What is held as it comes, the answer to posting says.
			atOnce := x.Automated && x.From == x.To
			if told := o.told(author.Account.ID, x.ID); x.Verb.Restricts() && !atOnce && len(told) != 1 {
				t.Errorf("%s: the author was told %v", x.Verb, told)
			}
			if s, err := o.d.Statement(ctx, o.site, author, x.ID); err != nil || !s.Own {
				t.Errorf("%s: no statement: %v", x.Verb, err)
			}
		}
	})
}

// TestSanction_fourEyes bans without an end, which somebody else must agree to;
// neither may decide on the appeal against it.
func TestSanction_fourEyes(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		p := desk.Penalty{Account: author.Account.ID, Kind: forum.Ban, Reason: "threat", Note: "We told you twice."}
		_, err := o.d.Sanction(ctx, o.site, o.owner, p)
		refused(t, "nobody else is there", err, "error.secondNeeded", "")
		second, third := o.worker(forum.RoleLead), o.worker(forum.RoleLead)
		done, err := o.d.Sanction(ctx, o.site, o.owner, p)
		if err != nil || done.Decision != 0 || done.Proposal == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		o.post(author, 0, "nothing has happened yet")
		refused(t, "agreeing with oneself", o.d.Approve(ctx, o.site, o.owner, done.Proposal), "error.ownProposal", "")
		if err := o.d.Approve(ctx, o.site, second, done.Proposal); err != nil {
			t.Fatal(err)
		}
		_, err = o.d.Post(ctx, o.site, author, draftOf(o.story.ID, 0, "too late"))
		refused(t, "post", err, "error.banned", "")
		all, err := o.s.Sanctions(ctx, o.site.ID, author.Account.ID)
		if err != nil || len(all) != 1 {
			t.Fatal(len(all), err)
		}
		a, err := o.d.Appeal(ctx, o.site, author, all[0].DecisionID, "I never threatened anybody.")
		if err != nil {
			t.Fatal(err)
		}
		for what, by := range map[string]forum.Actor{"who proposed": o.owner, "who agreed": second} {
			refused(t, what, o.d.AnswerAppeal(ctx, o.site, by, a.ID, forum.Upheld, "It was a threat."), "error.ownAppeal", "")
		}
		if err := o.d.AnswerAppeal(ctx, o.site, third, a.ID, forum.Reversed, "It was a quotation."); err != nil {
			t.Fatal(err)
		}
		o.post(author, 0, "back")
	})
}

// TestSanction_everywhere bans on the other sites where actor and author are known
// by the same credentials, and nowhere else.
func TestSanction_everywhere(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, lead := o.enrolled(), o.staffIn(forum.RoleLead)
		known := func(site forum.ID, account forum.ID, subject string) {
			kind := forum.CredentialEmail
			if subject == "lead@example.org" {
				kind = forum.CredentialOIDC
			}
			storetest.Write(t, o.s, func(ctx ctxT, tx txT) error {
				return tx.AddCredential(ctx, forum.Credential{SiteID: site, ID: storetest.ID(), AccountID: account, Kind: kind, Subject: subject})
			})
		}
		known(o.site.ID, author.Account.ID, "author@example.org")
		known(o.site.ID, lead.Account.ID, "lead@example.org")
		there := map[string]forum.ID{}
		for slug, role := range map[string]forum.Role{"evening": forum.RoleLead, "weekly": forum.RoleModerator, "quiet": forum.RoleLead} {
			site, err := o.d.AddSite(ctx, slug, slug, forum.DefaultSettings())
			if err != nil {
				t.Fatal(err)
			}
			known(site.ID, storetest.Account(t, o.s, site.ID, role).ID, "lead@example.org")
			if slug != "quiet" {
				them := storetest.Account(t, o.s, site.ID, forum.RoleReader).ID
				known(site.ID, them, "author@example.org")
				there[slug] = them
			}
		}
		done, err := o.d.Sanction(ctx, o.site, lead, desk.Penalty{
			Account: author.Account.ID, Kind: forum.Ban, Until: o.clock.now().Add(48 * time.Hour), Reason: "threat", Everywhere: true,
		})
		if err != nil || !slices.Equal(done.Sites, []string{"evening"}) {
			t.Fatalf("%+v, %v", done, err)
		}
		if x, err := o.s.Decision(ctx, o.site.ID, done.Decision); err != nil || x.Scope != "all" {
			t.Errorf("%+v, %v", x, err)
		}
		for slug, account := range there {
			site, _ := forum.SiteID(slug)
			all, err := o.s.Sanctions(ctx, site, account)
			if want := slug == "evening"; err != nil || (len(all) == 1) != want {
				t.Errorf("%s: %d sanctions, %v", slug, len(all), err)
			}
		}
	})
}
