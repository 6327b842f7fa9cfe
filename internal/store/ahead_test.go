package store_test

import (
	"sync"
	"testing"

	"parley/internal/forum"
	"parley/internal/pgtest"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestOpen_ahead opens a database that a newer program has been at: there are
// columns, a table and a migration this one knows nothing of. Changes only expand,
// so it starts, reads and writes as before.
func TestOpen_ahead(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			place := storetest.URL(t, engine)
			s, err := store.Open(t.Context(), place)
			if err != nil {
				t.Fatal(err)
			}
			site := storetest.Site(t, s, "a")
			story := storetest.Story(t, s, site.ID, "A")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			storetest.Plant(
				t, engine, place,
				`alter table stories add column later bigint not null default 0`,
				`alter table comments add column later text not null default ''`,
				`alter table accounts add column later boolean not null default false`,
				`create table later (site_id bigint not null, later_id bigint not null, primary key (site_id, later_id))`,
				`insert into goose_db_version (version_id, is_applied) values (99999, true)`,
			)
			s, err = store.Open(t.Context(), place)
			if err != nil {
				t.Fatalf("a database that is ahead: %v", err)
			}
			defer s.Close()
			other := storetest.Story(t, s, site.ID, "B")
			must(t, s, func(tx *store.Tx) error {
				_, err := tx.TouchStory(ctx, site.ID, other.ID, 1, 0)
				return err
			})
			moves, err := s.Moves(t.Context(), site.ID, []forum.ID{story.ID, other.ID})
			if err != nil || len(moves) != 2 {
				t.Errorf("moves %+v (%v)", moves, err)
			}
		})
	}
}

// TestOpenPlaces_pooler opens PostgreSQL by way of a PgBouncer that gives every
// transaction another connection, the schema past it: many write and read at once over
// the pooler's few connections, on which no statement stays.
func TestOpenPlaces_pooler(t *testing.T) {
	place := storetest.URL(t, "postgres")
	s, err := store.OpenPlaces(t.Context(), store.Places{URL: pgtest.Pooled(t, place), Direct: place})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := storetest.Site(t, s, "a")
	story := storetest.Story(t, s, site.ID, "A")
	const callers = 4 * pgtest.PoolSize
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			must(t, s, func(tx *store.Tx) error {
				_, err := tx.TouchStory(ctx, site.ID, story.ID, 1, 0)
				return err
			})
		})
	}
	all.Wait()
	read, err := s.Story(t.Context(), site.ID, story.ID)
	if err != nil || read.Headline != story.Headline || !read.PublishedAt.Equal(story.PublishedAt) || read.Comments != callers {
		t.Errorf("read %+v (%v), want %+v with %d comments", read, err, story, callers)
	}
	must(t, s, func(tx *store.Tx) error {
		servers, err := tx.WriteText(ctx, `select cast(pid as text) from pg_stat_activity where datname = current_database()`)
		if len(servers) > pgtest.PoolSize {
			t.Errorf("%d connections, want at most %d", len(servers), pgtest.PoolSize)
		}
		return err
	})
	must(t, s, func(tx *store.Tx) error {
		kept, err := tx.WriteText(ctx, `select statement from pg_prepared_statements where statement not like '%pg_prepared_statements%'`)
		if len(kept) > 0 {
			t.Errorf("a connection keeps %q", kept)
		}
		return err
	})
}
