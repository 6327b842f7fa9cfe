package desk_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"parley/internal/desk"
	"parley/internal/diskfault"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// The power fails at every point of a busy hour: after each change of a file, with
// what was not yet flushed there, lost, torn, or kept in part. Reopened, the
// database is whole, and has everything that anybody was told is saved.
//
// PARLEY_CRASH_STATES sets how many of these states are looked at.
func TestCrash_powerLoss(t *testing.T) {
	storetest.NoRace(t)
	states, clients, acts := 60, 3, 4
	if text := os.Getenv("PARLEY_CRASH_STATES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		states, clients, acts = n, 4, 30
	}
	tape := record(t, clients, acts)
	c := newCrash(t, tape, states)
	for c.next() {
		for _, keep := range c.choices() {
			c.look(keep)
		}
	}
	t.Logf("%d changes of files, %d acknowledgements, %d states looked at, %d of them with a whole installation on top",
		len(tape.marks)-c.acknowledged, c.acknowledged, c.looked, c.whole)
	if c.looked < states*9/10 || c.acknowledged == 0 {
		t.Errorf("only %d states and %d acknowledgements", c.looked, c.acknowledged)
	}
}

// mark is what a tape holds: a change of a file, or an acknowledgement.
type mark struct {
	diskfault.Change
	told *told
}

// told is what somebody was told is saved.
type told struct {
	draft    desk.Draft
	comment  forum.ID
	rejected bool
}

// tape is what happened to the files of a database, and what people were told, in
// this order.
type tape struct {
	mu     sync.Mutex
	folder string
	marks  []mark
}

func (p *tape) add(m mark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.marks = append(p.marks, m)
}

// record lets clients write at the same time into a new database.
func record(t *testing.T, clients, acts int) *tape {
	p := &tape{folder: t.TempDir()}
	diskfault.Watch(t, p.folder, func(c diskfault.Change) int32 {
		c.Data = bytes.Clone(c.Data)
		p.add(mark{Change: c})
		return 0
	})
	s, err := store.Open(ctx, filepath.Join(p.folder, "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, s)
	root := o.post(o.guest(), 0, "the first")
	for i, err := range atOnce(clients, func(i int) error {
		for n := range acts {
			if err := o.act(p, root.ID, i, n); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// act is one act of a client: a comment, and sometimes its rejection, the index of
// all comments or a checkpoint.
func (o *office) act(p *tape, root forum.ID, client, n int) error {
	var parent forum.ID
	if n%2 == 1 {
		parent = root
	}
	draft := draftOf(o.story.ID, parent, fmt.Sprintf("client %d says its %d. thing at some length", client, n))
	posted, err := o.d.Post(ctx, o.site, forum.Actor{Network: "n"}, draft)
	if err != nil {
		return err
	}
	p.add(mark{told: &told{draft: draft, comment: posted.Comment.ID}})
	if n%4 == 1 {
		r := desk.Ruling{Comment: posted.Comment.ID, Verb: forum.Reject, From: forum.Published, Reason: "abuse"}
		if _, err := o.d.Decide(ctx, o.site, o.owner, r); err != nil {
			return err
		}
		p.add(mark{told: &told{draft: draft, comment: posted.Comment.ID, rejected: true}})
	}
	if n%3 == 2 {
		if err := o.d.Index(ctx, o.site.ID); err != nil {
			return err
		}
	}
	if n%8 == 3 {
		_, err = o.s.Scrub(ctx)
	}
	return err
}

// crash goes through a tape. For every file it has what is surely on disk, what is
// there if everything arrived, and the changes between the two.
type crash struct {
	t       *testing.T
	tape    *tape
	at      int
	random  *rand.Rand
	every   float64 // share of the states that is looked at
	sure    map[string][]byte
	pending map[string][]diskfault.Change
	flushed bool // by the last change
	told    []told
	folder  string

	looked, whole, acknowledged int
}

func newCrash(t *testing.T, p *tape, states int) *crash {
	c := &crash{t: t, tape: p, random: rand.New(rand.NewPCG(7, uint64(states))), sure: map[string][]byte{}, pending: map[string][]diskfault.Change{}}
	all := 0
	for _, m := range p.marks {
		all += len(variants)
		if m.told != nil {
			all -= len(variants)
		}
	}
	c.every = min(1, float64(states)/float64(all)*1.15)
	// States are many and short-lived: they need no disk.
	shm, err := os.MkdirTemp("/dev/shm", "parley-crash-")
	if err != nil {
		shm = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(shm) })
	c.folder = shm
	return c
}

// next moves past the next mark.
func (c *crash) next() bool {
	if c.at == len(c.tape.marks) {
		return false
	}
	m := c.tape.marks[c.at]
	c.at++
	if m.told != nil {
		c.told = append(c.told, *m.told)
		c.acknowledged++
		return c.next()
	}
	c.flushed = false
	switch m.Kind {
	case diskfault.Sync:
		c.sure[m.Path] = applied(c.sure[m.Path], c.pending[m.Path]...)
		c.pending[m.Path], c.flushed = nil, true
	case diskfault.Delete:
		// SQLite flushes the folder before it goes on.
		delete(c.sure, m.Path)
		delete(c.pending, m.Path)
	default:
		c.pending[m.Path] = append(c.pending[m.Path], m.Change)
	}
	return true
}

// applied is a file after changes.
func applied(file []byte, changes ...diskfault.Change) []byte {
	if len(changes) == 0 {
		return append([]byte{}, file...)
	}
	file = bytes.Clone(file)
	for _, m := range changes {
		if m.Kind == diskfault.Truncate {
			file = grown(file, int(m.At))[:m.At]
			continue
		}
		file = grown(file, int(m.At)+len(m.Data))
		copy(file[m.At:], m.Data)
	}
	return file
}

func grown(file []byte, size int) []byte {
	if len(file) < size {
		file = append(file, make([]byte, size-len(file))...)
	}
	return file
}

// keep chooses among the changes of a file that were not flushed.
type keep func(*rand.Rand, []diskfault.Change) []diskfault.Change

// sector is what a disk writes whole.
const sector = 512

// variants are the ways in which the power may fail.
var variants = []keep{
	func(_ *rand.Rand, all []diskfault.Change) []diskfault.Change { return all },
	func(*rand.Rand, []diskfault.Change) []diskfault.Change { return nil },
	tornLast, some, some,
}

// tornLast keeps everything but the end of the last write.
func tornLast(r *rand.Rand, all []diskfault.Change) []diskfault.Change {
	if len(all) == 0 {
		return nil
	}
	torn := slices.Clone(all)
	last := &torn[len(torn)-1]
	if n := len(last.Data) / sector; n > 0 {
		last.Data = last.Data[:r.IntN(n)*sector]
	}
	return torn
}

// some keeps any of them: disks write in the order they like.
func some(r *rand.Rand, all []diskfault.Change) []diskfault.Change {
	var kept []diskfault.Change
	for _, m := range all {
		if r.IntN(2) == 0 {
			kept = append(kept, m)
		}
	}
	return tornLast(r, kept)
}

// choices are the variants to look at here.
func (c *crash) choices() []keep {
	var chosen []keep
	for _, v := range variants {
		if c.random.Float64() < c.every {
			chosen = append(chosen, v)
		}
	}
	return chosen
}

// look reopens what would be on disk.
func (c *crash) look(k keep) {
	folder := filepath.Join(c.folder, strconv.Itoa(c.looked))
	if err := os.Mkdir(folder, 0o700); err != nil {
		c.t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	paths := map[string]bool{}
	for path := range c.sure {
		paths[path] = true
	}
	for path := range c.pending {
		paths[path] = true
	}
	for path := range paths {
		kept := k(c.random, c.pending[path])
		if _, sure := c.sure[path]; !sure && len(kept) == 0 {
			continue // the file is not there yet
		}
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(path)), applied(c.sure[path], kept...), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	c.looked++
	if err := c.check(filepath.Join(folder, "parley.db")); err != nil {
		c.t.Errorf("after %d changes, state %d: %v", c.at, c.looked, err)
	}
}

// check reopens a database and compares it with what people were told.
func (c *crash) check(path string) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := sound(db); err != nil {
		return err
	}
	if len(c.told) > 0 {
		if err := c.hasAll(db); err != nil {
			return err
		}
	}
	if c.looked%25 != 0 {
		return nil
	}
	if err := db.Close(); err != nil {
		return err
	}
	c.whole++
	return c.goesOn(path)
}

// sound reports damage.
func sound(db *sql.DB) error {
	for _, query := range []string{`select integrity_check from pragma_integrity_check where integrity_check <> 'ok'`, `select "table" from pragma_foreign_key_check`} {
		found, err := texts(db, query)
		if err != nil || len(found) > 0 {
			return fmt.Errorf("damage: %v, %v", found, err)
		}
	}
	return nil
}

func texts(db *sql.DB, query string) ([]string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// hasAll reports what is missing of what people were told, and what is there by
// half.
func (c *crash) hasAll(db *sql.DB) error {
	rows, err := texts(db, `select comment_id || ' ' || state || ' ' || source from comments`)
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, row := range rows {
		have[row] = true
	}
	for _, x := range c.told {
		was, is := fmt.Sprintf("%d published %s", int64(x.comment), x.draft.Text), fmt.Sprintf("%d rejected %s", int64(x.comment), x.draft.Text)
		if !have[is] && (x.rejected || !have[was]) {
			return fmt.Errorf("lost: %s, rejected %v", x.draft.Text, x.rejected)
		}
	}
	wrong, err := texts(db, `select s.story_id || ' has ' || s.comments from stories s where s.comments <>
		(select count(*) from comments c where c.site_id = s.site_id and c.story_id = s.story_id and c.state = 'published')`)
	if err != nil || len(wrong) > 0 {
		return fmt.Errorf("by half: %v, %v", wrong, err)
	}
	return nil
}

// goesOn starts an installation on what is left: every counter is right, who sends
// the last request again is told the same, and new comments are taken.
func (c *crash) goesOn(path string) (err error) {
	s, err := store.Open(ctx, path)
	if err != nil {
		return err
	}
	defer s.Close()
	if len(c.told) == 0 {
		return nil
	}
	d := desk.New(s, (&clock{at: storetest.Epoch}).now)
	site, err := d.SiteBySlug(ctx, "gazette")
	if err != nil {
		return err
	}
	wrong, err := s.Recount(ctx, site.ID)
	if err != nil || len(wrong) > 0 {
		return fmt.Errorf("counters: %v, %v", wrong, err)
	}
	last := c.told[len(c.told)-1]
	again, err := d.Post(ctx, site, forum.Actor{Network: "n"}, last.draft)
	if err != nil || !again.Repeat || again.Comment.ID != last.comment {
		return fmt.Errorf("%q sent again: %v, %v", last.draft.Text, again, err)
	}
	fresh := draftOf(last.draft.Story, 0, strings.Repeat("after the crash ", 3))
	if p, err := d.Post(ctx, site, forum.Actor{Network: "n"}, fresh); err != nil || p.Repeat {
		return fmt.Errorf("a new comment: %v, %v", p, err)
	}
	if err := d.Index(ctx, site.ID); err != nil {
		return err
	}
	found, err := s.Search(ctx, site.ID, store.Search{Wording: anyWith("length"), Limit: 1000})
	if err != nil {
		return err
	}
	for _, x := range c.told {
		is, err := s.Comment(ctx, site.ID, x.comment)
		if err != nil {
			return err
		}
		hit := func(f forum.Comment) bool { return f.ID == x.comment }
		if is.State == forum.Published && !slices.ContainsFunc(found.Comments, hit) {
			return fmt.Errorf("%q is not found", x.draft.Text)
		}
	}
	return nil
}
