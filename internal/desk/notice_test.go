package desk_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/fixture"
	"parley/internal/forum"
)

// canary is an address that must come out nowhere.
const canary = "canary.notifier@example.org"

func noticeOf(c forum.Comment) forum.Notice {
	return forum.Notice{
		CommentID: c.ID, URL: "https://parley.example/c/" + c.ID.String(), Kind: forum.NoticeHate, Locale: "en",
		Explanation: "The second sentence calls for violence against a group.", Name: "Canary Notifier", Email: canary, GoodFaith: true,
	}
}

func TestNotice_removed(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		c := o.post(author, 0, "unlawful")
		n, receipt, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "n"}, noticeOf(c), "a key that is hard to guess")
		if err != nil || receipt == "" {
			t.Fatal(err)
		}
		again, same2, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "n"}, noticeOf(c), "a key that is hard to guess")
		if err != nil || same2 != receipt {
			t.Errorf("the same request again: %s, %v", again.ID, err)
		}
		open, err := o.d.Notices(ctx, o.site, o.owner, false, 0, 9)
		if err != nil || len(open) != 1 || open[0].Notice.Email != "" || open[0].Notice.Name != "" || open[0].Comment.ID != c.ID {
			t.Fatalf("the queue: %+v, %v", open, err)
		}
		card, err := o.d.Notice(ctx, o.site, o.owner, n.ID)
		if err != nil || card.Notice.Email != "" || card.Notice.Name != "" || card.Notice.Receipt != "" {
			t.Errorf("a card names the notifier: %+v, %v", card.Notice, err)
		}
		moderator := o.owner
		moderator.Account.Role = forum.RoleModerator
		_, err = o.d.RevealNotifier(ctx, o.site, moderator, n.ID, "the police asked in writing")
		refused(t, "a moderator reveals", err, "error.forbidden", "")
		if card, err = o.d.RevealNotifier(ctx, o.site, o.owner, n.ID, "the police asked in writing"); err != nil || card.Notice.Email != canary {
			t.Errorf("revealed %q, %v", card.Notice.Email, err)
		}
		_, err = o.d.AnswerNotice(ctx, o.site, o.owner, desk.NoticeAnswer{Notice: n.ID})
		refused(t, "kept without words", err, "error.answerMissing", "words")
		done, err := o.d.AnswerNotice(ctx, o.site, moderator, desk.NoticeAnswer{Notice: n.ID, Remove: true, Reason: "illegal", Words: "A call for violence.", Seen: desk.Seen(c)})
		if err != nil || done.Outcome != forum.NoticeRemoved {
			t.Fatal(done, err)
		}
		_, err = o.d.AnswerNotice(ctx, o.site, o.owner, desk.NoticeAnswer{Notice: n.ID, Words: "No."})
		refused(t, "answered twice", err, "error.conflict", "")
		if o.reread(c).State != forum.Rejected {
			t.Error("the comment is there")
		}
		status, err := o.d.NoticeStatus(ctx, o.site, receipt)
		if err != nil || status.Decision.Source != forum.SourceNotice || status.Decision.Note != "A call for violence." || status.Notice.Email != "" {
			t.Errorf("status %+v, %v", status, err)
		}
		if _, err := o.d.NoticeStatus(ctx, o.site, n.ID.String()); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("the number opens the status: %v", err)
		}
		o.clock.pass(200 * 24 * time.Hour)
		if err := o.d.Tidy(ctx, o.site.ID); err != nil {
			t.Fatal(err)
		}
		if kept, err := o.s.Notice(ctx, o.site.ID, n.ID); err != nil || kept.Email+kept.Name+kept.Network != "" {
			t.Errorf("after half a year %+v, %v", kept, err)
		}
	})
}

func TestNotice_keptAndGone(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "lawful")
		kept, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "a"}, noticeOf(c), "")
		if err != nil {
			t.Fatal(err)
		}
		if kept, err = o.d.AnswerNotice(ctx, o.site, o.owner, desk.NoticeAnswer{Notice: kept.ID, Words: "It quotes a ruling."}); err != nil || kept.Outcome != forum.NoticeKept {
			t.Error(kept, err)
		}
		elsewhere := noticeOf(c)
		elsewhere.CommentID, elsewhere.URL = 0, "https://parley.example/s/unknown"
		gone, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "b"}, elsewhere, "")
		if err != nil || gone.CommentID != 0 {
			t.Fatal(gone, err)
		}
		if gone, err = o.d.AnswerNotice(ctx, o.site, o.owner, desk.NoticeAnswer{Notice: gone.ID, Words: "Nothing is there."}); err != nil || gone.Outcome != forum.NoticeGone {
			t.Error(gone, err)
		}
		byURL := noticeOf(c)
		byURL.CommentID = 0
		found, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "c"}, byURL, "")
		if err != nil || found.CommentID != c.ID {
			t.Errorf("the address leads to %s, %v", found.CommentID, err)
		}
	})
}

func TestNotice_refusals(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "text")
		for field, change := range map[string]func(*forum.Notice){
			"kind":        func(n *forum.Notice) { n.Kind = "rude" },
			"explanation": func(n *forum.Notice) { n.Explanation = "Too short." },
			"name":        func(n *forum.Notice) { n.Name = " " },
			"email":       func(n *forum.Notice) { n.Email = "nobody" },
			"good_faith":  func(n *forum.Notice) { n.GoodFaith = false },
			"url":         func(n *forum.Notice) { n.URL = "javascript:alert(1)" },
			"law":         func(n *forum.Notice) { n.Law = strings.Repeat("§", 501) },
		} {
			n := noticeOf(c)
			change(&n)
			_, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "n"}, n, "")
			if !forum.IsKind(err, forum.Invalid) || !strings.Contains(err.Error(), "("+field+")") {
				t.Errorf("%s: %v", field, err)
			}
		}
		child := noticeOf(c)
		child.Kind, child.Name, child.Email = forum.NoticeChildAbuse, "", ""
		for i := range 11 {
			child.Explanation += "."
			_, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: "flood"}, child, "")
			if i < 10 && err != nil {
				t.Errorf("without a name, %d: %v", i, err)
			}
			if i == 10 {
				refused(t, "the eleventh", err, "error.tooManyNotices", "")
			}
		}
	})
}

// TestNotice_hostileFields files a notice with every hostile line in every field:
// it is refused or kept exactly, and no address with a line break is one.
func TestNotice_hostileFields(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		if o.s.Engine() == "postgres" && testing.Short() {
			t.Skip("a short run tries every hostile text on SQLite only")
		}
		c := o.post(o.guest(), 0, "text")
		lines := 0
		for _, file := range []string{"email-addresses", "crlf", "texts-own", "names-impersonation", "unicode-fuzzdb"} {
			for _, line := range attackLines(t, fixture.Path(t, "attacks", file+".jsonl")) {
				lines++
				o.hostileNotice(t, c, file, line)
			}
		}
		if lines < 100 {
			t.Errorf("only %d lines", lines)
		}
	})
}

// attack is one line of a file of attack texts.
type attack struct {
	ID      string `json:"id"`
	Payload string `json:"payload"`
	Valid   *bool  `json:"valid"`
}

func attackLines(t *testing.T, path string) []attack {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []attack
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var x attack
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, x)
	}
	return all
}

// hostileNotice files the line in each field by turns.
func (o *office) hostileNotice(t *testing.T, c forum.Comment, file string, x attack) {
	t.Helper()
	n := noticeOf(c)
	n.Explanation += " " + x.Payload
	n.Law, n.Name = x.Payload, "N. N."
	if file == "names-impersonation" {
		n.Law, n.Name = "", x.Payload
	}
	if file == "email-addresses" {
		n.Email = x.Payload
	}
	filed, _, err := o.d.FileNotice(ctx, o.site, forum.Actor{Network: x.ID}, n, "")
	if err != nil {
		if !forum.IsKind(err, forum.Invalid) {
			t.Errorf("%s: %v", x.ID, err)
		}
		return
	}
	if strings.ContainsAny(filed.Email+filed.Name, "\r\n") {
		t.Errorf("%s: %q %q", x.ID, filed.Email, filed.Name)
	}
	kept, err := o.s.Notice(ctx, o.site.ID, filed.ID)
	if err != nil || kept.Explanation != strings.TrimSpace(n.Explanation) || kept.Law != strings.TrimSpace(n.Law) {
		t.Errorf("%s: kept %q, %v", x.ID, kept.Explanation, err)
	}
}
