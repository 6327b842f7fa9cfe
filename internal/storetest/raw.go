package storetest

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Raw opens the database of a URL beside its store, to see what it hides.
func Raw(t testing.TB, engine, url string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if engine == "postgres" {
		driver = "pgx"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// AwaitLock returns once a transaction waits for a lock in a PostgreSQL database.
func AwaitLock(t testing.TB, db *sql.DB) {
	t.Helper()
	waits := 0
	for deadline := time.Now().Add(20 * time.Second); waits == 0; {
		err := db.QueryRow(`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`).Scan(&waits)
		if err == nil && waits == 0 && time.Now().After(deadline) {
			err = errors.New("nobody waits for a lock")
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// Plant runs statements beside the store, to put there what no verb of the test
// makes.
func Plant(t testing.TB, engine, url string, statements ...string) {
	t.Helper()
	db := Raw(t, engine, url)
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Dump returns every value of every table as one text, a line for each row.
func Dump(t testing.TB, engine, url string) string {
	t.Helper()
	db := Raw(t, engine, url)
	defer db.Close()
	tables := `select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name`
	if engine == "postgres" {
		tables = `select table_name::text from information_schema.tables where table_schema = 'public' order by 1`
	}
	var b strings.Builder
	for _, table := range column(t, db, tables) {
		query := `select row_to_json(x)::text from ` + table + ` x`
		if engine == "sqlite" {
			query = `select ` + strings.Join(column(t, db, `select 'coalesce(cast("' || name || '" as text), '''')' from pragma_table_info('`+table+`')`), ` || ' ' || `) +
				` from ` + table
		}
		for _, row := range column(t, db, query) {
			fmt.Fprintf(&b, "%s: %s\n", table, row)
		}
	}
	return b.String()
}

// column returns the only column of a query.
func column(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
