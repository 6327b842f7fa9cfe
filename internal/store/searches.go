package store

import (
	"context"

	"parley/internal/forum"
)

// SearchWords is the most words one search may have, the prefix included.
const SearchWords = 8

// Search is what to look for. Every word must be there; Prefix, if not empty,
// must begin a term that is there, and PrefixEnd is the smallest term beyond it.
type Search struct {
	Wording
	Story  forum.ID // zero: the whole site
	Before forum.ID // zero: from the newest
	Limit  int
}

// Wording is what the text of a comment must hold.
type Wording struct {
	Words     []string
	Prefix    string
	PrefixEnd string
	// Holds reports whether a text holds all of it. The lists only say where to look:
	// a text may have changed since, and not every word is looked up in them.
	Holds func(source string) bool
}

// empty reports whether nothing is asked.
func (w Wording) empty() bool { return len(w.Words) == 0 && w.Prefix == "" }

// Found is what a search found.
type Found struct {
	Comments []forum.Comment // the newest first
	Reached  forum.ID        // nothing older than this was looked at; zero: everything was
}

const (
	// prefixTerms is to how many words a prefix may be completed for their lists to be
	// followed. One with more is looked up in the texts of comments that have the other
	// words or, where there are none, in all texts.
	prefixTerms = 16
	// searchTexts is in how many texts one search looks at most.
	searchTexts = 1024
)

// Search returns published comments that hold every word. A search for nothing finds
// nothing. It follows the lists of the words from the newest comment on, and looks
// into those they have in common. It reads so many blocks of the lists and looks into
// so many texts: what it costs does not depend on how many comments there are.
func (r Reader) Search(ctx context.Context, site forum.ID, s Search) (Found, error) {
	var found Found
	if s.empty() {
		return found, nil
	}
	purse := purse(searchBlocks)
	trails, err := r.wordTrails(ctx, site, s.Wording, fromNewest, &purse)
	if err != nil {
		return found, err
	}
	if s.Story != 0 || len(trails) == 0 {
		trails = append(trails, r.commentTrail(site, s.Story, &purse))
	}
	c := candidates{way: fromNewest, trails: trails, next: fromNewest.start(s.Before), end: nowhere}
	for looked := 0; ; {
		ids, err := c.take(ctx, min(s.Limit+looked, idChunk))
		if err != nil {
			return found, err
		}
		hits, err := r.holding(ctx, site, ids, s)
		if err != nil {
			return found, err
		}
		found.Comments = append(found.Comments, hits...)
		if len(found.Comments) >= s.Limit {
			found.Comments = found.Comments[:s.Limit]
			return found, nil
		}
		if looked += len(ids); c.spent || c.next == nowhere || looked >= searchTexts {
			found.Reached = c.reached()
			return found, nil
		}
	}
}

// holding returns which comments are published, in the story of a search if it has
// one, and hold what it looks for.
func (r Reader) holding(ctx context.Context, site forum.ID, ids []forum.ID, s Search) ([]forum.Comment, error) {
	all, err := r.CommentsByID(ctx, site, ids)
	var hits []forum.Comment
	for _, id := range ids {
		c, there := all[id]
		if there && c.State == forum.Published && (s.Story == 0 || c.StoryID == s.Story) && s.Holds(c.Source) {
			hits = append(hits, c)
		}
	}
	return hits, err
}

// wordTrails returns a trail for each word, and one for the prefix unless too many
// words begin with it.
func (r Reader) wordTrails(ctx context.Context, site forum.ID, x Wording, w way, p *purse) ([]trail, error) {
	var trails []trail
	for _, word := range x.Words {
		trails = append(trails, r.wordTrail(site, word, w, p))
	}
	if x.Prefix == "" {
		return trails, nil
	}
	terms, err := many(ctx, r, "complete word", scanOne[string], sqlComplete, site, x.Prefix, x.PrefixEnd, prefixTerms+1)
	if err != nil || len(terms) > prefixTerms {
		return trails, err
	}
	var any union
	for _, term := range terms {
		any = append(any, r.wordTrail(site, term, w, p))
	}
	return append(trails, any), nil
}

// sqlComplete leaps from each word that begins so to the next, however many comments
// have it.
var sqlComplete = statement(`with recursive begun (term) as (
		select (select min(l.term) from search_lists l where l.site_id = $1 and l.term < $3 and l.term >= $2)
		union all select (select min(l.term) from search_lists l where l.site_id = $1 and l.term < $3 and l.term > begun.term)
			from begun where begun.term is not null)
	select term from begun where term is not null limit $4`)
