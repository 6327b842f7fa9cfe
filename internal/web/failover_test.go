package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// soaking reports whether tests of endurance run as long as they are meant to.
func soaking() bool { return os.Getenv("PARLEY_SOAK") != "" }

// failoverRounds is how often the server that takes writes is killed.
func failoverRounds() int {
	if soaking() {
		return 50
	}
	return 1
}

// TestFailover kills the PostgreSQL that takes writes, again and again, while
// clients post. With a synchronous follower nothing that was acknowledged is lost.
// PARLEY_SOAK does it 50 times.
func TestFailover(t *testing.T) {
	storetest.NoRace(t)
	lost, all := failovers(t, true)
	if lost != 0 {
		t.Errorf("%d of %d acknowledged comments are lost", lost, all)
	}
}

// TestFailover_asynchronous says how much is lost when the follower is not waited
// for. Only PARLEY_SOAK does it.
func TestFailover_asynchronous(t *testing.T) {
	if !soaking() {
		t.Skip("it proves nothing, it measures")
	}
	failovers(t, false)
}

func failovers(t *testing.T, synchronous bool) (lost, all int) {
	pair := pgtest.OpenPair(t, synchronous)
	h := houseAt(t, store.Places{URL: pair.URL()})
	l := newLedger(h, 4)
	l.reach(20)
	for range failoverRounds() {
		pair.Kill()
		l.waitReady(http.StatusServiceUnavailable)
		pair.Promote()
		if synchronous {
			pair.Follow() // until then nothing is acknowledged
			l.reach(20)
		} else {
			l.reach(20)
			pair.Follow()
		}
		l.waitReady(http.StatusOK)
	}
	l.stop()
	lost = l.compare()
	t.Logf("%d failovers, synchronous %v: %d comments acknowledged, %d of them lost, %d answers 503, %d not ready",
		failoverRounds(), synchronous, len(l.acknowledged), lost, l.refused.Load(), l.unready.Load())
	return lost, len(l.acknowledged)
}

// ledger is clients that post until each comment is acknowledged, repeating it
// under its key, and what they were told.
type ledger struct {
	*house
	running sync.WaitGroup
	ended   atomic.Bool
	refused atomic.Int64 // answers 503
	unready atomic.Int64 // of /readyz

	mu           sync.Mutex
	acknowledged map[string]string // ids of comments by their text
	tried        map[string]bool   // texts
}

func newLedger(h *house, clients int) *ledger {
	l := &ledger{house: h, acknowledged: map[string]string{}, tried: map[string]bool{}}
	for n := range clients {
		l.running.Go(func() { l.write(n) })
	}
	l.running.Go(l.read)
	return l
}

func (l *ledger) client() *http.Client {
	jar, _ := cookiejar.New(nil) // without options there is no error
	return &http.Client{Jar: jar, Timeout: time.Minute}
}

// write is one client that posts.
func (l *ledger) write(n int) {
	c := l.client()
	for i := 0; !l.ended.Load() && !l.t.Failed(); i++ {
		text := fmt.Sprintf("Comment %d of client %d.", i, n)
		l.mu.Lock()
		l.tried[text] = true
		l.mu.Unlock()
		for !l.ended.Load() && !l.t.Failed() && !l.post(c, text) {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// post tries to post once; true: it was acknowledged.
func (l *ledger) post(c *http.Client, text string) bool {
	body := fmt.Sprintf(`{"story":%q,"byline":"none","text":%q}`, l.story.ID, text)
	req, err := http.NewRequest(http.MethodPost, l.server.URL+"/api/v1/comments", strings.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", text)
	status, answer := l.ask(c, req)
	if status != http.StatusOK && status != http.StatusCreated {
		return false
	}
	var made struct{ ID string }
	if err := json.Unmarshal(answer, &made); err != nil || made.ID == "" {
		l.t.Errorf("%v: %s", err, answer)
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged[text] = made.ID
	return true
}

// read is one client that reads.
func (l *ledger) read() {
	c := l.client()
	for !l.ended.Load() && !l.t.Failed() {
		req, err := http.NewRequest(http.MethodGet, l.server.URL+"/s/"+l.story.ID.String()+"/x", nil)
		if err != nil {
			l.t.Error(err)
			return
		}
		l.ask(c, req)
		time.Sleep(20 * time.Millisecond)
	}
}

// ask fails the test unless the answer is a good one or 503 with the time to try
// again.
func (l *ledger) ask(c *http.Client, req *http.Request) (int, []byte) {
	res, err := c.Do(req)
	if err != nil {
		l.t.Error(err)
		return 0, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		l.t.Error(err)
	case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
		l.refused.Add(1)
	case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated:
		l.t.Errorf("%s %s: %d\n%s", req.Method, req.URL.Path, res.StatusCode, excerpt(string(body)))
	}
	return res.StatusCode, body
}

// patience bounds every wait for something to happen.
const patience = 2 * time.Minute

// reach waits until so many more comments are acknowledged.
func (l *ledger) reach(more int) {
	l.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.acknowledged)
	}
	want := count() + more
	l.await(fmt.Sprintf("%d acknowledgements", want), func() bool { return count() >= want })
}

// waitReady waits until /readyz answers who wants to write so.
func (l *ledger) waitReady(want int) {
	l.t.Helper()
	c := l.client()
	l.await(fmt.Sprintf("/readyz %d", want), func() bool {
		res, err := c.Get(l.server.URL + readyPath + "?for=writes")
		if err != nil {
			l.t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusServiceUnavailable {
			l.unready.Add(1)
		}
		return res.StatusCode == want
	})
}

func (l *ledger) await(what string, there func() bool) {
	l.t.Helper()
	for deadline := time.Now().Add(patience); !there(); time.Sleep(20 * time.Millisecond) {
		if l.t.Failed() {
			l.t.FailNow()
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("no %s within %s", what, patience)
		}
	}
}

// stop lets every client finish.
func (l *ledger) stop() {
	l.ended.Store(true)
	l.running.Wait()
}

// compare looks at every comment there is: it was tried, is there once and has the
// id that was acknowledged. It returns how many acknowledged ones are missing.
func (l *ledger) compare() (lost int) {
	l.t.Helper()
	there := l.comments()
	for text, ids := range there {
		if first, known := l.acknowledged[text]; !l.tried[text] || len(ids) != 1 || known && first != ids[0] {
			l.t.Errorf("%q is there as %v, acknowledged as %q", text, ids, first)
		}
	}
	for text := range l.acknowledged {
		if len(there[text]) == 0 {
			lost++
		}
	}
	return lost
}

// comments returns the ids of all visible comments of the story by their text.
func (l *ledger) comments() map[string][]string {
	l.t.Helper()
	there := map[string][]string{}
	for after := forum.ID(0); ; {
		page, err := l.store.Flat(context.Background(), l.site.ID, l.story.ID, forum.Oldest, after, 500)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, c := range page {
			there[c.Source] = append(there[c.Source], c.ID.String())
			after = c.ID
		}
		if len(page) == 0 {
			return there
		}
	}
}
