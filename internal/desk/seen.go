package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"parley/internal/forum"
	"parley/internal/store"
)

const (
	seenRoom  = 10_000 // sessions that are remembered; further ones come again
	seenSlice = 100    // sessions of one transaction
)

// seen remembers which sessions were in use until that is written down, many at a
// time and behind the readers' backs: who only reads waits for no write. What is
// lost with the process, or has no room, is noted when the session is used again.
type seen struct {
	mu   sync.Mutex
	of   map[forum.ID]map[use]struct{} // by site
	size int
}

// use is a session that was used.
type use struct{ account, session forum.ID }

// add remembers a session.
func (s *seen) add(site forum.ID, x use) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.of[site][x]; known || s.size >= seenRoom {
		return
	}
	if s.of == nil {
		s.of = map[forum.ID]map[use]struct{}{}
	}
	if s.of[site] == nil {
		s.of[site] = map[use]struct{}{}
	}
	s.of[site][x] = struct{}{}
	s.size++
}

// list returns the sessions of a site in the one order in which every node writes
// them, so that no two wait for each other.
func (s *seen) list(site forum.ID) []use {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.of[site]), func(a, b use) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.session, b.session))
	})
}

// drop forgets sessions of a site that are written down.
func (s *seen) drop(site forum.ID, done []use) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range done {
		if _, known := s.of[site][x]; known {
			delete(s.of[site], x)
			s.size--
		}
	}
	if len(s.of[site]) == 0 {
		delete(s.of, site)
	}
}

// sites returns the sites of which a session is remembered.
func (s *seen) sites() []forum.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.of))
}

// NoteSeen writes down which sessions of a site were in use. What fails is tried
// again the next time.
func (d *Desk) NoteSeen(ctx context.Context, site forum.ID) error {
	for some := range slices.Chunk(d.seen.list(site), seenSlice) {
		err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, x := range some {
				if err := tx.SeeSession(ctx, site, x.account, x.session); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		d.seen.drop(site, some)
	}
	return nil
}

// NoteAllSeen is NoteSeen for every site, for a process that ends.
func (d *Desk) NoteAllSeen(ctx context.Context) error {
	for _, site := range d.seen.sites() {
		if err := d.NoteSeen(ctx, site); err != nil {
			return err
		}
	}
	return nil
}
