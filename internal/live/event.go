package live

import (
	"fmt"
	"math/rand/v2"
	"time"

	"parley/internal/forum"
)

// Signal is what a stream tells of a story.
type Signal struct {
	Story    forum.ID
	Revision int64
	Comments int // published ones
}

// heartbeat is a comment of the protocol: it says that the stream lives.
const heartbeat = ":\n\n"

// check is the event that says: something moved, look for yourself.
const check = "event: check\ndata: {}\n\n"

// event writes a signal. The id of a story's own stream is the revision, so that
// a browser that comes back says what it has heard of.
func (s Signal) event(resumable bool) []byte {
	var b []byte
	if resumable {
		b = fmt.Appendf(b, "id: %d\n", s.Revision)
	}
	return fmt.Appendf(b, "data: {\"story\":%q,\"revision\":%d,\"count\":%d}\n\n", s.Story, s.Revision, s.Comments)
}

// How long browsers wait before they connect again: after a connection was lost,
// and after this node said that it is about to end. The second is drawn wide, so
// that a restart brings no stampede.
const (
	lostLeast, lostMost   = time.Second, 5 * time.Second
	drainLeast, drainMost = 500 * time.Millisecond, 8 * time.Second
)

// retry tells a browser how long to wait before it connects again.
func retry(least, most time.Duration) []byte {
	return fmt.Appendf(nil, "retry: %d\n\n", (least + rand.N(most-least)).Milliseconds())
}
