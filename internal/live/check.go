package live

import (
	"context"
	"log/slog"
	"time"

	"parley/internal/forum"
)

// keepChecking reads the stories followed again, now and then and when there is
// doubt, until ctx ends.
func (h *Hub) keepChecking(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.doubt:
		case <-tick.C:
		}
		h.check(ctx)
	}
}

// check tells what moved of the stories followed without anybody saying so. What
// cannot be read now is read the next time.
func (h *Hub) check(ctx context.Context) {
	for site, stories := range h.followed() {
		moves, err := h.source.Moves(ctx, site, stories)
		if err != nil {
			if ctx.Err() == nil {
				h.log.LogAttrs(ctx, slog.LevelWarn, "live: stories not read", slog.String("error", err.Error()))
			}
			return
		}
		h.Tell(h.news(moves))
	}
}

// followed returns the stories that streams follow, by site.
func (h *Hub) followed() map[forum.ID][]forum.ID {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[forum.ID][]forum.ID{}
	for to := range h.topics {
		if to.Story != 0 {
			out[to.Site] = append(out[to.Site], to.Story)
		}
	}
	return out
}

// news returns the moves that are newer than what the hub has heard of. A story
// it has heard nothing of is as its readers found it, or they are told.
func (h *Hub) news(moves []forum.Move) []forum.Move {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []forum.Move
	for _, m := range moves {
		t := h.topics[Topic{Site: m.SiteID, Story: m.StoryID}]
		if t != nil && m.Revision > t.now.Revision {
			out = append(out, m)
		}
	}
	return out
}
