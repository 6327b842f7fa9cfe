package jobs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"
	"golang.org/x/net/html"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
	"parley/internal/storetest"
	"parley/internal/webhook"
)

// postbox is an SMTP server that keeps what it gets, unless it is closed.
type postbox struct {
	mu     sync.Mutex
	got    []letter
	closed bool
	refuse bool
}

type letter struct {
	to string
	*enmime.Envelope
}

func (p *postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{p: p}, nil }

type delivery struct {
	p  *postbox
	to string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error {
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	if d.p.closed {
		return &smtp.SMTPError{Code: 421, Message: "closed"}
	}
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = to
	if d.p.refuse {
		return &smtp.SMTPError{Code: 550, Message: "nobody is " + to}
	}
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	e, err := enmime.ReadEnvelope(r)
	if err != nil {
		return err
	}
	d.p.mu.Lock()
	defer d.p.mu.Unlock()
	d.p.got = append(d.p.got, letter{d.to, e})
	return nil
}
func (d *delivery) Reset()        {}
func (d *delivery) Logout() error { return nil }

// take returns what has arrived since it was last asked.
func (p *postbox) take() []letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := p.got
	p.got = nil
	return all
}

// newsroom is a site whose desk reaches a postbox and the loopback.
type newsroom struct {
	t      *testing.T
	s      *store.Store
	d      *desk.Desk
	r      *Runner
	box    *postbox
	log    bytes.Buffer
	site   forum.Site
	story  forum.Story
	now    time.Time
	owner  forum.Actor
	drafts int
}

var ctx = context.Background()

func forEach(t *testing.T, test func(*testing.T, *newsroom)) {
	t.Helper()
	storetest.ForEach(t, func(t *testing.T, s *store.Store) { test(t, newNewsroom(t, s)) })
}

func newNewsroom(t *testing.T, s *store.Store) *newsroom {
	t.Helper()
	n := &newsroom{t: t, s: s, box: &postbox{}, now: storetest.Epoch}
	n.d = desk.New(s, func() time.Time { return n.now })
	n.d.Connect(desk.Outside{
		BaseURL: "https://talk.paper.example", Mail: n.box.start(t),
		Web: egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}),
	})
	n.r = New(n.d, slog.New(slog.NewTextHandler(&n.log, nil)))
	settings := forum.DefaultSettings()
	settings.HoldFirst = false
	settings.NamelessPace, settings.ReaderPace = forum.Pace{}, forum.Pace{}
	var err error
	if n.site, err = n.d.AddSite(ctx, "paper", "The Paper", settings); err != nil {
		t.Fatal(err)
	}
	if n.story, _, err = n.d.PutStory(ctx, n.site, desk.Article{ExternalID: "main", Headline: "Trees"}); err != nil {
		t.Fatal(err)
	}
	token, err := n.d.OwnerLink(ctx, n.site)
	if err != nil {
		t.Fatal(err)
	}
	grant, err := n.d.Welcome(ctx, n.site, token)
	if err != nil {
		t.Fatal(err)
	}
	if n.owner, err = n.d.Authenticate(ctx, n.site, grant.Token); err != nil {
		t.Fatal(err)
	}
	return n
}

// start returns what sends to the postbox.
func (p *postbox) start(t *testing.T) *mail.Sender {
	t.Helper()
	return sendingTo(t, p.listen(t))
}

// listen opens the postbox and returns its address.
func (p *postbox) listen(t *testing.T) string {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(p)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = server.Serve(on) }()
	t.Cleanup(func() { _, _ = server.Close(), on.Close(); <-ended })
	return on.Addr().String()
}

func sendingTo(t *testing.T, address string) *mail.Sender {
	t.Helper()
	sender, err := mail.New(mail.Config{URL: "smtp://" + address + "?tls=none", From: "talk@paper.example", Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// reader returns an account with an address.
func (n *newsroom) reader(address string) forum.Actor {
	n.t.Helper()
	a := storetest.Account(n.t, n.s, n.site.ID, forum.RoleReader)
	storetest.Email(n.t, n.s, a, address)
	return forum.Actor{Account: a, Kind: forum.SessionPage}
}

// post posts a comment that must be taken.
func (n *newsroom) post(by forum.Actor, parent forum.ID, text string) forum.Comment {
	n.t.Helper()
	n.drafts++
	p, err := n.d.Post(ctx, n.site, by, desk.Draft{
		Story: n.story.ID, Parent: parent, Byline: forum.BylineNone, Text: text, Key: fmt.Sprint("draft ", n.drafts),
	})
	if err != nil {
		n.t.Fatalf("post %q: %v", text, err)
	}
	return p.Comment
}

// work does what is due and returns what arrived by mail.
func (n *newsroom) work() []letter {
	n.t.Helper()
	if err := n.r.work(ctx, n.site); err != nil {
		n.t.Fatal(err)
	}
	return n.box.take()
}

// pass lets time go by in steps, working at each.
func (n *newsroom) pass(all, step time.Duration) []letter {
	n.t.Helper()
	var got []letter
	for end := n.now.Add(all); n.now.Before(end); {
		n.now = n.now.Add(step)
		got = append(got, n.work()...)
	}
	return got
}

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

// receiver is a webhook's other side.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	ids    []string
	signed []int // signatures of each call
	bad    []error
	key    webhook.Key
	now    func() time.Time
}

func (n *newsroom) receiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: 200, now: func() time.Time { return n.now }}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.status == 200 {
			if err := r.key.Verify(q.Header, r.now(), body); err != nil {
				r.bad = append(r.bad, err)
			}
			r.ids = append(r.ids, q.Header.Get(webhook.HeaderID))
			r.signed = append(r.signed, len(strings.Fields(q.Header.Get(webhook.HeaderSignature))))
		}
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (n *newsroom) webhook(r *receiver, events ...forum.Event) forum.Endpoint {
	n.t.Helper()
	return n.webhookAt(r, r.URL, events...)
}

// webhookAt adds a receiver as an endpoint that is reached at another address.
func (n *newsroom) webhookAt(r *receiver, url string, events ...forum.Event) forum.Endpoint {
	n.t.Helper()
	e, err := n.d.AddEndpoint(ctx, n.site, n.owner, forum.ToWebhook, url+"/hook", events)
	if err != nil {
		n.t.Fatal(err)
	}
	if r.key, err = webhook.NewKey(e.Secret); err != nil {
		n.t.Fatal(err)
	}
	return e
}

// rule decides on a comment as the owner.
func (n *newsroom) rule(c forum.Comment, verb forum.Verb, from forum.State) {
	n.t.Helper()
	r := desk.Ruling{Comment: c.ID, Verb: verb, From: from}
	if verb == forum.Reject {
		r.Reason = "abuse"
	}
	if _, err := n.d.Decide(ctx, n.site, n.owner, r); err != nil {
		n.t.Fatal(err)
	}
}

func TestWebhook_downForADay(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		r := n.receiver(t)
		e := n.webhook(r, forum.EventDecision)
		r.answer(503)
		bob := n.reader("bob@reader.test")
		for range 5 {
			n.rule(n.post(bob, 0, "x"), forum.Reject, forum.Published)
		}
		n.pass(24*time.Hour, 10*time.Minute)
		r.answer(200)
		n.pass(2*time.Hour, 10*time.Minute)
		seen := slices.Clone(r.ids)
		slices.Sort(seen)
		if len(slices.Compact(seen)) != 5 || len(r.ids) != 5 || len(r.bad) != 0 {
			t.Errorf("%d events arrived, %d of them once, %v", len(r.ids), len(slices.Compact(seen)), r.bad)
		}
		_, list, _, err := n.d.EndpointLog(ctx, n.site, n.owner, e.ID, 0)
		if err != nil || len(list) != 5 {
			t.Fatalf("%d in the list, %v", len(list), err)
		}
		tries := 0
		for _, x := range list {
			tries += x.Tries
			if x.DoneAt.IsZero() || x.Status != 200 {
				t.Errorf("%+v", x)
			}
		}
		if tries > 60 {
			t.Errorf("%d tries in a day: a receiver that is down is left alone", tries)
		}
		if err := n.d.Replay(ctx, n.site, n.owner, e.ID, list[0].ID); err != nil {
			t.Fatal(err)
		}
		n.work()
		if len(r.ids) != 6 || r.ids[5] != list[0].ID.String() {
			t.Errorf("replayed: %v", r.ids)
		}
	})
}

func TestWebhook_turnedOff(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		after  time.Duration
	}{"gone": {410, 10 * time.Minute}, "down": {500, 73 * time.Hour}} {
		t.Run(name, func(t *testing.T) {
			n := newNewsroom(t, storetest.Open(t, "sqlite"))
			r := n.receiver(t)
			e := n.webhook(r, forum.EventDecision)
			storetest.Email(t, n.s, n.owner.Account, "admin@paper.test")
			r.answer(test.status)
			n.rule(n.post(n.reader("bob@reader.test"), 0, "x"), forum.Reject, forum.Published)
			mails := n.pass(test.after, 10*time.Minute)
			now, err := n.s.Endpoint(ctx, n.site.ID, e.ID)
			if err != nil || now.DisabledAt.IsZero() {
				t.Fatalf("still in use: %+v, %v", now, err)
			}
			told := slices.ContainsFunc(mails, func(l letter) bool { return l.to == "admin@paper.test" })
			if !told {
				t.Errorf("the admin was not told: %d messages", len(mails))
			}
			n.rule(n.post(n.reader("eve@reader.test"), 0, "y"), forum.Reject, forum.Published)
			r.answer(200)
			n.pass(24*time.Hour, time.Hour)
			if len(r.ids) != 0 {
				t.Fatal("an endpoint that is off was called")
			}
			if err := n.d.SwitchEndpoint(ctx, n.site, n.owner, e.ID, true); err != nil {
				t.Fatal(err)
			}
			n.work()
			if len(r.ids) != 1 {
				t.Errorf("%d events after it was turned on, want the one it had missed", len(r.ids))
			}
		})
	}
}

func TestWebhook_rotation(t *testing.T) {
	n := newNewsroom(t, storetest.Open(t, "sqlite"))
	r := n.receiver(t)
	e := n.webhook(r, forum.EventDecision)
	if _, err := n.d.RotateEndpoint(ctx, n.site, n.owner, e.ID); err != nil {
		t.Fatal(err)
	}
	send := func() {
		t.Helper()
		if err := n.d.TestEndpoint(ctx, n.site, n.owner, e.ID); err != nil {
			t.Fatal(err)
		}
		n.work()
	}
	send()
	n.now = n.now.Add(25 * time.Hour)
	send()
	if !slices.Equal(r.signed, []int{2, 1}) || len(r.bad) != 1 {
		t.Errorf("signatures %v, %d refused by a receiver that knows only the old secret", r.signed, len(r.bad))
	}
}

func TestAlert_mail(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		_, err := n.d.AddEndpoint(ctx, n.site, n.owner, forum.ToEmail, "desk@paper.test", []forum.Event{forum.EventHeld, forum.EventDecision})
		if err != nil {
			t.Fatal(err)
		}
		bob := n.reader("bob@reader.test")
		n.rule(n.post(bob, 0, "x"), forum.Reject, forum.Published)
		first := n.work()
		for range 4 {
			n.rule(n.post(bob, 0, "x"), forum.Hold, forum.Published)
		}
		later := n.pass(11*time.Minute, time.Minute)
		count := func(all []letter) (n, links int) {
			for _, l := range all {
				if l.to == "desk@paper.test" {
					n++
					links += strings.Count(l.Text, "https://talk.paper.example/desk")
				}
			}
			return n, links
		}
		if m, events := count(first); m != 1 || events != 1 {
			t.Errorf("%d messages with %d events, want 1 and 1", m, events)
		}
		if m, events := count(later); m != 1 || events != 4 {
			t.Errorf("%d messages with %d events, want 1 and 4", m, events)
		}
	})
}

// TestWebhook_held tells endpoints of a comment that nobody but the site's own
// settings holds.
func TestWebhook_held(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		r := n.receiver(t)
		e := n.webhook(r, forum.EventHeld)
		n.site.Settings.HoldFirst = true
		c := n.post(n.reader("new@reader.test"), 0, "First words.")
		if got := n.work(); len(got) != 0 {
			t.Errorf("an author whose page says it is also mailed:\n%s", got[0].Text)
		}
		_, list, _, err := n.d.EndpointLog(ctx, n.site, n.owner, e.ID, 0)
		if err != nil || len(list) != 1 || !strings.Contains(list[0].Body, c.ID.String()) || strings.Contains(list[0].Body, "First words") || len(r.bad) != 0 {
			t.Errorf("%+v, %v, %v", list, err, r.bad)
		}
	})
}

// TestReport_told tells endpoints of a report, and its reporter what became of it,
// without the words that were for the author.
func TestReport_told(t *testing.T) {
	forEach(t, func(t *testing.T, n *newsroom) {
		r := n.receiver(t)
		n.webhook(r, forum.EventReported)
		bob, anna := n.reader("bob@reader.test"), n.reader("anna@reader.test")
		c := n.post(bob, 0, "Rude words.")
		for range 2 {
			if _, _, err := n.d.Report(ctx, n.site, anna, c.ID, forum.ReasonSpam, "my own words"); err != nil {
				t.Fatal(err)
			}
		}
		n.work()
		if len(r.ids) != 1 || len(r.bad) != 0 {
			t.Errorf("%d events of one report, %v", len(r.ids), r.bad)
		}
		ruling := desk.Ruling{Comment: c.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse", Note: "for the author alone"}
		if _, err := n.d.Decide(ctx, n.site, n.owner, ruling); err != nil {
			t.Fatal(err)
		}
		for _, l := range n.work() {
			told := strings.Contains(l.Text, "for the author alone")
			if told != (l.to == "bob@reader.test") || l.to == "anna@reader.test" && strings.Contains(l.Text, "Rude words") {
				t.Errorf("to %s:\n%s", l.to, l.Text)
			}
		}
		list, _, err := n.d.Inbox(ctx, n.site, anna, 0)
		if err != nil || len(list) != 1 || list[0].Kind != forum.ToldReport || list[0].Note+list[0].Reason+list[0].Excerpt != "" {
			t.Errorf("the reporter's list: %+v, %v", list, err)
		}
	})
}

func TestEndpoint_rights(t *testing.T) {
	n := newNewsroom(t, storetest.Open(t, "sqlite"))
	r := n.receiver(t)
	e := n.webhook(r, forum.EventDecision)
	stranger := n.reader("eve@reader.test")
	for name, err := range map[string]error{
		"add":    second(n.d.AddEndpoint(ctx, n.site, stranger, forum.ToWebhook, r.URL, forum.Events())),
		"events": n.d.SetEndpointEvents(ctx, n.site, stranger, e.ID, forum.Events()),
		"rotate": second(n.d.RotateEndpoint(ctx, n.site, stranger, e.ID)),
		"switch": n.d.SwitchEndpoint(ctx, n.site, stranger, e.ID, false),
		"remove": n.d.RemoveEndpoint(ctx, n.site, stranger, e.ID),
		"test":   n.d.TestEndpoint(ctx, n.site, stranger, e.ID),
		"replay": n.d.Replay(ctx, n.site, stranger, e.ID, 1),
		"list":   second(n.d.Endpoints(ctx, n.site, stranger)),
	} {
		if !forum.IsKind(err, forum.Forbidden) {
			t.Errorf("%s by a reader: %v", name, err)
		}
	}
	for _, target := range []string{"http://8.8.8.8/", "https://10.0.0.1/", "https://user@example.com/", "ftp://example.com/", "example.com", ""} {
		if _, err := n.d.AddEndpoint(ctx, n.site, n.owner, forum.ToWebhook, target, forum.Events()); !forum.IsKind(err, forum.Invalid) {
			t.Errorf("target %q: %v", target, err)
		}
	}
	if err := n.d.RemoveEndpoint(ctx, n.site, n.owner, e.ID); err != nil {
		t.Fatal(err)
	}
}

func second[T any](_ T, err error) error { return err }
