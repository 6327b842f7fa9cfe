package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"parley/internal/forum"
)

// A block that gains ids becomes blocks that hold all of them, none too long, each
// from its low id on; one that loses ids holds the others.
func TestBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfNDistinct(rapid.Map(rapid.Int64Range(1000, 1<<62), func(n int64) forum.ID { return forum.ID(n) }), 1, 300, rapid.ID[forum.ID])
		was, more := some.Draw(t, "was"), some.Draw(t, "more")
		slices.Sort(was)
		slices.Sort(more)
		for _, b := range (block{"word", 0, nil}).with(was) {
			ids := slices.DeleteFunc(slices.Clone(more), func(id forum.ID) bool { return id < b.low })
			want := slices.Compact(slices.Sorted(slices.Values(slices.Concat(b.ids, ids))))
			got := []forum.ID{}
			low := b.low
			blocks := b.with(ids)
			if blocks == nil {
				blocks = []block{b}
			}
			for i, x := range blocks {
				packed := packIDs(x.ids)
				read, err := unpackIDs(packed)
				if err != nil || !slices.Equal(read, x.ids) || len(packed) > blockBytes || i > 0 && (x.low <= low || x.low != x.ids[0]) || i == 0 && x.low != low {
					t.Fatalf("block %d from %d on: %d bytes, %v", i, x.low, len(packed), err)
				}
				low, got = x.low, append(got, x.ids...)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
			left, had := b.without(ids)
			want = slices.DeleteFunc(slices.Clone(b.ids), func(id forum.ID) bool { return slices.Contains(ids, id) })
			if !slices.Equal(left.ids, want) || had != (len(want) < len(b.ids)) {
				t.Fatalf("without: %v, want %v", left.ids, want)
			}
		}
	})
}

// What no block says is refused.
func TestUnpackIDs_broken(t *testing.T) {
	for _, packed := range [][]byte{{0x80}, {0}, {5, 0}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}} {
		if ids, err := unpackIDs(packed); err == nil {
			t.Errorf("%v: %v", packed, ids)
		}
	}
}
