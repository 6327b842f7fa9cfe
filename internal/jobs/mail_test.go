package jobs

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

func TestMail_replyAtOnce(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("Anna.B@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		if got := n.work(); len(got) != 0 {
			t.Fatalf("%d messages about nothing", len(got))
		}
		answer := n.post(bob, c.ID, "I **agree**, and more.")
		if got := n.box.take(); len(got) != 0 {
			t.Fatal("mail went out before any job ran")
		}
		got := n.work()
		if len(got) != 1 || got[0].to != "Anna.B@reader.test" {
			t.Fatalf("%d messages: %v", len(got), got)
		}
		for _, want := range []string{"answered your comment", "I agree, and more.", "https://talk.paper.example/c/" + answer.ID.String()} {
			if !strings.Contains(got[0].Text, want) || !strings.Contains(got[0].HTML, want) {
				t.Errorf("%q is not in both forms:\n%s\n%s", want, got[0].Text, got[0].HTML)
			}
		}
		if got[0].GetHeader("List-Unsubscribe-Post") == "" {
			t.Error("no one-click unsubscribe")
		}
		if again := n.pass(48*time.Hour, time.Hour); len(again) != 0 {
			t.Errorf("told again: %v", again)
		}
		list, _, err := n.d.Inbox(ctx, n.site, anna, 0)
		if err != nil || len(list) != 1 || list[0].Kind != forum.ToldReply || list[0].OtherID != answer.ID {
			t.Errorf("inbox %+v, %v", list, err)
		}
	})
}

// TestMail_nothingBeforeCommit aborts the transaction that would have told
// somebody something.
func TestMail_nothingBeforeCommit(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		_, err := n.d.Post(cancelled, n.site, bob, desk.Draft{Story: n.story.ID, Parent: c.ID, Byline: forum.BylineNone, Text: "x", Key: "k"})
		if err == nil {
			t.Fatal("a cancelled post was taken")
		}
		n.box.closed = true
		n.post(bob, c.ID, "Second.")
		if got := n.work(); len(got) != 0 {
			t.Fatal("a closed relay took mail")
		}
		if list, _, _ := n.d.Inbox(ctx, n.site, anna, 0); len(list) != 1 {
			t.Fatalf("%d notifications, want only that of the committed reply", len(list))
		}
	})
}

func TestMail_relayDownForADay(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		n.box.closed = true
		n.post(bob, c.ID, "Second.")
		if got := n.pass(24*time.Hour, 10*time.Minute); len(got) != 0 {
			t.Fatal("a closed relay took mail")
		}
		if strings.Contains(n.log.String(), "anna") {
			t.Errorf("the log tells an address:\n%s", n.log.String())
		}
		n.box.closed = false
		if got := n.pass(24*time.Hour, 10*time.Minute); len(got) != 1 {
			t.Errorf("%d messages after the relay came back, want 1", len(got))
		}
	})
}

func TestMail_mutedAuthor(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		before := n.post(bob, c.ID, "Before the mute.")
		storetest.Mute(t, n.s, anna.Account, before.AuthorKey)
		if got := n.work(); len(got) != 0 {
			t.Errorf("mail about an author muted before it was sent:\n%s", got[0].Text)
		}
		p, err := n.d.Post(ctx, n.site, bob, desk.Draft{Story: n.story.ID, Parent: c.ID, Byline: forum.BylineName, Name: "Bob", Text: "Named."})
		if err != nil {
			t.Fatal(err)
		}
		if got := n.work(); len(got) != 1 {
			t.Fatalf("%d messages about an author who is not muted", len(got))
		}
		storetest.Mute(t, n.s, anna.Account, p.Comment.AuthorKey)
		_, err = n.d.Post(ctx, n.site, bob, desk.Draft{Story: n.story.ID, Parent: c.ID, Byline: forum.BylineName, Text: "Named again."})
		if err != nil {
			t.Fatal(err)
		}
		if got := n.work(); len(got) != 0 {
			t.Errorf("mail about a muted author:\n%s", got[0].Text)
		}
		if list, _, err := n.d.Inbox(ctx, n.site, anna, 0); err != nil || len(list) != 2 {
			t.Errorf("%d notifications, %v; want the two of before the author was muted", len(list), err)
		}
	})
}

func TestMail_rhythms(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		for _, test := range []struct {
			rhythm  forum.Rhythm
			replies int
			wait    time.Duration
			want    int
		}{
			{forum.MailHourly, 3, 59 * time.Minute, 0},
			{forum.MailHourly, 0, time.Minute, 1},
			{forum.MailDaily, 3, time.Hour, 0},
			{forum.MailDaily, 2, 23 * time.Hour, 1},
			{forum.MailOff, 2, 48 * time.Hour, 0},
			{forum.MailNow, 0, time.Minute, 1}, // what waited is sent in the new rhythm
		} {
			err := n.d.SetMailWishes(ctx, n.site, anna, forum.MailWishes{Reply: test.rhythm, Decision: forum.MailOff, Locale: "tr"})
			if err != nil {
				t.Fatal(err)
			}
			for range test.replies {
				n.post(bob, c.ID, "Answer.")
			}
			got := n.pass(test.wait, test.wait/4)
			if len(got) != test.want {
				t.Fatalf("%s: %d messages after %s, want %d", test.rhythm, len(got), test.wait, test.want)
			}
			if len(got) == 1 && test.rhythm == forum.MailHourly && (strings.Count(got[0].Text, "/c/") != 3 || !strings.Contains(got[0].Text, "yanıt verdi")) {
				t.Errorf("a digest of three replies in Turkish:\n%s", got[0].Text)
			}
		}
	})
}

func TestMail_limit(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		var got []letter
		for range 40 {
			n.post(bob, c.ID, "Answer.")
			got = append(got, n.work()...)
		}
		if len(got) != forum.MaxMailADay {
			t.Errorf("%d messages in a day, want %d", len(got), forum.MaxMailADay)
		}
		rest := n.pass(25*time.Hour, time.Hour)
		if len(rest) != 1 || strings.Count(rest[0].Text, "/c/") != 40-forum.MaxMailADay {
			t.Errorf("%d messages with the rest, want one with %d", len(rest), 40-forum.MaxMailADay)
		}
	})
}

func TestMail_seenOrGoneIsNotSent(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		answer := n.post(bob, c.ID, "Gone soon.")
		if _, err := n.d.Withdraw(ctx, n.site, bob, answer.ID); err != nil {
			t.Fatal(err)
		}
		n.post(bob, c.ID, "Seen at once.")
		list, _, err := n.d.Inbox(ctx, n.site, anna, 0)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d, %v", len(list), err)
		}
		if err := n.d.See(ctx, n.site, anna, list[0].ID, false); err != nil {
			t.Fatal(err)
		}
		if unseen, err := n.d.Unseen(ctx, n.site, anna); unseen != 1 || err != nil {
			t.Errorf("%d unseen, %v", unseen, err)
		}
		if got := n.work(); len(got) != 0 {
			t.Errorf("mail about what was seen or is gone:\n%s", got[0].Text)
		}
	})
}

// TestMail_noLinkOfUsers sends what tries to be a link, a picture or markup.
func TestMail_noLinkOfUsers(t *testing.T) {
	ours := regexp.MustCompile(`https://talk\.paper\.example/[a-zA-Z0-9/_-]*`)
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		for _, text := range []string{
			"See https://evil.test/x and HTTP://EVIL.TEST and //evil.test/y",
			"[win a prize](https://evil.test/) now", "<https://evil.test/>", "www.evil.test", "evil.test", "login.evil.test/path?x=y",
			"write to crook@evil.test", "![x](https://evil.test/pixel.png)", "<img src=https://evil.test/p.png>", "<a href='https://evil.test'>x</a>",
			"`https://evil.test/code`", "```\nhttps://evil.test/block\n```", "ftp://evil.test tel:+123456 mailto:crook@evil.test javascript:alert(1)",
			"evil\u3002test", "\u202ehttps://evil.test", "a\u2069b https://evil.test/\u2068",
		} {
			n.post(bob, c.ID, text)
			got := n.work()
			if len(got) != 1 {
				t.Fatalf("%q: %d messages", text, len(got))
			}
			for form, body := range map[string]string{"text": got[0].Text, "html": got[0].HTML, "subject": got[0].GetHeader("Subject")} {
				rest := strings.ToLower(ours.ReplaceAllString(body, ""))
				for _, bad := range []string{"evil.test", "://", "www.", "@evil", "javascript:", "tel:", "mailto:", "\u202e"} {
					if strings.Contains(rest, bad) {
						t.Errorf("%q: %s has %q:\n%s", text, form, bad, body)
					}
				}
			}
			onlyOurs(t, got[0].HTML)
		}
	})
}

// onlyOurs checks that the elements of a message load nothing and lead nowhere
// but to this site.
func onlyOurs(t *testing.T, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	allowed := strings.Fields("html head meta title body div p bdi blockquote a")
	for x := range doc.Descendants() {
		if x.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(allowed, x.Data) {
			t.Errorf("<%s> in a message", x.Data)
		}
		for _, a := range x.Attr {
			if a.Key == "href" && !strings.HasPrefix(a.Val, "https://talk.paper.example/") || a.Key == "src" || a.Key == "style" && strings.Contains(a.Val, "url(") {
				t.Errorf("<%s %s=%q> in a message", x.Data, a.Key, a.Val)
			}
		}
	}
}

func TestMail_stop(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		c := n.post(anna, 0, "First.")
		n.post(bob, c.ID, "Answer.")
		link := strings.Trim(n.work()[0].GetHeader("List-Unsubscribe"), "<>")
		parts := strings.Split(strings.TrimPrefix(link, "https://talk.paper.example/mail/stop/"), "/")
		if len(parts) != 3 || parts[0] != "reply" || parts[1] != anna.Account.ID.String() {
			t.Fatalf("link %s", link)
		}
		if err := n.d.StopMail(ctx, n.site, anna.Account.ID, "guess", forum.MailReplies); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("a guessed token: %v", err)
		}
		if err := n.d.StopMail(ctx, n.site, bob.Account.ID, "", forum.MailReplies); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("no token for an account that never got mail: %v", err)
		}
		for range 2 {
			if err := n.d.StopMail(ctx, n.site, anna.Account.ID, parts[2], forum.MailReplies); err != nil {
				t.Fatal(err)
			}
		}
		n.post(bob, c.ID, "Another.")
		if got := n.work(); len(got) != 0 {
			t.Error("mail after it was stopped")
		}
		wishes, address, err := n.d.MailWishes(ctx, n.site, anna)
		if err != nil || wishes.Reply != forum.MailOff || wishes.Rhythm(forum.MailDecisions) != forum.MailNow || address != "anna@reader.test" {
			t.Errorf("%+v, %s, %v", wishes, address, err)
		}
	})
}

func TestMail_refusedIsGivenUp(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
		n.box.refuse = true
		n.post(bob, n.post(anna, 0, "First.").ID, "Answer.")
		n.work()
		dead, err := n.s.JobsOfKind(ctx, n.site.ID, desk.JobDigest, 0, 9)
		if err != nil || len(dead) != 1 || dead[0].State != forum.JobDead || strings.Contains(dead[0].Error, "anna") {
			t.Errorf("%+v, %v", dead, err)
		}
	})
}
