package desk_test

import (
	"fmt"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
)

// TestDecide_textSeen has an author edit a held comment after the moderator read
// it: what nobody at the desk has read must not appear.
func TestDecide_textSeen(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.HoldFirst = true
		author := o.guest()
		c := o.post(author, 0, "A harmless text.")
		read := desk.Ruling{Comment: c.ID, Verb: forum.Publish, From: forum.Held, Seen: desk.Seen(c)}
		if _, err := o.d.Edit(ctx, o.site, author, c.ID, "Something else.", false); err != nil {
			t.Fatal(err)
		}
		_, err := o.d.Decide(ctx, o.site, o.owner, read)
		refused(t, "a ruling on another text", err, "error.conflict", "")
		same(t, "state", o.reread(c).State, forum.Held)
		read.Seen = desk.Seen(o.reread(c))
		if _, err := o.d.Decide(ctx, o.site, o.owner, read); err != nil {
			t.Fatal(err)
		}
		same(t, "state", o.reread(c).State, forum.Published)
	})
}

// TestBylines_nameLikePseudonym has somebody take, as a name, the pseudonym
// another author writes under in the same story.
func TestBylines_nameLikePseudonym(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		write := func(by forum.Actor, story forum.ID, kind forum.BylineKind, name string) error {
			d := draftOf(story, 0, "I am "+name)
			d.Byline, d.Name = kind, name
			_, err := o.d.Post(ctx, o.site, by, d)
			return err
		}
		heron, thief := o.guest(), o.guest()
		if err := write(heron, o.story.ID, forum.BylinePseudonym, "Heron"); err != nil {
			t.Fatal(err)
		}
		refused(t, "a taken pseudonym", write(thief, o.story.ID, forum.BylineName, "HER0N"), "error.nameTaken", "name")
		other, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "other", Headline: "Weirs"})
		if err != nil {
			t.Fatal(err)
		}
		if err := write(thief, other.ID, forum.BylineName, "Heron"); err != nil {
			t.Fatalf("the name in another story: %v", err)
		}
		refused(t, "the name where it is a pseudonym", write(thief, o.story.ID, forum.BylineName, ""), "error.nameTaken", "name")
		if err := write(heron, o.story.ID, forum.BylinePseudonym, ""); err != nil {
			t.Errorf("the pseudonym's owner: %v", err)
		}
	})
}

// TestPost_againAfterWithdrawal writes the words of a withdrawn comment again, in
// a form that has no key of its own.
func TestPost_againAfterWithdrawal(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		draft := draftOf(o.story.ID, 0, "The same words.")
		draft.Key = ""
		post := func() desk.Posted {
			t.Helper()
			p, err := o.d.Post(ctx, o.site, author, draft)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		first := post()
		same(t, "sent twice", post().Comment.ID, first.Comment.ID)
		if _, err := o.d.Withdraw(ctx, o.site, author, first.Comment.ID); err != nil {
			t.Fatal(err)
		}
		second := post()
		if second.Repeat || second.Comment.ID == first.Comment.ID {
			t.Error("the words are lost")
		}
		same(t, "sent twice again", post().Comment.ID, second.Comment.ID)
	})
}

// TestReport_afterDisagreeing has a reader who only disagreed report the comment
// after all: the desk must hear of it, once.
func TestReport_afterDisagreeing(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c, reader := o.post(o.guest(), 0, "An insult."), o.guest()
		report := func(reason forum.Reason) int {
			t.Helper()
			if _, _, err := o.d.Report(ctx, o.site, reader, c.ID, reason, "words"); err != nil {
				t.Fatal(err)
			}
			return o.reread(c).Reports
		}
		same(t, "reports after disagreeing", report(forum.ReasonDisagree), 0)
		same(t, "reports after reporting", report(forum.ReasonAbuse), 1)
		same(t, "reports after a second one", report(forum.ReasonSpam), 1)
		same(t, "reports after disagreeing again", report(forum.ReasonDisagree), 1)
		open, err := o.s.OpenReports(ctx, o.site.ID, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(open) != 1 || open[0].Reason != forum.ReasonAbuse {
			t.Errorf("open reports %+v", open)
		}
	})
}

// TestPace_manyStoriesAtOnce has one account write under many stories at the same
// moment, which no lock on a story keeps apart.
func TestPace_manyStoriesAtOnce(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.NamelessPace = forum.Pace{Gap: 60}
		author := o.guest()
		drafts := make([]desk.Draft, 8)
		for i := range drafts {
			x, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: fmt.Sprint("story", i), Headline: "A story"})
			if err != nil {
				t.Fatal(err)
			}
			drafts[i] = draftOf(x.ID, 0, "Everywhere at once.")
		}
		posted := 0
		for _, err := range atOnce(len(drafts), func(i int) error {
			_, err := o.d.Post(ctx, o.site, author, drafts[i])
			return err
		}) {
			if err == nil {
				posted++
			} else {
				refused(t, "too fast", err, "error.tooFast", "")
			}
		}
		same(t, "comments posted", posted, 1)
	})
}
