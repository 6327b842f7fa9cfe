package desk_test

import (
	"strings"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/storetest"
)

const plea = "I meant the building, not its owner."

// rejected is a comment of an author that the owner rejected, with the decision.
func (o *office) rejected(author forum.Actor, text string) (forum.Comment, forum.Decision) {
	o.t.Helper()
	c := o.post(author, 0, text)
	o.decide(c, forum.Reject)
	return o.reread(c), o.last(c)
}

func TestAppeal_reversed(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, second := o.guest(), o.staffIn(forum.RoleModerator)
		c := o.post(author, 0, "a")
		reporter := o.guest()
		if _, _, err := o.d.Report(ctx, o.site, reporter, c.ID, forum.ReasonAbuse, ""); err != nil {
			t.Fatal(err)
		}
		o.decide(c, forum.Reject)
		x := o.last(c)
		a, err := o.d.Appeal(ctx, o.site, author, x.ID, "  "+plea+"  ")
		if err != nil || a.Words != plea {
			t.Fatal(a, err)
		}
		_, err = o.d.Appeal(ctx, o.site, author, x.ID, plea)
		refused(t, "a second appeal", err, "error.appealTwice", "")
		cards, n, err := o.d.Appeals(ctx, o.site, second, 0, 9)
		if err != nil || n != 1 || len(cards) != 1 || !cards[0].MayAnswer || cards[0].Statement.Comment.Source != "a" {
			t.Fatalf("%+v, %d, %v", cards, n, err)
		}
		if own, _, err := o.d.Appeals(ctx, o.site, o.owner, 0, 9); err != nil || own[0].MayAnswer {
			t.Errorf("who decided may answer: %v", err)
		}
		err = o.d.AnswerAppeal(ctx, o.site, o.owner, a.ID, forum.Reversed, "We misread it.")
		refused(t, "answered by who decided", err, "error.ownAppeal", "")
		err = o.d.AnswerAppeal(ctx, o.site, second, a.ID, "", "We misread it.")
		refused(t, "no outcome", err, "error.outcomeMissing", "outcome")
		err = o.d.AnswerAppeal(ctx, o.site, second, a.ID, forum.Reversed, "no")
		refused(t, "no reason", err, "error.appealWords", "answer")
		if err := o.d.AnswerAppeal(ctx, o.site, second, a.ID, forum.Reversed, "We misread it."); err != nil {
			t.Fatal(err)
		}
		o.shows("a")
		if got := o.reread(c); got.State != forum.Published || got.Reports != 0 {
			t.Errorf("%s with %d reports", got.State, got.Reports)
		}
		// Its report was wrong, and does not wait for the desk again.
		if open, err := o.s.OpenReports(ctx, o.site.ID, c.ID); err != nil || len(open) != 0 {
			t.Errorf("open reports %v, %v", open, err)
		}
		if a, err := o.s.Account(ctx, o.site.ID, reporter.Account.ID); err != nil || a.ReportsUpheld != 0 || a.ReportsDismissed != 1 {
			t.Errorf("the reporter has %d right, %d wrong, %v", a.ReportsUpheld, a.ReportsDismissed, err)
		}
		s, err := o.d.Statement(ctx, o.site, author, x.ID)
		if err != nil || s.Undone == nil || s.Undone.Undoes != x.ID || s.Appeal.Outcome != forum.Reversed || s.Appeal.Answer != "We misread it." {
			t.Errorf("%+v, %v", s, err)
		}
		told := o.told(author.Account.ID, x.ID)
		if len(told) != 2 {
			t.Errorf("the author was told %v", told)
		}
		counts, err := o.s.AppealCounts(ctx, o.site.ID, o.clock.now().Add(-time.Hour), o.clock.now().Add(time.Hour))
		if err != nil || len(counts) != 1 || counts[0].N != 1 || counts[0].ActorID != o.owner.Account.ID || counts[0].Outcome != forum.Reversed {
			t.Errorf("%+v, %v", counts, err)
		}
	})
}

func TestAppeal_upheldAndSanctions(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, second := o.guest(), o.staffIn(forum.RoleLead)
		_, x := o.rejected(author, "a")
		a, err := o.d.Appeal(ctx, o.site, author, x.ID, plea)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.d.AnswerAppeal(ctx, o.site, second, a.ID, forum.Upheld, "It names a person."); err != nil {
			t.Fatal(err)
		}
		o.shows("")
		id := o.punish(author, forum.Suspend, o.clock.now().Add(48*time.Hour))
		if a, err = o.d.Appeal(ctx, o.site, author, id, plea); err != nil {
			t.Fatal(err)
		}
		if err := o.d.AnswerAppeal(ctx, o.site, second, a.ID, forum.Reversed, "Two days are too long."); err != nil {
			t.Fatal(err)
		}
		o.post(author, 0, "back")
	})
}

func TestAppeal_refusals(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c, x := o.rejected(author, "a")
		try := func(what string, by forum.Actor, id forum.ID, words, code, field string) {
			t.Helper()
			_, err := o.d.Appeal(ctx, o.site, by, id, words)
			refused(t, what, err, code, field)
		}
		try("too short", author, x.ID, " too few   ", "error.appealWords", "words")
		try("too long", author, x.ID, strings.Repeat("é", 2001), "error.appealWords", "words")
		try("another reader", o.guest(), x.ID, plea, "error.notFound", "")
		try("nobody", forum.Actor{}, x.ID, plea, "error.notFound", "")
		try("the desk", o.owner, x.ID, plea, "error.notFound", "")
		try("no decision", author, 1, plea, "error.notFound", "")
		o.decide(c, forum.Publish)
		try("it was published", author, x.ID, plea, "error.appealMoot", "")
		try("a publication", author, o.last(c).ID, plea, "error.appealNone", "")
		_, late := o.rejected(author, "b")
		o.clock.pass(forum.AppealWindow)
		try("too late", author, late.ID, plea, "error.appealLate", "")
	})
}

// TestAppeal_partial tries everybody who had a part in what is appealed.
func TestAppeal_partial(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, parentAuthor := o.guest(), o.staffIn(forum.RoleModerator)
		parent := o.post(parentAuthor, 0, "from the desk")
		c := o.post(author, parent.ID, "answer to the desk")
		o.decide(c, forum.Reject)
		a, err := o.d.Appeal(ctx, o.site, author, o.last(c).ID, plea)
		if err != nil {
			t.Fatal(err)
		}
		for what, by := range map[string]forum.Actor{"who was answered": parentAuthor, "who decided": o.owner} {
			err := o.d.AnswerAppeal(ctx, o.site, by, a.ID, forum.Upheld, "It stands as it is.")
			refused(t, what, err, "error.ownAppeal", "")
		}
		for what, by := range map[string]forum.Actor{
			"a reviewer": o.staffIn(forum.RoleReviewer), "another section": o.staffIn(forum.RoleModerator, "world"), "the author": author,
		} {
			err := o.d.AnswerAppeal(ctx, o.site, by, a.ID, forum.Upheld, "It stands as it is.")
			refused(t, what, err, "error.forbidden", "")
		}
		if cards, _, err := o.d.Appeals(ctx, o.site, o.staffIn(forum.RoleModerator, "world"), 0, 9); err != nil || len(cards) != 0 {
			t.Errorf("another section sees %d appeals, %v", len(cards), err)
		}
	})
}

func TestRace_appeal(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c, x := o.rejected(author, "a")
		errs := atOnce(50, func(int) error {
			_, err := o.d.Appeal(ctx, o.site, author, x.ID, plea)
			return err
		})
		if n := succeeded(t, errs, forum.Conflict); n != 1 {
			t.Fatalf("filed %d times", n)
		}
		a, err := o.s.AppealOn(ctx, o.site.ID, x.ID)
		if err != nil {
			t.Fatal(err)
		}
		judges := []forum.Actor{o.staffIn(forum.RoleModerator), o.staffIn(forum.RoleLead)}
		errs = atOnce(50, func(i int) error {
			return o.d.AnswerAppeal(ctx, o.site, judges[i%2], a.ID, []forum.Outcome{forum.Upheld, forum.Reversed}[i/2%2], "Looked at again.")
		})
		if n := succeeded(t, errs, forum.Conflict); n != 1 {
			t.Errorf("decided %d times", n)
		}
		a, _ = o.s.AppealOn(ctx, o.site.ID, x.ID)
		want := map[forum.Outcome]forum.State{forum.Upheld: forum.Rejected, forum.Reversed: forum.Published}[a.Outcome]
		if got := o.reread(c).State; got != want {
			t.Errorf("%s, but the comment is %s", a.Outcome, got)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestStatement_whoMayRead(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		_, x := o.rejected(author, "a")
		s, err := o.d.Statement(ctx, o.site, author, x.ID)
		if err != nil || !s.Own || s.Comment.Source != "a" || len(s.Chain)+len(s.People) != 0 {
			t.Errorf("its author: %+v, %v", s, err)
		}
		if s, err := o.d.Statement(ctx, o.site, o.owner, x.ID); err != nil || s.Own || len(s.Chain) != 1 || s.People[x.ActorID].ID == 0 {
			t.Errorf("the desk: %+v, %v", s, err)
		}
		for what, by := range map[string]forum.Actor{
			"another reader": o.guest(), "nobody": {}, "an auditor": o.staffIn(forum.RoleAuditor),
			"another section": o.staffIn(forum.RoleModerator, "world"),
		} {
			_, err := o.d.Statement(ctx, o.site, by, x.ID)
			refused(t, what, err, "error.notFound", "")
		}
	})
}

// TestStatement_machine finds what part a machine had.
func TestStatement_machine(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c := o.post(author, 0, "a")
		hold := forum.Decision{
			SiteID: o.site.ID, ID: storetest.ID(), CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: forum.Hold,
			From: forum.Published, To: forum.Held, Automated: true, RuleID: 9, RuleVersion: 2,
		}
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error { return tx.AddDecision(ctx, hold) })
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error {
			_, err := tx.Move(ctx, o.site.ID, c.ID, forum.Published, forum.Held)
			return err
		})
		o.clock.pass(time.Second)
		o.decide(c, forum.Reject)
		s, err := o.d.Statement(ctx, o.site, author, o.last(c).ID)
		if err != nil || !s.Detected || s.Decision.Automated {
			t.Errorf("%+v, %v", s, err)
		}
		if s, err := o.d.Statement(ctx, o.site, author, hold.ID); err != nil || !s.Detected || !s.AppealUntil.IsZero() {
			t.Errorf("the hold: %+v, %v", s, err)
		}
	})
}
