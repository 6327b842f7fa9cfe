package store

import (
	"context"
	"slices"

	"parley/internal/forum"
)

var (
	sqlAddSearchDue  = statement(`insert into search_due (site_id, comment_id, story_id) values ($1, $2, $3)`)
	sqlDropSearchDue = statement(`delete from search_due where site_id = $1 and comment_id = $2`)
)

// AddSearchDue notes that a new comment is on no list of its words yet.
func (t *Tx) AddSearchDue(ctx context.Context, c forum.Comment) error {
	return t.later(ctx, "note search due", nil, sqlAddSearchDue, c.SiteID, c.ID, c.StoryID)
}

// SearchDue is a comment that is on no list of its words yet, or not on all.
type SearchDue struct {
	Comment forum.ID
	Source  string
}

var sqlSearchDue = statement(`select d.comment_id, c.source from search_due d
	join comments c on c.site_id = $1 and c.comment_id = d.comment_id
	where d.site_id = $1 and d.comment_id > $2 order by d.comment_id limit $3`)

// SearchDue returns the comments of a site behind one that are not on all lists of
// their words yet, the oldest first.
func (r Reader) SearchDue(ctx context.Context, site, after forum.ID, limit int) ([]SearchDue, error) {
	return many(ctx, r, "list search due", func(s scanner) (SearchDue, error) {
		var x SearchDue
		err := s.Scan(&x.Comment, &x.Source)
		return x, err
	}, sqlSearchDue, site, after, limit)
}

var sqlStillDue = statement(`select comment_id from search_due where site_id = $1 and comment_id >= $2 and comment_id <= $3`)

// AddDue adds comments to the lists of their words, but none that is due no longer:
// one that was edited or withdrawn since its words were read. first and last are the
// oldest and the newest of them. It comes last in a transaction.
func (t *Tx) AddDue(ctx context.Context, site, first, last forum.ID, lists []List) error {
	if err := t.lockLists(ctx, site); err != nil {
		return err
	}
	due, err := many(ctx, t.Reader, "read what is still due", scanOne[forum.ID], sqlStillDue, site, first, last)
	if err != nil {
		return err
	}
	still := make(map[forum.ID]bool, len(due))
	for _, id := range due {
		still[id] = true
	}
	kept := make([]List, 0, len(lists))
	for _, l := range lists {
		ids := slices.DeleteFunc(slices.Clone(l.Comments), func(id forum.ID) bool { return !still[id] })
		if len(ids) > 0 {
			kept = append(kept, List{l.Term, ids})
		}
	}
	return t.addToLists(ctx, site, kept)
}

var sqlEndSearchDue = statement(`delete from search_due where site_id = $1 and comment_id in (` + placeholders(2, idChunk) + `)`)

// EndSearchDue notes that comments are on all lists of their words.
func (t *Tx) EndSearchDue(ctx context.Context, site forum.ID, comments []forum.ID) error {
	return chunked(comments, 0, func(args []any) error {
		_, err := t.exec(ctx, "end search due", sqlEndSearchDue, append([]any{site}, args...)...)
		return err
	})
}
