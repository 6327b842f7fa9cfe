package store

import (
	"context"
	"encoding/json"

	"parley/internal/forum"
)

const storyColumns = `site_id, story_id, external_id, url, headline, lede, byline, section, lang, body, body_html,
	picture, picture_alt, caption, credit, published_at, created_at, updated_at, state, state_reason, listed,
	revision, comments, held, controls`

func scanStory(s scanner) (forum.Story, error) {
	var x forum.Story
	var published, created, updated int64
	var controls string
	err := s.Scan(&x.SiteID, &x.ID, &x.ExternalID, &x.URL, &x.Headline, &x.Lede, &x.Byline, &x.Section, &x.Lang,
		&x.Body, &x.BodyHTML, &x.Picture, &x.PictureAlt, &x.Caption, &x.Credit, &published, &created, &updated,
		&x.State, &x.StateReason, &x.Listed, &x.Revision, &x.Comments, &x.Held, &controls)
	if err == nil && controls != "{}" {
		err = json.Unmarshal([]byte(controls), &x.Controls)
	}
	x.PublishedAt, x.CreatedAt, x.UpdatedAt = instant(published), instant(created), instant(updated)
	return x, err
}

var sqlStory = statement(`select ` + storyColumns + ` from stories where site_id = $1 and story_id = $2`)

// Story returns a story.
func (r Reader) Story(ctx context.Context, site, id forum.ID) (forum.Story, error) {
	return one(ctx, r, "read story", scanStory, sqlStory, site, id)
}

var sqlStanding = statement(`select s.revision, x.staff_changes from stories s join sites x on x.site_id = s.site_id
	where s.site_id = $1 and x.site_id = $1 and s.story_id = $2`)

// standing is what a page of a story depends on: the story's revision, and the
// changes of the site's staff.
type standing struct{ revision, staff int64 }

func (r Reader) standing(ctx context.Context, site, story forum.ID) (standing, error) {
	return one(ctx, r, "read standing", func(s scanner) (standing, error) {
		var x standing
		err := s.Scan(&x.revision, &x.staff)
		return x, err
	}, sqlStanding, site, story)
}

var sqlStoryByExternalID = statement(`select ` + storyColumns + ` from stories
	where site_id = $1 and external_id = $2 and external_id <> ''`)

// StoryByExternalID returns the story the newsroom knows by a key of its own.
func (r Reader) StoryByExternalID(ctx context.Context, site forum.ID, external string) (forum.Story, error) {
	return one(ctx, r, "read story by external id", scanStory, sqlStoryByExternalID, site, external)
}

var sqlStoryByAlias = statement(`select ` + prefixed("s", storyColumns) + ` from story_aliases a
	join stories s on s.site_id = a.site_id and s.story_id = a.story_id
	where a.site_id = $1 and a.url_key = $2`)

// StoryByURLKey returns the story that a URL key (forum.URLKey) names.
func (r Reader) StoryByURLKey(ctx context.Context, site forum.ID, key string) (forum.Story, error) {
	return one(ctx, r, "read story by URL", scanStory, sqlStoryByAlias, site, key)
}

var sqlFront = statement(`select ` + storyColumns + ` from stories
	where site_id = $1 and listed and (published_at, story_id) < ($2, $3)
	order by published_at desc, story_id desc limit $4`)

var sqlSection = statement(`select ` + storyColumns + ` from stories
	where site_id = $1 and section = $2 and listed and (published_at, story_id) < ($3, $4)
	order by published_at desc, story_id desc limit $5`)

// StoryCursor is where a list of stories goes on. The zero cursor is the start.
type StoryCursor struct {
	PublishedAt int64
	ID          forum.ID
}

const maxID = 1<<63 - 1

// Stories returns the listed stories of a section, or of the whole site when
// section is empty, the newest first.
func (r Reader) Stories(ctx context.Context, site forum.ID, section string, after StoryCursor, limit int) ([]forum.Story, error) {
	if after == (StoryCursor{}) {
		after = StoryCursor{maxID, maxID}
	}
	if section == "" {
		return many(ctx, r, "list stories", scanStory, sqlFront, site, after.PublishedAt, after.ID, limit)
	}
	return many(ctx, r, "list section", scanStory, sqlSection, site, section, after.PublishedAt, after.ID, limit)
}

var sqlAddStory = statement(`insert into stories (` + storyColumns + `)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 1, 0, 0, '{}')`)

// AddStory adds a story. An external id that is taken is Conflict.
func (t *Tx) AddStory(ctx context.Context, x forum.Story) error {
	_, err := t.exec(ctx, "add story", sqlAddStory, storyValues(x, micros(t.Now))...)
	t.moved(forum.Move{SiteID: x.SiteID, StoryID: x.ID, Revision: 1, Listed: x.Listed})
	return t.storyExists(err)
}

// storyExists turns a violated unique external id into what the caller is told.
func (t *Tx) storyExists(err error) error {
	if t.dialect.unique(err) {
		return forum.Fail(forum.Conflict, "error.storyExists").Because("%w", err)
	}
	return err
}

func storyValues(x forum.Story, now int64) []any {
	return []any{
		x.SiteID, x.ID, x.ExternalID, x.URL, x.Headline, x.Lede, x.Byline, x.Section, x.Lang, x.Body, x.BodyHTML,
		x.Picture, x.PictureAlt, x.Caption, x.Credit, micros(x.PublishedAt), now, now, string(x.State), x.StateReason, x.Listed,
	}
}

var sqlSetStory = statement(`update stories set url = $3, headline = $4, lede = $5, byline = $6, section = $7, lang = $8,
	body = $9, body_html = $10, picture = $11, picture_alt = $12, caption = $13, credit = $14, published_at = $15,
	updated_at = $16, state = $17, state_reason = $18, listed = $19, revision = revision + 1,
	external_id = case when external_id = '' then $20 else external_id end
	where site_id = $1 and story_id = $2 returning ` + storyColumns)

// SetStory replaces what the newsroom wrote of a story and moves its revision. A
// story that has no external id takes one; it never changes. One that another
// story has is Conflict.
func (t *Tx) SetStory(ctx context.Context, x forum.Story) error {
	_, err := t.story(ctx, forum.Move{}, "set story", sqlSetStory, x.SiteID, x.ID, x.URL, x.Headline, x.Lede, x.Byline, x.Section, x.Lang,
		x.Body, x.BodyHTML, x.Picture, x.PictureAlt, x.Caption, x.Credit, micros(x.PublishedAt), micros(t.Now),
		string(x.State), x.StateReason, x.Listed, x.ExternalID)
	return t.storyExists(err)
}

var sqlAddAlias = statement(`insert into story_aliases (site_id, url_key, story_id) values ($1, $2, $3) on conflict do nothing`)

// AddAlias remembers that a URL key names a story. A key that names a story
// already keeps it.
func (t *Tx) AddAlias(ctx context.Context, site forum.ID, key string, story forum.ID) error {
	_, err := t.exec(ctx, "add alias", sqlAddAlias, site, key, story)
	return err
}

var sqlCountStory = statement(`update stories set comments = comments + $3, held = held + $4
	where site_id = $1 and story_id = $2 returning ` + storyColumns)

// CountStory moves the counters of a story whose revision the transaction has
// moved before, and returns it.
func (t *Tx) CountStory(ctx context.Context, site, id forum.ID, comments, held int) (forum.Story, error) {
	return t.story(ctx, forum.Move{Added: comments + held}, "count story", sqlCountStory, site, id, comments, held)
}

var sqlLockStory = statement(`update stories set held = held where site_id = $1 and story_id = $2 returning ` + storyColumns)

// LockStory returns a story and keeps others from changing its discussion until
// the transaction ends, without moving its revision.
func (t *Tx) LockStory(ctx context.Context, site, id forum.ID) (forum.Story, error) {
	return t.story(ctx, forum.Move{Desk: true}, "lock story", sqlLockStory, site, id)
}

var sqlTouchStory = statement(`update stories set revision = revision + 1, comments = comments + $3, held = held + $4
	where site_id = $1 and story_id = $2 returning ` + storyColumns)

// TouchStory moves a story's revision and counters and returns it. It is the
// first act of every transaction that changes a discussion: its row lock orders
// them, so that they never wait for one another in a circle.
func (t *Tx) TouchStory(ctx context.Context, site, id forum.ID, comments, held int) (forum.Story, error) {
	return t.story(ctx, forum.Move{Added: comments + held}, "touch story", sqlTouchStory, site, id, comments, held)
}

// story runs a write that returns the story it changed, and notes that and how the
// story moved.
func (t *Tx) story(ctx context.Context, m forum.Move, what, query string, args ...any) (forum.Story, error) {
	x, err := one(ctx, t.Reader, what, scanStory, query, args...)
	if err == nil {
		m.SiteID, m.StoryID, m.Revision, m.Comments, m.Listed = x.SiteID, x.ID, x.Revision, x.Comments, x.Listed
		t.moved(m)
	}
	return x, err
}

var sqlAddPicture = statement(`insert into pictures (site_id, picture_id, type, width, height, bytes)
	values ($1, $2, $3, $4, $5, $6) on conflict do nothing`)

// Picture is a stored image. Its ID is derived from its bytes.
type Picture struct {
	ID            string
	Type          string // media type
	Width, Height int
	Bytes         []byte
}

// AddPicture stores a picture; storing it again changes nothing.
func (t *Tx) AddPicture(ctx context.Context, site forum.ID, p Picture) error {
	_, err := t.exec(ctx, "add picture", sqlAddPicture, site, p.ID, p.Type, p.Width, p.Height, p.Bytes)
	return err
}

var sqlPicture = statement(`select picture_id, type, width, height, bytes from pictures where site_id = $1 and picture_id = $2`)

// Picture returns a picture.
func (r Reader) Picture(ctx context.Context, site forum.ID, id string) (Picture, error) {
	return one(ctx, r, "read picture", func(s scanner) (Picture, error) {
		var p Picture
		err := s.Scan(&p.ID, &p.Type, &p.Width, &p.Height, &p.Bytes)
		return p, err
	}, sqlPicture, site, id)
}

var sqlPictureSizes = statement(`select picture_id, type, width, height from pictures
	where site_id = $1 and picture_id in (` + placeholders(2, idChunk) + `)`)

// PictureSizes returns the pictures of a list of ids without their bytes, by id.
func (r Reader) PictureSizes(ctx context.Context, site forum.ID, ids []string) (map[string]Picture, error) {
	found := make(map[string]Picture, len(ids))
	err := chunked(ids, "", func(args []any) error {
		all, err := many(ctx, r, "read picture sizes", func(s scanner) (Picture, error) {
			var p Picture
			err := s.Scan(&p.ID, &p.Type, &p.Width, &p.Height)
			return p, err
		}, sqlPictureSizes, append([]any{site}, args...)...)
		for _, p := range all {
			found[p.ID] = p
		}
		return err
	})
	return found, err
}

var sqlAliasCounts = statement(`select a.url_key, s.comments from story_aliases a
	join stories s on s.site_id = a.site_id and s.story_id = a.story_id
	where a.site_id = $1 and a.url_key in (` + placeholders(2, idChunk) + `)`)

var sqlExternalCounts = statement(`select external_id, comments from stories
	where site_id = $1 and external_id <> '' and external_id in (` + placeholders(2, idChunk) + `)`)

// Counts returns the numbers of published comments of stories, by the URL keys
// and by the external ids that were asked for. What is unknown is missing.
func (r Reader) Counts(ctx context.Context, site forum.ID, keys, externals []string) (byKey, byExternal map[string]int, err error) {
	read := func(query string, names []string) (map[string]int, error) {
		found := make(map[string]int, len(names))
		err := chunked(names, "", func(args []any) error {
			_, err := many(ctx, r, "count comments", func(s scanner) (struct{}, error) {
				var name string
				var n int
				err := s.Scan(&name, &n)
				found[name] = n
				return struct{}{}, err
			}, query, append([]any{site}, args...)...)
			return err
		})
		return found, err
	}
	if byKey, err = read(sqlAliasCounts, keys); err != nil {
		return nil, nil, err
	}
	byExternal, err = read(sqlExternalCounts, externals)
	return byKey, byExternal, err
}
