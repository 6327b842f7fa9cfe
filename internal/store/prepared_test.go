package store

import (
	"context"
	"database/sql"
	"testing"

	"modernc.org/sqlite"
)

// TestPrepared_plannedOnce binds other values to a kept statement and runs it again:
// SQLite does not parse it again, for which it would take memory piece by piece.
func TestPrepared_plannedOnce(t *testing.T) {
	ctx := context.Background()
	path := t.TempDir() + "/parley.db"
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := openSQLite(path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	last := len(sqlFirstReplies.lengths) - 1
	first := make([]any, sqlFirstReplies.lengths[last]+2)
	for i := range first {
		first[i] = noRoot
	}
	for name, x := range map[string]struct {
		query string
		args  func(i int64) []any
	}{
		"branch":        {sqlBranch, func(i int64) []any { return []any{7 + i, 8 + i, "a", "b", 9 + i} }},
		"first replies": {sqlFirstReplies.texts[last], func(i int64) []any { first[0], first[1], first[2] = 7+i, 8+i, 9+i; return first }},
	} {
		run := func(i int64) {
			rows, err := c.QueryContext(ctx, x.query, x.args(i)...)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				t.Error("there is a row")
			}
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
		run(0)
		before := pieces(t, c)
		const times = 10
		for i := range int64(times) {
			run(i)
		}
		if n := (pieces(t, c) - before) / times; n > 60 {
			t.Errorf("%s: running it takes %d pieces of memory", name, n)
		}
	}
}

// pieces returns how often a connection of SQLite asked for small memory so far.
func pieces(t *testing.T, c *sql.Conn) (n int) {
	t.Helper()
	err := c.Raw(func(dc any) error {
		for _, op := range []sqlite.DBStatusOp{sqlite.DBStatusLookasideHit, sqlite.DBStatusLookasideMissSize, sqlite.DBStatusLookasideMissFull} {
			_, high, err := dc.(*preparedConn).sqliteConn.(sqlite.DBStatus).Status(op, false)
			if err != nil {
				return err
			}
			n += high
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
