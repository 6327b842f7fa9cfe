package desk

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"sync"

	"parley/internal/forum"
	"parley/internal/rule"
)

// silences counts how often in a row each hook gave no answer, as this process saw
// it since it began.
type silences struct {
	mu  sync.Mutex
	all map[silentHook]int
}

type silentHook struct {
	site forum.ID
	rule.Hook
}

// HookSilent is how often in a row a hook gives no answer until the desk and the
// operator are told.
const HookSilent = 5

// count notes one more silence or an answer, and returns how many silences there
// are now and were before.
func (s *silences) count(h silentHook, silent bool) (now, before int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.all[h]
	if !silent {
		delete(s.all, h)
		return 0, before
	}
	if s.all == nil {
		s.all = map[silentHook]int{}
	}
	s.all[h]++
	return before + 1, before
}

// of returns how many silences there are of a hook.
func (s *silences) of(h silentHook) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[h]
}

// noteHook counts whether a hook answered, and tells the operator when it keeps
// silent and when it no longer does. The log names its host only: a path may hold
// a key.
func (d *Desk) noteHook(ctx context.Context, site forum.Site, h rule.Hook, problem error) {
	now, before := d.silences.count(silentHook{site.ID, h}, problem != nil)
	if d.out.Log == nil || now != HookSilent && (now != 0 || before < HookSilent) {
		return
	}
	host := h.URL
	if u, err := url.Parse(h.URL); err == nil {
		host = u.Host
	}
	log := d.out.Log.With("site", site.Slug, "host", host)
	if problem == nil {
		log.InfoContext(ctx, "a hook answers again")
		return
	}
	var u *url.Error
	if errors.As(problem, &u) {
		problem = u.Err
	}
	log.LogAttrs(ctx, slog.LevelWarn, "a hook keeps silent", slog.Int("times", now), slog.String("error", problem.Error()))
}

// hookStates fills in which rules' hooks keep silent or are not asked.
func (d *Desk) hookStates(ctx context.Context, site forum.Site, lines []RuleLine) error {
	if !slices.ContainsFunc(lines, func(l RuleLine) bool { return len(l.Definition.Hooks()) > 0 }) {
		return nil
	}
	b, err := d.bench(ctx, d.store.Reader, site.ID)
	if err != nil {
		return err
	}
	b = b.only(false)
	asked := b.hooks()
	for i, l := range lines {
		at := slices.IndexFunc(b.seats, func(s seat) bool { return s.ID == l.ID })
		if at < 0 {
			continue
		}
		for _, h := range b.seats[at].compiled.Needs().Hooks {
			lines[i].Silent = max(lines[i].Silent, d.silences.of(silentHook{site.ID, h}))
			lines[i].Unasked = lines[i].Unasked || !slices.Contains(asked, h)
		}
	}
	return nil
}
