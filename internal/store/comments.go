package store

import (
	"context"

	"parley/internal/forum"
)

const commentColumns = `site_id, comment_id, story_id, parent_id, root_id, path, depth, account_id, byline_kind,
	byline_name, author_key, source, html, state, created_at, edited_at, published_at, guessed, parent_name,
	replies, descendants, up, down, reports, shown_up, shown_down, score, reviewed, featured_at, held_for`

func scanComment(s scanner) (forum.Comment, error) {
	var c forum.Comment
	var created, edited, published, featured int64
	err := s.Scan(&c.SiteID, &c.ID, &c.StoryID, &c.ParentID, &c.RootID, &c.Path, &c.Depth, &c.AccountID, &c.Byline.Kind,
		&c.Byline.Name, &c.AuthorKey, &c.Source, &c.HTML, &c.State, &created, &edited, &published, &c.Guessed, &c.ParentName,
		&c.Replies, &c.Descendants, &c.Up, &c.Down, &c.Reports, &c.ShownUp, &c.ShownDown, &c.Score,
		&c.Reviewed, &featured, &c.HeldFor)
	c.FeaturedAt = instant(featured)
	c.CreatedAt, c.EditedAt, c.PublishedAt = instant(created), instant(edited), instant(published)
	return c, err
}

var sqlComment = statement(`select ` + commentColumns + ` from comments where site_id = $1 and comment_id = $2`)

// Comment returns a comment in any state.
func (r Reader) Comment(ctx context.Context, site, id forum.ID) (forum.Comment, error) {
	return one(ctx, r, "read comment", scanComment, sqlComment, site, id)
}

var sqlCommentsByID = listStatement(func(n int) string {
	return `select ` + commentColumns + ` from comments where site_id = $1 and comment_id in (` + placeholders(2, n) + `)`
}, 8, idChunk)

// CommentsByID returns the comments of a list of ids, in any state, by id. What
// does not exist is missing.
func (r Reader) CommentsByID(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]forum.Comment, error) {
	found := make(map[forum.ID]forum.Comment, len(ids))
	err := sqlCommentsByID.each(ids, 0, func(query string, args []any) error {
		all, err := many(ctx, r, "read comments", scanComment, query, append([]any{site}, args...)...)
		for _, c := range all {
			found[c.ID] = c
		}
		return err
	})
	return found, err
}

var sqlByAuthor = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and account_id = $2 and comment_id < $3 order by comment_id desc limit $4`)

// CommentsByAuthor returns an account's comments, the newest first.
func (r Reader) CommentsByAuthor(ctx context.Context, site, account, before forum.ID, limit int) ([]forum.Comment, error) {
	if before == 0 {
		before = maxID
	}
	return many(ctx, r, "list comments of author", scanComment, sqlByAuthor, site, account, before, limit)
}

var sqlByAuthorIn = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and account_id = $2 and story_id = $3 order by comment_id desc limit $4`)

// CommentsByAuthorIn returns an account's comments under one story, the newest
// first.
func (r Reader) CommentsByAuthorIn(ctx context.Context, site, account, story forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "list comments of author in story", scanComment, sqlByAuthorIn, site, account, story, limit)
}

var sqlNextPlace = statement(`update comments set reply_seq = reply_seq + 1
	where site_id = $1 and comment_id = $2 returning reply_seq`)

// NextPlace takes the next reply number (from 1) below a comment.
func (t *Tx) NextPlace(ctx context.Context, site, parent forum.ID) (int, error) {
	return one(ctx, t.Reader, "place reply", scanOne[int], sqlNextPlace, site, parent)
}

var sqlAtPath = statement(`select comment_id from comments where site_id = $1 and root_id = $2 and path = $3`)

// CommentAt returns the id of the comment at a path below a root.
func (r Reader) CommentAt(ctx context.Context, site, root forum.ID, path string) (forum.ID, error) {
	return one(ctx, r, "find comment at path", scanOne[forum.ID], sqlAtPath, site, root, path)
}

var sqlAddComment = statement(`insert into comments (site_id, comment_id, story_id, parent_id, root_id, path, depth,
	account_id, byline_kind, byline_name, author_key, source, html, html_version, state, created_at, published_at,
	guessed, parent_name, import_id, reviewed, held_for, simhash)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`)

// NewComment is a comment to add, with what readers never get back.
type NewComment struct {
	forum.Comment
	HTMLVersion int
	ImportID    string // the source's id for it; empty: written here
	Prints      Prints // of its text; desk adds those that have rows of their own
}

// AddComment adds a comment row. Counters above it are AddBelow's work. An import
// id the story has already is Conflict.
func (t *Tx) AddComment(ctx context.Context, c NewComment) error {
	taken := func(err error) error {
		if t.dialect.unique(err) {
			return forum.Fail(forum.Conflict, "error.conflict").Because("%w", err)
		}
		return err
	}
	return t.later(ctx, "add comment", taken, sqlAddComment, c.SiteID, c.ID, c.StoryID, c.ParentID, c.RootID, c.Path, c.Depth,
		c.AccountID, string(c.Byline.Kind), c.Byline.Name, c.AuthorKey, c.Source, c.HTML, c.HTMLVersion, string(c.State),
		micros(c.CreatedAt), micros(c.PublishedAt), c.Guessed, c.ParentName, c.ImportID, c.Reviewed, c.HeldFor, c.Prints.Fingerprint)
}

var sqlImported = statement(`select comment_id from comments
	where site_id = $1 and story_id = $2 and import_id = $3 and import_id <> ''`)

// Imported returns the id of the comment an earlier import made from a source.
func (r Reader) Imported(ctx context.Context, site, story forum.ID, importID string) (forum.ID, error) {
	return one(ctx, r, "find imported comment", scanOne[forum.ID], sqlImported, site, story, importID)
}

var sqlAddBelow = statement(`update comments set descendants = descendants + $3
	where site_id = $1 and root_id = $2 and path in (` + placeholders(4, forum.MaxDepth+1) + `)`)

var sqlAddReplies = statement(`update comments set replies = replies + $3 where site_id = $1 and comment_id = $2`)

// AddBelow adds n (1 or −1) to the counters of everything above a comment.
func (t *Tx) AddBelow(ctx context.Context, c forum.Comment, n int) error {
	if c.ParentID == 0 {
		return nil
	}
	paths := forum.ParentPaths(c.Path)
	args := make([]any, 0, forum.MaxDepth+4)
	args = append(args, c.SiteID, c.RootID, n)
	for i := range forum.MaxDepth + 1 {
		// Repeating the last path fills the list without matching more.
		args = append(args, paths[min(i, len(paths)-1)])
	}
	if err := t.later(ctx, "count below", nil, sqlAddBelow, args...); err != nil {
		return err
	}
	return t.later(ctx, "count replies", nil, sqlAddReplies, c.SiteID, c.ParentID, n)
}

var sqlMove = statement(`update comments set state = $4, published_at = case when published_at = 0 and $4 = 'published' then cast($5 as bigint) else published_at end
	where site_id = $1 and comment_id = $2 and state = $3 returning ` + commentColumns)

// Move takes a comment from one state to another. If it is not in the first
// state any more, it is Conflict.
func (t *Tx) Move(ctx context.Context, site, id forum.ID, from, to forum.State) (forum.Comment, error) {
	c, err := one(ctx, t.Reader, "move comment", scanComment, sqlMove, site, id, string(from), string(to), micros(t.Now))
	if forum.IsKind(err, forum.NotFound) {
		return c, forum.Fail(forum.Conflict, "error.conflict").Because("comment %s is not %s", id, from)
	}
	return c, err
}

var sqlEdit = statement(`update comments set source = $3, html = $4, html_version = $5, edited_at = $6
	where site_id = $1 and comment_id = $2 and source = $7 and state = $8`)

var sqlAddEdition = statement(`insert into comment_editions (site_id, comment_id, edition, source, html, written_at)
	select site_id, comment_id, (select count(*) + 1 from comment_editions e where e.site_id = $1 and e.comment_id = $2),
		source, html, case when edited_at > 0 then edited_at else created_at end
	from comments where site_id = $1 and comment_id = $2`)

// Edit keeps the text a comment had as an edition and gives it another. If the
// comment no longer has the text or the state before, it is Conflict.
func (t *Tx) Edit(ctx context.Context, before forum.Comment, source, html string, htmlVersion int) error {
	if _, err := t.exec(ctx, "keep edition", sqlAddEdition, before.SiteID, before.ID); err != nil {
		return err
	}
	n, err := t.exec(ctx, "edit comment", sqlEdit, before.SiteID, before.ID, source, html, htmlVersion, micros(t.Now), before.Source,
		string(before.State))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("comment %s was changed meanwhile", before.ID)
	}
	return err
}

var sqlEditions = statement(`select edition, source, html, written_at from comment_editions
	where site_id = $1 and comment_id = $2 order by edition`)

// Editions returns the texts a comment had before its present one, the oldest
// first: their text in Comment.Source and HTML, their time in Comment.CreatedAt.
func (r Reader) Editions(ctx context.Context, site, id forum.ID) ([]forum.Comment, error) {
	return many(ctx, r, "read editions", func(s scanner) (forum.Comment, error) {
		var c forum.Comment
		var edition, at int64
		err := s.Scan(&edition, &c.Source, &c.HTML, &at)
		c.SiteID, c.ID, c.CreatedAt = site, id, instant(at)
		return c, err
	}, sqlEditions, site, id)
}

var (
	sqlBlank        = statement(`update comments set source = '', html = '', simhash = 0 where site_id = $1 and comment_id = $2`)
	sqlDropEditions = statement(`delete from comment_editions where site_id = $1 and comment_id = $2`)
)

// Blank forgets the text of a comment and its earlier editions. Its words leave the
// search by ChangeLists.
func (t *Tx) Blank(ctx context.Context, site, id forum.ID) error {
	if _, err := t.exec(ctx, "blank comment", sqlBlank, site, id); err != nil {
		return err
	}
	if _, err := t.exec(ctx, "drop editions", sqlDropEditions, site, id); err != nil {
		return err
	}
	return t.dropPrints(ctx, site, id)
}
