package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// unit is what systemd is to parley serve: it holds the listener, starts the
// process, hears from it and stops it.
type unit struct {
	t      *testing.T
	folder string
	socket *os.File
	notice *net.UnixConn
	run    *exec.Cmd
	stderr bytes.Buffer
}

// newUnit makes a database and the socket that outlives every process.
func newUnit(t *testing.T) (u *unit, story string, address string) {
	t.Helper()
	u = &unit{t: t, folder: t.TempDir()}
	story = addPaper(t, filepath.Join(u.folder, "parley.db"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if u.socket, err = l.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	// The copy is all that is left, and nobody accepts on it here.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.socket.Close() })
	path := filepath.Join(u.folder, "notify")
	if u.notice, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.notice.Close() })
	return u, story, address
}

// addPaper puts a site and a story into a database, which may be written to as fast
// as one likes, and returns the story's id.
func addPaper(t *testing.T, database string) string {
	t.Helper()
	s, err := store.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	d := desk.New(s, time.Now)
	settings := demoSettings()
	settings.HoldFirst = false
	settings.NamelessPace, settings.ReaderPace = forum.Pace{}, forum.Pace{}
	site, err := d.AddSite(t.Context(), "main", "Main", settings)
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := d.PutStory(t.Context(), site, desk.Article{Headline: "The dam holds", ExternalID: "dam"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return x.ID.String()
}

// start starts the program and waits until it says that it is ready.
func (u *unit) start(watchdog time.Duration) {
	u.t.Helper()
	self, err := os.Executable()
	if err != nil {
		u.t.Fatal(err)
	}
	program := filepath.Join(u.folder, "parley")
	if err := os.Symlink(self, program); err != nil && !os.IsExist(err) {
		u.t.Fatal(err)
	}
	// Only the process itself knows its number, which systemd says to it.
	u.run = exec.Command("/bin/sh", "-c", `export LISTEN_PID=$$; exec "$0" "$@"`, program,
		"serve", "--db", filepath.Join(u.folder, "parley.db"), "--rate-limits", "off", "--drain", "100ms", "--log-level", "warn")
	u.run.Dir = u.folder
	u.run.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=parley.socket",
		"NOTIFY_SOCKET="+filepath.Join(u.folder, "notify"), fmt.Sprintf("WATCHDOG_USEC=%d", watchdog.Microseconds()))
	u.run.ExtraFiles = []*os.File{u.socket}
	u.run.Stderr = &u.stderr
	if err := u.run.Start(); err != nil {
		u.t.Fatal(err)
	}
	u.hear(notifyReady)
}

// hear waits until the process says something, whatever else it says before.
func (u *unit) hear(want string) {
	u.t.Helper()
	if err := u.notice.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		u.t.Fatal(err)
	}
	b := make([]byte, 4096)
	for {
		n, err := u.notice.Read(b)
		if err != nil {
			u.t.Fatalf("waiting for %s: %v\n%s", want, err, u.stderr.String())
		}
		if string(b[:n]) == want {
			return
		}
	}
}

// stop tells the process to end and waits until it has.
func (u *unit) stop() {
	u.t.Helper()
	if err := u.run.Process.Signal(syscall.SIGTERM); err != nil {
		u.t.Fatal(err)
	}
	u.hear(notifyStopping)
	if err := u.run.Wait(); err != nil {
		u.t.Errorf("the process ended with %v", err)
	}
}

// crowd reads and writes without a pause and without trying anything twice.
type crowd struct {
	base, story string
	asked       atomic.Int64
	mu          sync.Mutex
	posted      map[string]bool // ids of comments that were acknowledged
	failed      []string
}

func (c *crowd) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, fmt.Sprintf(format, args...))
}

// member is one of the crowd. One that keeps its connection does as browsers and
// proxies do; the other opens one for each request.
func (c *crowd) member(ctx context.Context, name string, keeps, writes bool) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: !keeps}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for i := 0; ctx.Err() == nil; i++ {
		if writes {
			c.post(client, fmt.Sprintf("%s-%d", name, i))
		} else {
			c.read(client)
		}
		c.asked.Add(1)
	}
}

func (c *crowd) read(client *http.Client) {
	res, err := client.Get(c.base + "/s/" + c.story + "/the-dam-holds")
	if err != nil {
		c.fail("read: %v", err)
		return
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
		c.fail("read: %d, %v", res.StatusCode, err)
	}
}

func (c *crowd) post(client *http.Client, key string) {
	body := fmt.Sprintf(`{"story":%q,"byline":"none","text":"The comment %s."}`, c.story, key)
	req, err := http.NewRequest(http.MethodPost, c.base+"/api/v1/comments", strings.NewReader(body))
	if err != nil {
		c.fail("post: %v", err)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	res, err := client.Do(req)
	if err != nil {
		c.fail("post: %v", err)
		return
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var answer struct{ ID string }
	if err != nil || res.StatusCode != http.StatusCreated || json.Unmarshal(text, &answer) != nil || answer.ID == "" {
		c.fail("post: %d, %v\n%s", res.StatusCode, err, text)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.posted[answer.ID] {
		c.failed = append(c.failed, "two requests got the comment "+answer.ID)
	}
	c.posted[answer.ID] = true
}

// TestRestart stops and starts the server again and again under a crowd: no request
// fails, and every acknowledged comment is there once. PARLEY_SOAK does it 200 times.
func TestRestart(t *testing.T) {
	rounds, each := 5, int64(40)
	if os.Getenv("PARLEY_SOAK") != "" {
		rounds = 200
	}
	u, story, address := newUnit(t)
	c := &crowd{base: "http://" + address, story: story, posted: map[string]bool{}}
	ctx, stop := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	for i := range 4 {
		crowd.Go(func() { c.member(ctx, fmt.Sprint("member", i), i%2 == 0, i < 2) })
	}
	for range rounds {
		u.start(0)
		for at := c.asked.Load(); c.asked.Load() < at+each && !t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		u.stop()
	}
	u.start(0)
	stop()
	crowd.Wait()
	u.stop()
	for _, f := range c.failed {
		t.Error(f)
	}
	t.Logf("%d restarts, %d requests, %d comments", rounds, c.asked.Load(), len(c.posted))
	u.count(c.posted)
}

// count looks for every acknowledged comment in the database, and for others.
func (u *unit) count(want map[string]bool) {
	u.t.Helper()
	countPosted(u.t, filepath.Join(u.folder, "parley.db"), want)
}

// countPosted looks for every acknowledged comment in a database, and for others.
func countPosted(t *testing.T, database string, want map[string]bool) {
	t.Helper()
	s, err := store.Open(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site, err := forum.SiteID("main")
	if err != nil {
		t.Fatal(err)
	}
	stories, err := s.Stories(context.Background(), site, "", store.StoryCursor{}, 1)
	if err != nil || len(stories) != 1 {
		t.Fatalf("%d stories, %v", len(stories), err)
	}
	if stories[0].Comments != len(want) {
		t.Errorf("%d comments, %d were acknowledged", stories[0].Comments, len(want))
	}
	for text := range want {
		id, err := forum.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Comment(context.Background(), site, id); err != nil {
			t.Errorf("comment %s: %v", text, err)
		}
	}
}

// TestWatchdog hears a sign of life as often as was asked for.
func TestWatchdog(t *testing.T) {
	u, _, _ := newUnit(t)
	u.start(100 * time.Millisecond)
	for range 3 {
		u.hear(notifyAlive)
	}
	u.stop()
}
