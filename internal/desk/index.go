package desk

import (
	"context"
	"slices"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
	"parley/internal/term"
)

const (
	// indexBatch is how many comments are made findable together: the more, the more of
	// them share a word, whose list is then written once.
	indexBatch = 4000
	// indexBytes ends a batch of long texts: its words are in memory together.
	indexBytes = 1 << 20
	// indexPiece is how many texts are read at once.
	indexPiece = 250
	// indexSlice is to how many lists one transaction adds: whoever posts meanwhile
	// waits for that many.
	indexSlice = 256
	// foldSlice is of how many comments one transaction takes an older version's index
	// away.
	foldSlice = 200
)

// Index makes what was posted to a site findable by its words. It comes a moment
// behind the posts, for many at a time: what is posted meanwhile waits for the next
// time, to share its words with more.
func (d *Desk) Index(ctx context.Context, site forum.ID) error {
	for more := true; more && ctx.Err() == nil; {
		var due []store.SearchDue
		var err error
		if due, more, err = d.searchDue(ctx, site); err != nil || len(due) == 0 {
			return err
		}
		if err := d.index(ctx, site, due); err != nil {
			return err
		}
	}
	return nil
}

// searchDue returns what the next batch of Index is, and whether more is due.
func (d *Desk) searchDue(ctx context.Context, site forum.ID) (due []store.SearchDue, more bool, err error) {
	after, bytes := forum.ID(0), 0
	for len(due) < indexBatch && bytes < indexBytes {
		piece, err := d.store.SearchDue(ctx, site, after, indexPiece)
		if err != nil {
			return nil, false, err
		}
		due = append(due, piece...)
		if len(piece) < indexPiece {
			return due, false, nil
		}
		after = piece[len(piece)-1].Comment
		for _, x := range piece {
			bytes += len(x.Source)
		}
	}
	return due, true, nil
}

// index adds comments to the lists of their words, in the order in which the lists
// stand in the database. Until the last of it is done the comments stay due, and what
// was done may be done again.
func (d *Desk) index(ctx context.Context, site forum.ID, due []store.SearchDue) error {
	lists, ids := store.Lists{}, make([]forum.ID, len(due))
	for i, x := range due {
		lists.Add(x.Comment, termsOf(x.Source)...)
		ids[i] = x.Comment
	}
	first, last := ids[0], ids[len(ids)-1]
	for slice := range slices.Chunk(lists.Sorted(), indexSlice) {
		err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddDue(ctx, site, first, last, slice) })
		if err != nil {
			return err
		}
	}
	return d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.EndSearchDue(ctx, site, ids) })
}

// FoldTerms takes away the index that a version before the lists has made of a site,
// or a node of it still makes, and adds its comments to the lists. It goes on where it
// was interrupted.
func (d *Desk) FoldTerms(ctx context.Context, site forum.ID) error {
	for ctx.Err() == nil {
		folded := 0
		err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			folded, err = tx.FoldTerms(ctx, site, foldSlice)
			return err
		})
		if err != nil || folded == 0 {
			return err
		}
		if err := d.Index(ctx, site); err != nil {
			return err
		}
	}
	return nil
}

// reword brings the lists of words up to date with the new text of a comment, empty if
// it has none any more. It comes last in a transaction.
func reword(ctx context.Context, tx *store.Tx, c forum.Comment, before, after string) error {
	old, fresh := store.Lists{}, store.Lists{}
	fresh.Add(c.ID, termsOf(after)...)
	for _, word := range termsOf(before) {
		if fresh[word] == nil {
			old.Add(c.ID, word)
		}
	}
	return tx.ChangeLists(ctx, c.SiteID, []forum.ID{c.ID}, old, fresh)
}

// termsOf are the terms by which a text is found.
func termsOf(source string) []string { return term.Index(markup.Plain(source)) }
