package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

var (
	ctx   = context.Background()
	epoch = storetest.Epoch
)

// wantKind fails the test unless err is a domain error of a kind and code.
func wantKind(t *testing.T, what string, err error, kind forum.Kind, code string) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// wantSame fails the test unless got is want.
func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// try runs f in a transaction at Epoch and returns its error.
func try(s *store.Store, f func(tx *store.Tx) error) error {
	return s.Write(ctx, epoch, func(_ context.Context, tx *store.Tx) error { return f(tx) })
}

// must runs f in a transaction at Epoch.
func must(t *testing.T, s *store.Store, f func(tx *store.Tx) error) {
	t.Helper()
	if err := try(s, f); err != nil {
		t.Fatal(err)
	}
}

func TestSites(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		a := storetest.Site(t, s, "zeta")
		id, _ := forum.SiteID("alpha")
		b := forum.Site{ID: id, Slug: "alpha", Name: "Гazette «Δ» 🙂", Settings: forum.DefaultSettings(), CreatedAt: epoch.Add(time.Hour)}
		b.Settings.Sections = []forum.Section{{Slug: "world", Name: "العالم"}}
		b.Settings.Origins = []string{"https://paper.example"}
		b.Settings.HoldFirst = false
		if err := s.Write(ctx, b.CreatedAt, func(ctx context.Context, tx *store.Tx) error { return tx.AddSite(ctx, b) }); err != nil {
			t.Fatal(err)
		}
		got, err := s.Site(ctx, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "site", got, b)
		all, err := s.Sites(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantSame(t, "sites, the oldest first", all, []forum.Site{a, b})

		wantKind(t, "second site of a slug", try(s, func(tx *store.Tx) error { return tx.AddSite(ctx, b) }), forum.Conflict, "error.siteExists")
		b.Name, b.Settings.MaxLength = "New", 7
		must(t, s, func(tx *store.Tx) error { return tx.SetSite(ctx, b) })
		got, _ = s.Site(ctx, b.ID)
		wantSame(t, "changed site", got, b)
		other, _ := s.Site(ctx, a.ID)
		wantSame(t, "other site", other, a)

		_, err = s.Site(ctx, 7)
		wantKind(t, "unknown site", err, forum.NotFound, "error.notFound")
		b.ID = 7
		wantKind(t, "set unknown site", try(s, func(tx *store.Tx) error { return tx.SetSite(ctx, b) }), forum.NotFound, "error.notFound")
	})
}

func TestWrite_allOrNothing(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		broken := errors.New("broken")
		story := forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: "x", State: forum.StoryOpen}
		err := try(s, func(tx *store.Tx) error {
			if err := tx.AddStory(ctx, story); err != nil {
				return err
			}
			if _, err := tx.Story(ctx, site.ID, story.ID); err != nil {
				t.Errorf("a transaction does not see its own write: %v", err)
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Errorf("Write returns %v", err)
		}
		_, err = s.Story(ctx, site.ID, story.ID)
		wantKind(t, "story of a failed transaction", err, forum.NotFound, "error.notFound")
	})
}

func TestWrite_panic(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		story := forum.Story{SiteID: site.ID, ID: storetest.ID(), Headline: "x", State: forum.StoryOpen}
		for range 20 { // more often than there are connections
			func() {
				defer func() {
					if recover() == nil {
						t.Error("the panic was swallowed")
					}
				}()
				_ = try(s, func(tx *store.Tx) error {
					if err := tx.AddStory(ctx, story); err != nil {
						t.Errorf("a connection is poisoned: %v", err)
					}
					panic("a bug in a verb")
				})
			}()
		}
		must(t, s, func(tx *store.Tx) error { return tx.AddStory(ctx, story) })
	})
}

func TestWrite_instant(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 5, 6, 7, 8, 9, 123_456_000, time.FixedZone("", 3600))
		err := s.Write(ctx, at, func(_ context.Context, tx *store.Tx) error {
			if !tx.Now.Equal(at) || tx.Now.Location() != time.UTC {
				t.Errorf("Now is %s", tx.Now)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		err = s.Write(gone, at, func(context.Context, *store.Tx) error { t.Error("a cancelled write ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled write: %v", err)
		}
	})
}

func TestWrite_waitingListens(t *testing.T) {
	s := storetest.Open(t, "sqlite")
	inside, leave := make(chan bool), make(chan bool)
	done := make(chan error)
	go func() {
		done <- try(s, func(*store.Tx) error { close(inside); <-leave; return nil })
	}()
	<-inside
	gone, cancel := context.WithCancel(ctx)
	waiting := make(chan error)
	go func() {
		waiting <- s.Write(gone, epoch, func(context.Context, *store.Tx) error { t.Error("it ran"); return nil })
	}()
	cancel()
	if err := <-waiting; !errors.Is(err, context.Canceled) {
		t.Errorf("a write cancelled while it waits: %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHostileText(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		for _, text := range []string{"\x00", "\xff\xfe", "a\xc3", "' or 1=1 --", strings.Repeat("x", 1<<16), "\ufeff", "🙂\u202e"} {
			_, err := s.StoryByURLKey(ctx, site.ID, text)
			if !forum.IsKind(err, forum.NotFound) && !forum.IsKind(err, forum.Invalid) {
				t.Errorf("%.10q is our fault: %v", text, err)
			}
			if _, _, err := s.Counts(ctx, site.ID, []string{text}, []string{text}); err != nil && !forum.IsKind(err, forum.Invalid) {
				t.Errorf("%.10q is our fault: %v", text, err)
			}
		}
	})
}

// ctxT is for functions that take a context they have no use for.
type ctxT = context.Context
