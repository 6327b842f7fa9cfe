package desk

import (
	"context"
	"time"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
	"parley/internal/term"
)

// Found is what a search found.
type Found struct {
	Hits  []QueueCard // the newest first
	Next  forum.ID    // where the next page goes on; zero: this is the last
	Since time.Time   // nothing older was looked at; zero: there is only more to show, or no more
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
	found, err := d.store.Search(ctx, site.ID, store.Search{
		Wording: wordingOf(q), Story: story, Before: before, Limit: searchPage + 1,
	})
	if err != nil {
		return Found{}, err
	}
	var out Found
	if out.Next = found.Reached; out.Next != 0 {
		out.Since = out.Next.Time()
	}
	if len(found.Comments) > searchPage {
		found.Comments = found.Comments[:searchPage]
		out.Next = found.Comments[searchPage-1].ID
	}
	out.Hits, err = d.cards(ctx, site.ID, found.Comments)
	return out, err
}

// wordingOf is what a text must hold to be an answer to a query.
func wordingOf(q term.Query) store.Wording {
	return store.Wording{
		Words: q.Words, Prefix: q.Prefix, PrefixEnd: term.Next(q.Prefix),
		Holds: func(source string) bool { return q.In(markup.Plain(source)) },
	}
}
