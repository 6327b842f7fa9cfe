package store

import (
	"encoding/binary"
	"errors"
	"slices"

	"parley/internal/forum"
)

// blockBytes is how long a block of a list is at most. A row of SQLite of up to
// some 1,000 bytes stands in a page of the table beside others; of a longer one,
// the rest fills a page of its own.
const blockBytes = 900

// block is a piece of the list of comments that have a word: those from its low id
// on, to the low id of the next. The first block of a list has the low id zero.
type block struct {
	term string
	low  forum.ID
	ids  []forum.ID // the oldest first
}

// errBlock is a block that was not written by packBlock.
var errBlock = errors.New("a block of a search list is broken")

// packIDs writes ids, the oldest first: each as its distance from the one before, in
// bytes of seven bits.
func packIDs(ids []forum.ID) []byte {
	var packed []byte
	last := forum.ID(0)
	for _, id := range ids {
		packed = binary.AppendUvarint(packed, uint64(id-last))
		last = id
	}
	return packed
}

// unpackIDs reads what packIDs wrote.
func unpackIDs(packed []byte) ([]forum.ID, error) {
	ids := make([]forum.ID, 0, len(packed)/4)
	last := forum.ID(0)
	for len(packed) > 0 {
		step, n := binary.Uvarint(packed)
		if n <= 0 || step == 0 {
			return nil, errBlock
		}
		last += forum.ID(step)
		ids, packed = append(ids, last), packed[n:]
	}
	return ids, nil
}

// with returns the blocks that take the place of one when it gains ids, none if it
// has them all. Where all of them come last, as new comments do, the blocks are
// filled up; else they are of one size, so that each has room for more.
func (b block) with(ids []forum.ID) []block {
	all := slices.Concat(b.ids, ids)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) == len(b.ids) {
		return nil
	}
	most := blockBytes
	if len(b.ids) > 0 && len(ids) > 0 && ids[0] < b.ids[len(b.ids)-1] {
		size := len(packIDs(all))
		most = size/(1+size/blockBytes) + 2*binary.MaxVarintLen64
	}
	return split(b.term, b.low, all, min(most, blockBytes))
}

// split cuts ids into blocks of at most so many bytes.
func split(term string, low forum.ID, ids []forum.ID, most int) []block {
	var blocks []block
	var step [binary.MaxVarintLen64]byte
	begin, size, last := 0, 0, forum.ID(0)
	for i, id := range ids {
		n := binary.PutUvarint(step[:], uint64(id-last))
		if size+n > most {
			blocks = append(blocks, block{term, low, ids[begin:i]})
			begin, low, size = i, id, 0
			n = binary.PutUvarint(step[:], uint64(id))
		}
		size, last = size+n, id
	}
	return append(blocks, block{term, low, ids[begin:]})
}

// without returns a block that has lost ids, and whether it had any of them.
func (b block) without(ids []forum.ID) (block, bool) {
	left := slices.DeleteFunc(slices.Clone(b.ids), func(id forum.ID) bool {
		_, gone := slices.BinarySearch(ids, id)
		return gone
	})
	return block{b.term, b.low, left}, len(left) < len(b.ids)
}
