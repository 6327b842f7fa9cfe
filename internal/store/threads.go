package store

import (
	"context"
	"math"

	"parley/internal/forum"
)

// Cursor is where a list of comments goes on: after a comment, and for the
// useful order after its score. The zero Cursor is the start.
type Cursor struct {
	ID    forum.ID
	Score float64
}

var (
	sqlRootsNewest = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and comment_id < $3
		order by comment_id desc limit $4`)
	sqlRootsOldest = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and comment_id > $3
		order by comment_id limit $4`)
	sqlRootsUseful = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and (score, comment_id) < ($3, $4)
		order by score desc, comment_id desc limit $5`)
	sqlFlatNewest = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and story_id = $2 and visible and comment_id < $3
		order by comment_id desc limit $4`)
	sqlFlatOldest = statement(`select ` + commentColumns + ` from comments
		where site_id = $1 and story_id = $2 and visible and comment_id > $3
		order by comment_id limit $4`)
)

// Roots returns visible roots of a discussion in an order.
func (r Reader) Roots(ctx context.Context, site, story forum.ID, order forum.Order, after Cursor, limit int) ([]forum.Comment, error) {
	switch order {
	case forum.Oldest:
		return many(ctx, r, "read oldest roots", scanComment, sqlRootsOldest, site, story, after.ID, limit)
	case forum.Useful:
		if after.ID == 0 {
			after = Cursor{ID: maxID, Score: math.MaxFloat64}
		}
		return many(ctx, r, "read most useful roots", scanComment, sqlRootsUseful, site, story, after.Score, after.ID, limit)
	}
	return many(ctx, r, "read newest roots", scanComment, sqlRootsNewest, site, story, orMax(after.ID), limit)
}

// Flat returns visible comments of a discussion in time order.
func (r Reader) Flat(ctx context.Context, site, story forum.ID, order forum.Order, after forum.ID, limit int) ([]forum.Comment, error) {
	if order == forum.Newest {
		return many(ctx, r, "read newest comments", scanComment, sqlFlatNewest, site, story, orMax(after), limit)
	}
	return many(ctx, r, "read oldest comments", scanComment, sqlFlatOldest, site, story, after, limit)
}

func orMax(id forum.ID) forum.ID {
	if id == 0 {
		return maxID
	}
	return id
}

// sqlFirstReplies stops each root at the path of its limit-th visible
// descendant, so that a root of ten thousand replies costs what it shows.
var sqlFirstReplies = statement(`select ` + prefixed("c", commentColumns) + ` from comments r
	join comments c on c.site_id = r.site_id and c.root_id = r.comment_id and c.visible and c.path > ''
		and c.path <= coalesce((select x.path from comments x
			where x.site_id = r.site_id and x.root_id = r.comment_id and x.visible and x.path > ''
			order by x.path limit 1 offset $2), 'z')
	where r.site_id = $1 and r.comment_id in (` + placeholders(3, idChunk) + `)`)

// FirstReplies returns up to limit visible comments below each root, in no
// order; sort them by RootID and Path.
func (r Reader) FirstReplies(ctx context.Context, site forum.ID, roots []forum.ID, limit int) ([]forum.Comment, error) {
	var all []forum.Comment
	err := chunked(roots, 0, func(args []any) error {
		part, err := many(ctx, r, "read first replies", scanComment, sqlFirstReplies, append([]any{site, limit - 1}, args...)...)
		all = append(all, part...)
		return err
	})
	return all, err
}

var sqlBranch = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and root_id = $2 and visible and path > $3 and path < $4
	order by path limit $5`)

// Branch returns visible comments below a root in reading order: those whose
// path lies between two paths, both left out.
func (r Reader) Branch(ctx context.Context, site, root forum.ID, after, before string, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "read branch", scanComment, sqlBranch, site, root, after, before, limit)
}

var sqlAtPaths = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and root_id = $2 and path in (` + placeholders(3, forum.MaxDepth+1) + `)
	order by path`)

// Ancestors returns the comments above a comment, its root first, in any state.
func (r Reader) Ancestors(ctx context.Context, c forum.Comment) ([]forum.Comment, error) {
	paths := forum.ParentPaths(c.Path)
	if len(paths) == 0 {
		return nil, nil
	}
	args := make([]any, 0, forum.MaxDepth+3)
	args = append(args, c.SiteID, c.RootID)
	for i := range forum.MaxDepth + 1 {
		args = append(args, paths[min(i, len(paths)-1)])
	}
	return many(ctx, r, "read ancestors", scanComment, sqlAtPaths, args...)
}

var sqlNewest = statement(`select coalesce(max(comment_id), 0) from comments where site_id = $1 and story_id = $2 and visible`)

// Newest returns the id of the newest visible comment of a discussion, or zero.
func (r Reader) Newest(ctx context.Context, site, story forum.ID) (forum.ID, error) {
	return one(ctx, r, "find newest comment", scanOne[forum.ID], sqlNewest, site, story)
}

var sqlSince = statement(`select count(*), coalesce(sum(mine), 0) from (
	select case when p.account_id = $4 and c.account_id <> $4 then 1 else 0 end as mine
	from comments c left join comments p on p.site_id = c.site_id and p.comment_id = c.parent_id
	where c.site_id = $1 and c.story_id = $2 and c.visible and c.state = 'published' and c.comment_id > $3
	order by c.comment_id limit 1000) as fresh`)

// Since returns how many published comments of a discussion came after one, and
// how many of them answer an account. It stops counting at 1,000.
func (r Reader) Since(ctx context.Context, site, story, after, account forum.ID) (fresh, answers int, err error) {
	type pair struct{ a, b int }
	p, err := one(ctx, r, "count new comments", func(s scanner) (pair, error) {
		var p pair
		err := s.Scan(&p.a, &p.b)
		return p, err
	}, sqlSince, site, story, after, account)
	return p.a, p.b, err
}
