package desk

import (
	"cmp"
	"context"
	"slices"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
	"parley/internal/term"
)

const (
	// indexBatch is how many comments are made findable together. Of more, the terms
	// of one would stand further apart than those of one word stand now.
	indexBatch = 1000
	// indexSlice is how many of their terms one transaction adds: whoever posts
	// meanwhile waits for that many.
	indexSlice = 500
)

// Index makes what was posted to a site findable by its words. It comes a moment
// behind the posts, for many at a time: the words of one comment stand in more
// pages of the database than everything else about it.
func (d *Desk) Index(ctx context.Context, site forum.ID) error {
	for ctx.Err() == nil {
		due, err := d.store.SearchDue(ctx, site, indexBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := d.index(ctx, site, due); err != nil {
			return err
		}
	}
	return nil
}

// index adds the terms of comments in the order in which they stand in the
// database. Until the last of it is done the comments stay due, and what was done
// may be done again.
func (d *Desk) index(ctx context.Context, site forum.ID, due []store.SearchDue) error {
	for slice := range slices.Chunk(dueTerms(due), indexSlice) {
		err := d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.AddDueTerms(ctx, site, slice) })
		if err != nil {
			return err
		}
	}
	return d.writeMany(ctx, func(ctx context.Context, tx *store.Tx) error {
		changed, err := tx.EndSearchDue(ctx, site, due)
		if err != nil {
			return err
		}
		for _, c := range changed {
			if err := tx.SetTerms(ctx, c, termsOf(c.Source)); err != nil {
				return err
			}
		}
		return nil
	})
}

// dueTerms returns the terms of comments, story by story.
func dueTerms(due []store.SearchDue) []store.DueTerm {
	var all []store.DueTerm
	for _, x := range due {
		for _, word := range termsOf(x.Source) {
			all = append(all, store.DueTerm{Story: x.Story, Comment: x.Comment, Term: word})
		}
	}
	slices.SortFunc(all, func(a, b store.DueTerm) int {
		return cmp.Or(cmp.Compare(a.Story, b.Story), cmp.Compare(a.Term, b.Term), cmp.Compare(a.Comment, b.Comment))
	})
	return all
}

// termsOf are the terms by which a text is found.
func termsOf(source string) []string { return term.Index(markup.Plain(source)) }
