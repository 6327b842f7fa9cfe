package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/internal/forum"
)

// dialect is all in which the two databases differ.
type dialect interface {
	name() string
	open(ctx context.Context, url string) (pools, error)
	// migrate brings the schema of the database at p up to date, of which write is the
	// pool that writes.
	migrate(ctx context.Context, p Places, write *sql.DB) error
	// reading is how long a read outside a transaction may take; 0: any time.
	reading() time.Duration
	// writer runs transactions on the pool that writes, and meters them.
	writer(p pools, m *meters) *writer
	// unique reports whether err is a violated unique constraint.
	unique(err error) bool
	// wrap adds what was attempted and gives transient failures their kind.
	wrap(what string, err error) error
	// scrub is the statement that empties the write-ahead log, with a row of
	// (busy, …); empty: the engine looks after its own files.
	scrub() string
	// touch is a statement that changes nothing but whose transaction must reach
	// the disk, and that a database which only reads refuses.
	touch() string
	// backup is the statement that copies the database to the file $1; empty: the
	// server has its own means.
	backup() string
	// facts is the query whose row tells the server's version, the database's bytes
	// and the server's clock in microseconds since 1970; 0: it has none of its own.
	facts() string
	// explain returns the statement that shows a query's plan.
	explain(query string) string
	// integrity is the query whose rows say what is damaged, or only "ok".
	integrity() string
}

// pools are the connections to a database.
type pools struct {
	read, write *sql.DB
	writers     int // transactions that may write at once; the rest of the pool reads
	closers     []func() error
}

// dialectOf chooses by the look of the URL.
func dialectOf(url string) dialect {
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return postgres{limit: readLimit}
	}
	return sqliteDialect{}
}

// minSQLite is the oldest SQLite with a correct WAL reset (fixed in 3.51.3).
var minSQLite = [3]int{3, 51, 3}

type sqliteDialect struct{}

func (sqliteDialect) name() string { return "sqlite" }

// SQLite's file is on this machine.
func (sqliteDialect) reading() time.Duration { return 0 }

func (d sqliteDialect) open(ctx context.Context, path string) (pools, error) {
	write, err := openSQLite(path, false)
	if err != nil {
		return pools{}, err
	}
	// One writer: SQLite has one anyway.
	write.SetMaxOpenConns(1)
	if err := d.checkVersion(ctx, write); err != nil {
		return pools{}, errors.Join(err, write.Close())
	}
	read, err := openSQLite(path, true)
	if err != nil {
		return pools{}, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)*2))
	read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)*2))
	return pools{read: read, write: write, writers: 1, closers: []func() error{write.Close, read.Close}}, nil
}

func openSQLite(path string, readOnly bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(sqliteDSN(path, readOnly))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(preparing{c}), nil
}

func (d sqliteDialect) writer(p pools, m *meters) *writer {
	return newWriter(oneWriter{p.write, d}, false, m)
}

// checkpoint has the write-ahead log brought into the database at 4,000 pages, 16 MiB,
// in place of 1,000: the pages that nearly every comment changes are brought there
// a quarter as often, which is a tenth of what a comment costs.
const checkpoint = "wal_autocheckpoint(4000)"

// writerCache is how much the connection that writes keeps of the database: 4 MB. A
// commit walks over all of it in a database of less than 1 GiB, to see whether the file
// has shrunk.
const writerCache = "cache_size(-4000)"

// sqliteDSN builds the data source name of one pool. The pragmas stand in it so
// that every connection of the pool gets them.
func sqliteDSN(path string, readOnly bool) string {
	q := url.Values{}
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)", "secure_delete(ON)", checkpoint} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
		q.Add("_pragma", "cache_size(-16000)")
	} else {
		q.Add("_pragma", writerCache)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func (sqliteDialect) checkVersion(ctx context.Context, db *sql.DB) error {
	var version string
	if err := db.QueryRowContext(ctx, `select sqlite_version()`).Scan(&version); err != nil {
		return err
	}
	var v [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return fmt.Errorf("SQLite version %q: %w", version, err)
	}
	for i := range v {
		if v[i] != minSQLite[i] {
			if v[i] < minSQLite[i] {
				return fmt.Errorf("SQLite %s is too old, need %v", version, minSQLite)
			}
			break
		}
	}
	return nil
}

func (sqliteDialect) unique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func (d sqliteDialect) wrap(what string, err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return forum.Fail(forum.Unavailable, "error.unavailable").After(time.Second).Because("%s: %w", what, err)
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
			return noWrites(what, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (sqliteDialect) integrity() string {
	return `select integrity_check from pragma_integrity_check
		union all select 'row of ' || "table" || ' without its ' || "parent" from pragma_foreign_key_check`
}

func (sqliteDialect) scrub() string { return `pragma wal_checkpoint(truncate)` }

func (sqliteDialect) touch() string { return `pragma user_version = 0` }

func (sqliteDialect) backup() string { return `vacuum into ?` }

func (sqliteDialect) facts() string {
	return `select sqlite_version(), (select page_count from pragma_page_count) * (select page_size from pragma_page_size), 0`
}

func (sqliteDialect) explain(query string) string { return "explain query plan " + query }

type postgres struct {
	limit    time.Duration // of a read
	lockWait time.Duration // how long a statement waits for a lock; 0: as the server has it
}

func (postgres) name() string { return "postgres" }

func (d postgres) reading() time.Duration { return d.limit }

func (d postgres) open(ctx context.Context, url string) (pools, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The URL may hold a password: the parser's words are not repeated.
		return pools{}, errors.New("the postgres:// URL is not valid")
	}
	// A URL for a pooler names another mode, in which connections keep no statements.
	if !strings.Contains(url, "default_query_exec_mode=") {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	}
	if !strings.Contains(url, "pool_max_conns=") {
		cfg.MaxConns = max(cfg.MaxConns, 16)
	}
	impatient(cfg)
	if d.lockWait > 0 {
		// Not a setting of the connection's start, which poolers refuse.
		cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
			_, err := c.Exec(ctx, fmt.Sprintf("set lock_timeout = %d", d.lockWait.Milliseconds()))
			return err
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return pools{}, err
	}
	db := stdlib.OpenDBFromPool(pool)
	return pools{
		read: db, write: db,
		// Writers may all wait, for one row or for a standby: half of the pool reads on.
		writers: max(1, int(cfg.MaxConns)/2),
		closers: []func() error{func() error { pool.Close(); return nil }, db.Close},
	}, nil
}

func (d postgres) writer(p pools, m *meters) *writer {
	return newWriter(besides{p.write, d, make(chan struct{}, p.writers)}, true, m)
}

func (postgres) unique(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505"
}

func (postgres) wrap(what string, err error) error {
	if unreachable(err) {
		return tryLater(what, err)
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch {
		case e.Code == "22021": // a NUL or broken UTF-8, which PostgreSQL stores nowhere
			return forum.Fail(forum.Invalid, "error.textEncoding").Because("%s: %w", what, err)
		case e.Code == "40001" || e.Code == "40P01":
			return forum.Fail(forum.Conflict, "error.conflict").Because("%s: %w", what, err)
		case e.Code == "53100" || e.Code == "58030" || e.Code == "25006": // disk full, I/O error, read only
			return noWrites(what, err)
		case e.Code == "55P03": // a lock took longer than the server's own lock_timeout
			return tryLater(what, err)
		case strings.HasPrefix(e.Code, "53") || strings.HasPrefix(e.Code, "57") || strings.HasPrefix(e.Code, "08"):
			return tryLater(what, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// PostgreSQL checks its own pages as it reads them; what is asked here is
// whether its catalogue still has every constraint in force.
func (postgres) integrity() string {
	return `select 'constraint ' || conname || ' is not validated' from pg_constraint where not convalidated`
}

// PostgreSQL gives the room of removed rows to new ones when it vacuums.
func (postgres) scrub() string { return "" }

func (postgres) touch() string {
	return `select id from goose_db_version order by id limit 1 for update`
}

func (postgres) backup() string { return "" }

func (postgres) facts() string {
	return `select current_setting('server_version'), pg_database_size(current_database()),
		cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)`
}

func (postgres) explain(query string) string { return "explain (costs off) " + query }

// Plan returns the database's plan of a query, one line a step. It is for tests.
func (r Reader) Plan(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := r.q.QueryContext(ctx, r.dialect.explain(query), args...)
	if err != nil {
		return nil, r.dialect.wrap("plan", err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return nil, r.dialect.wrap("plan", err)
	}
	var steps []string
	for rows.Next() {
		cells := make([]any, len(cols))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			return nil, r.dialect.wrap("plan", err)
		}
		steps = append(steps, fmt.Sprint(*cells[len(cells)-1].(*any)))
	}
	if err := rows.Err(); err != nil {
		return nil, r.dialect.wrap("plan", err)
	}
	return steps, nil
}
