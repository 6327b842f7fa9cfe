package jobs

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/storetest"
)

// network is what becomes of the way to a receiver, and how often the receiver gets
// then what is sent once: twice only where its answer was lost, since nobody can know
// then that it was taken.
type network struct {
	name  string
	fault netfault.Fault
	times int
}

var networks = []network{
	{"refused", netfault.Fault{Refuse: true}, 1},
	{"silent", netfault.Fault{HoldRequests: true, HoldAnswers: true}, 1},
	{"deaf", netfault.Fault{HoldRequests: true}, 1},
	{"slow", netfault.Fault{Delay: 5 * time.Millisecond}, 1},
	{"in single bytes", netfault.Fault{Trickle: true}, 1},
}

// lost is a network that loses the answer with these bytes: that took something over.
func lost(answer string) netfault.Fault { return netfault.Fault{ResetAt: []byte(answer)} }

// behind puts a proxy before an address.
func behind(t *testing.T, address string) *netfault.Proxy {
	t.Helper()
	return netfault.Open(t, func() (net.Conn, error) { return net.Dial("tcp", address) })
}

// TestNetwork_mail breaks the network between jobs and a relay. Each message arrives,
// and one that arrives again is the same message for every mailbox.
func TestNetwork_mail(t *testing.T) {
	for _, test := range append(networks, network{"without the last answer", lost("250 2.0.0 OK: queued"), 2}) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t, storetest.Open(t, "sqlite"))
			path := behind(t, n.box.listen(t))
			n.d.Connect(desk.Outside{BaseURL: "https://talk.paper.example", Mail: sendingTo(t, path.Addr()), Web: egress.New(egress.Config{})})
			anna, bob := n.reader("anna@reader.test"), n.reader("bob@reader.test")
			c := n.post(anna, 0, "First.")
			n.post(bob, c.ID, "Second.")
			path.Set(test.fault)
			got := n.work()
			path.Cut()
			path.Set(netfault.Fault{})
			got = append(got, n.pass(24*time.Hour, 10*time.Minute)...)
			if len(got) != test.times {
				t.Fatalf("%d messages, want %d; resets %d", len(got), test.times, path.Resets())
			}
			for _, x := range got {
				if id := x.GetHeader("Message-ID"); id == "" || id != got[0].GetHeader("Message-ID") {
					t.Errorf("the message that came again is another: %q", id)
				}
			}
		})
	}
}

// TestNetwork_webhook does the same to an endpoint, which gets an event that comes
// again under the same id.
func TestNetwork_webhook(t *testing.T) {
	for _, test := range append(networks, network{"without the answer", lost("HTTP/1.1 200"), 2}) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t, storetest.Open(t, "sqlite"))
			web := egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 2 * time.Second})
			n.d.Connect(desk.Outside{BaseURL: "https://talk.paper.example", Mail: n.box.start(t), Web: web})
			r := n.receiver(t)
			path := behind(t, r.Listener.Addr().String())
			n.webhookAt(r, "http://"+path.Addr(), forum.EventDecision)
			n.rule(n.post(n.reader("bob@reader.test"), 0, "x"), forum.Reject, forum.Published)
			path.Set(test.fault)
			n.work()
			path.Cut()
			path.Set(netfault.Fault{})
			n.pass(24*time.Hour, 10*time.Minute)
			r.mu.Lock()
			defer r.mu.Unlock()
			if len(r.ids) != test.times || len(slices.Compact(r.ids)) != 1 || len(r.bad) != 0 {
				t.Errorf("events %v, want one %d times; %v", r.ids, test.times, r.bad)
			}
		})
	}
}
