// Package cdn tells a cache in front of Parley which pages it need not keep any
// longer. Pages are sent with the names of what they show; a commit that moves
// something has the pages purged that bear its name.
//
// A purge is a courtesy: what no purge reaches is out of date for as long as the
// page's Cache-Control lets it be. So nothing waits for one, and none is written
// down; one that fails is tried again while the process lives. What may never enter:
// what a page shows, and any way out but egress.
package cdn

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/meter"
)

// The names of what pages show.

// Site names every page of a site.
func Site(id forum.ID) string { return "site-" + id.String() }

// Story names the pages that show a story or comments of it.
func Story(id forum.ID) string { return "story-" + id.String() }

// Lists names the pages of a site that show many stories.
func Lists(site forum.ID) string { return "lists-" + site.String() }

const (
	// Gap is how long moves are gathered before they are told, so that a story that
	// moves all the time is purged once a second.
	Gap = time.Second
	// maxNames is how many names wait at most; beyond, sites are purged whole.
	maxNames    = 5000
	longestWait = time.Minute
)

// Purger tells one vendor. It is safe for concurrent use.
type Purger struct {
	vendor vendor
	out    *egress.Egress
	log    *slog.Logger
	gap    time.Duration

	mu    sync.Mutex
	names map[string]forum.ID // what is to be purged, with its site
	work  chan struct{}

	sent, failed meter.Counts
}

// New returns a purger that goes by a place ([Parse]) with its token.
func New(p Place, token string, out *egress.Egress, log *slog.Logger) *Purger {
	return &Purger{vendor: p.vendor(token), out: out, log: log, gap: Gap, names: map[string]forum.ID{}, work: make(chan struct{}, 1)}
}

// Tell notes what a commit moved. It never waits.
func (p *Purger) Tell(moves []forum.Move) {
	p.mu.Lock()
	for _, m := range moves {
		switch {
		case m.Desk:
		case m.StoryID == 0:
			p.names[Site(m.SiteID)] = m.SiteID
		default:
			p.names[Story(m.StoryID)] = m.SiteID
			if m.Listed || m.Revision == 0 {
				p.names[Lists(m.SiteID)] = m.SiteID
			}
		}
	}
	p.bound()
	waiting := len(p.names) > 0
	p.mu.Unlock()
	if !waiting {
		return
	}
	select {
	case p.work <- struct{}{}:
	default:
	}
}

// bound names whole sites in place of too many of their stories.
func (p *Purger) bound() {
	if len(p.names) <= maxNames {
		return
	}
	whole := map[string]forum.ID{}
	for _, site := range p.names {
		whole[Site(site)] = site
	}
	p.names = whole
}

// Run tells the vendor until ctx ends, and at last once more what is left.
func (p *Purger) Run(ctx context.Context) {
	wait := p.gap
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), egress.DefaultTimeout)
			defer cancel()
			_ = p.purge(last) // logged there; nobody is left to try again
			return
		case <-p.work:
		}
		select {
		case <-ctx.Done():
			continue
		case <-time.After(wait):
		}
		wait = min(wait*2, longestWait)
		// A call under way ends by itself, and is not made twice.
		if p.purge(context.WithoutCancel(ctx)) == nil {
			wait = p.gap
		}
	}
}

// purge sends all that waits, in as many calls as the vendor needs. What fails waits
// again, with what came meanwhile.
func (p *Purger) purge(ctx context.Context) error {
	p.mu.Lock()
	all := p.names
	p.names = map[string]forum.ID{}
	p.mu.Unlock()
	var failed error
	for part := range slices.Chunk(slices.Sorted(maps.Keys(all)), p.vendor.most) {
		if failed == nil {
			failed = p.call(ctx, part)
		}
		if failed == nil {
			p.sent.Add(float64(len(part)))
			continue
		}
		p.mu.Lock()
		for _, name := range part {
			p.names[name] = all[name]
		}
		p.mu.Unlock()
	}
	if failed != nil {
		p.failed.Add(1)
		p.log.LogAttrs(ctx, slog.LevelWarn, "the CDN was not told", slog.Any("error", failed))
		select {
		case p.work <- struct{}{}:
		default:
		}
	}
	return failed
}

// call makes one call.
func (p *Purger) call(ctx context.Context, names []string) error {
	r, err := p.vendor.request(ctx, names)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", "Parley")
	a, err := p.out.Client().Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	if a.StatusCode < 200 || a.StatusCode > 299 {
		return fmt.Errorf("%s answers %s", p.vendor.name, a.Status)
	}
	return p.vendor.check(a.Body)
}

// Meters returns what has been told.
func (p *Purger) Meters() []meter.Reading {
	return append(
		p.sent.Readings("parley_cdn_purged_total", "Names of what moved that the CDN was told."),
		p.failed.Readings("parley_cdn_failed_total", "Times that the CDN could not be told; each is tried again.")...)
}
