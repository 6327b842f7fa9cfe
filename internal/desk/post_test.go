package desk_test

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/netfault"
	"parley/internal/pgtest"
	"parley/internal/storetest"
)

// TestPost_statements counts what a comment asks of the database, which is most of
// what it costs.
func TestPost_statements(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.rule(forum.StageOn, `{"any": [{"copies": {"within": 86400, "by": "anyone"}}, {"pace": {"at_least": 20, "within": 3600, "by": "author"}}]}`, `{"do": "hold"}`)
		author := o.guest()
		root := o.post(author, 0, "A root of several words, the first of all.")
		for what, x := range map[string]struct {
			by     forum.Actor
			parent forum.ID
			most   uint64
		}{
			"a newcomer's root":  {forum.Actor{Network: "n"}, 0, 9},
			"a newcomer's reply": {forum.Actor{Network: "n"}, root.ID, 16},
			"a known root":       {author, 0, 11},
			"a known reply":      {o.guest(), root.ID, 18},
		} {
			text := "What is said as " + what + " is like nothing that was said before it."
			o.clock.pass(time.Hour)
			before := o.statements()
			o.post(x.by, x.parent, text)
			if n := o.statements() - before; n != x.most {
				t.Errorf("%s: %d statements, want %d", what, n, x.most)
			}
		}
	})
}

// TestPost_roundTrips counts, on the wire, how often a comment waits for an answer of
// PostgreSQL, which is most of what it costs there.
func TestPost_roundTrips(t *testing.T) {
	url := storetest.URL(t, "postgres")
	wire := netfault.Open(t, func() (net.Conn, error) { return pgtest.Dial(url) })
	via, err := pgtest.Via(url, wire.Addr())
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, storetest.OpenAt(t, via+"&pool_max_conns=1"))
	o.heads(t)
	o.rule(forum.StageOn, `{"any": [{"copies": {"within": 86400, "by": "anyone"}}, {"pace": {"at_least": 20, "within": 3600, "by": "author"}}]}`, `{"do": "hold"}`)
	author, root := o.guest(), o.post(o.guest(), 0, "A root of several words, the first of all.")
	for what, x := range map[string]struct {
		by     func() forum.Actor
		parent forum.ID
		most   int
	}{
		"a newcomer's root":  {func() forum.Actor { return forum.Actor{Network: "n"} }, 0, 2},
		"a newcomer's reply": {func() forum.Actor { return forum.Actor{Network: "n"} }, root.ID, 4},
		"a known root":       {func() forum.Actor { return author }, 0, 2},
		"a known reply":      {o.guest, root.ID, 4},
	} {
		// The first is for statements to be prepared.
		for _, text := range []string{"What is said first as " + what, "What is then said as " + what} {
			by := x.by()
			before := wire.Turns()
			o.post(by, x.parent, text+" is like nothing that was said before it, "+text)
			if n := wire.Turns() - before; n != x.most && strings.Contains(text, "then") {
				t.Errorf("%s: %d round trips, want %d", what, n, x.most)
			}
		}
	}
}

// statements returns how many statements have run so far.
func (o *office) statements() uint64 {
	for _, r := range o.s.Meters() {
		if r.Name == "parley_db_statement_seconds" {
			return r.Spread.Count
		}
	}
	o.t.Fatal("statements are not counted")
	return 0
}

// Comments written at once have ids in the order in which they enter the story: whoever
// has seen one has seen all before it. They share commits.
func TestPost_order(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		const writers, each = 8, 6
		var mu sync.Mutex
		entered := map[int64]forum.ID{} // by the story's revision
		var all sync.WaitGroup
		var guests [writers]forum.Actor
		for i := range guests {
			guests[i] = o.guest()
		}
		for i, by := range guests {
			all.Go(func() {
				for k := range each {
					x, err := o.d.Post(ctx, o.site, by, draftOf(o.story.ID, 0, fmt.Sprintf("The %d. word of writer %d.", k, i)))
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					entered[x.Story.Revision] = x.Comment.ID
					mu.Unlock()
				}
			})
		}
		all.Wait()
		ids := make([]forum.ID, 0, len(entered))
		for _, revision := range slices.Sorted(maps.Keys(entered)) {
			ids = append(ids, entered[revision])
		}
		for _, r := range o.s.Meters() {
			if r.Name == "parley_db_commit_transactions" && float64(r.Spread.Count) >= r.Spread.Sum {
				t.Errorf("%d commits for %.0f transactions: none was shared", r.Spread.Count, r.Spread.Sum)
			}
		}
		if len(ids) != writers*each || !slices.IsSorted(ids) {
			t.Errorf("%d comments, in the order of their ids: %t", len(ids), slices.IsSorted(ids))
		}
	})
}
