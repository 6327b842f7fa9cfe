package cdn

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/egress"
	"parley/internal/forum"
)

// receiver behaves as the vendors' interfaces are documented to. It is down for its
// first calls.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	down  int
	calls int
	names []string
	told  chan struct{}
}

func newReceiver(t *testing.T, down int) *receiver {
	t.Helper()
	v := &receiver{down: down, told: make(chan struct{}, 100)}
	v.Server = httptest.NewServer(http.HandlerFunc(v.answer))
	t.Cleanup(v.Close)
	return v
}

func (v *receiver) answer(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	var names []string
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/service/S1/purge" && r.Header.Get("Fastly-Key") == "token":
		names = strings.Fields(r.Header.Get("Surrogate-Key"))
	case r.Method == http.MethodPost && r.URL.Path == "/zones/Z1/purge_cache" && r.Header.Get("Authorization") == "Bearer token":
		var body struct{ Tags []string }
		if json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Tags) > 30 {
			http.Error(w, `{"success":false}`, http.StatusBadRequest)
			return
		}
		names = body.Tags
	case r.Method == "PURGE" && r.URL.Path == "/":
		names = strings.Fields(r.Header.Get("Xkey-Purge"))
	default:
		http.Error(w, "403 Forbidden", http.StatusForbidden)
		return
	}
	if v.calls <= v.down {
		if strings.HasPrefix(r.URL.Path, "/zones/") {
			fmt.Fprint(w, `{"success":false}`) // under status 200
			return
		}
		http.Error(w, "503 Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	v.names = append(v.names, names...)
	fmt.Fprint(w, `{"success":true,"status":"ok"}`)
	v.told <- struct{}{}
}

// purger is one that tells the receiver, which is not left before the test ends.
func (v *receiver) purger(t *testing.T, place, token string) (p *Purger, end func()) {
	t.Helper()
	where, err := Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	out := egress.New(egress.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	p = New(where, token, out, slog.New(slog.DiscardHandler))
	p.gap = time.Millisecond
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	return p, func() { stop(); running.Wait() }
}

// TestPurger tells each vendor what moved, while it is down at first: each name
// arrives, and only once.
func TestPurger(t *testing.T) {
	for _, place := range []string{"fastly://S1?api=", "cloudflare://Z1?api=", "varnish://"} {
		t.Run(place, func(t *testing.T) {
			v := newReceiver(t, 2)
			at := place + url.QueryEscape(v.URL)
			if strings.HasPrefix(place, "varnish") {
				at = place + strings.TrimPrefix(v.URL, "http://")
			}
			p, end := v.purger(t, at, "token")
			p.Tell([]forum.Move{
				{SiteID: 1, StoryID: 2, Revision: 3, Listed: true},
				{SiteID: 1, StoryID: 2, Revision: 4},
				{SiteID: 1, StoryID: 5, Revision: 1},
				{SiteID: 1, Desk: true},
				{SiteID: 6},
			})
			<-v.told
			end()
			want := []string{Lists(1), Site(6), Story(2), Story(5)}
			slices.Sort(want)
			if !slices.Equal(v.names, want) || v.calls != 3 {
				t.Errorf("told %q in %d calls, want %q in 3", v.names, v.calls, want)
			}
		})
	}
}

// TestPurger_many moves more stories than one call may name, and more than are
// remembered.
func TestPurger_many(t *testing.T) {
	v := newReceiver(t, 0)
	p, end := v.purger(t, "cloudflare://Z1?api="+url.QueryEscape(v.URL), "token")
	end()
	for i := range forum.ID(100) {
		p.Tell([]forum.Move{{SiteID: 1, StoryID: 10 + i, Revision: 1}})
	}
	if err := p.purge(context.Background()); err != nil || v.calls != 4 || len(v.names) != 100 {
		t.Errorf("%d names in %d calls: %v", len(v.names), v.calls, err)
	}
	for i := range forum.ID(maxNames + 1) {
		p.Tell([]forum.Move{{SiteID: 1, StoryID: 10 + i, Revision: 1}})
	}
	v.names = nil
	if err := p.purge(context.Background()); err != nil || !slices.Equal(v.names, []string{Site(1)}) {
		t.Errorf("%d names, of the whole site one was wanted: %v", len(v.names), err)
	}
}

// TestPurger_refused has a token that the vendor does not take: what moved waits.
func TestPurger_refused(t *testing.T) {
	v := newReceiver(t, 0)
	p, end := v.purger(t, "fastly://S1?api="+url.QueryEscape(v.URL), "another")
	end()
	p.Tell([]forum.Move{{SiteID: 1, StoryID: 2, Revision: 1}})
	if err := p.purge(context.Background()); err == nil || len(p.names) != 1 {
		t.Errorf("%d names wait: %v", len(p.names), err)
	}
}

func TestParse(t *testing.T) {
	for _, text := range []string{"", "fastly", "fastly://", "akamai://x", "https://api.fastly.com", "varnish://a:b@host", "varnish://host/path"} {
		if p, err := Parse(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
