package store

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// cost is what the statements of a Store have cost so far.
type cost struct {
	atomic.Int64 // rows read
	seconds      *meter.Histogram
	slow         atomic.Int64
	log          *slog.Logger // nil: slow statements are not logged
	after        time.Duration
}

func newCost() *cost {
	return &cost{seconds: meter.NewHistogram(.0001, .0005, .001, .005, .01, .05, .1, .25, .5, 1, 5, 30)}
}

// LogSlow logs every statement that takes longer than a time: what it was for, its
// text, how long it took and how many rows it read or changed. Its values are
// parameters, which are not logged. It must be called before the Store is used by
// several at once.
func (s *Store) LogSlow(log *slog.Logger, after time.Duration) { s.rows.log, s.rows.after = log, after }

// ran notes a statement that has run. It is the one place that every statement of
// a Reader and of a Tx comes by.
func (c *cost) ran(ctx context.Context, what, query string, watch meter.Watch, rows int64) {
	took := watch.Elapsed()
	c.seconds.Add(took.Seconds())
	if c.log == nil || took < c.after {
		return
	}
	c.slow.Add(1)
	c.log.LogAttrs(ctx, slog.LevelWarn, "slow statement", slog.String("request", forum.RequestOf(ctx)), slog.String("what", what),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("rows", rows), slog.String("sql", strings.Join(strings.Fields(query), " ")))
}
