package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/forum"
)

var (
	sqlAddSearchDue  = statement(`insert into search_due (site_id, comment_id, story_id) values ($1, $2, $3)`)
	sqlDropSearchDue = statement(`delete from search_due where site_id = $1 and comment_id = $2`)
)

// AddSearchDue notes that a new comment has no search terms yet.
func (t *Tx) AddSearchDue(ctx context.Context, c forum.Comment) error {
	_, err := t.exec(ctx, "note search due", sqlAddSearchDue, c.SiteID, c.ID, c.StoryID)
	return err
}

// SearchDue is a comment that has no search terms yet, or not all.
type SearchDue struct {
	Comment, Story forum.ID
	Source         string
}

var sqlSearchDue = statement(`select d.comment_id, d.story_id, c.source from search_due d
	join comments c on c.site_id = $1 and c.comment_id = d.comment_id
	where d.site_id = $1 order by d.comment_id limit $2`)

// SearchDue returns the comments of a site that have no search terms yet, the
// oldest first.
func (r Reader) SearchDue(ctx context.Context, site forum.ID, limit int) ([]SearchDue, error) {
	return many(ctx, r, "list search due", func(s scanner) (SearchDue, error) {
		var x SearchDue
		err := s.Scan(&x.Comment, &x.Story, &x.Source)
		return x, err
	}, sqlSearchDue, site, limit)
}

// DueTerm is a search term for a comment that lacks it.
type DueTerm struct {
	Story, Comment forum.ID
	Term           string
}

// dueChunk is how many of them one statement adds.
const dueChunk = 40

var sqlAddDueTerms = statement(`insert into search_terms (site_id, story_id, comment_id, term)
	select $1, column1, column2, column3 from (values ` + dueRows() + `) as terms
	where exists (select 1 from search_due d where d.site_id = $1 and d.comment_id = column2) on conflict do nothing`)

// dueRows returns dueChunk rows of parameters, from the second on.
func dueRows() string {
	rows := make([]string, dueChunk)
	for i := range rows {
		rows[i] = fmt.Sprintf("(cast($%d as bigint), cast($%d as bigint), cast($%d as text))", 3*i+2, 3*i+3, 3*i+4)
	}
	return strings.Join(rows, ", ")
}

// AddDueTerms adds search terms to comments, but to none that lacks them no longer:
// one that was edited or withdrawn since they were made. The stories are locked
// before, so that whoever changes a text comes before or after.
func (t *Tx) AddDueTerms(ctx context.Context, site forum.ID, terms []DueTerm) error {
	if err := t.lockForSearch(ctx, site, idsOf(terms, func(x DueTerm) forum.ID { return x.Story })); err != nil {
		return err
	}
	for part := range slices.Chunk(terms, dueChunk) {
		args := make([]any, 0, 3*dueChunk+1)
		args = append(args, site)
		for _, x := range part {
			args = append(args, x.Story, x.Comment, x.Term)
		}
		for len(args) < cap(args) {
			args = append(args, 0, 0, "") // no comment's
		}
		if _, err := t.exec(ctx, "add due terms", sqlAddDueTerms, args...); err != nil {
			return err
		}
	}
	return nil
}

var (
	sqlEndSearchDue = statement(`delete from search_due where site_id = $1 and comment_id in (` + placeholders(2, idChunk) + `)`)
	sqlChangedOf    = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and (source = '' or edited_at > 0) and comment_id in (` + placeholders(2, idChunk) + `)`)
)

// EndSearchDue notes that comments have all their search terms. It returns those of
// them whose text is not, or may not be, the one they were added with: a binary
// that does not know of this list may have changed it. Their terms are to be set.
func (t *Tx) EndSearchDue(ctx context.Context, site forum.ID, due []SearchDue) ([]forum.Comment, error) {
	if err := t.lockForSearch(ctx, site, idsOf(due, func(x SearchDue) forum.ID { return x.Story })); err != nil {
		return nil, err
	}
	ids := idsOf(due, func(x SearchDue) forum.ID { return x.Comment })
	var changed []forum.Comment
	err := chunked(ids, 0, func(args []any) error {
		args = append([]any{site}, args...)
		if _, err := t.exec(ctx, "end search due", sqlEndSearchDue, args...); err != nil {
			return err
		}
		some, err := many(ctx, t.Reader, "read changed comments", scanComment, sqlChangedOf, args...)
		changed = append(changed, some...)
		return err
	})
	return changed, err
}

var sqlLockStories = statement(`update stories set held = held where site_id = $1 and story_id in (` + placeholders(2, idChunk) + `)`)

// lockForSearch locks the stories of a list. Nobody is told that they moved: they
// did not.
func (t *Tx) lockForSearch(ctx context.Context, site forum.ID, stories []forum.ID) error {
	slices.Sort(stories)
	return chunked(slices.Compact(stories), 0, func(args []any) error {
		_, err := t.exec(ctx, "lock stories", sqlLockStories, append([]any{site}, args...)...)
		return err
	})
}

// idsOf returns an id of each row of a list.
func idsOf[T any](rows []T, id func(T) forum.ID) []forum.ID {
	ids := make([]forum.ID, len(rows))
	for i, x := range rows {
		ids[i] = id(x)
	}
	return ids
}
