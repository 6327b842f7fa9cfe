package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"parley/internal/forum"
	"parley/internal/meter"
)

// How long a replica may take for all of a read, and how long one that was silent or
// gone is left alone.
const (
	replicaLimit = time.Second
	replicaRest  = 5 * time.Second
)

// replicas are databases that follow the one that takes writes, and how often they
// were read. They are behind it, and may be so by any time.
type replicas struct {
	all         []*replica
	limit, rest time.Duration
	turn        atomic.Uint64

	served, behind, failed atomic.Int64
}

// replica is one of them.
type replica struct {
	Reader
	db   *sql.DB
	away meter.Mark // set when it was silent or gone
}

// open adds a replica at a URL. It connects when it is used: a replica that is away
// keeps nobody from starting.
func (rs *replicas) open(ctx context.Context, d dialect, url string, rows *cost) ([]func() error, error) {
	db, err := d.open(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("open replica: %w", err)
	}
	rs.all = append(rs.all, &replica{Reader: Reader{q: plain{db.read}, dialect: d, rows: rows}, db: db.read})
	return db.closers, nil
}

// next returns the replica whose turn it is among those that are there; nil: none.
func (rs *replicas) next() *replica {
	for range rs.all {
		r := rs.all[rs.turn.Add(1)%uint64(len(rs.all))]
		if !r.away.Within(rs.rest) {
			return r
		}
	}
	return nil
}

// AsOf has read run on a database that has a story as of a revision or later, and the
// desk's staff as the site has it: on a replica that has both, else on the one that
// takes writes. What fails on a replica, for whatever reason, is run again there, so
// read must be able to run twice.
//
// It is for what a revision stands for, which is what everybody sees of a
// discussion. What is made for one reader, or decides, reads the Store.
func (s *Store) AsOf(ctx context.Context, site forum.Site, story forum.ID, revision int64, read func(context.Context, Reader) error) error {
	if r := s.replicas.next(); r != nil && s.replicas.serve(ctx, r, site, story, revision, read) {
		return nil
	}
	return read(ctx, s.Reader)
}

// serve runs a read on a replica and reports whether it was done there. Behind one
// address there may be several servers: the one that says which revision it has is
// the one that is read, and as it was then.
func (rs *replicas) serve(ctx context.Context, r *replica, site forum.Site, story forum.ID, revision int64, read func(context.Context, Reader) error) bool {
	ctx, done := context.WithTimeout(ctx, rs.limit)
	defer done()
	has := true
	err := r.still(ctx, func(r Reader) error {
		at, err := r.standing(ctx, site.ID, story)
		if has = err == nil && at.revision >= revision && at.staff >= site.StaffChanges; has {
			err = read(ctx, r)
		}
		return err
	})
	if !has && (err == nil || forum.IsKind(err, forum.NotFound)) {
		rs.behind.Add(1)
		return false
	}
	if err != nil {
		rs.failed.Add(1)
		if forum.IsKind(err, forum.Unavailable) {
			r.away.Set()
		}
		return false
	}
	rs.served.Add(1)
	return true
}

// still runs a read on one connection, to which the database does not change.
func (r *replica) still(ctx context.Context, read func(Reader) error) error {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return r.dialect.wrap("begin to read", err)
	}
	err = read(Reader{q: plain{tx}, dialect: r.dialect, rows: r.rows})
	// There is nothing to take back, and a connection that is lost was lost with it.
	_ = tx.Rollback()
	return err
}

// ReplicaFigures say how often reads that a replica may serve were asked of one.
type ReplicaFigures struct {
	Served int64
	Behind int64 // it did not have the revision, or the staff
	Failed int64 // it did not answer, or not in time
}

// Replicas returns how often replicas were read.
func (s *Store) Replicas() ReplicaFigures {
	return ReplicaFigures{s.replicas.served.Load(), s.replicas.behind.Load(), s.replicas.failed.Load()}
}

// readings are the figures of the replicas; none where there are none.
func (rs *replicas) readings() []meter.Reading {
	if len(rs.all) == 0 {
		return nil
	}
	of := func(result string, n *atomic.Int64) meter.Reading {
		return meter.Reading{
			Name: "parley_replica_reads_total", Help: "Reads asked of a replica, by what came of it; all but the served were done by the primary.",
			Labels: []string{"result", result}, Value: float64(n.Load()),
		}
	}
	all := []meter.Reading{of("served", &rs.served), of("behind", &rs.behind), of("failed", &rs.failed)}
	for i, r := range rs.all {
		all = append(all, poolReadings("replica"+strconv.Itoa(i+1), r.db.Stats())...)
	}
	return all
}
