package store

import (
	"context"

	"parley/internal/forum"
)

// The table search_terms has a row for each word of a comment: what versions before
// the lists searched in. Nothing is added to it any more.
var (
	sqlDropTerms = statement(`delete from search_terms where site_id = $1 and comment_id = $2`)
	sqlWithTerms = statement(`select distinct comment_id from search_terms where site_id = $1 order by comment_id desc limit $2`)
	sqlFoldTerms = statement(`insert into search_due (site_id, comment_id, story_id)
		select c.site_id, c.comment_id, c.story_id from comments c where c.site_id = $1 and c.comment_id = $2 and c.source <> ''
		on conflict do nothing`)
)

// FoldTerms takes the newest n comments of search_terms out of it, and notes that they
// are on no list yet: their words are made anew, as they will be when their texts go.
// It returns how many comments there were.
func (t *Tx) FoldTerms(ctx context.Context, site forum.ID, n int) (int, error) {
	if err := t.lockLists(ctx, site); err != nil {
		return 0, err
	}
	ids, err := many(ctx, t.Reader, "find search terms", scanOne[forum.ID], sqlWithTerms, site, n)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		for _, query := range []string{sqlFoldTerms, sqlDropTerms} {
			if err := t.later(ctx, "fold search terms", nil, query, site, id); err != nil {
				return 0, err
			}
		}
	}
	return len(ids), nil
}
