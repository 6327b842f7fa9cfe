package jobs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
	"parley/internal/storetest"
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
