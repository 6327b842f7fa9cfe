package forum_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/internal/forum"
)

func TestID_roundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := forum.ID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "id"))
		text := id.String()
		if len(text) != 13 {
			t.Fatalf("%q has %d letters", text, len(text))
		}
		back, err := forum.ParseID(text)
		if err != nil || back != id {
			t.Fatalf("ParseID(%q) = %d, %v; want %d", text, back, err, id)
		}
	})
}

func TestID_textKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := forum.ID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "a"))
		b := forum.ID(rapid.Int64Range(1, math.MaxInt64).Draw(t, "b"))
		if (a < b) != (a.String() < b.String()) {
			t.Fatalf("%d and %d are ordered otherwise than %s and %s", a, b, a, b)
		}
	})
}

func TestParseID_hostile(t *testing.T) {
	valid := forum.ID(1 << 50).String()
	for _, s := range []string{
		"", "0", strings.Repeat("0", 13), strings.Repeat("z", 13), "8000000000000", valid + "0", valid[1:],
		strings.ToUpper("00000000000ab"), "000000000000i", "000000000000l", "000000000000o", "000000000000u",
		"-00000000000a", "+00000000000a", " 0000000000a ", "00000000000a\x00", "0000000000\xff\xfe\xfd", "٠٠٠٠٠٠٠", "000000000000'",
	} {
		id, err := forum.ParseID(s)
		if !forum.IsKind(err, forum.NotFound) || id != 0 {
			t.Errorf("ParseID(%q) = %d, %v; want NotFound", s, id, err)
		}
	}
	if id, err := forum.ParseID("7zzzzzzzzzzzz"); err != nil || id != math.MaxInt64 {
		t.Errorf("the greatest id reads as %d, %v", id, err)
	}
}

func TestID_json(t *testing.T) {
	type body struct {
		ID     forum.ID `json:"id"`
		Parent forum.ID `json:"parent"`
	}
	b, err := json.Marshal(body{ID: 33})
	if err != nil || string(b) != `{"id":"0000000000011","parent":"0000000000000"}` {
		t.Errorf("Marshal = %s, %v", b, err)
	}
	var back body
	if err := json.Unmarshal([]byte(`{"id":"0000000000011","parent":""}`), &back); err != nil || back != (body{ID: 33}) {
		t.Errorf("Unmarshal = %+v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"id":"nonsense"}`), &back); !forum.IsKind(err, forum.NotFound) {
		t.Errorf("nonsense reads as %v", err)
	}
}

func TestMinter_neverGoesBack(t *testing.T) {
	var m forum.Minter
	at := time.UnixMilli(1_700_000_000_000)
	var last forum.ID
	for i := range 10_000 {
		// The clock stands still, then jumps an hour back, then goes on.
		now := at
		if i > 3000 {
			now = at.Add(-time.Hour)
		}
		if i > 6000 {
			now = at.Add(time.Duration(i) * time.Millisecond)
		}
		id := m.Mint(now)
		if id <= last {
			t.Fatalf("id %d is %d, after %d", i, id, last)
		}
		last = id
	}
	if got := last.Time(); got.Sub(at).Abs() > 11*time.Second {
		t.Errorf("the last id says %s", got)
	}
}

func TestMinter_concurrent(t *testing.T) {
	var m forum.Minter
	at := time.UnixMilli(1_700_000_000_000)
	ids := make([][]forum.ID, 8)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			for range 1000 {
				ids[i] = append(ids[i], m.Mint(at))
			}
		})
	}
	group.Wait()
	all := slices.Concat(ids...)
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 8000 {
		t.Errorf("8,000 ids, %d different", n)
	}
}

func TestID_time(t *testing.T) {
	var m forum.Minter
	at := time.Date(2026, 3, 4, 5, 6, 7, 891_234_567, time.FixedZone("", 7200))
	if got := m.Mint(at).Time(); !got.Equal(at.Truncate(time.Millisecond)) || got.Location() != time.UTC {
		t.Errorf("Time = %s, want %s", got, at)
	}
}

func TestMintAt(t *testing.T) {
	at := time.UnixMilli(1_600_000_000_000)
	first, err := forum.MintAt(at, 0)
	if err != nil || !first.Time().Equal(at.UTC()) {
		t.Errorf("MintAt = %s (%s), %v", first, first.Time(), err)
	}
	last, err := forum.MintAt(at, 1<<20-1)
	next, _ := forum.MintAt(at.Add(time.Millisecond), 0)
	if err != nil || last <= first || last >= next {
		t.Errorf("%d < %d < %d does not hold: %v", first, last, next, err)
	}
	for _, n := range []int{-1, 1 << 20} {
		if _, err := forum.MintAt(at, n); err == nil {
			t.Errorf("MintAt(%d) is no error", n)
		}
	}
}
