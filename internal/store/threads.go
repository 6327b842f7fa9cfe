package store

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"parley/internal/forum"
)

// Cursor is where a list of comments goes on: after a comment, and for the
// useful order after its score, for picks after when it was picked. The zero
// Cursor is the start.
type Cursor struct {
	ID    forum.ID
	Score float64
	At    time.Time
}

// shownColumns are those of commentColumns that pages show, but the site's. Every
// column read costs as much as a small row does.
const shownColumns = `comment_id, story_id, parent_id, root_id, path, depth, account_id, byline_kind, byline_name, author_key, source,
	html, state, created_at, edited_at, guessed, parent_name, descendants, shown_up, shown_down, score, featured_at`

// scanShown reads comments of a site without what only the desk looks at: when they
// were published, votes as they come in, reports, what holds them.
func scanShown(site forum.ID) func(scanner) (forum.Comment, error) {
	return func(s scanner) (forum.Comment, error) {
		// database/sql copies what is an int64 or a string; a type made of one costs it a
		// piece of memory, and an int is written as text and read again (convertAssign).
		var x struct {
			forum.Comment
			id, story, parent, root, account, created, edited, featured, depth, descendants, up, down int64
			kind, state                                                                               string
		}
		c := &x.Comment
		err := s.Scan(&x.id, &x.story, &x.parent, &x.root, &c.Path, &x.depth, &x.account, &x.kind, &c.Byline.Name, &c.AuthorKey, &c.Source,
			&c.HTML, &x.state, &x.created, &x.edited, &c.Guessed, &c.ParentName, &x.descendants, &x.up, &x.down, &c.Score, &x.featured)
		c.SiteID, c.ID, c.StoryID, c.ParentID, c.RootID = site, forum.ID(x.id), forum.ID(x.story), forum.ID(x.parent), forum.ID(x.root)
		c.AccountID, c.Byline.Kind, c.State = forum.ID(x.account), forum.BylineKind(x.kind), forum.State(x.state)
		c.Depth, c.Descendants, c.ShownUp, c.ShownDown = int(x.depth), int(x.descendants), int(x.up), int(x.down)
		c.CreatedAt, c.EditedAt, c.FeaturedAt = instant(x.created), instant(x.edited), instant(x.featured)
		return x.Comment, err
	}
}

var (
	sqlRootsNewest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and comment_id < $3
		order by comment_id desc limit $4`)
	sqlRootsOldest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and comment_id > $3
		order by comment_id limit $4`)
	sqlRootsUseful = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and parent_id = 0 and visible and (score, comment_id) < ($3, $4)
		order by score desc, comment_id desc limit $5`)
	sqlFlatNewest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and visible and comment_id < $3
		order by comment_id desc limit $4`)
	sqlFlatOldest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and visible and comment_id > $3
		order by comment_id limit $4`)
	sqlPicksNewest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and featured_at > 0 and (featured_at, comment_id) < ($3, $4) and state = 'published'
		order by featured_at desc, comment_id desc limit $5`)
	sqlPicksOldest = statement(`select ` + shownColumns + ` from comments
		where site_id = $1 and story_id = $2 and featured_at > 0 and (featured_at, comment_id) > ($3, $4) and state = 'published'
		order by featured_at, comment_id limit $5`)
)

// Roots returns visible roots of a discussion in an order.
func (r Reader) Roots(ctx context.Context, site, story forum.ID, order forum.Order, after Cursor, limit int) ([]forum.Comment, error) {
	switch order {
	case forum.Oldest:
		return many(ctx, r, "read oldest roots", scanShown(site), sqlRootsOldest, site, story, after.ID, limit)
	case forum.Useful:
		if after.ID == 0 {
			after = Cursor{ID: maxID, Score: math.MaxFloat64}
		}
		return many(ctx, r, "read most useful roots", scanShown(site), sqlRootsUseful, site, story, after.Score, after.ID, limit)
	}
	return many(ctx, r, "read newest roots", scanShown(site), sqlRootsNewest, site, story, orMax(after.ID), limit)
}

// Flat returns visible comments of a discussion in time order.
func (r Reader) Flat(ctx context.Context, site, story forum.ID, order forum.Order, after forum.ID, limit int) ([]forum.Comment, error) {
	if order == forum.Newest {
		return many(ctx, r, "read newest comments", scanShown(site), sqlFlatNewest, site, story, orMax(after), limit)
	}
	return many(ctx, r, "read oldest comments", scanShown(site), sqlFlatOldest, site, story, after, limit)
}

// Picks returns the published comments of a discussion that the newsroom picked,
// by when it did.
func (r Reader) Picks(ctx context.Context, site, story forum.ID, order forum.Order, after Cursor, limit int) ([]forum.Comment, error) {
	if order == forum.Oldest {
		return many(ctx, r, "read first picks", scanShown(site), sqlPicksOldest, site, story, micros(after.At), after.ID, limit)
	}
	at := micros(after.At)
	if after.ID == 0 {
		at = math.MaxInt64
	}
	return many(ctx, r, "read last picks", scanShown(site), sqlPicksNewest, site, story, at, orMax(after.ID), limit)
}

func orMax(id forum.ID) forum.ID {
	if id == 0 {
		return maxID
	}
	return id
}

// sqlFirstReplies has one limited range of the index for each root, so that a
// root of ten thousand replies costs what it shows. A join would leave the choice
// to the planner, and PostgreSQL then prefers to read them all. A page has 25 roots by
// default, of which most have no replies.
var sqlFirstReplies = listStatement(func(roots int) string {
	parts := make([]string, roots)
	for i := range parts {
		parts[i] = fmt.Sprintf(`select * from (select %s from comments
			where site_id = $1 and root_id = $%d and visible and path > '' order by path limit $2) as r%d`, shownColumns, 3+i, i)
	}
	return strings.Join(parts, " union all ")
}, 8, 25)

// noRoot stands for a root that is not asked for. SQLite would plan a statement anew
// for 0 or 1.
const noRoot forum.ID = -1

// FirstReplies returns up to limit visible comments below each root, in no
// order; sort them by RootID and Path.
func (r Reader) FirstReplies(ctx context.Context, site forum.ID, roots []forum.ID, limit int) ([]forum.Comment, error) {
	var all []forum.Comment
	err := sqlFirstReplies.each(roots, noRoot, func(query string, ids []any) error {
		found, err := many(ctx, r, "read first replies", scanShown(site), query, append([]any{site, limit}, ids...)...)
		all = append(all, found...)
		return err
	})
	return all, err
}

var sqlBranch = statement(`select ` + shownColumns + ` from comments
	where site_id = $1 and root_id = $2 and visible and path > $3 and path < $4
	order by path limit $5`)

// Branch returns visible comments below a root in reading order: those whose
// path lies between two paths, both left out.
func (r Reader) Branch(ctx context.Context, site, root forum.ID, after, before string, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "read branch", scanShown(site), sqlBranch, site, root, after, before, limit)
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

var sqlNewest = statement(`select comment_id from comments
	where site_id = $1 and story_id = $2 and visible order by comment_id desc limit 1`)

// Newest returns the id of the newest visible comment of a discussion, or zero.
func (r Reader) Newest(ctx context.Context, site, story forum.ID) (forum.ID, error) {
	id, err := one(ctx, r, "find newest comment", scanOne[forum.ID], sqlNewest, site, story)
	if forum.IsKind(err, forum.NotFound) {
		return 0, nil
	}
	return id, err
}

var sqlOutline = statement(`select
	coalesce((select comment_id from comments where site_id = $1 and story_id = $2 and visible order by comment_id desc limit 1), 0) as newest,
	exists (select 1 from comments where site_id = $1 and story_id = $2 and featured_at > 0 and state = 'published') as picked`)

// Outline is what a discussion shows beside its comments.
type Outline struct {
	Newest forum.ID // the newest visible comment; zero: none
	Picked bool     // the newsroom picked a published comment
}

// Outline returns what a discussion shows beside its comments.
func (r Reader) Outline(ctx context.Context, site, story forum.ID) (Outline, error) {
	return one(ctx, r, "read outline", func(s scanner) (x Outline, err error) {
		err = s.Scan(&x.Newest, &x.Picked)
		return x, err
	}, sqlOutline, site, story)
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
