package store

import (
	"context"

	"parley/internal/forum"
)

// The table search_terms has a row for each word of a comment: what versions before
// the lists searched in. Nothing is added to it, and what is there is folded into
// the lists.
var (
	sqlDropTerms = statement(`delete from search_terms where site_id = $1 and comment_id = $2`)
	sqlLastTerm  = statement(`select term, comment_id from search_terms where site_id = $1
		order by term, comment_id limit 1 offset $2`)
	sqlFirstTerms = statement(`delete from search_terms where site_id = $1 and (term, comment_id) <= ($2, $3) returning term, comment_id`)
	sqlTermsLeft  = statement(`select exists (select 1 from search_terms where site_id = $1)`)
	sqlAllTerms   = statement(`delete from search_terms where site_id = $1 returning term, comment_id`)
)

// TermsLeft reports whether search_terms has rows of a site.
func (r Reader) TermsLeft(ctx context.Context, site forum.ID) (bool, error) {
	return one(ctx, r, "look for search terms", scanOne[bool], sqlTermsLeft, site)
}

// FoldTerms moves n rows of search_terms to the lists, and reports whether there may
// be more. They are deleted and added in one transaction: those that an older node
// adds meanwhile come in the next.
func (t *Tx) FoldTerms(ctx context.Context, site forum.ID, n int) (bool, error) {
	if err := t.lockLists(ctx, site); err != nil {
		return false, err
	}
	type row struct {
		term    string
		comment forum.ID
	}
	scan := func(s scanner) (row, error) {
		var x row
		err := s.Scan(&x.term, &x.comment)
		return x, err
	}
	query, args, more := sqlAllTerms, []any{site}, false
	last, err := one(ctx, t.Reader, "find the end of some terms", scan, sqlLastTerm, site, n-1)
	if err == nil {
		query, args, more = sqlFirstTerms, []any{site, last.term, last.comment}, true
	} else if !forum.IsKind(err, forum.NotFound) {
		return false, err
	}
	all, err := many(ctx, t.Reader, "fold search terms", scan, query, args...)
	if err != nil {
		return false, err
	}
	lists := Lists{}
	for _, x := range all {
		lists.Add(x.comment, x.term)
	}
	return more, t.addToLists(ctx, site, lists.Sorted())
}
