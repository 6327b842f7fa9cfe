package store

import (
	"context"
	"fmt"
	"strings"

	"parley/internal/forum"
)

// termChunk is how many search terms one statement adds.
const termChunk = 20

var sqlAddTerms = statement(`insert into search_terms (site_id, story_id, comment_id, term)
	select $1, $2, $3, column1 from (values ` + termRows(4) + `) as terms where column1 <> '' on conflict do nothing`)

// termRows returns termChunk text parameters as rows; both databases call their
// only column column1.
func termRows(from int) string {
	rows := make([]string, termChunk)
	for i := range rows {
		rows[i] = fmt.Sprintf("(cast($%d as text))", from+i)
	}
	return strings.Join(rows, ", ")
}

var sqlDropTerms = statement(`delete from search_terms where site_id = $1 and comment_id = $2`)

// dropTerms removes the search terms of a comment, and what would add them.
func (t *Tx) dropTerms(ctx context.Context, site, id forum.ID) error {
	for _, query := range []string{sqlDropSearchDue, sqlDropTerms} {
		if _, err := t.exec(ctx, "drop search terms", query, site, id); err != nil {
			return err
		}
	}
	return nil
}

// SetTerms replaces the search terms of a comment.
func (t *Tx) SetTerms(ctx context.Context, c forum.Comment, terms []string) error {
	if err := t.dropTerms(ctx, c.SiteID, c.ID); err != nil {
		return err
	}
	return t.AddTerms(ctx, c, terms)
}

// AddTerms adds search terms to a comment that has none yet.
func (t *Tx) AddTerms(ctx context.Context, c forum.Comment, terms []string) error {
	for len(terms) > 0 {
		n := min(termChunk, len(terms))
		args := make([]any, 0, termChunk+3)
		args = append(args, c.SiteID, c.StoryID, c.ID)
		for i := range termChunk {
			if i < n {
				args = append(args, terms[i])
			} else {
				args = append(args, "")
			}
		}
		if _, err := t.exec(ctx, "add search terms", sqlAddTerms, args...); err != nil {
			return err
		}
		terms = terms[n:]
	}
	return nil
}
