package desk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"parley/internal/forum"
)

// believedFor is how long what was read of the database is believed: other processes
// may write to it, and no reader sees what is older than this after a commit.
const believedFor = time.Second

// memory keeps what was read under a key for a moment, so that a thousand readers
// in it cost the database one question. Its rules:
//
//   - A value is believed for believedFor since its read began, however long that took.
//   - What this process is told has moved is dropped at once. If it only grew, and
//     readers saw it change less than believedFor ago, it is dropped when that is over:
//     something that changes all the time is seen to change once a second.
//   - Those who ask at the same time share one read. Who asks after a value was
//     dropped, or believedFor after a read began, never shares that read, and it is
//     not kept.
type memory[V any] struct {
	now   func() time.Time
	equal func(a, b V) bool // whether readers see the same

	seen    *otter.Cache[memoryKey, sighting] // nil: nothing is kept
	mu      sync.Mutex                        // over every change of seen, and the reads under way
	reading map[memoryKey]*sharedRead[V]

	hits, misses atomic.Int64
}

// memoryKey is what a value is known under; each memory uses the parts it needs.
// All have one type of key and of sighting, for the program holds the code of the
// cache once for each such pair, 0.2 MB of it.
type memoryKey struct {
	site, story forum.ID
	text        string // a section, or a name
	limit       int
	external    bool // text is the newsroom's own id of a story
}

// sighting is a value as it was seen. One that was dropped stays, out of date, for
// what it says of the time before.
type sighting struct {
	value   any       // a V
	until   time.Time // believed before this
	changed time.Time // when readers first saw this value after another; zero: never
}

// sharedRead is a read under way.
type sharedRead[V any] struct {
	began time.Time
	done  chan struct{}
	value V
	err   error
}

// newMemory returns a memory bounded by bytes, of which weigh counts those of a
// value; one of no bytes remembers nothing.
func newMemory[V any](now func() time.Time, bytes int64, weigh func(V) int, equal func(a, b V) bool) (*memory[V], error) {
	m := &memory[V]{now: now, equal: equal, reading: map[memoryKey]*sharedRead[V]{}}
	if bytes <= 0 {
		return m, nil
	}
	var err error
	m.seen, err = otter.New(&otter.Options[memoryKey, sighting]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ memoryKey, s sighting) uint32 { return uint32(weigh(s.value.(V))) },
	})
	return m, err
}

// read returns what is known under a key, asking with load if that is nothing or
// too old. Errors are not remembered. The value belongs to all: nobody changes it.
func (m *memory[V]) read(ctx context.Context, key memoryKey, load func(context.Context) (V, error)) (V, error) {
	if m.seen == nil {
		return load(ctx)
	}
	if value, ok := m.known(key, m.now()); ok {
		return value, nil
	}
	m.misses.Add(1)
	r, first := m.join(key)
	if first {
		m.perform(context.WithoutCancel(ctx), key, r, load)
		return r.value, r.err
	}
	select {
	case <-r.done:
		return r.value, r.err
	case <-ctx.Done():
		return r.value, ctx.Err()
	}
}

// known returns what is believed under a key at an instant.
func (m *memory[V]) known(key memoryKey, at time.Time) (value V, ok bool) {
	if m.seen == nil {
		return value, false
	}
	s, ok := m.seen.GetIfPresent(key)
	if !ok || !within(s.until, at) {
		return value, false
	}
	m.hits.Add(1)
	return s.value.(V), true
}

// within reports whether an instant at most believedFor ahead is still to come at
// another. One further ahead was set before the clock went back.
func within(until, at time.Time) bool {
	left := until.Sub(at)
	return left > 0 && left <= believedFor
}

// join returns the read of a key that is under way, or begins one.
func (m *memory[V]) join(key memoryKey) (r *sharedRead[V], first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if r, ok := m.reading[key]; ok && now.Sub(r.began) < believedFor {
		return r, false
	}
	r = &sharedRead[V]{began: now, done: make(chan struct{}), err: errors.New("a read ended in a panic")}
	m.reading[key] = r
	return r, true
}

// perform carries a read out for all who share it.
func (m *memory[V]) perform(ctx context.Context, key memoryKey, r *sharedRead[V], load func(context.Context) (V, error)) {
	defer close(r.done)
	defer m.keep(key, r)
	r.value, r.err = load(ctx)
}

// keep remembers what a read found, unless it was dropped while it was read.
func (m *memory[V]) keep(key memoryKey, r *sharedRead[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reading[key] != r {
		return
	}
	delete(m.reading, key)
	if r.err != nil {
		return
	}
	s := sighting{value: r.value, until: r.began.Add(believedFor)}
	if old, ok := m.seen.GetIfPresent(key); ok {
		if s.changed = old.changed; !m.equal(old.value.(V), r.value) {
			s.changed = r.began
		}
	}
	m.seen.Set(key, s)
}

// moved is told that what is under a key has changed; grew says that it only
// became more.
func (m *memory[V]) moved(key memoryKey, grew bool) {
	if m.seen == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.seen.GetIfPresent(key)
	if next := s.changed.Add(believedFor); ok && grew && within(next, m.now()) {
		if next.Before(s.until) {
			s.until = next
			m.seen.Set(key, s)
		}
		return
	}
	delete(m.reading, key)
	if ok {
		s.until = time.Time{}
		m.seen.Set(key, s)
	}
}
