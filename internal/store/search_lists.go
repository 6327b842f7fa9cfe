package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/internal/forum"
)

// Lists are comments by the words they have.
type Lists map[string][]forum.ID

// Add adds a comment to the lists of words.
func (l Lists) Add(id forum.ID, terms ...string) {
	for _, term := range terms {
		l[term] = append(l[term], id)
	}
}

// List is the comments that have a word, or some of them, the oldest first.
type List struct {
	Term     string
	Comments []forum.ID
}

// Sorted returns the lists in the order of their words.
func (l Lists) Sorted() []List {
	all := make([]List, 0, len(l))
	for _, term := range slices.Sorted(maps.Keys(l)) {
		ids := slices.Clone(l[term])
		slices.Sort(ids)
		all = append(all, List{term, slices.Compact(ids)})
	}
	return all
}

// sqlLockLists locks the lists of a site. No word is empty, so that the row of the
// empty one is nobody's.
var sqlLockLists = statement(`insert into search_lists (site_id, term, low_id, postings) values ($1, '', 0, $2)
	on conflict (site_id, term, low_id) do update set postings = search_lists.postings`)

// lockLists has whoever else changes the lists of a site wait until this
// transaction has ended. It is the last lock that a transaction takes: who holds it
// waits for nobody.
func (t *Tx) lockLists(ctx context.Context, site forum.ID) error {
	_, err := t.exec(ctx, "lock search lists", sqlLockLists, site, []byte{})
	return err
}

// AddToLists adds comments to the lists of their words. Those that are there stay
// there once. It comes last in a transaction, as the lists' lock does.
func (t *Tx) AddToLists(ctx context.Context, site forum.ID, lists []List) error {
	if err := t.lockLists(ctx, site); err != nil {
		return err
	}
	return t.addToLists(ctx, site, lists)
}

func (t *Tx) addToLists(ctx context.Context, site forum.ID, lists []List) error {
	return t.changeLists(ctx, site, lists, func(b block, ids []forum.ID) change { return change{put: b.with(ids)} })
}

// ChangeLists takes comments whose texts changed or go off the lists of words that
// they had, and off what is due, so that no job adds a word of an old text again. The
// words of the new texts are added. It comes last in a transaction, as the lists'
// lock does.
func (t *Tx) ChangeLists(ctx context.Context, site forum.ID, comments []forum.ID, old, fresh Lists) error {
	if err := t.lockLists(ctx, site); err != nil {
		return err
	}
	for _, id := range comments {
		for _, query := range []string{sqlDropSearchDue, sqlDropTerms} {
			if err := t.later(ctx, "drop search terms", nil, query, site, id); err != nil {
				return err
			}
		}
	}
	if err := t.changeLists(ctx, site, old.Sorted(), dropFrom); err != nil {
		return err
	}
	return t.addToLists(ctx, site, fresh.Sorted())
}

// dropFrom takes ids out of a block. An empty block goes: what is older than the
// block behind it then belongs to the one before.
func dropFrom(b block, ids []forum.ID) change {
	left, had := b.without(ids)
	switch {
	case !had:
		return change{}
	case len(left.ids) == 0:
		return change{gone: []block{left}}
	}
	return change{put: []block{left}}
}

// change is what becomes of a block: what is written in its place and beside it,
// and what is removed.
type change struct{ put, gone []block }

// changeLists does something to every block that comments of some words belong to.
// The lists of the site are locked. In each round it reads of every word the block of
// the newest comment that is left: nearly always the last block, and that of all.
func (t *Tx) changeLists(ctx context.Context, site forum.ID, lists []List, do func(block, []forum.ID) change) error {
	for len(lists) > 0 {
		var rest []List
		for part := range slices.Chunk(lists, blockChunk) {
			blocks, err := t.blocksOf(ctx, site, part)
			if err != nil {
				return err
			}
			var changes change
			for _, l := range part {
				b := blocks[l.Term]
				b.term = l.Term
				from, _ := slices.BinarySearch(l.Comments, b.low)
				c := do(b, l.Comments[from:])
				changes.put, changes.gone = append(changes.put, c.put...), append(changes.gone, c.gone...)
				if from > 0 {
					rest = append(rest, List{l.Term, l.Comments[:from]})
				}
			}
			if err := t.writeBlocks(ctx, site, changes); err != nil {
				return err
			}
		}
		lists = rest
	}
	return nil
}

// blockChunk is of how many words one statement reads a block.
const blockChunk = 32

var sqlBlocksOf = statement(`select l.term, l.low_id, l.postings from (values ` + pairRows(2, blockChunk) + `) as wanted
	cross join search_lists l where l.site_id = $1 and l.term = column1 and l.low_id = (
		select max(m.low_id) from search_lists m where m.site_id = $1 and m.term = column1 and m.low_id <= column2)`)

// pairRows returns rows of a text and a number, as parameters. Both databases call
// their columns column1 and column2.
func pairRows(from, n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = fmt.Sprintf("(cast($%d as text), cast($%d as bigint))", from+2*i, from+2*i+1)
	}
	return strings.Join(rows, ", ")
}

// blocksOf returns of each list the block in which its newest comment is, or would
// be. A word without one has none yet.
func (t *Tx) blocksOf(ctx context.Context, site forum.ID, lists []List) (map[string]block, error) {
	args := make([]any, 0, 1+2*blockChunk)
	args = append(args, site)
	for _, l := range lists {
		args = append(args, l.Term, l.Comments[len(l.Comments)-1])
	}
	for len(args) < cap(args) {
		args = append(args, "", forum.ID(-1)) // before any block
	}
	all, err := many(ctx, t.Reader, "read search lists", func(s scanner) (block, error) {
		var b block
		var packed []byte
		if err := s.Scan(&b.term, &b.low, &packed); err != nil {
			return b, err
		}
		var err error
		b.ids, err = unpackIDs(packed)
		return b, err
	}, sqlBlocksOf, args...)
	blocks := make(map[string]block, len(all))
	for _, b := range all {
		blocks[b.term] = b
	}
	return blocks, err
}

var (
	intoLists    = into("search_lists", "term, low_id, postings", 16, " on conflict (site_id, term, low_id) do update set postings = excluded.postings")
	sqlDropBlock = statement(`delete from search_lists where site_id = $1 and term = $2 and low_id = $3`)
)

// writeBlocks writes blocks in the place of those with the same low ids.
func (t *Tx) writeBlocks(ctx context.Context, site forum.ID, c change) error {
	values := make([]any, 0, len(c.put)*intoLists.columns)
	for _, b := range c.put {
		values = append(values, b.term, b.low, packIDs(b.ids))
	}
	if err := t.addRows(ctx, intoLists, site, values); err != nil {
		return err
	}
	for _, b := range c.gone {
		if err := t.later(ctx, "drop search block", nil, sqlDropBlock, site, b.term, b.low); err != nil {
			return err
		}
	}
	return nil
}
