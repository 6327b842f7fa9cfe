package main

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"parley/internal/storetest"
)

// migrationsOf names the folder with the migrations of parley-next.
const migrationsOf = "PARLEY_NEXT_MIGRATIONS"

// next is the program after this one: it brings migrations that this one knows
// nothing of, under the lock under which this one brings its own.
func next() {
	if err := migrateNext(os.Getenv("PARLEY_DB"), os.DirFS(os.Getenv(migrationsOf))); err != nil {
		fmt.Fprintln(os.Stderr, "parley-next:", err)
		os.Exit(1)
	}
	main()
}

// laterChanges are what the next program does to the schema, each in a migration of
// its own: a transaction that changed two tables could wait for a writer who waits for it.
var laterChanges = []string{
	`alter table stories add column later%d bigint not null default 0`,
	`alter table comments add column later%d text not null default ''`,
	`alter table accounts add column later%d boolean not null default false`,
	`create table later%d (site_id bigint not null, later_id bigint not null, primary key (site_id, later_id))`,
	`create index later_comments%d on comments (site_id, created_at)`,
}

// fleet is two nodes on one PostgreSQL behind a proxy that asks each whether it is
// ready.
type fleet struct {
	t          *testing.T
	database   string
	folder     string
	migrations string // of the next program

	mu    sync.Mutex
	nodes []*fleetNode
	turn  int
}

// fleetNode is a node as its proxy sees it.
type fleetNode struct {
	*served
	at     *url.URL
	ready  bool
	passed atomic.Int64 // requests
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{t: t, database: storetest.URL(t, "postgres"), folder: t.TempDir(), migrations: t.TempDir()}
	const ours = "../../internal/store/migrations/postgres"
	if err := os.CopyFS(f.migrations, os.DirFS(ours)); err != nil {
		t.Fatal(err)
	}
	return f
}

// release has the next program bring one more round of changes.
func (f *fleet) release(round int) {
	f.t.Helper()
	for i, change := range laterChanges {
		name := fmt.Sprintf("%05d_later.sql", 90000+10*round+i)
		text := "-- +goose Up\n" + fmt.Sprintf(change, round) + ";\n"
		if err := os.WriteFile(filepath.Join(f.migrations, name), []byte(text), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}

// start starts a node of a program and waits until the proxy sends to it.
func (f *fleet) start(program string) *fleetNode {
	f.t.Helper()
	command := exec.Command(program, "serve", "--drain", "300ms")
	command.Env = append(os.Environ(), "PARLEY_DB="+f.database, migrationsOf+"="+f.migrations)
	n := &fleetNode{served: startServed(f.t, f.folder, command)}
	var err error
	if n.at, err = url.Parse(n.base); err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	f.nodes = append(f.nodes[:len(f.nodes):len(f.nodes)], n)
	f.mu.Unlock()
	f.await("a node is ready", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return n.ready
	})
	return n
}

// await waits until something is so.
func (f *fleet) await(what string, so func() bool) {
	f.t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("it did not come to be that %s", what)
		}
	}
}

// stop ends a node as an operator does.
func (f *fleet) stop(n *fleetNode) {
	f.t.Helper()
	n.interrupt(f.t)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nodes = slices.DeleteFunc(slices.Clone(f.nodes), func(x *fleetNode) bool { return x == n })
}

// reach waits until so many more requests have passed to a node.
func (f *fleet) reach(n *fleetNode, more int64) {
	f.t.Helper()
	from := n.passed.Load()
	f.await("requests pass to a node", func() bool { return n.passed.Load() >= from+more })
}

// probe asks every node whether it is ready until ctx ends.
func (f *fleet) probe(ctx context.Context) {
	client := &http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		f.mu.Lock()
		nodes := f.nodes
		f.mu.Unlock()
		for _, n := range nodes {
			res, err := client.Get(n.base + "/readyz")
			if err == nil {
				res.Body.Close()
			}
			f.mu.Lock()
			n.ready = err == nil && res.StatusCode == http.StatusOK
			f.mu.Unlock()
		}
	}
}

// choose returns the node whose turn it is among those that are ready; nil: none.
func (f *fleet) choose() *fleetNode {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range f.nodes {
		f.turn++
		if n := f.nodes[f.turn%len(f.nodes)]; n.ready {
			n.passed.Add(1)
			return n
		}
	}
	return nil
}

// ServeHTTP passes a request on, once, to one node.
func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.choose()
	if n == nil {
		http.Error(w, "no node is ready", http.StatusBadGateway)
		return
	}
	(&httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(n.at) }}).ServeHTTP(w, r)
}

// migrateNext brings the database's tables up to what the next program wants.
func migrateNext(database string, migrations fs.FS) error {
	db, err := sql.Open("pgx", database)
	if err != nil {
		return err
	}
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations, goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(locker))
	if err != nil {
		return err
	}
	_, err = p.Up(context.Background())
	return err
}

// migrated returns the number of the last migration the database has had.
func (f *fleet) migrated() (n int) {
	f.t.Helper()
	err := storetest.Raw(f.t, "postgres", f.database).QueryRow("select max(version_id) from goose_db_version").Scan(&n)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// TestUpgrade replaces the nodes of a database one after the other by those of a
// program that changes the schema, under a crowd, and one of them back again. No
// request fails, and every acknowledged comment is there once. PARLEY_SOAK does it 20
// times.
func TestUpgrade(t *testing.T) {
	rounds := 1
	if os.Getenv("PARLEY_SOAK") != "" {
		rounds = 20
	}
	f := newFleet(t)
	story := addPaper(t, f.database)
	proxy := httptest.NewServer(f)
	defer proxy.Close()
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { f.probe(ctx) })
	defer running.Wait()
	defer stop()

	c := &crowd{base: proxy.URL, story: story, posted: map[string]bool{}}
	crowded, leave := context.WithCancel(ctx)
	a, b := f.start("parley"), f.start("parley")
	var members sync.WaitGroup
	for i := range 4 {
		members.Go(func() { c.member(crowded, fmt.Sprint("member", i), i%2 == 0, i < 3) })
	}
	for round := range rounds {
		f.release(round)
		for _, program := range []string{"parley-next", "parley-next", "parley"} {
			f.stop(a)
			f.reach(b, 20)
			a, b = b, f.start(program)
			f.reach(a, 20)
			f.reach(b, 20)
		}
	}
	leave()
	members.Wait()
	f.stop(a)
	f.stop(b)
	for _, failed := range c.failed {
		t.Error(failed)
	}
	t.Logf("%d nodes replaced, %d requests, %d comments", 3*rounds, c.asked.Load(), len(c.posted))
	countPosted(t, f.database, c.posted)
	if got, want := f.migrated(), 90000+10*(rounds-1)+len(laterChanges)-1; got != want {
		t.Errorf("the database is at migration %d, want %d", got, want)
	}
	if out, err := exec.Command("parley", "doctor", "--db", f.database).CombinedOutput(); err != nil || strings.Contains(string(out), "WRONG") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
}
