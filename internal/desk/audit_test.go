package desk_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/internal/audit"
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// write appends entries to a site's log, every third with a value kept apart.
func grow(t testing.TB, s *store.Store, site forum.ID, n int) {
	t.Helper()
	storetest.Write(t, s, func(ctx context.Context, tx *store.Tx) error {
		for i := range n {
			e := forum.LogEntry{
				SiteID: site, ActorID: forum.ID(i%5 + 1), ActorRole: forum.RoleModerator, Action: "comment.reject",
				Object: fmt.Sprintf("comment:%d", i%7), Reason: "abuse", Before: "published", After: "rejected", Request: fmt.Sprint("r", i),
			}
			if i%3 == 0 {
				e.Action, e.Value, e.Salt = "account.reveal", fmt.Sprint("name ", i), fmt.Sprint("salt ", i)
			}
			if _, err := tx.AppendLog(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// vandal changes a database behind the program's back.
type vandal struct {
	t    testing.TB
	db   *sql.DB
	r    *rand.Rand
	site forum.Site
	rows int
}

// newVandal opens the database itself, without its foreign keys, and keeps
// copies of the log to put back.
func newVandal(t testing.TB, engine, url string, site forum.Site, rows int) *vandal {
	t.Helper()
	driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[engine]
	db, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	v := &vandal{t: t, db: db, r: rand.New(rand.NewPCG(7, 11)), site: site, rows: rows}
	lax := `pragma synchronous = off; pragma busy_timeout = 10000`
	if engine == "postgres" {
		lax = `set session_replication_role = replica`
	}
	v.do(lax)
	for _, table := range []string{"log_entries", "log_private", "log_heads"} {
		v.do(`create table kept_` + table + ` as select * from ` + table)
	}
	return v
}

func (v *vandal) do(query string, args ...any) {
	v.t.Helper()
	if _, err := v.db.Exec(query, args...); err != nil {
		v.t.Fatalf("%s: %v", query, err)
	}
}

// restore puts the log back as it was.
func (v *vandal) restore() {
	v.t.Helper()
	tx, err := v.db.Begin()
	if err != nil {
		v.t.Fatal(err)
	}
	for _, table := range []string{"log_private", "log_entries", "log_heads"} {
		for _, query := range []string{`delete from ` + table, `insert into ` + table + ` select * from kept_` + table} {
			if _, err := tx.Exec(query); err != nil {
				v.t.Fatalf("%s: %v", query, err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		v.t.Fatal(err)
	}
}

// any returns a number of an entry from lo to the last.
func (v *vandal) any(lo int) int { return lo + v.r.IntN(v.rows-lo+1) }

// shift moves the numbers from n on by one, up or down.
func (v *vandal) shift(n, by int) {
	v.do(`update log_entries set seq = -seq where seq >= $1`, n)
	v.do(`update log_entries set seq = -seq + $1 where seq < 0`, by)
}

// rewrite hashes the log anew and moves its head, as somebody does who hides a
// change as well as the database lets him.
func (v *vandal) rewrite(s *store.Store) {
	entries, err := s.LogAfter(ctx, v.site.ID, 0, 10*v.rows)
	if err != nil {
		v.t.Fatal(err)
	}
	prev := ""
	for _, e := range entries {
		e.Prev = prev
		e.Hash = e.Chain()
		v.do(`update log_entries set prev = $1, hash = $2 where seq = $3`, e.Prev, e.Hash, e.Seq)
		prev = e.Hash
	}
	v.do(`update log_heads set seq = $1, hash = $2`, len(entries), prev)
}

var logColumns = strings.Fields("actor_role action object reason before after request private prev hash")

// crimes are what can be done to the rows of a log. Each returns what it did.
var crimes = []func(v *vandal, s *store.Store) string{
	func(v *vandal, _ *store.Store) string {
		column, n := logColumns[v.r.IntN(len(logColumns))], v.any(1)
		v.do(`update log_entries set `+column+` = `+column+` || 'x' where seq = $1`, n)
		return fmt.Sprint("edited ", column, " of ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.do(`update log_entries set at = at + 1 where seq = $1`, n)
		return fmt.Sprint("moved the time of ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.do(`update log_entries set actor_id = actor_id + 1 where seq = $1`, n)
		return fmt.Sprint("blamed another for ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.do(`delete from log_entries where seq = $1`, n)
		return fmt.Sprint("removed ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.do(`delete from log_entries where seq = $1`, n)
		v.shift(n+1, -1)
		return fmt.Sprint("removed ", n, " and closed the gap")
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(2)
		m := 1 + v.r.IntN(n-1)
		v.do(`update log_entries set seq = -1 where seq = $1`, n)
		v.do(`update log_entries set seq = $1 where seq = $2`, n, m)
		v.do(`update log_entries set seq = $1 where seq = -1`, m)
		return fmt.Sprint("swapped ", m, " and ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.shift(n, 1)
		v.do(`insert into log_entries select site_id, $1, at, actor_id, actor_role, action, object, 'forged', before, after, request, '', prev, hash
			from log_entries where seq = $2`, n, n+1)
		return fmt.Sprint("inserted before ", n)
	},
	func(v *vandal, _ *store.Store) string {
		v.do(`insert into log_entries select site_id, seq + 1, at, actor_id, actor_role, action, object, reason, before, after, request, '', hash, 'x'
			from log_entries where seq = $1`, v.rows)
		return "added at the end"
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(1)
		v.do(`delete from log_entries where seq >= $1`, n)
		return fmt.Sprint("cut from ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := v.any(2)
		v.do(`delete from log_private where seq >= $1`, n)
		v.do(`delete from log_entries where seq >= $1`, n)
		v.do(`update log_heads set seq = $1, hash = (select hash from log_entries where seq = $1)`, n-1)
		return fmt.Sprint("cut from ", n, " and moved the head")
	},
	func(v *vandal, _ *store.Store) string {
		for _, table := range []string{"log_private", "log_entries", "log_heads"} {
			v.do(`delete from ` + table)
		}
		return "removed everything"
	},
	func(v *vandal, _ *store.Store) string {
		if v.r.IntN(2) == 0 {
			v.do(`update log_heads set seq = seq - 1`)
		} else {
			v.do(`update log_heads set hash = 'x'`)
		}
		return "moved the head"
	},
	func(v *vandal, _ *store.Store) string {
		v.do(`delete from log_heads`)
		return "removed the head"
	},
	func(v *vandal, _ *store.Store) string {
		column := []string{"value", "salt"}[v.r.IntN(2)]
		n := 1 + 3*v.r.IntN(v.rows/3)
		v.do(`update log_private set `+column+` = `+column+` || 'x' where seq = $1`, n)
		return fmt.Sprint("edited the ", column, " kept for ", n)
	},
	func(v *vandal, _ *store.Store) string {
		n := 2 + 3*v.r.IntN(v.rows/3)
		v.do(`insert into log_private (site_id, seq, salt, value) values ($1, $2, 's', 'v')`, v.site.ID, n)
		return fmt.Sprint("gave ", n, " a value")
	},
	func(v *vandal, s *store.Store) string {
		n := v.any(1)
		v.do(`update log_entries set reason = 'spam' where seq = $1`, n)
		v.rewrite(s)
		return fmt.Sprint("edited ", n, " and hashed all anew")
	},
	func(v *vandal, s *store.Store) string {
		n := v.any(1)
		v.do(`delete from log_private where seq >= $1`, n)
		v.do(`delete from log_entries where seq = $1`, n)
		v.shift(n+1, -1)
		v.rewrite(s)
		return fmt.Sprint("removed ", n, " and hashed all anew")
	},
}

// TestVerifyLog_mutations changes rows of a real log a thousand times behind the
// program's back, and finds every change; the untouched log verifies between.
func TestVerifyLog_mutations(t *testing.T) {
	const rows = 24
	times := 1000
	if testing.Short() {
		times = 5 * len(crimes)
	}
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			s, err := store.Open(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			site := storetest.Site(t, s, "main")
			grow(t, s, site.ID, rows)
			d := desk.New(s, func() time.Time { return storetest.Epoch })
			head, err := s.LogHead(ctx, site.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, key, _ := ed25519.GenerateKey(nil)
			signed := []audit.Head{audit.Sign(key, site.Slug, head.Seq, head.Hash, storetest.Epoch)}
			v := newVandal(t, engine, url, site, rows)
			found := 0
			for i := range times {
				did := crimes[i%len(crimes)](v, s)
				report, err := d.VerifyLog(ctx, site, signed)
				if err != nil {
					t.Fatalf("%s: %v", did, err)
				}
				if report.Good() {
					t.Errorf("%s: not found", did)
				} else {
					found++
				}
				v.restore()
			}
			if found != times {
				t.Errorf("%d of %d found", found, times)
			}
			if r, err := d.VerifyLog(ctx, site, signed); err != nil || !r.Good() || r.Entries != rows || r.Heads != 1 {
				t.Errorf("the untouched log: %+v %v", r, err)
			}
		})
	}
}

// TestVerifyLog_erased erases what is kept apart, and the log verifies.
func TestVerifyLog_erased(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := storetest.Site(t, s, "main")
	grow(t, s, site.ID, 12)
	v := newVandal(t, "sqlite", url, site, 12)
	v.do(`delete from log_private where seq in (1, 7)`)
	r, err := desk.New(s, time.Now).VerifyLog(ctx, site, nil)
	if err != nil || !r.Good() || r.Entries != 12 {
		t.Errorf("%+v %v", r, err)
	}
}

// TestVerifyLog_longAndGrowing verifies a log of many pages while it grows.
func TestVerifyLog_longAndGrowing(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		grow(t, o.s, o.site.ID, 1203)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					grow(t, o.s, o.site.ID, 3)
				}
			}
		}()
		for range 20 {
			if r, err := o.d.VerifyLog(ctx, o.site, nil); err != nil || !r.Good() || r.Entries < 1203 {
				t.Errorf("%+v %v", r, err)
				break
			}
		}
		close(stop)
		<-ended
	})
}

func TestSignHead(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		if err := o.d.SignHead(ctx, o.site); err != nil {
			t.Fatalf("without a keeper: %v", err)
		}
		path := filepath.Join(t.TempDir(), "heads")
		_, key, _ := ed25519.GenerateKey(nil)
		o.d.Connect(desk.Outside{Heads: audit.NewKeeper(key, path)})
		sign := func() []audit.Head {
			t.Helper()
			if err := o.d.SignHead(ctx, o.site); err != nil {
				t.Fatal(err)
			}
			text, _ := os.ReadFile(path)
			heads, faults, err := audit.ReadHeads(bytes.NewReader(text), key.Public().(ed25519.PublicKey))
			if err != nil || len(faults) > 0 {
				t.Fatal(faults, err)
			}
			return heads
		}
		before := len(sign())
		grow(t, o.s, o.site.ID, 5)
		if n := len(sign()); n != before+1 {
			t.Errorf("%d heads after the log grew, %d before", n, before)
		}
		if n := len(sign()); n != before+1 {
			t.Errorf("%d heads though nothing was added", n)
		}
		// A keeper that lost its file writes the end that was signed again.
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		o.d.Connect(desk.Outside{Heads: audit.NewKeeper(key, path)})
		heads := sign()
		if len(heads) != 1 {
			t.Fatalf("%d heads", len(heads))
		}
		if r, err := o.d.VerifyLog(ctx, o.site, heads); err != nil || !r.Good() || r.Heads != 1 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

func TestLog(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		grow(t, o.s, o.site.ID, 40)
		auditor := o.owner
		auditor.Account.Role = forum.RoleAuditor
		read := func(actor forum.Actor, f desk.LogFilter, before int64, limit int) []desk.LogLine {
			t.Helper()
			lines, err := o.d.Log(ctx, o.site, actor, f, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			return lines
		}
		all := read(o.owner, desk.LogFilter{}, 0, 100)
		if len(all) < 40 || all[0].Entry.Seq <= all[1].Entry.Seq {
			t.Fatalf("%d lines, not the newest first", len(all))
		}
		if page := read(o.owner, desk.LogFilter{}, all[9].Entry.Seq, 10); page[0].Entry.Seq != all[10].Entry.Seq {
			t.Error("the second page does not go on behind the first")
		}
		for f, fits := range map[desk.LogFilter]func(e forum.LogEntry) bool{
			{Action: "account.reveal"}:                    func(e forum.LogEntry) bool { return e.Action == "account.reveal" },
			{Actor: 2}:                                    func(e forum.LogEntry) bool { return e.ActorID == 2 },
			{Object: "comment:3"}:                         func(e forum.LogEntry) bool { return e.Object == "comment:3" },
			{Actor: 1 << 40}:                              func(forum.LogEntry) bool { return false },
			{Object: "comment:3", Actor: 1 << 40}:         func(forum.LogEntry) bool { return false },
			{Actor: 1, Action: "comment.reject"}:          func(e forum.LogEntry) bool { return e.ActorID == 1 && e.Action == "comment.reject" },
			{Object: "comment:3", Action: "comment.hold"}: func(forum.LogEntry) bool { return false },
		} {
			want := 0
			for _, l := range all {
				if fits(l.Entry) {
					want++
				}
			}
			got := read(o.owner, f, 0, 100)
			for _, l := range got {
				if !fits(l.Entry) {
					t.Errorf("%+v shows %+v", f, l.Entry)
				}
			}
			if len(got) != want {
				t.Errorf("%+v shows %d lines, want %d", f, len(got), want)
			}
		}
		for _, l := range read(auditor, desk.LogFilter{Action: "account.reveal"}, 0, 3) {
			if l.Entry.Value != "" || l.Entry.Salt != "" || !l.Apart {
				t.Errorf("an auditor reads what is kept apart: %+v", l)
			}
		}
		for _, l := range read(o.owner, desk.LogFilter{Action: "account.reveal"}, 0, 3) {
			if l.Entry.Value == "" || l.Entry.Salt != "" || l.Apart {
				t.Errorf("an admin does not read what is kept apart: %+v", l)
			}
		}
		moderator := o.owner
		moderator.Account.Role = forum.RoleModerator
		for _, a := range []forum.Actor{moderator, o.guest(), {}} {
			if _, err := o.d.Log(ctx, o.site, a, desk.LogFilter{}, 0, 1); !forum.IsKind(err, forum.Forbidden) {
				t.Errorf("%s reads the log: %v", a.Account.Role, err)
			}
		}
	})
}

// TestSignHead_locks signs the log while an endpoint that is told of it is being
// removed: who signs waits for who removes, and holds nothing that they need.
// SQLite has one writer, and nobody to wait for.
func TestSignHead_locks(t *testing.T) {
	url := storetest.URL(t, "postgres")
	s, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	o := newOffice(t, s)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keeper := audit.NewKeeper(key, filepath.Join(t.TempDir(), "heads"))
	o.d.Connect(desk.Outside{BaseURL: "https://talk.paper.example", Mail: relay(t), Heads: keeper})
	e, err := o.d.AddEndpoint(ctx, o.site, o.owner, forum.ToEmail, "desk@paper.example", []forum.Event{forum.EventLogHead})
	if err != nil {
		t.Fatal(err)
	}
	db := storetest.Raw(t, "postgres", url)
	signed := make(chan error, 1)
	storetest.Write(t, s, func(inside ctxT, tx txT) error {
		if err := tx.DropEndpoint(inside, o.site.ID, e.ID); err != nil {
			return err
		}
		go func() { signed <- o.d.SignHead(ctx, o.site) }()
		storetest.AwaitLock(t, db)
		_, err := tx.AppendLog(inside, forum.LogEntry{SiteID: o.site.ID, Action: "endpoint.remove"})
		return err
	})
	if err := <-signed; err != nil {
		t.Error(err)
	}
}
