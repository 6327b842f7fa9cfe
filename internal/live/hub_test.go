package live

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/forum"
)

// shelf is a source whose stories a test sets.
type shelf struct {
	mu    sync.Mutex
	moves map[forum.ID]forum.Move
}

func (s *shelf) Moves(_ context.Context, site forum.ID, stories []forum.ID) ([]forum.Move, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []forum.Move
	for _, id := range stories {
		if m, ok := s.moves[id]; ok && m.SiteID == site {
			out = append(out, m)
		}
	}
	return out, nil
}

func (s *shelf) put(m forum.Move) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moves[m.StoryID] = m
}

// stage is a running hub in a bubble of its own time.
type stage struct {
	*Hub
	t     *testing.T
	shelf *shelf
	stop  context.CancelFunc
	ended chan struct{}
}

// play runs f with a hub that has limits.
func play(t *testing.T, limits Limits, f func(*stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, shelf: &shelf{moves: map[forum.ID]forum.Move{}}, ended: make(chan struct{})}
		s.Hub = New(s.shelf, limits, time.Now, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		s.stop = stop
		go func() { defer close(s.ended); s.Run(ctx) }()
		f(s)
		stop()
		<-s.ended
		synctest.Wait()
		if n := s.Figures().Streams; n != 0 {
			t.Errorf("%d streams are left at the end", n)
		}
	})
}

// reader is somebody who follows a topic and keeps what it hears.
type reader struct {
	stage *stage
	mu    sync.Mutex
	got   strings.Builder
	done  chan struct{}
	leave context.CancelFunc
}

func (s *stage) reader(to Topic, from Start) *reader {
	s.t.Helper()
	stream, err := s.Follow(to, "net")
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, leave := context.WithCancel(s.t.Context())
	r := &reader{stage: s, done: make(chan struct{}), leave: leave}
	go func() {
		defer close(r.done)
		stream.Pass(ctx, from, func(b []byte) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got.Write(b)
			return nil
		})
	}()
	synctest.Wait()
	return r
}

// all returns everything heard that was not asked for yet.
func (r *reader) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got.String()
}

// heard returns the events since the last call, without how long to wait before
// coming back and the signs of life.
func (r *reader) heard() string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	var kept []string
	for part := range strings.SplitAfterSeq(r.got.String(), "\n\n") {
		if part != "" && part != heartbeat && !strings.HasPrefix(part, "retry:") {
			kept = append(kept, part)
		}
	}
	r.got.Reset()
	return strings.Join(kept, "")
}

func (r *reader) wants(what, want string) {
	r.stage.t.Helper()
	if got := r.heard(); got != want {
		r.stage.t.Errorf("%s: heard %q, want %q", what, got, want)
	}
}

// told is a signal as the story's own stream tells it.
func told(story forum.ID, revision int64, comments int) string {
	return fmt.Sprintf("id: %d\n%s", revision, listed(story, revision, comments))
}

// listed is a signal as a front page is told it.
func listed(story forum.ID, revision int64, comments int) string {
	return fmt.Sprintf("data: {\"story\":%q,\"revision\":%d,\"count\":%d}\n\n", story.String(), revision, comments)
}

func move(story forum.ID, revision int64, comments int) []forum.Move {
	return []forum.Move{{SiteID: 1, StoryID: story, Revision: revision, Comments: comments, Listed: true}}
}

const site, story, other = forum.ID(1), forum.ID(7), forum.ID(8)

var roomy = Limits{Network: 100, Site: 100}

func TestHub_tells(t *testing.T) {
	play(t, roomy, func(s *stage) {
		on := s.reader(Topic{Site: site, Story: story}, Start{Now: Signal{story, 4, 2}, Known: 4})
		late := s.reader(Topic{Site: site, Story: story}, Start{Now: Signal{story, 4, 2}, Known: 3})
		elsewhere := s.reader(Topic{Site: site, Story: other}, Start{Now: Signal{other, 1, 0}, Known: 1})
		foreign := s.reader(Topic{Site: 2, Story: story}, Start{Now: Signal{story, 1, 0}, Known: 1})
		front := s.reader(Topic{Site: site}, Start{})
		desk := s.reader(Topic{Site: site, Desk: true}, Start{})
		on.wants("nothing was missed", "")
		front.wants("at first", check)
		desk.wants("at first", check)
		late.wants("one revision was missed", told(story, 4, 2))

		s.Tell(move(story, 5, 3))
		on.wants("a comment", told(story, 5, 3))
		late.wants("a comment", told(story, 5, 3))
		front.wants("a comment", listed(story, 5, 3))
		desk.wants("a comment", check)

		time.Sleep(time.Second)
		s.Tell([]forum.Move{{SiteID: site, StoryID: story, Revision: 5, Comments: 3, Listed: true, Desk: true}})
		on.wants("a claim", "")
		front.wants("a claim", "")
		desk.wants("a claim", check)

		time.Sleep(time.Second)
		unlisted := move(story, 6, 4)
		unlisted[0].Listed = false
		s.Tell(unlisted)
		on.wants("a story only others embed", told(story, 6, 4))
		front.wants("a story only others embed", "")
		elsewhere.wants("another story", "")
		foreign.wants("another site", "")
	})
}

func TestHub_coalesces(t *testing.T) {
	play(t, roomy, func(s *stage) {
		r := s.reader(Topic{Site: site, Story: story}, Start{Now: Signal{story, 1, 0}, Known: 1})
		front := s.reader(Topic{Site: site}, Start{})
		for i := range int64(100) {
			s.Tell(move(story, 2+i, int(i)+1))
			time.Sleep(10 * time.Millisecond)
		}
		s.Tell(move(story, 50, 1)) // a commit of before, told late
		time.Sleep(time.Second)
		events := strings.Split(r.heard(), "\n\n")
		if n := len(events) - 1; n < 3 || n > 6 {
			t.Errorf("%d events in a second of 100 comments", n)
		}
		if last := events[len(events)-2] + "\n\n"; last != told(story, 101, 100) {
			t.Errorf("the last one is %q", last)
		}
		for i := range maxSignals + 5 {
			s.Tell(move(story+forum.ID(1+i), 2, 1))
		}
		time.Sleep(time.Second)
		if got := front.heard(); !strings.Contains(got, check) {
			t.Errorf("more stories moved than one tells: heard %q", got)
		}
	})
}

// TestHub_silentReader shows that one who does not read costs nobody anything.
func TestHub_silentReader(t *testing.T) {
	play(t, roomy, func(s *stage) {
		to := Topic{Site: site, Story: story}
		stream, err := s.Follow(to, "net")
		if err != nil {
			t.Fatal(err)
		}
		wake, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			stream.Pass(s.t.Context(), Start{}, func([]byte) error { <-wake; return nil })
		}()
		r := s.reader(to, Start{})
		for i := range int64(3 * queued) {
			s.Tell(move(story, 1+i, 1))
			time.Sleep(time.Second)
			r.wants("beside one who does not read", told(story, 1+i, 1))
		}
		if f := s.Figures(); f.Lost != 1 || f.Streams != 1 {
			t.Errorf("figures %+v", f)
		}
		close(wake)
		<-ended
	})
}

func TestHub_limits(t *testing.T) {
	play(t, Limits{Network: 2, Site: 3}, func(s *stage) {
		to := Topic{Site: site}
		follow := func(network string, want error) *Stream {
			t.Helper()
			stream, err := s.Follow(to, network)
			if err != want {
				t.Errorf("network %q: %v, want %v", network, err, want)
			}
			return stream
		}
		a, b := follow("a", nil), follow("a", nil)
		follow("a", ErrFull)
		c := follow("", nil)
		follow("b", ErrFull)
		b.End()
		b.End()
		d := follow("a", nil)
		for _, stream := range []*Stream{a, c, d} {
			stream.End()
		}
		if f := s.Figures(); f.Streams != 0 || f.Refused != 2 {
			t.Errorf("figures %+v", f)
		}
		s.stop()
		<-s.ended
		follow("a", ErrEnded)
	})
}

// TestHub_checks shows that what another process wrote is heard of although
// nobody told, and at once where there is doubt.
func TestHub_checks(t *testing.T) {
	play(t, roomy, func(s *stage) {
		s.shelf.put(move(story, 1, 0)[0])
		r := s.reader(Topic{Site: site, Story: story}, Start{Now: Signal{story, 1, 0}, Known: 1})
		front := s.reader(Topic{Site: site}, Start{})
		front.wants("at first", check)
		time.Sleep(2 * checkEvery)
		r.wants("nothing moved", "")
		s.shelf.put(move(story, 3, 2)[0])
		time.Sleep(checkEvery + time.Second)
		r.wants("another process wrote", told(story, 3, 2))
		s.shelf.put(move(story, 4, 3)[0])
		s.Doubt()
		r.wants("in doubt", told(story, 4, 3))
		if got := front.heard(); !strings.HasSuffix(got, check) {
			t.Errorf("a front page in doubt heard %q", got)
		}
		s.shelf.put(move(story, 5, 4)[0])
		s.Tell([]forum.Move{{SiteID: site, StoryID: story}})
		time.Sleep(time.Second)
		r.wants("moved without a revision", told(story, 5, 4))
		newer := s.reader(Topic{Site: site, Story: story}, Start{Now: Signal{story, 6, 5}, Known: 6})
		r.wants("somebody read more", told(story, 6, 5))
		time.Sleep(time.Second)
		newer.heard()
	})
}

func TestHub_end(t *testing.T) {
	play(t, roomy, func(s *stage) {
		r := s.reader(Topic{Site: site, Story: story}, Start{})
		desk := s.reader(Topic{Site: site, Desk: true}, Start{})
		time.Sleep(20 * time.Second)
		if beats := strings.Count(r.all(), heartbeat); beats != 1 {
			t.Errorf("%d signs of life in 20 s", beats)
		}
		time.Sleep(deskLife + 20*time.Second)
		<-desk.done
		leaver := s.reader(Topic{Site: site}, Start{})
		leaver.leave()
		<-leaver.done
		s.stop()
		<-r.done
		got := r.all()
		last := got[strings.LastIndex(strings.TrimSuffix(got, "\n\n"), "\n\n")+2:]
		var wait int64
		if _, err := fmt.Sscanf(last, "retry: %d\n\n", &wait); err != nil || wait < 500 || wait > 8000 {
			t.Errorf("the last words are %q (%v)", last, err)
		}
	})
}
