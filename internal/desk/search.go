package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/term"
)

// Found is what a search found.
type Found struct {
	Hits []QueueCard // the newest first
	Next forum.ID    // where the next page goes on; zero: this is the last
}

const searchPage = 25

// Search looks for published comments that hold every word of a query, in one
// story or, with a zero story, in the whole site. A query of no words finds
// nothing.
func (d *Desk) Search(ctx context.Context, site forum.Site, story forum.ID, query string, before forum.ID) (Found, error) {
	q := term.Parse(query)
	if q.Empty() {
		return Found{}, nil
	}
	comments, err := d.store.Search(ctx, site.ID, store.Search{
		Words: q.Words, Prefix: q.Prefix, PrefixEnd: term.Next(q.Prefix), Story: story, Before: before, Limit: searchPage + 1,
	})
	if err != nil {
		return Found{}, err
	}
	var out Found
	if len(comments) > searchPage {
		comments = comments[:searchPage]
		out.Next = comments[searchPage-1].ID
	}
	out.Hits, err = d.cards(ctx, site.ID, comments)
	return out, err
}
