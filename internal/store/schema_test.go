package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// forEachRaw is storetest.ForEach with the database itself beside the store.
func forEachRaw(t *testing.T, test func(t *testing.T, s *store.Store, db *sql.DB)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s, err := store.Open(context.Background(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			test(t, s, storetest.Raw(t, engine, url))
		})
	}
}

func TestStatements_prepare(t *testing.T) {
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		if n := len(store.Statements()); n < 60 {
			t.Fatalf("%d statements", n)
		}
		for _, text := range store.Statements() {
			stmt, err := db.Prepare(text)
			if err != nil {
				t.Errorf("%v\n%s", err, text)
				continue
			}
			stmt.Close()
		}
	})
}

// allSites is the one statement that is about all of them.
const allSites = `select site_id, slug, name, settings, created_at, staff_changes from sites order by created_at, slug`

func TestStatements_nameTheSite(t *testing.T) {
	named := regexp.MustCompile(`site_id = \$1\b|insert into \w+ \(site_id\b`)
	for _, text := range store.Statements() {
		if !named.MatchString(text) && text != allSites {
			t.Errorf("names no site:\n%s", text)
		}
	}
}

// TestStatements_onePart plans every statement on a database whose tables are cut up
// by site: it touches one part, and the same one of every table.
func TestStatements_onePart(t *testing.T) {
	url := pgtest.Open(t)
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Partition(t, url)
	db := storetest.Raw(t, "postgres", url)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`set plan_cache_mode = force_custom_plan`); err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(` on \w+_part(\d)`)
	values := map[string]string{
		"bigint": "1", "integer": "1", "boolean": "false", "text": "'1'", "double precision": "1", "bytea": `'\x00'`,
	}
	touched := 0
	for i, text := range store.Statements() {
		name := fmt.Sprint("p", i)
		if _, err := db.Exec(`prepare ` + name + ` as ` + text); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		var given []string
		for _, kind := range texts(t, db, `select unnest(parameter_types)::text from pg_prepared_statements where name = $1`, name) {
			if values[kind] == "" {
				t.Fatalf("no value of type %s for\n%s", kind, text)
			}
			given = append(given, values[kind])
		}
		execute := `explain (costs off) execute ` + name
		if len(given) > 0 {
			execute += "(" + strings.Join(given, ",") + ")"
		}
		parts := map[string]bool{}
		for _, step := range texts(t, db, execute) {
			for _, m := range part.FindAllStringSubmatch(step, -1) {
				parts[m[1]] = true
				touched++
			}
		}
		if len(parts) > 1 && text != allSites {
			t.Errorf("it touches %d parts:\n%s", len(parts), text)
		}
	}
	if touched < 200 {
		t.Errorf("%d scans of parts were seen", touched)
	}
}

// columns of a query of one text column.
func texts(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// queries of the two databases' catalogues.
var catalogue = map[string]struct{ tables, columns, unique, indexes string }{
	"sqlite": {
		tables:  `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name not like 'goose%' order by name`,
		columns: `select name from pragma_table_xinfo($1) order by cid`,
		unique: `select coalesce((select group_concat(name) from (select name from pragma_table_info($1) where pk > 0 order by pk)), '')
			union all select (select group_concat(name) from (select name from pragma_index_info(i.name) order by seqno))
			from pragma_index_list($1) i where i."unique"`,
		indexes: `select (select group_concat(name) from (select name from pragma_index_info(i.name) order by seqno)) from pragma_index_list($1) i`,
	},
	"postgres": {
		tables:  `select table_name::text from information_schema.tables where table_schema = 'public' and table_name not like 'goose%' order by table_name collate "C"`,
		columns: `select column_name::text from information_schema.columns where table_schema = 'public' and table_name = $1 order by ordinal_position`,
		unique: `select (select string_agg(a.attname, ',' order by k.n) from unnest(i.indkey::int[]) with ordinality as k(num, n)
			join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num) from pg_index i where i.indrelid = $1::text::regclass and i.indisunique`,
		indexes: `select (select string_agg(a.attname, ',' order by k.n) from unnest(i.indkey::int[]) with ordinality as k(num, n)
			join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.num) from pg_index i where i.indrelid = $1::text::regclass`,
	},
}

func TestSchema_siteFirst(t *testing.T) {
	schemas := map[string]map[string][]string{}
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		c := catalogue[s.Engine()]
		tables := texts(t, db, c.tables)
		if len(tables) < 15 {
			t.Fatalf("tables: %v", tables)
		}
		schema := map[string][]string{}
		for _, table := range tables {
			schema[table] = texts(t, db, c.columns, table)
			if schema[table][0] != "site_id" {
				t.Errorf("%s begins with %s", table, schema[table][0])
			}
			unique := texts(t, db, c.unique, table)
			if len(unique) == 0 || unique[0] == "" {
				t.Errorf("%s has no primary key", table)
			}
			for _, columns := range append(unique, texts(t, db, c.indexes, table)...) {
				if columns != "site_id" && !strings.HasPrefix(columns, "site_id,") {
					t.Errorf("a key of %s is (%s)", table, columns)
				}
			}
		}
		schemas[s.Engine()] = schema
	})
	if len(schemas) == 2 {
		if diff := cmp.Diff(schemas["sqlite"], schemas["postgres"]); diff != "" {
			t.Errorf("the schemas differ: %s", diff)
		}
	}
}

func TestOpen_again(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			ctx := context.Background()
			for range 2 {
				s, err := store.Open(ctx, url)
				if err != nil {
					t.Fatal(err)
				}
				if sites, err := s.Sites(ctx); err != nil || len(sites) > 1 {
					t.Errorf("sites: %v, %v", sites, err)
				} else if len(sites) == 0 {
					storetest.Site(t, s, "kept")
				}
				if err := s.Ping(ctx); err != nil || s.Engine() != engine {
					t.Errorf("%s: %v", s.Engine(), err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestOpen_tableInUse opens a database that lacks migrations while a long transaction
// writes to the table that it changes: until that has ended, others write on.
func TestOpen_tableInUse(t *testing.T) {
	url := pgtest.Open(t)
	db := storetest.Raw(t, "postgres", url)
	older, err := goose.NewProvider(goose.DialectPostgres, db, os.DirFS("migrations/postgres"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	// The next one, 3, is an index of the jobs.
	if _, err := older.UpTo(ctx, 2); err != nil {
		t.Fatal(err)
	}
	long, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := long.Exec(`lock table jobs in row exclusive mode`); err != nil {
		t.Fatal(err)
	}
	opened := make(chan error, 1)
	go func() {
		s, err := store.Open(ctx, url)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	// A migration that waits stands in the way of all who come after it.
	waits := func() (n int) {
		if err := db.QueryRow(`select count(*) from pg_locks where relation = 'jobs'::regclass and not granted`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for waits() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	soon, done := context.WithTimeout(ctx, 20*time.Second)
	defer done()
	if _, err := db.ExecContext(soon, `delete from jobs where false`); err != nil {
		t.Fatal(err)
	}
	if err := long.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

func TestOpen_refuses(t *testing.T) {
	for _, url := range []string{t.TempDir(), t.TempDir() + "/none/parley.db", "postgres://%zz", "postgres://me:secret@127.0.0.1:1/x?connect_timeout=1"} {
		s, err := store.Open(context.Background(), url)
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestSchema_noStrangers(t *testing.T) {
	forEachRaw(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		if s.Engine() == "sqlite" {
			for pragma, want := range map[string]string{"foreign_keys": "1", "synchronous": "2", "journal_mode": "wal"} {
				if got := pragmas(t, s, pragma); !slices.Equal(got, []string{want}) {
					t.Errorf("pragma %s is %v", pragma, got)
				}
			}
		}
		site := storetest.Site(t, s, "a")
		story := storetest.Story(t, s, site.ID, "x")
		stranger := story
		stranger.ID = storetest.ID()
		err := s.Write(context.Background(), storetest.Epoch, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddAlias(ctx, site.ID, "k", stranger.ID)
		})
		if err == nil {
			t.Error("an alias of no story was stored: foreign keys are off")
		}
	})
}

// pragmas returns the values of a pragma on the connections that read and write,
// each once.
func pragmas(t *testing.T, s *store.Store, name string) []string {
	t.Helper()
	ctx := context.Background()
	all, err := s.ReadText(ctx, `pragma `+name)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		more, err := tx.WriteText(ctx, `pragma `+name)
		all = append(all, more...)
		return err
	})
	slices.Sort(all)
	return slices.Compact(all)
}
