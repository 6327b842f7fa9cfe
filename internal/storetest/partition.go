package storetest

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Partitioned has the PostgreSQL of all tests cut into partitions by site; make soak
// runs the tests of the store and the desk so.
const Partitioned = "PARLEY_PARTITIONED"

// Parts is how many partitions a table is cut into.
const Parts = 4

// partition cuts every table, all of them empty, into Parts by a hash of the site. What
// works then works on tables that an operator partitions, and, as no statement needs
// two parts, on sites that are spread over several servers.
const partition = `do $$
declare f record; t record;
begin
	create schema parts;
	create temp table old_keys on commit drop as
		select conname as name, conrelid::regclass::text as of, pg_get_constraintdef(oid) as definition
		from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace;
	for f in select * from old_keys loop
		execute format('alter table %%I drop constraint %%I', f.of, f.name);
	end loop;
	for t in select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname not like 'goose%%' loop
		execute format('alter table %%I rename to old_whole', t.name);
		execute format('create table %%I (like old_whole including all) partition by hash (site_id)', t.name);
		for i in 0 .. %[1]d - 1 loop
			execute format('create table parts.%%I partition of %%I for values with (modulus %[1]d, remainder %%s)', t.name || '_part' || i, t.name, i);
		end loop;
		drop table old_whole;
	end loop;
	for f in select * from old_keys loop
		execute format('alter table %%I add constraint %%I %%s', f.of, f.name, f.definition);
	end loop;
end $$`

// Partition cuts the tables of a fresh PostgreSQL into partitions by site.
func Partition(t testing.TB, url string) {
	t.Helper()
	if err := cut(url); err != nil {
		t.Fatal(err)
	}
}

func cut(url string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, fmt.Sprintf(partition, Parts)); err != nil {
		return fmt.Errorf("partition: %w", err)
	}
	return nil
}

// partitioned reports whether all tests are to run on partitions.
func partitioned() bool { return os.Getenv(Partitioned) != "" }
