package store

import (
	"context"

	"parley/internal/forum"
)

// siftRows is how many comments of a queue are looked at for a page, or to count, where
// a filter asks for something that the queue's index does not know: few may have it.
var siftRows = 16_384

// edges has, for each queue, the statements that find the comment at which looking
// ends.
var edges = allEdges()

func allEdges() map[QueueKind]sifting {
	all := map[QueueKind]sifting{}
	for _, q := range QueueKinds() {
		where := `select c.comment_id from comments c where c.site_id = $1 and ` + queueTerms[q] + ` and c.comment_id >= $4 and c.comment_id < $5`
		all[q] = sifting{
			newest: statement(where + ` and c.comment_id < $2 order by c.comment_id desc limit 1 offset $3`),
			oldest: statement(where + ` and c.comment_id > $2 order by c.comment_id limit 1 offset $3`),
		}
	}
	return all
}

// bounded gives a filter its edge, if it needs one: where its driver is the queue, and
// more is asked than the queue's index knows.
func (r Reader) bounded(ctx context.Context, site forum.ID, f Filter) (Filter, error) {
	if f.driver() != byQueue || !f.asks() {
		return f, nil
	}
	query, cursor := edges[f.Queue].newest, orMax(f.After)
	if f.Oldest {
		query, cursor = edges[f.Queue].oldest, f.After
	}
	low, high := f.written()
	var err error
	f.edge, err = one(ctx, r, "end of what is looked at", scanOne[forum.ID], query, site, cursor, siftRows-1, low, high)
	if forum.IsKind(err, forum.NotFound) {
		return f, nil
	}
	return f, err
}
