package store

import (
	"database/sql"
	"sync/atomic"

	"parley/internal/meter"
)

// meters are the figures a Store keeps of its own work.
type meters struct {
	queued     atomic.Int64 // transactions that wait for their turn or run
	committed  atomic.Int64
	undone     atomic.Int64
	commits    *meter.Histogram // seconds
	batches    *meter.Histogram // transactions of one commit
	waits      *meter.Histogram // seconds until a transaction begins
	lastCommit meter.Mark
}

func newMeters() *meters {
	return &meters{
		commits: meter.NewHistogram(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5),
		batches: meter.NewHistogram(1, 2, 4, 8, 16, 32, 64, 128),
		waits:   meter.NewHistogram(.0005, .001, .005, .025, .1, .5, 1, 5, 15),
	}
}

// commit notes that a commit made transactions durable, and how long it took.
func (m *meters) commit(transactions int, took meter.Watch) {
	m.commits.Add(took.Seconds())
	m.batches.Add(float64(transactions))
	m.committed.Add(int64(transactions))
	m.lastCommit.Set()
}

// Meters returns the figures of the database's work so far.
func (s *Store) Meters() []meter.Reading {
	m := s.meters
	all := []meter.Reading{
		{Name: "parley_db_transactions_total", Help: "Transactions that wrote, by how they ended.", Labels: []string{"outcome", "committed"}, Value: float64(m.committed.Load())},
		{Name: "parley_db_transactions_total", Help: "Transactions that wrote, by how they ended.", Labels: []string{"outcome", "undone"}, Value: float64(m.undone.Load())},
		{Name: "parley_db_commit_seconds", Help: "How long commits took.", Spread: m.commits.Read()},
		{Name: "parley_db_commit_transactions", Help: "Transactions made durable by one commit.", Spread: m.batches.Read()},
		{Name: "parley_db_write_wait_seconds", Help: "How long transactions waited for their turn.", Spread: m.waits.Read()},
		{Name: "parley_db_write_queue", Help: "Transactions that wait for their turn or run.", Kind: meter.Level, Value: float64(m.queued.Load())},
		{Name: "parley_db_statement_seconds", Help: "How long statements took, to their last row.", Spread: s.rows.seconds.Read()},
		{Name: "parley_db_slow_statements_total", Help: "Statements that took longer than slow_query.", Value: float64(s.rows.slow.Load())},
		{Name: "parley_db_rows_read_total", Help: "Rows read.", Value: float64(s.RowsRead())},
	}
	if s.write != s.read {
		all = append(all, poolReadings("write", s.write.Stats())...)
	}
	all = append(all, poolReadings("read", s.read.Stats())...)
	return append(all, s.replicas.readings()...)
}

// poolReadings are the figures of a pool of connections.
func poolReadings(pool string, p sql.DBStats) []meter.Reading {
	with := []string{"pool", pool}
	return []meter.Reading{
		{Name: "parley_db_connections_in_use", Help: "Connections at work. On PostgreSQL one pool, read, serves for both.", Labels: with, Kind: meter.Level, Value: float64(p.InUse)},
		{Name: "parley_db_connections_idle", Help: "Connections open and at rest.", Labels: with, Kind: meter.Level, Value: float64(p.Idle)},
		{Name: "parley_db_connection_waits_total", Help: "Times that a connection was waited for.", Labels: with, Value: float64(p.WaitCount)},
		{Name: "parley_db_connection_wait_seconds_total", Help: "Time spent waiting for a connection.", Labels: with, Value: p.WaitDuration.Seconds()},
	}
}
