package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
)

// wrongClock is a clock that jumps. It has no monotonic reading to hide that.
type wrongClock struct{ off atomic.Int64 }

func (c *wrongClock) now() time.Time {
	return time.Now().Add(time.Duration(c.off.Load())).Round(0)
}

// TestClock_jumps has the clock jump by five minutes while readers write, read and
// decide, at two processes of one installation.
func TestClock_jumps(t *testing.T) {
	h := newHouse(t)
	clock := &wrongClock{}
	other := *h
	for _, x := range []*house{h, &other} {
		x.desk = desk.New(h.store, clock.now)
		x.server = httptest.NewUnstartedServer(nil)
		base := "http://" + x.server.Listener.Addr().String()
		x.desk.Connect(desk.Outside{BaseURL: base})
		handler, err := New(Config{Desk: x.desk, Log: slog.New(slog.DiscardHandler), BaseURL: base})
		if err != nil {
			t.Fatal(err)
		}
		x.server.Config.Handler = handler
		x.server.Start()
		t.Cleanup(x.server.Close)
	}
	author, voter, owner, elsewhere := h.browser(), h.browser(), h.owner(h.site), other.browser()
	body := func(n int) (string, http.Header) {
		text := fmt.Sprintf(`{"story":%q,"byline":"none","text":"Comment number %d."}`, h.story.ID, n)
		return text, http.Header{"Idempotency-Key": {fmt.Sprint("jump ", n)}}
	}
	id := func(a answer) string {
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(a.body), &made); err != nil {
			t.Fatalf("%v\n%s", err, excerpt(a.body))
		}
		return made.ID
	}
	var ids []string
	for n, jump := range []time.Duration{0, 300, 0, -300, 300, -300, 0} {
		clock.off.Store(int64(jump * time.Second))
		text, key := body(n)
		made := id(author.postJSON(text, key).want(http.StatusCreated))
		if n > 0 && made <= ids[n-1] {
			t.Errorf("jump to %d s: id %s after %s", jump, made, ids[n-1])
		}
		ids = append(ids, made)
		for before := range n + 1 {
			text, key := body(before)
			if again := id(author.postJSON(text, key).want(http.StatusOK)); again != ids[before] {
				t.Errorf("jump to %d s: comment %d repeated is %s, was %s", jump, before, again, ids[before])
			}
		}
		voter.json(http.MethodPut, "/api/v1/comments/"+made+"/vote", `{"value":1}`).want(http.StatusOK)
		owner.get("/desk").want(http.StatusOK)
		h.browser().get("/c/" + made).want(http.StatusOK)
		page := "/s/" + h.story.ID.String() + "/the-dam-holds?order=newest"
		seen := func() bool {
			return strings.Contains(elsewhere.get(page).want(http.StatusOK).body, fmt.Sprintf("Comment number %d.", n))
		}
		for tries := 0; !seen(); tries++ {
			if tries == 300 {
				t.Fatalf("jump to %d s: the other process still shows what was before", jump)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}
