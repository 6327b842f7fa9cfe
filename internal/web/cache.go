package web

import (
	"context"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"parley/internal/forum"
	"parley/internal/meter"
)

// pageCache keeps finished pages, bounded by bytes. A pageKey holds the revision of
// what a page shows and all that is shown of the site, so nothing in it is ever out
// of date.
type pageCache struct {
	pages *otter.Cache[pageKey, *page] // nil: none is kept
	build singleflight.Group
	turns chan struct{} // holds one for each page that is being made

	hits, misses, builds atomic.Int64
}

// cacheFigures are what the page cache did so far and holds now.
type cacheFigures struct {
	hits, misses int64 // of requests for pages that may be kept
	builds       int64 // pages rendered; requests that miss at once share one
	entries      int64
	bytes        int64
}

func (c *pageCache) figures() cacheFigures {
	f := cacheFigures{hits: c.hits.Load(), misses: c.misses.Load(), builds: c.builds.Load()}
	if c.pages != nil {
		f.entries, f.bytes = int64(c.pages.EstimatedSize()), int64(c.pages.WeightedSize())
	}
	return f
}

func (f cacheFigures) readings() []meter.Reading {
	const asked = "Requests for pages that may be kept."
	return []meter.Reading{
		{Name: "parley_page_cache_requests_total", Help: asked, Labels: []string{"result", "hit"}, Value: float64(f.hits)},
		{Name: "parley_page_cache_requests_total", Help: asked, Labels: []string{"result", "miss"}, Value: float64(f.misses)},
		{Name: "parley_page_builds_total", Help: "Pages rendered; requests that miss at once share one.", Value: float64(f.builds)},
		{Name: "parley_page_cache_pages", Help: "Pages kept.", Kind: meter.Level, Value: float64(f.entries)},
		{Name: "parley_page_cache_bytes", Help: "Memory of the pages kept.", Kind: meter.Level, Value: float64(f.bytes)},
	}
}

// turnWait is how long a page waits to be made before its reader is asked to
// come again.
const turnWait = 5 * time.Second

// turn waits until a page may be made: as many at once as there are processors,
// so that a crowd asking for large ones takes neither all memory nor all time.
func (c *pageCache) turn() (done func(), err error) {
	late := time.NewTimer(turnWait)
	defer late.Stop()
	select {
	case c.turns <- struct{}{}:
		return func() { <-c.turns }, nil
	case <-late.C:
		return nil, forum.Fail(forum.Unavailable, "error.unavailable").After(turnWait).Because("no turn to make a page")
	}
}

// pageWeight is what a page takes in memory besides its bytes.
const pageWeight = 1 << 10

// newPageCache returns a cache of at most so many bytes; below 0 it keeps nothing.
func newPageCache(bytes int64) (*pageCache, error) {
	c := &pageCache{turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if bytes < 0 {
		return c, nil
	}
	var err error
	c.pages, err = otter.New(&otter.Options[pageKey, *page]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ pageKey, p *page) uint32 { return uint32(pageWeight + p.bytes.Load()) },
	})
	return c, err
}

// serve answers with the page of a key, building it if it is not there. Requests
// that miss at the same time share one build, which outlives the first of them
// to give up.
func (c *pageCache) serve(w http.ResponseWriter, r *request, key pageKey, kind string, build func(context.Context) ([]byte, error)) error {
	return c.serveIf(w, r, key, kind, always, build)
}

// always is for keys that readers cannot make up.
func always(context.Context) (bool, error) { return true, nil }

// serveIf is serve for a key that holds what a reader may have made up: the page is
// kept only if it stands.
func (c *pageCache) serveIf(w http.ResponseWriter, r *request, key pageKey, kind string, stands func(context.Context) (bool, error), build func(context.Context) ([]byte, error)) error {
	p, ok := c.kept(key)
	if !ok {
		ctx := context.WithoutCancel(r.Context())
		var err error
		p, err = c.make(key, func() (*page, bool, error) {
			keep, err := stands(ctx)
			if err != nil {
				return nil, false, err
			}
			body, err := build(ctx)
			if err != nil {
				return nil, false, err
			}
			p := newPage(kind, body, r.policy()...)
			// It is weighed as it will be kept: a plain one would take the place of five.
			t, _ := accepted(r.Header.Get("Accept-Encoding"))
			_, err = p.form(t)
			return p, keep, err
		})
		if err != nil {
			return err
		}
	}
	return p.send(w, r)
}

// fixed returns a page that never changes while the program runs.
func (c *pageCache) fixed(name, kind string, body []byte) (*page, error) {
	key := pageKey{kind: assetKind, name: name}
	if p, ok := c.kept(key); ok {
		return p, nil
	}
	return c.make(key, func() (*page, bool, error) {
		p := newPage(kind, body)
		p.lasting = true
		return p, true, nil
	})
}

// kept returns the page of a key if it is there.
func (c *pageCache) kept(key pageKey) (*page, bool) {
	if p, ok := c.find(key); ok {
		return p, true
	}
	c.misses.Add(1)
	return nil, false
}

// find is kept for who asks again if the page is not there.
func (c *pageCache) find(key pageKey) (*page, bool) {
	if c.pages == nil {
		return nil, false
	}
	p, ok := c.pages.GetIfPresent(key)
	if ok {
		c.hits.Add(1)
	}
	return p, ok
}

// make makes a page for all who ask for it now, and keeps it if it is to be kept.
func (c *pageCache) make(key pageKey, build func() (p *page, keep bool, err error)) (*page, error) {
	made, err, _ := c.build.Do(key.String(), func() (any, error) {
		// Who missed it just before another build ended begins one of its own.
		if c.pages != nil {
			if p, ok := c.pages.GetIfPresent(key); ok {
				return p, nil
			}
		}
		done, err := c.turn()
		if err != nil {
			return nil, err
		}
		defer done()
		c.builds.Add(1)
		p, keep, err := build()
		if err == nil && keep && c.pages != nil {
			// The cache weighs a page anew when it got another form.
			p.grown = func() { c.pages.Set(key, p) }
			p.grown()
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	return made.(*page), nil
}
