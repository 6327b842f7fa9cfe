package live

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// Limits bound what streams may cost.
type Limits struct {
	Network int // streams of one network address
	Site    int // streams of one site
}

// DefaultLimits are those of a node: an office behind one address, and a site's
// largest crowd. Beyond them readers ask now and then, as before.
var DefaultLimits = Limits{Network: 100, Site: 20_000}

// ErrFull says that the limits leave no place; ErrEnded, that the hub has ended.
var (
	ErrFull  = errors.New("live: no place left")
	ErrEnded = errors.New("live: the hub has ended")
)

const (
	// gap is the least time between two events of a topic, and perReader what each
	// of its readers adds to it: 10,000 of them hear twice a second.
	gap       = 250 * time.Millisecond
	perReader = 25 * time.Microsecond
	deskGap   = 500 * time.Millisecond
	// beats is the seconds between two heartbeats of a stream; each second those of
	// one slot get theirs.
	beats = 15
	// checkEvery is how often the stories followed are read again, so that what
	// another process wrote is heard of even if nobody told.
	checkEvery = 4 * time.Second
	// maxSignals is how many stories of a site may move before a front page is told
	// to look for itself.
	maxSignals = 100
	// deskLife is how long a stream of the desk lives before the browser must show
	// again who it is.
	deskLife = 15 * time.Minute
)

// Source is where the hub reads how stories stand; desk.Desk is one.
type Source interface {
	Moves(ctx context.Context, site forum.ID, stories []forum.ID) ([]forum.Move, error)
}

// Hub hands moves to the streams that follow them. It is safe for concurrent use.
type Hub struct {
	limits Limits
	source Source
	now    func() time.Time
	log    *slog.Logger

	mu       sync.Mutex
	ended    bool
	topics   map[Topic]*topic
	waiting  []*topic // with something to tell
	networks map[string]int
	sites    map[forum.ID]int
	slots    [beats]map[*Stream]struct{}
	slot     int

	wake  chan struct{}
	doubt chan struct{}

	figures struct{ told, lost, refused atomic.Int64 }
}

// topic is what streams follow.
type topic struct {
	Topic
	followers int       // streams, those that have not begun included
	streams   []*Stream // that have begun
	now       Signal    // of a story's topic: the latest heard of
	signals   []Signal  // to tell
	look      bool      // to tell: look for yourself
	queued    bool      // it stands in Hub.waiting
	told      time.Time
	version   int // moves with everything that is to be told
}

// New returns a hub that reads from a source by a clock.
func New(source Source, limits Limits, now func() time.Time, log *slog.Logger) *Hub {
	h := &Hub{
		limits: limits, source: source, now: now, log: log,
		topics: map[Topic]*topic{}, networks: map[string]int{}, sites: map[forum.ID]int{},
		wake: make(chan struct{}, 1), doubt: make(chan struct{}, 1),
	}
	for i := range h.slots {
		h.slots[i] = map[*Stream]struct{}{}
	}
	return h
}

// Figures say what a hub does.
type Figures struct {
	Streams int   // open now
	Told    int64 // events written, heartbeats left out
	Lost    int64 // streams ended because their reader was gone or did not read
	Refused int64 // streams there was no place for
}

// Figures returns what the hub does.
func (h *Hub) Figures() Figures {
	f := Figures{Told: h.figures.told.Load(), Lost: h.figures.lost.Load(), Refused: h.figures.refused.Load()}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, n := range h.sites {
		f.Streams += n
	}
	return f
}

// Meters returns the figures of the streams.
func (h *Hub) Meters() []meter.Reading {
	f := h.Figures()
	return []meter.Reading{
		{Name: "parley_live_streams", Help: "Streams of events open now.", Kind: meter.Level, Value: float64(f.Streams)},
		{Name: "parley_live_events_total", Help: "Events written to streams, signs of life left out.", Value: float64(f.Told)},
		{Name: "parley_live_lost_total", Help: "Streams ended because their reader was gone or did not read.", Value: float64(f.Lost)},
		{Name: "parley_live_refused_total", Help: "Streams there was no place for.", Value: float64(f.Refused)},
	}
}

// Follow takes a place at a topic for a reader; an empty network is not limited.
// From then on the stream misses nothing.
func (h *Hub) Follow(to Topic, network string) (*Stream, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil, ErrEnded
	}
	if h.sites[to.Site] >= h.limits.Site || network != "" && h.networks[network] >= h.limits.Network {
		h.figures.refused.Add(1)
		return nil, ErrFull
	}
	t := h.topics[to]
	if t == nil {
		t = &topic{Topic: to}
		h.topics[to] = t
	}
	t.followers++
	h.sites[to.Site]++
	if network != "" {
		h.networks[network]++
	}
	return &Stream{hub: h, topic: t, network: network}, nil
}

// begin lets a stream's events go out on a line, after its first bytes.
func (h *Hub) begin(s *Stream, l line, from Start) {
	t := s.topic
	h.mu.Lock()
	now, version := h.catchUp(t, from), t.version
	h.mu.Unlock()
	first := append(from.Head, retry(lostLeast, lostMost)...)
	switch {
	case t.Story == 0:
		// What a page shows may be older than its stream.
		first = append(first, check...)
	case now.Revision != from.Known:
		first = append(first, now.event(true)...)
	}
	if !l.send(first) {
		l.close()
		h.lose(s)
		return
	}
	h.mu.Lock()
	gone := h.ended || s.ended
	if !gone {
		h.enter(s, l)
	}
	missed := t.missed(version)
	h.mu.Unlock()
	switch {
	case gone:
		l.close()
		h.drop(s)
	case len(missed) > 0 && !l.send(missed):
		h.lose(s)
	}
}

// missed returns what tells a reader about everything since a version.
func (t *topic) missed(version int) []byte {
	switch {
	case t.version == version:
		return nil
	case t.Story != 0:
		return t.now.event(true)
	}
	return []byte(check)
}

// enter puts a stream among those that are told.
func (h *Hub) enter(s *Stream, l line) {
	t := s.topic
	s.out, s.at, s.slot = l, len(t.streams), h.slot
	t.streams = append(t.streams, s)
	h.slots[s.slot][s] = struct{}{}
	if t.Desk {
		s.until = h.now().Add(deskLife)
	}
}

// catchUp returns the latest of what the hub and a new reader know of a topic's
// story. If the reader knows more, the others are told.
func (h *Hub) catchUp(t *topic, from Start) Signal {
	if len(t.streams) == 0 && t.now.Revision < from.Now.Revision {
		t.now = from.Now
	}
	if t.now.Revision < from.Now.Revision && t.note(from.Now) {
		h.await(t)
	}
	return t.now
}

// lose ends a stream whose reader is gone.
func (h *Hub) lose(s *Stream) {
	h.figures.lost.Add(1)
	h.drop(s)
}

// drop takes a stream off the books and closes its line; a second time does
// nothing.
func (h *Hub) drop(s *Stream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	t := s.topic
	if t.followers--; t.followers == 0 {
		delete(h.topics, t.Topic)
	}
	count(h.sites, t.Site, -1)
	if s.network != "" {
		count(h.networks, s.network, -1)
	}
	if s.out == nil {
		return
	}
	last := len(t.streams) - 1
	t.streams[last].at = s.at
	t.streams[s.at] = t.streams[last]
	t.streams[last] = nil
	t.streams = t.streams[:last]
	delete(h.slots[s.slot], s)
	s.out.close()
}

// count changes a count and forgets it at zero.
func count[K comparable](counts map[K]int, key K, by int) {
	if counts[key] += by; counts[key] == 0 {
		delete(counts, key)
	}
}

// Tell hands moves on. It never waits.
func (h *Hub) Tell(moves []forum.Move) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range moves {
		h.tell(Topic{Site: m.SiteID, Desk: true}, m)
		if m.StoryID == 0 || m.Desk {
			continue
		}
		h.tell(Topic{Site: m.SiteID, Story: m.StoryID}, m)
		if m.Listed {
			h.tell(Topic{Site: m.SiteID}, m)
		}
	}
}

// tell notes for a topic, if anybody follows it, what is to be told.
func (h *Hub) tell(to Topic, m forum.Move) {
	t := h.topics[to]
	switch {
	case t == nil:
		return
	case to.Desk:
		t.look = true
	case m.Revision == 0:
		// Who changed it did not read it; the source knows.
		ring(h.doubt)
		return
	case !t.note(Signal{m.StoryID, m.Revision, m.Comments}):
		return
	}
	h.await(t)
}

// await has a topic told what it has to tell.
func (h *Hub) await(t *topic) {
	t.version++
	if !t.queued {
		t.queued = true
		h.waiting = append(h.waiting, t)
	}
	ring(h.wake)
}

// note keeps the latest signal of each story and reports whether it is news: two
// commits may be told in another order than they were made.
func (t *topic) note(s Signal) bool {
	if t.Story != 0 {
		if s.Revision <= t.now.Revision {
			return false
		}
		t.now = s
	}
	i := slices.IndexFunc(t.signals, func(have Signal) bool { return have.Story == s.Story })
	switch {
	case i >= 0 && t.signals[i].Revision >= s.Revision:
		return false
	case i >= 0:
		t.signals[i] = s
	case len(t.signals) >= maxSignals:
		t.signals, t.look = nil, true
	case !t.look || t.Story != 0:
		t.signals = append(t.signals, s)
	}
	return true
}

// take returns the bytes of what is to be told, and notes that it was.
func (t *topic) take(now time.Time) []byte {
	var b []byte
	if t.look {
		b = append(b, check...)
	}
	for _, s := range t.signals {
		b = append(b, s.event(t.Story != 0)...)
	}
	t.signals, t.look, t.queued, t.told = nil, false, false, now
	return b
}

// gap is how long the topic's readers are left alone after an event.
func (t *topic) gap() time.Duration {
	if t.Desk {
		return deskGap
	}
	return gap + time.Duration(len(t.streams))*perReader
}

// Doubt says that moves may have been missed: the stories followed are read again
// now, and who follows a front page or the desk is told to look.
func (h *Hub) Doubt() {
	h.mu.Lock()
	for to, t := range h.topics {
		if to.Story != 0 {
			continue
		}
		t.look = true
		h.await(t)
	}
	h.mu.Unlock()
	ring(h.doubt)
}

// ring wakes whoever waits for a channel of one place.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// Run writes to all streams until ctx ends. Then it tells every browser when to
// come back, each another time, and ends all streams.
func (h *Hub) Run(ctx context.Context) {
	var checking sync.WaitGroup
	checking.Go(func() { h.keepChecking(ctx) })
	defer checking.Wait()
	defer h.end()
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	due := time.NewTimer(time.Hour)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
		case <-due.C:
		case <-beat.C:
			h.beat()
		}
		if wait := h.deliver(); wait > 0 {
			due.Reset(wait)
		}
	}
}

// delivery is what the streams of a topic are to be told.
type delivery struct {
	event   []byte
	streams []*Stream
}

// deliver tells what is due, and returns how long until the next is; zero: nothing
// waits.
func (h *Hub) deliver() time.Duration {
	dues, next := h.due()
	for _, d := range dues {
		for _, s := range d.streams {
			if s.out.send(d.event) {
				h.figures.told.Add(1)
			} else {
				h.lose(s)
			}
		}
	}
	return next
}

// due takes what may be told now, and returns how long until the next may.
func (h *Hub) due() (dues []delivery, next time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	var later []*topic
	for _, t := range h.waiting {
		if wait := t.told.Add(t.gap()).Sub(now); wait > 0 {
			later = append(later, t)
			if next == 0 || wait < next {
				next = wait
			}
			continue
		}
		if event := t.take(now); len(event) > 0 {
			dues = append(dues, delivery{event, slices.Clone(t.streams)})
		}
	}
	h.waiting = later
	return dues, next
}

// beat shows the streams of the next slot that they live, and finds those whose
// reader is gone.
func (h *Hub) beat() {
	h.mu.Lock()
	h.slot = (h.slot + 1) % beats
	streams := make([]*Stream, 0, len(h.slots[h.slot]))
	for s := range h.slots[h.slot] {
		streams = append(streams, s)
	}
	h.mu.Unlock()
	now := h.now()
	for _, s := range streams {
		switch {
		case !s.until.IsZero() && now.After(s.until):
			s.End()
		case !s.out.send([]byte(heartbeat)):
			h.lose(s)
		}
	}
}

// end ends all streams.
func (h *Hub) end() {
	h.mu.Lock()
	h.ended = true
	var all []*Stream
	for _, t := range h.topics {
		all = append(all, t.streams...)
	}
	h.mu.Unlock()
	for _, s := range all {
		s.out.send(retry(drainLeast, drainMost))
		s.End()
	}
}
