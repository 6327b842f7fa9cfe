package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

func TestFirstComment_heldThenPublished(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.HoldFirst = true
		p, err := o.d.Post(ctx, o.site, forum.Actor{Network: "n"}, draftOf(o.story.ID, 0, "hello"))
		if err != nil || p.Comment.State != forum.Held || p.Grant == nil {
			t.Fatalf("%+v, %v", p, err)
		}
		guest := o.as(p.Grant)
		o.shows("")
		if _, err := o.d.Permalink(ctx, o.site, forum.Actor{}, p.Comment.ID); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("a stranger sees a held comment: %v", err)
		}
		if link, err := o.d.Permalink(ctx, o.site, guest, p.Comment.ID); err != nil || link.Target.Source != "hello" {
			t.Errorf("its author does not: %v", err)
		}
		_, err = o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, p.Comment.ID, "reply"))
		refused(t, "reply to a held comment", err, "error.parentGone", "parent")
		_, _, err = o.d.Vote(ctx, o.site, o.guest(), p.Comment.ID, 1)
		refused(t, "vote on a held comment", err, "error.notFound", "")
		_, _, err = o.d.Report(ctx, o.site, o.guest(), p.Comment.ID, forum.ReasonSpam, "")
		refused(t, "report of a held comment", err, "error.notFound", "")
		if _, err := o.d.Queue(ctx, o.site, guest, desk.Filter{Queue: desk.QueueHeld}, 9); !forum.IsKind(err, forum.Forbidden) {
			t.Errorf("a guest reads the queue: %v", err)
		}
		page, err := o.d.Queue(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueHeld}, 9)
		cards := page.Cards
		counts, counting := o.d.QueueCounts(ctx, o.site, o.owner, desk.Filter{})
		if err != nil || counting != nil || len(cards) != 1 || counts.Queues[desk.QueueHeld] != (desk.Counted{N: 1}) || cards[0].Story.ID != o.story.ID || cards[0].Author.ID != guest.Account.ID {
			t.Fatalf("queue: %+v %v %v", cards, counts, err)
		}
		_, err = o.d.Decide(ctx, o.site, guest, desk.Ruling{Comment: p.Comment.ID, Verb: forum.Publish, From: forum.Held})
		refused(t, "a guest decides", err, "error.forbidden", "")
		inFrame := o.owner
		inFrame.Kind = forum.SessionFrame
		_, err = o.d.Decide(ctx, o.site, inFrame, desk.Ruling{Comment: p.Comment.ID, Verb: forum.Publish, From: forum.Held})
		refused(t, "the owner decides in a frame", err, "error.forbidden", "")
		o.decide(p.Comment, forum.Publish)
		o.shows("hello")
		if second := o.post(guest, 0, "again"); second.State != forum.Published {
			t.Errorf("an accepted author's next comment is %s", second.State)
		}
		list, err := o.d.Decided(ctx, o.site, o.owner, false, 0, 9)
		decided := list.Cards
		if err != nil || len(decided) != 1 || decided[0].Decision.Verb != forum.Publish || decided[0].By.ID != o.owner.Account.ID {
			t.Errorf("decided: %+v, %v", decided, err)
		}
		all, _ := o.s.DecisionsOn(ctx, o.site.ID, p.Comment.ID)
		if len(all) != 2 || !all[0].Automated || all[0].Reason != "first-comment" {
			t.Errorf("decisions: %+v", all)
		}
	})
}

func TestWelcome_once(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		old, _ := o.d.OwnerLink(ctx, o.site)
		token, err := o.d.OwnerLink(ctx, o.site)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if v, err := o.d.OpenInvitation(ctx, o.site, token); err != nil || v.Role != forum.RoleAdmin {
				t.Errorf("%s, %v", v.Role, err)
			}
		}
		_, err = o.d.Welcome(ctx, o.site, old)
		refused(t, "an older link", err, "error.linkUsed", "")
		g, err := o.d.Welcome(ctx, o.site, token)
		if err != nil || o.as(g).Account.Role != forum.RoleAdmin {
			t.Error(err)
		}
		_, err = o.d.Welcome(ctx, o.site, token)
		refused(t, "the link again", err, "error.linkUsed", "")
		late, _ := o.d.OwnerLink(ctx, o.site)
		o.clock.pass(8 * 24 * time.Hour)
		_, err = o.d.Welcome(ctx, o.site, late)
		refused(t, "a late link", err, "error.linkUsed", "")

		if err := o.d.SignOut(ctx, o.site, g.Token); err != nil {
			t.Error(err)
		}
		_, err = o.d.Authenticate(ctx, o.site, g.Token)
		refused(t, "a session after signing out", err, "error.signInNeeded", "")
		other, err := o.d.AddSite(ctx, "other", "Other", forum.DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		p, _ := o.d.Post(ctx, o.site, forum.Actor{Network: "x"}, draftOf(o.story.ID, 0, "a"))
		_, err = o.d.Authenticate(ctx, other, p.Grant.Token)
		refused(t, "a session on another site", err, "error.signInNeeded", "")
		o.clock.pass(200 * 24 * time.Hour)
		_, err = o.d.Authenticate(ctx, o.site, p.Grant.Token)
		refused(t, "an old session", err, "error.signInNeeded", "")
		if err := o.d.Tidy(ctx, o.site.ID); err != nil {
			t.Error(err)
		}
		k, err := o.d.AddKey(ctx, o.site, "CMS")
		if err != nil || o.d.CheckKey(ctx, o.site, k) != nil {
			t.Error("an API key does not work")
		}
		refused(t, "a key of another site", o.d.CheckKey(ctx, other, k), "error.signInNeeded", "")
	})
}

func TestTombstones_keepShape(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		a := o.post(author, 0, "a")
		b := o.post(o.guest(), a.ID, "b")
		c := o.post(o.guest(), b.ID, "c")
		o.post(o.guest(), a.ID, "d")
		e := o.post(o.guest(), 0, "e")
		o.shows("a(b(c) d) e")
		_, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: b.ID, Verb: forum.Reject, From: forum.Published})
		refused(t, "rejection without a reason", err, "error.reasonMissing", "reason")
		_, err = o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: b.ID, Verb: forum.Publish, From: forum.Held})
		refused(t, "a ruling on what was seen otherwise", err, "error.conflict", "")
		o.decide(b, forum.Reject)
		o.decide(e, forum.Reject)
		o.shows("a(†(c) d)")
		if _, err := o.d.Withdraw(ctx, o.site, author, a.ID); err != nil {
			t.Error(err)
		}
		o.shows("†(†(c) d)")
		if _, err := o.d.Withdraw(ctx, o.site, author, a.ID); err != nil {
			t.Errorf("withdrawing twice: %v", err)
		}
		_, err = o.d.Withdraw(ctx, o.site, o.guest(), c.ID)
		refused(t, "withdrawing another's", err, "error.notFound", "")
		_, err = o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, b.ID, "x"))
		refused(t, "reply to a tombstone", err, "error.parentGone", "parent")
		o.decide(c, forum.Reject)
		o.shows("†(d)")
		o.decide(b, forum.Publish)
		o.shows("†(b d)")
		o.decide(c, forum.Hold)
		o.decide(c, forum.Publish)
		o.shows("†(b(c) d)")
		rulings, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: a.ID, Verb: forum.Publish, From: forum.Withdrawn})
		if !forum.IsKind(err, forum.Conflict) {
			t.Errorf("the desk brought back what its author withdrew: %+v, %v", rulings, err)
		}
		own := o.post(o.owner, 0, "mine")
		reply := o.post(o.guest(), own.ID, "yours")
		for _, x := range []forum.Comment{own, reply} {
			_, err = o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: x.ID, Verb: forum.Hold, From: forum.Published})
			refused(t, "deciding in one's own matter", err, "error.ownDecision", "")
		}
	})
}

func TestEdit_window(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c := o.post(author, 0, "first")
		o.index()
		before := o.read(oldest).Story.Revision
		for _, text := range []string{"second", "second", "third"} {
			o.clock.pass(time.Minute)
			if _, err := o.d.Edit(ctx, o.site, author, c.ID, text, false); err != nil {
				t.Fatal(err)
			}
		}
		if after := o.read(oldest).Story.Revision; after != before+2 {
			t.Errorf("two edits moved the revision from %d to %d", before, after)
		}
		editions, _ := o.s.Editions(ctx, o.site.ID, c.ID)
		if len(editions) != 2 || !strings.Contains(editions[0].HTML, "first") || !editions[1].CreatedAt.Equal(storetest.Epoch.Add(time.Minute)) {
			t.Errorf("editions: %+v", editions)
		}
		if hits, _ := o.d.Search(ctx, o.site, 0, "first ", 0); len(hits.Hits) != 0 {
			t.Error("a text that was edited away is found")
		}
		_, err := o.d.Edit(ctx, o.site, o.guest(), c.ID, "x", false)
		refused(t, "edit of another's", err, "error.notFound", "")
		_, err = o.d.Edit(ctx, o.site, author, c.ID, "", false)
		refused(t, "edit to nothing", err, "error.textEmpty", "text")
		o.clock.pass(2 * time.Minute)
		_, err = o.d.Edit(ctx, o.site, author, c.ID, "late", false)
		refused(t, "edit too late", err, "error.editOver", "")
		_, err = o.d.Editable(ctx, o.site, author, c.ID)
		refused(t, "edit page too late", err, "error.editOver", "")
		gone := o.post(author, 0, "gone")
		if _, err := o.d.Withdraw(ctx, o.site, author, gone.ID); err != nil {
			t.Error(err)
		}
		_, err = o.d.Edit(ctx, o.site, author, gone.ID, "x", false)
		refused(t, "edit of what is withdrawn", err, "error.editOver", "")
		o.shows("third")
	})
}

func TestBylines(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		post := func(by forum.Actor, story forum.ID, kind forum.BylineKind, name string) (forum.Comment, error) {
			d := draftOf(story, 0, "x")
			d.Byline, d.Name = kind, name
			p, err := o.d.Post(ctx, o.site, by, d)
			return p.Comment, err
		}
		must := func(by forum.Actor, story forum.ID, kind forum.BylineKind, name string) forum.Comment {
			t.Helper()
			c, err := post(by, story, kind, name)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		other, _, _ := o.d.PutStory(ctx, o.site, desk.Article{Headline: "Other"})
		must(o.owner, o.story.ID, forum.BylineName, "owner Smith")
		ada := o.guest()
		var keys []string
		a := must(ada, o.story.ID, forum.BylineName, "  Ada   Lovelace ")
		if a.Byline.Name != "Ada Lovelace" {
			t.Errorf("name %q", a.Byline.Name)
		}
		again := must(ada, other.ID, forum.BylineName, "Somebody Else")
		if again.Byline.Name != "Ada Lovelace" || again.AuthorKey != a.AuthorKey {
			t.Errorf("a name that is had is not kept: %+v", again.Byline)
		}
		p := must(ada, o.story.ID, forum.BylinePseudonym, "Night Owl")
		p2 := must(ada, o.story.ID, forum.BylinePseudonym, "Day Owl")
		if p2.Byline != p.Byline || p2.AuthorKey != p.AuthorKey || p.Byline.Name != "Night Owl" {
			t.Errorf("pseudonyms: %+v, %+v", p, p2)
		}
		q := must(ada, other.ID, forum.BylinePseudonym, "Night Owl")
		n1, n2 := must(ada, o.story.ID, forum.BylineNone, "ignored"), must(ada, o.story.ID, forum.BylineNone, "")
		if n1.Byline.Name != "" {
			t.Errorf("a nameless comment has the name %q", n1.Byline.Name)
		}
		for _, c := range []forum.Comment{a, p, q, n1, n2} {
			keys = append(keys, c.AuthorKey)
			if strings.Contains(c.AuthorKey, ada.Account.ID.String()) {
				t.Error("an author key holds the account")
			}
		}
		slices.Sort(keys)
		if len(slices.Compact(keys)) != 5 {
			t.Errorf("author keys link what one person wrote: %v", keys)
		}
		eve := o.guest()
		for _, x := range []struct{ name, code string }{
			{"Ada Lovelace", "error.nameTaken"},
			{"ADA LOVELACE", "error.nameTaken"},
			{"оwner Smith", "error.nameMixed"},
			{"Αdа Lovelace", "error.nameMixed"},
			{"0wner Smith", "error.nameTaken"},
			{"admin", "error.nameReserved"},
			{"The Gazette", "error.nameReserved"},
			{"Moderator", "error.nameReserved"},
			{"x", "error.nameShort"},
			{"", "error.nameShort"},
			{strings.Repeat("long", 20), "error.nameLong"},
			{"evil\u202ename", "error.nameCharacters"},
			{"nul\x00", "error.nameCharacters"},
			{"bad\xff", "error.nameCharacters"},
		} {
			for _, kind := range []forum.BylineKind{forum.BylineName, forum.BylinePseudonym} {
				c, err := post(eve, o.story.ID, kind, x.name)
				if err == nil {
					t.Errorf("%q is accepted as %s", x.name, kind)
				} else if !strings.Contains(err.Error(), "(name)") || !strings.HasPrefix(err.Error(), "error.name") {
					t.Errorf("%q as %s: %v, want %s; %+v", x.name, kind, err, x.code, c)
				}
			}
		}
		// A whole name in another script that looks the same.
		must(o.guest(), o.story.ID, forum.BylineName, "scope")
		_, err := post(eve, o.story.ID, forum.BylineName, "ѕсоре")
		refused(t, "a Cyrillic double", err, "error.nameTaken", "name")
		_, err = post(eve, o.story.ID, forum.BylinePseudonym, "Night 0wl")
		refused(t, "a pseudonym like another of the story", err, "error.nameTaken", "name")
		o.site.Settings.Bylines = []forum.BylineKind{forum.BylineName}
		_, err = post(eve, o.story.ID, forum.BylineNone, "")
		refused(t, "a byline the site does not allow", err, "error.bylineNotAllowed", "byline")
		_, err = post(eve, o.story.ID, "staff", "x")
		refused(t, "no byline", err, "error.bylineNotAllowed", "byline")
		page := o.read(oldest)
		if len(page.Staff) != 1 || page.Staff[o.owner.Account.ID].Role != forum.RoleAdmin {
			t.Errorf("staff: %+v", page.Staff)
		}
	})
}

func TestPace(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.site.Settings.NamelessPace = forum.Pace{Gap: 30, Count: 3, Window: 600}
		guest := o.guest()
		wait := func(want time.Duration) {
			t.Helper()
			_, err := o.d.Post(ctx, o.site, guest, draftOf(o.story.ID, 0, "x"))
			refused(t, "too fast", err, "error.tooFast", "")
			if e, ok := err.(*forum.Error); !ok || e.RetryAfter != want || e.Args["seconds"] != int(want/time.Second) {
				t.Errorf("wait %+v, want %s", e, want)
			}
		}
		o.post(guest, 0, "1")
		o.clock.pass(10 * time.Second)
		wait(20 * time.Second)
		o.clock.pass(20 * time.Second)
		o.post(guest, 0, "2")
		o.clock.pass(30 * time.Second)
		o.post(guest, 0, "3")
		o.clock.pass(30 * time.Second)
		wait(510 * time.Second)
		o.post(o.guest(), 0, "another person")
		o.post(o.owner, 0, "staff")
		o.post(o.owner, 0, "staff again")
		o.clock.pass(510 * time.Second)
		o.post(guest, 0, "4")
	})
}

func TestClosed(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "a")
		put := func(state forum.StoryState) {
			t.Helper()
			s, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "main", Headline: "Tanks", State: state, StateReason: "late"})
			if err != nil || (state != "" && s.State != state) {
				t.Fatal(s.State, err)
			}
		}
		put(forum.StoryReadOnly)
		_, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, c.ID, "x"))
		refused(t, "read-only", err, "error.readOnly", "")
		if _, _, err := o.d.Vote(ctx, o.site, o.guest(), c.ID, 1); err != nil {
			t.Errorf("a vote in a read-only discussion: %v", err)
		}
		put(forum.StoryClosed)
		put("") // an article that says nothing of it does not open the discussion again
		_, err = o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, "x"))
		refused(t, "closed", err, "error.closed", "")
		_, _, err = o.d.Vote(ctx, o.site, o.guest(), c.ID, 1)
		refused(t, "vote when closed", err, "error.closed", "")
		o.shows("a")
	})
}

func TestVotes(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c := o.post(author, 0, "a")
		_, _, err := o.d.Vote(ctx, o.site, author, c.ID, 1)
		refused(t, "own vote", err, "error.ownVote", "")
		_, _, err = o.d.Vote(ctx, o.site, o.guest(), c.ID, 2)
		refused(t, "two votes", err, "error.badRequest", "value")
		got, g, err := o.d.Vote(ctx, o.site, forum.Actor{}, c.ID, 1)
		if err != nil || g == nil || got.Up != 1 {
			t.Fatalf("a first vote: %+v, %v", got, err)
		}
		voter := o.as(g)
		before := o.read(oldest).Story.Revision
		if got, _, err = o.d.Vote(ctx, o.site, voter, c.ID, -1); err != nil || got.Up != 0 || got.Down != 1 {
			t.Errorf("%d up, %d down, %v", got.Up, got.Down, err)
		}
		page := o.read(oldest)
		if page.Story.Revision != before || page.Nodes[0].ShownDown != 0 {
			t.Error("a vote moved the public page")
		}
		for _, want := range []int{1, 0} {
			if n, err := o.d.RefreshScores(ctx, o.site.ID); err != nil || n != want {
				t.Errorf("%d refreshed, %v", n, err)
			}
		}
		if page = o.read(oldest); page.Story.Revision != before+1 || page.Nodes[0].ShownDown != 1 {
			t.Errorf("revision %d, shown %d", page.Story.Revision, page.Nodes[0].ShownDown)
		}
		overlay, err := o.d.Overlay(ctx, voter, o.story)
		if err != nil || overlay.Votes[c.ID] != forum.VoteDown || len(overlay.Own) != 0 {
			t.Errorf("overlay: %+v, %v", overlay, err)
		}
		if overlay, err = o.d.Overlay(ctx, forum.Actor{}, o.story); err != nil || overlay.Votes != nil {
			t.Errorf("overlay of nobody: %+v, %v", overlay, err)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestReports(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author, reader := o.guest(), o.guest()
		c := o.post(author, 0, "a")
		report := func(by forum.Actor, c forum.Comment, reason forum.Reason, words string) error {
			_, _, err := o.d.Report(ctx, o.site, by, c.ID, reason, words)
			return err
		}
		refused(t, "own", report(author, c, forum.ReasonSpam, ""), "error.ownReport", "")
		refused(t, "no reason", report(reader, c, "", ""), "error.reasonMissing", "reason")
		refused(t, "long", report(reader, c, forum.ReasonSpam, strings.Repeat("é", 1001)), "error.wordsLong", "words")
		for _, words := range []string{"\xff", "a\x00b"} {
			refused(t, "broken", report(reader, c, forum.ReasonSpam, words), "error.textEncoding", "words")
		}
		queue := func() []desk.QueueCard {
			page, err := o.d.Queue(ctx, o.site, o.owner, desk.Filter{Queue: desk.QueueReported}, 9)
			if err != nil {
				t.Fatal(err)
			}
			return page.Cards
		}
		if err := report(o.guest(), c, forum.ReasonDisagree, ""); err != nil || len(queue()) != 0 {
			t.Errorf("disagreement reaches the queue, %v", err)
		}
		for _, reason := range append(forum.Reasons(), forum.ReasonHate) {
			if err := report(reader, c, reason, " words "); err != nil {
				t.Error(err)
			}
		}
		if cards := queue(); len(cards) != 1 || len(cards[0].Reports) != 1 || cards[0].Reports[0].Words != "words" || cards[0].Reports[0].Reason != forum.ReasonAbuse {
			t.Errorf("queue: %+v", cards)
		}
		o.decide(c, forum.Dismiss)
		if len(queue()) != 0 {
			t.Error("dismissed reports are in the queue")
		}
		o.shows("a")
		for i := range 19 {
			if err := report(reader, o.post(author, 0, fmt.Sprint(i)), forum.ReasonSpam, ""); err != nil {
				t.Fatal(i, err)
			}
		}
		last := o.post(author, 0, "last")
		refused(t, "the 21st", report(reader, last, forum.ReasonSpam, ""), "error.tooManyReports", "")
		o.clock.pass(24 * time.Hour)
		if err := report(reader, last, forum.ReasonSpam, ""); err != nil {
			t.Error(err)
		}
		_, err := o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: last.ID, Verb: forum.Reject, From: forum.Published, Reason: "spam", Note: "a\x00"})
		refused(t, "broken note", err, "error.textEncoding", "note")
		_, err = o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: last.ID, Verb: forum.Hold, From: forum.Published, Reason: "made up"})
		refused(t, "made-up reason", err, "error.reasonMissing", "reason")
		_, err = o.d.Decide(ctx, o.site, o.owner, desk.Ruling{Comment: last.ID, Verb: "burn", From: forum.Published})
		refused(t, "made-up verb", err, "error.badRequest", "verb")
		o.decide(last, forum.Reject)
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestHostileText(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		for _, x := range []struct{ text, code string }{
			{"", "error.textEmpty"},
			{" \n\t ", "error.textEmpty"},
			{strings.Repeat("a", 64<<10), "error.textLong"},
			{strings.Repeat("a", 5001), "error.textLong"},
			{"a\xff", "error.textCharacters"},
			{"a\x00b", "error.textCharacters"},
		} {
			_, err := o.d.Post(ctx, o.site, o.guest(), draftOf(o.story.ID, 0, x.text))
			refused(t, fmt.Sprintf("%.10q", x.text), err, x.code, "text")
		}
		o.post(o.guest(), 0, strings.Repeat("я", 5000))
		source := "  <script>alert(1)</script> *a*  \r\n"
		if c := o.post(o.guest(), 0, source); o.reread(c).Source != source || strings.Contains(c.HTML, "<script") {
			t.Errorf("source %q, HTML %q", c.Source, c.HTML)
		}
		if n := len(o.read(oldest).Nodes); n != 2 {
			t.Errorf("%d comments", n)
		}
		for what, ref := range map[string]desk.StoryRef{
			"NUL in id": {ExternalID: "a\x00", URL: "https://paper.example/x"}, "broken id": {ExternalID: "\xff", URL: "https://paper.example/x"},
			"long id": {ExternalID: strings.Repeat("a", 201), URL: "https://paper.example/x"},
		} {
			d := draftOf(0, 0, "x")
			d.Ref = ref
			_, err := o.d.Post(ctx, o.site, o.guest(), d)
			refused(t, what, err, "error.externalID", "externalId")
			_, err = o.d.FindStory(ctx, o.site, ref)
			refused(t, what, err, "error.externalID", "externalId")
		}
		for _, after := range []string{"\xff", "z\x00", "zzzz"} {
			if _, err := o.d.Replies(ctx, o.site, o.read(oldest).Nodes[0].ID, after); err != nil {
				t.Errorf("replies after %q: %v", after, err)
			}
			if _, err := o.d.Search(ctx, o.site, 0, after, 0); err != nil {
				t.Errorf("search for %q: %v", after, err)
			}
			_, err := o.d.Discussion(ctx, o.story, forum.Page{After: after})
			refused(t, "page after "+after, err, "error.notFound", "")
		}
		nan := "7ff8000000000000." + o.story.ID.String()
		_, err := o.d.Discussion(ctx, o.story, forum.Page{Order: forum.Useful, After: nan})
		refused(t, "page after no number", err, "error.notFound", "")
	})
}
