package jobs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
	"parley/internal/webhook"
)

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
