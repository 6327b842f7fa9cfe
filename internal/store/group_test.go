package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// line holds the turn to write and lets callers form a line behind it.
type line struct {
	t     *testing.T
	s     *store.Store
	leave chan bool
	done  sync.WaitGroup
	came  int
	head  error // what the one with the turn was told
}

// newLine takes the turn to write about the story of [share].
func newLine(t *testing.T, s *store.Store) *line { return newLines(t, s, 1, share) }

// newLines takes so many turns.
func newLines(t *testing.T, s *store.Store, turns int, write func(*store.Store, func(*store.Tx) error) error) *line {
	l := &line{t: t, s: s, leave: make(chan bool)}
	for range turns {
		inside := make(chan bool)
		l.done.Go(func() {
			err := write(s, func(*store.Tx) error { close(inside); <-l.leave; return nil })
			if err != nil {
				l.head = err
			}
		})
		<-inside
	}
	return l
}

// join adds a caller behind the others and returns once it waits.
func (l *line) join(f func()) {
	l.done.Go(f)
	l.came++
	for l.s.Waiting() < l.came {
		runtime.Gosched()
	}
}

// end lets the line through, waits for all, and returns what the one with the
// turn was told.
func (l *line) end() error {
	close(l.leave)
	l.done.Wait()
	return l.head
}

// share writes about one story, together with others who do.
func share(s *store.Store, f func(tx *store.Tx) error) error {
	return s.WriteUnder(ctx, epoch, "a story", func(_ ctxT, tx *store.Tx) error { return f(tx) })
}

func addStory(s *store.Store, site forum.ID, headline string) error {
	return share(s, func(tx *store.Tx) error {
		return tx.AddStory(ctx, forum.Story{SiteID: site, ID: storetest.ID(), Headline: headline, State: forum.StoryOpen})
	})
}

// headlines returns the stories in the order in which they were added.
func headlines(t *testing.T, s *store.Store) string {
	t.Helper()
	all, err := s.ReadText(ctx, `select headline from stories order by story_id`)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func TestGroup_sharesCommits(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(time.Minute)
		before := s.Commits()
		l := newLine(t, s)
		var want []string
		for i := range 16 {
			want = append(want, fmt.Sprintf("%02d", i))
			l.join(func() {
				if err := addStory(s, site.ID, want[i]); err != nil {
					t.Error(err)
				}
				// Acknowledged is on disk for others to read, whoever else is under way.
				if got := headlines(t, s); !strings.Contains(got, want[i]) {
					t.Errorf("acknowledged %s, there is %s", want[i], got)
				}
			})
		}
		if got := headlines(t, s); got != "" {
			t.Errorf("before the commit there is %s", got)
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		if got := headlines(t, s); got != strings.Join(want, " ") {
			t.Errorf("written in the order %s", got)
		}
		if n := s.Commits() - before; n != 1 {
			t.Errorf("17 transactions made %d commits", n)
		}
	})
}

func TestGroup_many(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	site := storetest.Site(t, s, "a")
	s.HoldBatches(time.Minute)
	before := s.Commits()
	l := newLine(t, s)
	for i := range 3 {
		write := s.Write
		if i == 1 {
			write = s.WriteMany
		}
		l.join(func() {
			if err := write(ctx, epoch, func(_ ctxT, tx *store.Tx) error { return tx.SetSite(ctx, site) }); err != nil {
				t.Error(err)
			}
		})
	}
	if err := l.end(); err != nil {
		t.Error(err)
	}
	if n := s.Commits() - before; n != 3 {
		t.Errorf("one before, one of many rows and one after made %d commits", n)
	}
}

// What one member does is its own affair: those before and behind it are kept.
func TestGroup_failuresStayApart(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(time.Minute)
		refused := errors.New("refused")
		taken := storetest.Account(t, s, site.ID, forum.RoleReader)
		must(t, s, func(tx *store.Tx) error { return tx.AddResult(ctx, site.ID, "taken", "d", 7) })
		before := s.Commits()
		add := func(tx *store.Tx, headline string) error {
			return tx.AddStory(ctx, forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: headline, State: forum.StoryOpen})
		}
		acts := []struct {
			name string
			f    func(tx *store.Tx) error
			want func(err error) bool
		}{
			{"a", func(tx *store.Tx) error { return add(tx, "a") }, func(err error) bool { return err == nil }},
			{"refused", func(tx *store.Tx) error { return errors.Join(add(tx, "x"), refused) }, func(err error) bool { return errors.Is(err, refused) }},
			{"b", func(tx *store.Tx) error { return add(tx, "b") }, func(err error) bool { return err == nil }},
			{"taken", func(tx *store.Tx) error { return errors.Join(add(tx, "x"), tx.AddSite(ctx, site)) }, func(err error) bool { return forum.IsKind(err, forum.Conflict) }},
			{"broken statement", func(tx *store.Tx) error {
				_ = add(tx, "x")
				_, _ = tx.WriteText(ctx, `select 'x' from nowhere`)
				if err := add(tx, "x"); err == nil {
					t.Error("a statement runs after one that failed")
				}
				return nil
			}, func(err error) bool { return err != nil && strings.Contains(err.Error(), "nowhere") }},
			{"what nobody waits for", func(tx *store.Tx) error {
				return errors.Join(add(tx, "x"), tx.AddAccount(ctx, taken, ""))
			}, func(err error) bool { return forum.IsKind(err, forum.Conflict) }},
			{"nothing", func(*store.Tx) error { return nil }, func(err error) bool { return err == nil }},
			{"refused at once", func(*store.Tx) error { return refused }, func(err error) bool { return errors.Is(err, refused) }},
			{"late and last", func(tx *store.Tx) error { return tx.MoveResult(ctx, site.ID, "taken", 6, 8) }, func(err error) bool { return errors.Is(err, store.ErrClaimed) }},
			{"panic", func(tx *store.Tx) error { _ = add(tx, "x"); panic("a bug in a verb") }, nil},
			{"goexit", func(tx *store.Tx) error { _ = add(tx, "x"); runtime.Goexit(); return nil }, nil},
			{"c", func(tx *store.Tx) error { return add(tx, "c") }, func(err error) bool { return err == nil }},
		}
		l := newLine(t, s)
		var panics any
		for _, act := range acts {
			l.join(func() {
				if act.name == "panic" {
					defer func() { panics = recover() }()
				}
				if err := share(s, act.f); act.want == nil || !act.want(err) {
					t.Errorf("%s: %v", act.name, err)
				}
			})
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		if panics != "a bug in a verb" {
			t.Errorf("its caller saw the panic %v", panics)
		}
		if got := headlines(t, s); got != "a b c" {
			t.Errorf("kept: %s", got)
		}
		if n := s.Commits() - before; n != 1 {
			t.Errorf("%d commits", n)
		}
	})
}

// When the commit fails, nobody in it is told that all is well, nor anything else
// that was true only there.
func TestGroup_failedCommitFailsAll(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(time.Minute)
		l := newLine(t, s)
		acts := []func(tx *store.Tx) error{
			func(tx *store.Tx) error {
				return tx.AddStory(ctx, forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: "x", State: forum.StoryOpen})
			},
			func(tx *store.Tx) error {
				if s.Engine() == "postgres" {
					_, err := tx.WriteText(ctx, `create temporary table deferred (n integer unique deferrable initially deferred) on commit drop`)
					if err == nil {
						_, err = tx.WriteText(ctx, `insert into deferred values (1), (1)`)
					}
					return err
				}
				// A broken reference that SQLite looks at when it commits.
				if _, err := tx.WriteText(ctx, `pragma defer_foreign_keys = on`); err != nil {
					return err
				}
				return tx.AddStory(ctx, forum.Story{SiteID: 12345, ID: storetest.ID(), Headline: "y", State: forum.StoryOpen})
			},
			func(*store.Tx) error { return forum.Fail(forum.Conflict, "error.conflict") },
		}
		for i, act := range acts {
			l.join(func() {
				if err := share(s, act); err == nil || forum.IsKind(err, forum.Conflict) || !strings.Contains(err.Error(), "commit") {
					t.Errorf("act %d: %v", i, err)
				}
			})
		}
		if err := l.end(); err == nil {
			t.Error("the head of the line was told that it is kept")
		}
		if got := headlines(t, s); got != "" {
			t.Errorf("kept: %s", got)
		}
		if err := addStory(s, site.ID, "z"); err != nil {
			t.Errorf("the next: %v", err)
		}
	})
}

func TestGroup_cancelled(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(time.Minute)
		l := newLine(t, s)
		gone, cancel := context.WithCancel(ctx)
		told := make(chan error, 1)
		l.join(func() { _ = addStory(s, site.ID, "a") })
		l.join(func() {
			told <- s.WriteUnder(gone, epoch, "a story", func(ctxT, *store.Tx) error { t.Error("it ran"); return nil })
		})
		l.join(func() { _ = addStory(s, site.ID, "b") })
		cancel()
		if err := <-told; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in the line: %v", err)
		}
		if err := l.end(); err != nil {
			t.Error(err)
		}
		if got := headlines(t, s); got != "a b" {
			t.Errorf("kept: %s", got)
		}
		// The end of a context that f brings along is not the batch's end.
		err := s.Write(ctx, epoch, func(_ ctxT, tx *store.Tx) error {
			return tx.AddStory(gone, forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: "c", State: forum.StoryOpen})
		})
		if err != nil {
			t.Errorf("with a context that has ended: %v", err)
		}
	})
}

func TestWrite_takesTooLong(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		s.HoldBatches(0)
		if err := addStory(s, site.ID, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("beyond its time: %v", err)
		}
		s.HoldBatches(time.Minute)
		if err := addStory(s, site.ID, "b"); err != nil || headlines(t, s) != "b" {
			t.Errorf("the next: %v, kept %s", err, headlines(t, s))
		}
	})
}

func TestWrite_crowded(t *testing.T) {
	for engine, turns := range map[string]int{"sqlite": 1, "postgres": 2} {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			if engine == "postgres" {
				url += "&pool_max_conns=4" // half of them write
			}
			s, err := store.Open(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.Queue(1, time.Minute)
			l := newLines(t, s, turns, try)
			l.join(func() {
				if err := try(s, func(*store.Tx) error { return nil }); err != nil {
					t.Errorf("the one that waits: %v", err)
				}
			})
			wantCrowded(t, "no room", try(s, func(*store.Tx) error { t.Error("it ran"); return nil }))
			if err := l.end(); err != nil {
				t.Error(err)
			}
			s.Queue(1, time.Millisecond)
			l = newLines(t, s, turns, try)
			wantCrowded(t, "no turn", try(s, func(*store.Tx) error { t.Error("it ran"); return nil }))
			if err := l.end(); err != nil {
				t.Error(err)
			}
			if err := try(s, func(*store.Tx) error { return nil }); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func wantCrowded(t *testing.T, what string, err error) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != forum.Unavailable || e.RetryAfter <= 0 {
		t.Errorf("%s: %v", what, err)
	}
}

func TestWrite_readsDoNotWait(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		must(t, s, func(tx *store.Tx) error {
			site.Name = "another"
			if err := tx.SetSite(ctx, site); err != nil {
				return err
			}
			if got, err := s.Site(ctx, site.ID); err != nil || got.Name != "a" {
				t.Errorf("while a transaction is open: %q, %v", got.Name, err)
			}
			return nil
		})
	})
}

func TestWrite_inside(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		err := s.Write(ctx, epoch, func(ctx ctxT, _ *store.Tx) error {
			return s.Write(ctx, epoch, func(ctxT, *store.Tx) error { t.Error("it ran"); return nil })
		})
		if err == nil {
			t.Error("a transaction began inside a transaction")
		}
	})
}

// A text whose rows are being read can be run again meanwhile, statements beyond
// those a connection keeps work like any other, and so do kept ones after the
// schema has changed.
func TestPrepared(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	again := `select site_id from sites`
	store.Keep(again)
	storetest.Site(t, s, "a")
	must(t, s, func(tx *store.Tx) error {
		rows := 0
		return errors.Join(tx.Run(ctx, again, nil, func() {
			rows++
			if err := tx.Run(ctx, again, nil, func() { rows++ }); err != nil || rows != 2 {
				t.Errorf("within itself: %d rows, %v", rows, err)
			}
		}), tx.Run(ctx, again, nil, func() { rows++ }))
	})
	var reads []string
	for _, text := range store.Statements() {
		if strings.HasPrefix(text, "select") {
			reads = append(reads, text)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(reads)))) <= store.MaxPrepared {
		t.Fatalf("only %d reads", len(reads))
	}
	for range 2 {
		must(t, s, func(tx *store.Tx) error {
			for _, text := range reads {
				if err := tx.Run(ctx, text, arguments(text), func() {}); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
			_, err := tx.WriteText(ctx, `alter table sites rename column created_at to made_at`)
			if err == nil {
				err = tx.Run(ctx, again, nil, func() {})
			}
			return errors.Join(err, tx.Run(ctx, `alter table sites rename column made_at to created_at`, nil, func() {}))
		})
	}
	if n, err := s.Prepared(); err != nil || n != store.MaxPrepared {
		t.Errorf("%d statements are kept, %v", n, err)
	}
}
