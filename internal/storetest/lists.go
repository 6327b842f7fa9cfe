package storetest

import (
	"encoding/binary"
	"testing"

	"parley/internal/forum"
)

// Lists returns the lists of a site's words as the database has them, and fails the
// test where a block is out of order or stands in another's range.
func Lists(t testing.TB, engine, url string, site forum.ID) map[string][]forum.ID {
	t.Helper()
	db := Raw(t, engine, url)
	defer db.Close()
	rows, err := db.Query(`select term, low_id, postings from search_lists where site_id = $1 and term <> '' order by term, low_id`, int64(site))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	lists := map[string][]forum.ID{}
	for rows.Next() {
		var term string
		var low int64
		var packed []byte
		if err := rows.Scan(&term, &low, &packed); err != nil {
			t.Fatal(err)
		}
		was := lists[term]
		if len(packed) == 0 || len(packed) > 900 || len(was) > 0 && was[len(was)-1] >= forum.ID(low) {
			t.Errorf("%q: a block of %d bytes from %d on, behind %v", term, len(packed), low, was)
		}
		for id := uint64(0); len(packed) > 0; {
			step, n := binary.Uvarint(packed)
			if n <= 0 {
				t.Fatalf("%q: a broken block", term)
			}
			id, packed = id+step, packed[n:]
			if step == 0 || id < uint64(low) {
				t.Errorf("%q: %d in the block from %d on", term, id, low)
			}
			lists[term] = append(lists[term], forum.ID(id))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lists
}
