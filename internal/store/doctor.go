package store

import (
	"cmp"
	"context"
	"slices"
	"time"

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

// recount is how one counter is checked, and the statement that mends it.
type recount struct {
	table, counter, mend string
	find                 func(ctx context.Context, r Reader, site forum.ID) ([]Miscount, error)
}

// recounts lists every counter that is kept beside the rows it counts. Each is
// counted in one pass over those rows, so that a check of a hundred thousand
// comments takes seconds.
var recounts = []recount{
	counter("comments", "comment_id", "replies", `select parent_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' and parent_id <> 0 group by parent_id`),
	{"comments", "descendants", mending("comments", "comment_id", "descendants"), recountDescendants},
	counter("comments", "comment_id", "up", `select comment_id as id, count(*) as counted from votes
		where site_id = $1 and value = 1 group by comment_id`),
	counter("comments", "comment_id", "down", `select comment_id as id, count(*) as counted from votes
		where site_id = $1 and value = -1 group by comment_id`),
	counter("comments", "comment_id", "reports", `select comment_id as id, count(*) as counted from reports
		where site_id = $1 and resolved_at = 0 and reason <> 'disagree' and reports.counted group by comment_id`),
	counter("stories", "story_id", "comments", `select story_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' group by story_id`),
	counter("stories", "story_id", "held", `select story_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'held' group by story_id`),
	counter("accounts", "account_id", "accepted", `select account_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'published' group by account_id`),
	counter("accounts", "account_id", "rejected", `select account_id as id, count(*) as counted from comments
		where site_id = $1 and state = 'rejected' group by account_id`),
	counter("accounts", "account_id", "reports_upheld", `select account_id as id, count(*) as counted from reports
		where site_id = $1 and outcome = 'upheld' group by account_id`),
	counter("accounts", "account_id", "reports_dismissed", `select account_id as id, count(*) as counted from reports
		where site_id = $1 and outcome = 'dismissed' group by account_id`),
}

// counter counts by a query of (id, counted).
func counter(table, id, name, count string) recount {
	query := statement(`select x.` + id + `, x.` + name + `, coalesce(b.counted, 0) from ` + table + ` x
		left join (` + count + `) b on b.id = x.` + id + `
		where x.site_id = $1 and x.` + name + ` <> coalesce(b.counted, 0) order by x.` + id)
	find := func(ctx context.Context, r Reader, site forum.ID) ([]Miscount, error) {
		return many(ctx, r, "recount "+table+"."+name, func(s scanner) (Miscount, error) {
			m := Miscount{Table: table, Counter: name}
			err := s.Scan(&m.ID, &m.Stored, &m.Counted)
			return m, err
		}, query, site)
	}
	return recount{table, name, mending(table, id, name), find}
}

func mending(table, id, name string) string {
	return statement(`update ` + table + ` set ` + name + ` = $3 where site_id = $1 and ` + id + ` = $2 and ` + name + ` = $4`)
}

var sqlWalkThreads = statement(`select comment_id, root_id, path, state = 'published', descendants from comments
	where site_id = $1 order by root_id, path`)

// recountDescendants walks through all threads in reading order, keeping the line
// of comments above the present one. A query that counts below each comment
// depends on a planner with fresh statistics, and takes hours without.
func recountDescendants(ctx context.Context, r Reader, site forum.ID) ([]Miscount, error) {
	type place struct {
		root      forum.ID
		path      string
		published bool
		count     Miscount
	}
	var line []place
	var wrong []Miscount
	leave := func(at place) {
		for len(line) > 0 {
			last := line[len(line)-1]
			if last.root == at.root && forum.Under(at.path, last.path) {
				return
			}
			if line = line[:len(line)-1]; last.count.Stored != last.count.Counted {
				wrong = append(wrong, last.count)
			}
		}
	}
	_, err := many(ctx, r, "recount comments.descendants", func(s scanner) (struct{}, error) {
		p := place{count: Miscount{Table: "comments", Counter: "descendants"}}
		if err := s.Scan(&p.count.ID, &p.root, &p.path, &p.published, &p.count.Stored); err != nil {
			return struct{}{}, err
		}
		leave(p)
		if p.published {
			for i := range line {
				line[i].count.Counted++
			}
		}
		line = append(line, p)
		return struct{}{}, nil
	}, sqlWalkThreads, site)
	leave(place{})
	slices.SortFunc(wrong, func(a, b Miscount) int { return cmp.Compare(a.ID, b.ID) })
	return wrong, err
}

// Recount counts everything again that a counter stands for and returns the
// counters that differ.
func (r Reader) Recount(ctx context.Context, site forum.ID) ([]Miscount, error) {
	var wrong []Miscount
	for _, c := range recounts {
		found, err := c.find(ctx, r, site)
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

// Facts are what a database says of itself.
type Facts struct {
	Version string
	Bytes   int64
	Clock   time.Time // the server's; zero: it is this machine's
}

// Facts asks the database what it is.
func (r Reader) Facts(ctx context.Context) (Facts, error) {
	return one(ctx, r, "ask for facts", func(s scanner) (Facts, error) {
		var f Facts
		var clock int64
		err := s.Scan(&f.Version, &f.Bytes, &clock)
		f.Clock = instant(clock)
		return f, err
	}, r.dialect.facts())
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
