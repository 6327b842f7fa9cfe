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

// SearchWords is the most words one search may have, the prefix included.
const SearchWords = 8

// Search is what to look for. Every word must be there; Prefix, if not empty,
// must begin a term that is there, and PrefixEnd is the smallest term beyond it.
type Search struct {
	Words     []string
	Prefix    string
	PrefixEnd string
	Story     forum.ID // zero: the whole site
	Before    forum.ID // zero: from the newest
	Limit     int
}

// searchSQL builds one of the four searches. A set of comment ids found by the
// prefix or the first word drives it; the other words are looked up for each
// comment of the set. Places without a word hold the empty text.
func searchSQL(prefix, inStory bool) string {
	next := 4 + SearchWords
	param := func() int { next++; return next - 1 }
	driver := "t.term = $4"
	if prefix {
		driver = fmt.Sprintf("t.term >= $%d and t.term < $%d", param(), param())
	}
	if inStory {
		driver = fmt.Sprintf("t.story_id = $%d and %s", param(), driver)
	}
	var b strings.Builder
	b.WriteString(`select ` + prefixed("c", commentColumns) + ` from comments c
		where c.site_id = $1 and c.state = 'published' and c.comment_id < $2 and c.comment_id in (
			select t.comment_id from search_terms t where t.site_id = $1 and t.comment_id < $2 and ` + driver + `)`)
	for i := range SearchWords {
		fmt.Fprintf(&b, ` and ($%d = '' or exists (select 1 from search_terms w
			where w.site_id = $1 and w.comment_id = c.comment_id and w.term = $%d))`, 4+i, 4+i)
	}
	b.WriteString(` order by c.comment_id desc limit $3`)
	return b.String()
}

var (
	sqlSearchSite        = statement(searchSQL(false, false))
	sqlSearchSitePrefix  = statement(searchSQL(true, false))
	sqlSearchStory       = statement(searchSQL(false, true))
	sqlSearchStoryPrefix = statement(searchSQL(true, true))
)

// Search returns published comments that hold every word, the newest first. A
// search for nothing finds nothing.
func (r Reader) Search(ctx context.Context, site forum.ID, s Search) ([]forum.Comment, error) {
	if len(s.Words) == 0 && s.Prefix == "" {
		return nil, nil
	}
	args := []any{site, orMax(s.Before), s.Limit}
	for i := range SearchWords {
		word := ""
		if i < len(s.Words) {
			word = s.Words[i]
		}
		args = append(args, word)
	}
	query := sqlSearchSite
	switch {
	case s.Prefix != "" && s.Story != 0:
		query = sqlSearchStoryPrefix
	case s.Prefix != "":
		query = sqlSearchSitePrefix
	case s.Story != 0:
		query = sqlSearchStory
	}
	if s.Prefix != "" {
		args = append(args, s.Prefix, s.PrefixEnd)
	}
	if s.Story != 0 {
		args = append(args, s.Story)
	}
	return many(ctx, r, "search", scanComment, query, args...)
}
