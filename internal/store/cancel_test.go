package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// Ten thousand requests go away at random moments in the middle of reads and
// writes. The connections must stay sound: no answer of one request reaches
// another, no interruption leaks into the next call, no acknowledged write is
// lost, and the file is whole.
func TestCancel_connectionsStaySound(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		requests := 10_000
		if storetest.Race {
			requests = 500
		}
		if s.Engine() == "postgres" || testing.Short() {
			requests = min(requests, 300) // a cancelled PostgreSQL query costs a connection
		}
		h := newHammer(t, s)
		var group sync.WaitGroup
		var next atomic.Int64
		for worker := range 8 {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			group.Go(func() {
				for next.Add(1) <= int64(requests) && !t.Failed() {
					h.request(random)
					if random.IntN(4) == 0 {
						h.canary(random)
					}
				}
			})
		}
		group.Wait()
		h.check()
	})
}

// hammer is a discussion under fire.
type hammer struct {
	t        *testing.T
	s        *store.Store
	w        world
	comments []forum.Comment
	cut, all atomic.Int64 // requests that were cut off, and all
	mu       sync.Mutex
	written  []forum.ID // stories whose writing was acknowledged
}

func newHammer(t *testing.T, s *store.Store) *hammer {
	h := &hammer{t: t, s: s, w: newWorld(t, s, "a")}
	h.comments = storetest.Grow(t, s, h.w.story, h.w.author.ID, 400, func(i int) int { return i/2 - 1 })
	return h
}

// request reads or writes and is cancelled at a random moment, or never.
func (h *hammer) request(random *rand.Rand) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if random.IntN(5) > 0 {
		timer := time.AfterFunc(time.Duration(random.IntN(1200))*time.Microsecond, cancel)
		defer timer.Stop()
	}
	h.all.Add(1)
	err := h.act(ctx, random)
	if err == nil {
		return
	}
	h.cut.Add(1)
	if ctx.Err() == nil {
		h.t.Errorf("a request that nobody cancelled fails: %v", err)
	}
}

func (h *hammer) act(ctx context.Context, random *rand.Rand) error {
	switch random.IntN(12) {
	case 0, 6, 7:
		_, err := h.s.Flat(ctx, h.w.site.ID, h.w.story.ID, forum.Newest, 0, 100)
		return err
	case 1, 8:
		_, err := h.s.FirstReplies(ctx, h.w.site.ID, idsOf(h.comments[:50]), 3)
		return err
	case 2, 9, 10:
		_, err := h.s.Comment(ctx, h.w.site.ID, h.comments[random.IntN(400)].ID)
		return err
	case 3:
		_, err := h.s.Recount(ctx, h.w.site.ID)
		return err
	case 4:
		return h.s.Write(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.SetVote(ctx, h.w.site.ID, h.comments[random.IntN(400)].ID, h.w.reader.ID, forum.Vote(random.IntN(3)-1))
			return err
		})
	}
	return h.addStory(ctx)
}

// addStory remembers what was acknowledged.
func (h *hammer) addStory(ctx context.Context) error {
	story := forum.Story{SiteID: h.w.site.ID, ID: storetest.ID(), State: forum.StoryOpen}
	err := h.s.Write(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddStory(ctx, story); err != nil {
			return err
		}
		return tx.AddAlias(ctx, story.SiteID, story.ID.String(), story.ID)
	})
	if err == nil {
		h.mu.Lock()
		h.written = append(h.written, story.ID)
		h.mu.Unlock()
	}
	return err
}

// canary asks what has one right answer.
func (h *hammer) canary(random *rand.Rand) {
	i := random.IntN(400)
	c, err := h.s.Comment(context.Background(), h.w.site.ID, h.comments[i].ID)
	if err != nil || c.ID != h.comments[i].ID || c.Source != fmt.Sprint(i) {
		h.t.Errorf("canary: comment %d reads as %q, %v", i, c.Source, err)
	}
	page, err := h.s.Flat(context.Background(), h.w.site.ID, h.w.story.ID, forum.Oldest, h.comments[i].ID, 5)
	if err != nil || len(page) != min(5, 399-i) {
		h.t.Errorf("canary: %d comments after %d, %v", len(page), i, err)
	}
}

func (h *hammer) check() {
	if cut := h.cut.Load(); cut*20 < h.all.Load() {
		h.t.Errorf("only %d of %d requests were cut off", cut, h.all.Load())
	}
	for _, id := range h.written {
		if _, err := h.s.StoryByURLKey(ctx, h.w.site.ID, id.String()); err != nil {
			h.t.Errorf("an acknowledged story is lost: %v", err)
		}
	}
	lost, err := h.s.ReadText(ctx, `select cast(count(*) as text) from stories s where s.site_id = $1 and s.headline = ''
		and not exists (select 1 from story_aliases a where a.site_id = s.site_id and a.story_id = s.story_id)`, h.w.site.ID)
	if err != nil || strings.Join(lost, "") != "0" {
		h.t.Errorf("%s stories were written by half, %v", lost, err)
	}
	if damage, err := h.s.Damage(ctx); err != nil || len(damage) > 0 {
		h.t.Errorf("damage: %v, %v", damage, err)
	}
	storetest.CheckCounters(h.t, h.s, h.w.site.ID)
}

func TestCancel_isTold(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Site(gone, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled read says %v", err)
		}
	})
}
