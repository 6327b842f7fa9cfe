package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// diary notes which sites a task was run for, and when.
type diary struct {
	mu    sync.Mutex
	begin time.Time
	lines []string
}

func (d *diary) note(site forum.Site) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, time.Since(d.begin).String()+" "+site.Slug)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, ", ")
}

func twoSites(context.Context) ([]forum.Site, error) {
	return []forum.Site{{Slug: "one"}, {Slug: "two"}}, nil
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs a runner in the bubble of a synctest and returns what ends it.
func start(r *Runner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	return func() { cancel(); <-ended }
}

func TestRunner_everySiteWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		r := &Runner{log: silent(), sites: twoSites, tasks: []task{{"note", 10 * time.Second, func(_ context.Context, _ *desk.Desk, s forum.Site) error {
			d.note(s)
			return nil
		}}}}
		stop := start(r)
		time.Sleep(25 * time.Second)
		stop()
		time.Sleep(time.Hour)
		if want := "0s one, 0s two, 10s one, 10s two, 20s one, 20s two"; d.String() != want {
			t.Errorf("ran %s, want %s", d, want)
		}
	})
}

func TestRunner_failureStaysWithItsSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{begin: time.Now()}
		var log bytes.Buffer
		r := &Runner{log: slog.New(slog.NewTextHandler(&log, nil)), sites: twoSites, tasks: []task{{"note", time.Minute, func(_ context.Context, _ *desk.Desk, s forum.Site) error {
			if s.Slug == "one" {
				return errors.New("no paper")
			}
			d.note(s)
			return nil
		}}}}
		stop := start(r)
		time.Sleep(90 * time.Second)
		stop()
		if want := "0s two, 1m0s two"; d.String() != want {
			t.Errorf("ran %s, want %s", d, want)
		}
		if n := strings.Count(log.String(), `job=note site=one error="no paper"`); n != 2 {
			t.Errorf("%d failures in the log, want 2:\n%s", n, log.String())
		}
	})
}

func TestRunner_slowTaskNeverOverlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, most, rounds := 0, 0, 0
		var mu sync.Mutex
		r := &Runner{log: silent(), sites: func(context.Context) ([]forum.Site, error) { return []forum.Site{{}}, nil }, tasks: []task{{
			"slow", 10 * time.Second, func(context.Context, *desk.Desk, forum.Site) error {
				mu.Lock()
				running++
				rounds++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(35 * time.Second)
				mu.Lock()
				running--
				mu.Unlock()
				return nil
			},
		}}}
		stop := start(r)
		time.Sleep(2 * time.Minute)
		stop()
		if most != 1 || rounds != 4 {
			t.Errorf("%d at once and %d rounds, want 1 and 4", most, rounds)
		}
	})
}

func TestRunner_waitsForWorkUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		finished := false
		r := &Runner{log: silent(), sites: twoSites, tasks: []task{{"slow", time.Hour, func(_ context.Context, _ *desk.Desk, s forum.Site) error {
			time.Sleep(time.Minute)
			finished = s.Slug == "one"
			return nil
		}}}}
		stop := start(r)
		time.Sleep(time.Second)
		stop()
		if !finished {
			t.Error("Run returned before the task it had begun, or went on to the next site")
		}
	})
}

// TestTimetable runs what is really on the timetable against a real database.
func TestTimetable(t *testing.T) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	d := desk.New(s, func() time.Time { return now })
	settings := forum.DefaultSettings()
	settings.HoldFirst = false
	site, err := d.AddSite(ctx, "main", "Main", settings)
	if err != nil {
		t.Fatal(err)
	}
	story, _, err := d.PutStory(ctx, site, desk.Article{Headline: "One", ExternalID: "one"})
	if err != nil {
		t.Fatal(err)
	}
	posted, err := d.Post(ctx, site, forum.Actor{}, desk.Draft{Story: story.ID, Byline: forum.BylineNone, Text: "Hello."})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Vote(ctx, site, forum.Actor{}, posted.Comment.ID, forum.VoteUp); err != nil {
		t.Fatal(err)
	}
	now = now.Add(365 * 24 * time.Hour)
	r := New(d, slog.New(slog.NewTextHandler(testWriter{t}, nil)))
	for _, x := range r.tasks {
		r.round(ctx, x)
	}
	shown, err := s.Comment(ctx, site.ID, posted.Comment.ID)
	if err != nil || shown.ShownUp != 1 || shown.Score == 0 {
		t.Errorf("shown votes %d, score %v, %v; want 1 and more than 0", shown.ShownUp, shown.Score, err)
	}
	now = now.Add(-365 * 24 * time.Hour)
	if _, err := d.Authenticate(ctx, site, posted.Grant.Token); !forum.IsKind(err, forum.Unauthorised) {
		t.Errorf("a session that ended a year ago is still there: %v", err)
	}
}

// testWriter fails the test that its log line belongs to.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Errorf("logged: %s", b)
	return len(b), nil
}
