package store

import (
	"context"
	"slices"

	"parley/internal/forum"
)

// Miscount is a counter that does not say what its rows say.
type Miscount struct {
	Table   string
	Counter string
	ID      forum.ID
	Stored  int
	Counted int
}

// recount is how one counter is checked: a query of (id, stored, counted) for the
// rows of site $1 where the two differ, and the statement that mends them.
type recount struct{ table, counter, find, mend string }

// recounts lists every counter that is kept beside the rows it counts. Each is
// counted in one pass over those rows, so that a check of a hundred thousand
// comments takes seconds.
var recounts = []recount{
	counter("comments", "comment_id", "replies", `select parent_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' and parent_id <> 0 group by parent_id`),
	counter("comments", "comment_id", "descendants", `select a.comment_id as id, (select count(*) from comments b
		where b.site_id = a.site_id and b.root_id = a.root_id and b.path > a.path and b.path < a.path || 'z' and b.visible and b.state = 'published') as counted
		from comments a where a.site_id = $1`),
	counter("comments", "comment_id", "up", `select comment_id as id, count(*) as counted from votes
		where site_id = $1 and value = 1 group by comment_id`),
	counter("comments", "comment_id", "down", `select comment_id as id, count(*) as counted from votes
		where site_id = $1 and value = -1 group by comment_id`),
	counter("comments", "comment_id", "reports", `select comment_id as id, count(*) as counted from reports
		where site_id = $1 and resolved_at = 0 and reason <> 'disagree' group by comment_id`),
	counter("stories", "story_id", "comments", `select story_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' group by story_id`),
	counter("stories", "story_id", "held", `select story_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'held' group by story_id`),
	counter("accounts", "account_id", "accepted", `select account_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' group by account_id`),
	counter("accounts", "account_id", "rejected", `select account_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'rejected' group by account_id`),
}

func counter(table, id, name, count string) recount {
	return recount{
		table: table, counter: name,
		find: statement(`select x.` + id + `, x.` + name + `, coalesce(b.counted, 0) from ` + table + ` x
			left join (` + count + `) b on b.id = x.` + id + `
			where x.site_id = $1 and x.` + name + ` <> coalesce(b.counted, 0) order by x.` + id),
		mend: statement(`update ` + table + ` set ` + name + ` = $3 where site_id = $1 and ` + id + ` = $2 and ` + name + ` = $4`),
	}
}

// Recount counts everything again that a counter stands for and returns the
// counters that differ.
func (r Reader) Recount(ctx context.Context, site forum.ID) ([]Miscount, error) {
	var wrong []Miscount
	for _, c := range recounts {
		found, err := many(ctx, r, "recount "+c.table+"."+c.counter, func(s scanner) (Miscount, error) {
			m := Miscount{Table: c.table, Counter: c.counter}
			err := s.Scan(&m.ID, &m.Stored, &m.Counted)
			return m, err
		}, c.find, site)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, found...)
	}
	return wrong, nil
}

// Mend sets a counter to what was counted, unless it has changed meanwhile.
func (t *Tx) Mend(ctx context.Context, site forum.ID, m Miscount) error {
	for _, c := range recounts {
		if c.table == m.Table && c.counter == m.Counter {
			_, err := t.exec(ctx, "mend "+c.table+"."+c.counter, c.mend, site, m.ID, m.Counted, m.Stored)
			return err
		}
	}
	return forum.Fail(forum.NotFound, "error.notFound").Because("no counter %s.%s", m.Table, m.Counter)
}

// Damage returns what the database itself finds damaged, one line each.
func (r Reader) Damage(ctx context.Context) ([]string, error) {
	found, err := many(ctx, r, "check integrity", scanOne[string], r.dialect.integrity())
	return slices.DeleteFunc(found, func(line string) bool { return line == "ok" }), err
}

var sqlStoriesWithoutAlias = statement(`select s.story_id from stories s
	where s.site_id = $1 and s.url <> '' and s.external_id = '' and not exists (
		select 1 from story_aliases a where a.site_id = s.site_id and a.story_id = s.story_id)
	order by s.story_id`)

// StoriesWithoutAlias returns the stories that live on another page and can be
// found neither by a URL nor by the newsroom's own id.
func (r Reader) StoriesWithoutAlias(ctx context.Context, site forum.ID) ([]forum.ID, error) {
	return many(ctx, r, "find stories without alias", scanOne[forum.ID], sqlStoriesWithoutAlias, site)
}
