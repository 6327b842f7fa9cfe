package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
)

// QueueKind is which comments the desk looks at.
type QueueKind string

// The queues.
const (
	QueueReported QueueKind = "reported" // published, with open reports
	QueueHeld     QueueKind = "held"
	QueueUnseen   QueueKind = "unseen" // published, and nobody of the desk has looked at it
	QueueRejected QueueKind = "rejected"
	QueueAll      QueueKind = "all"
)

// QueueKinds lists the queues in the order shown.
func QueueKinds() []QueueKind {
	return []QueueKind{QueueReported, QueueHeld, QueueUnseen, QueueRejected, QueueAll}
}

// Valid reports whether k is a queue.
func (k QueueKind) Valid() bool { _, ok := queueTerms[k]; return ok }

// queueTerms are what a queue asks of a comment, as its partial index says it.
var queueTerms = map[QueueKind]string{
	QueueReported: `c.state = 'published' and c.reports > 0`,
	QueueHeld:     `c.state = 'held'`,
	QueueUnseen:   `c.state = 'published' and not c.reviewed`,
	QueueRejected: `c.state = 'rejected'`,
	QueueAll:      `c.state <> ''`,
}

// Filter is which comments of a queue are meant. What is empty asks nothing.
type Filter struct {
	Queue    QueueKind
	Sections []string // slugs; a story of none of them does not count
	Story    forum.ID
	Account  forum.ID
	Named    bool // only what Account wrote under its name
	State    forum.State
	From, To time.Time // written at From or later, before To
	Host     string    // holds a link there, or to its www.
	Rule     forum.ID  // the rule had a verdict on it
	Verb     forum.Verb
	Reason   string   // of a decision with Verb
	By       forum.ID // who made such a decision
	Wording           // what its text holds
	Oldest   bool     // the oldest first
	After    forum.ID // where the page before ended
	edge     forum.ID // the last comment that is looked at; zero: there is no such
}

// driver is the index that finds the comments of a filter.
type driver string

// The drivers. Each is a range of an index in the order of comments, or a list
// of ids that one makes.
const (
	byQueue   driver = ``
	byStory   driver = `c.story_id = $5`
	inStory   driver = `c.comment_id in (select t.comment_id from comments t where t.site_id = $1 and t.story_id = $5)`
	byAccount driver = `c.account_id = $6`
	byHost    driver = `c.comment_id in (select t.comment_id from comment_hosts t where t.site_id = $1 and t.host in ($10, 'www.' || $10))`
	byRule    driver = `c.comment_id in (select t.comment_id from verdicts t where t.site_id = $1 and t.rule_id = $11)`
	byVerb    driver = `c.comment_id in (select t.comment_id from decisions t where t.site_id = $1 and t.verb = $12 and t.comment_id <> 0)`
	byActor   driver = `c.comment_id in (select t.comment_id from decisions t where t.site_id = $1 and t.actor_id = $14 and t.actor_id <> 0 and t.comment_id <> 0)`
)

// byIDs are comments that the lists of words have found.
var byIDs = driver(`c.comment_id in (` + placeholders(16, idChunk) + `)`)

// filterTerms is everything a filter may ask besides its driver and what a text
// holds.
const filterTerms = `c.comment_id >= $8 and c.comment_id < $9
		and (cast($5 as bigint) = 0 or +c.story_id = $5) and (cast($6 as bigint) = 0 or +c.account_id = $6)
		and (cast($7 as text) = '' or c.state = $7)
		and (cast($4 as text) = '' or exists (select 1 from stories s
			where s.site_id = $1 and s.story_id = c.story_id and $4 like '% ' || s.section || ' %'))
		and (cast($10 as text) = '' or exists (select 1 from comment_hosts h
			where h.site_id = $1 and h.comment_id = c.comment_id and h.host in ($10, 'www.' || $10)))
		and (cast($11 as bigint) = 0 or exists (select 1 from verdicts v
			where v.site_id = $1 and v.comment_id = c.comment_id and v.rule_id = $11))
		and ((cast($12 as text) = '' and cast($13 as text) = '' and cast($14 as bigint) = 0) or exists (select 1 from decisions d
			where d.site_id = $1 and d.comment_id = c.comment_id and d.comment_id <> 0 and ($12 = '' or d.verb = $12)
				and ($13 = '' or d.reason = $13) and ($14 = 0 or d.actor_id = $14)))
		and (cast($15 as bigint) = 0 or c.byline_kind = 'name')`

// sifting is the statements of one queue and driver.
type sifting struct{ newest, oldest, count string }

// siftings has a statement for every way in which the desk reads comments.
var siftings = allSiftings()

func allSiftings() map[QueueKind]map[driver]sifting {
	all := map[QueueKind]map[driver]sifting{}
	for _, q := range QueueKinds() {
		all[q] = map[driver]sifting{byQueue: sift(q, byQueue)}
	}
	for _, q := range []QueueKind{QueueUnseen, QueueRejected} {
		all[q][byStory] = sift(q, byStory)
	}
	for _, d := range []driver{inStory, byAccount, byHost, byRule, byVerb, byActor, byIDs} {
		all[QueueAll][d] = sift(QueueAll, d)
	}
	return all
}

func sift(q QueueKind, d driver) sifting {
	where := ` from comments c where c.site_id = $1 and ` + queueTerms[q] + ` and ` + filterTerms
	if d != byQueue {
		where += ` and ` + string(d)
	}
	page := `select ` + prefixed("c", commentColumns) + where
	return sifting{
		newest: statement(page + ` and c.comment_id < $2 order by c.comment_id desc limit $3`),
		oldest: statement(page + ` and c.comment_id > $2 order by c.comment_id limit $3`),
		count:  statement(`select count(*) from (select c.comment_id` + where + ` and c.comment_id > $2 limit $3) as found`),
	}
}

// driver chooses the index that finds the fewest comments.
func (f Filter) driver() driver {
	if f.Queue != QueueAll {
		if f.Story != 0 && siftings[f.Queue][byStory].newest != "" {
			return byStory
		}
		return byQueue
	}
	switch {
	case f.Account != 0:
		return byAccount
	case f.Host != "":
		return byHost
	case f.Rule != 0:
		return byRule
	case f.Story != 0:
		return inStory
	case f.By != 0:
		return byActor
	case f.Verb != "":
		return byVerb
	}
	return byQueue
}

// args are the parameters of every statement of a sifting.
func (f Filter) args(site, cursor forum.ID, limit int) []any {
	sections := ""
	if len(f.Sections) > 0 {
		sections = " " + strings.Join(f.Sections, " ") + " "
	}
	low, high := f.written()
	named := int64(0)
	if f.Named {
		named = 1
	}
	return []any{
		site, cursor, limit, sections, f.Story, f.Account, string(f.State), low, high, f.Host, f.Rule, string(f.Verb), f.Reason, f.By, named,
	}
}

// Sifted is a page of the comments of a filter.
type Sifted struct {
	Comments []forum.Comment
	Reached  forum.ID // where to go on, if not all was looked at; zero: the page is full or all was
}

// Sift returns a page of the comments of a filter. Where that asks for more than an index
// knows it looks at so many comments at most, and where it asks for words, into so many
// texts.
func (r Reader) Sift(ctx context.Context, site forum.ID, f Filter, limit int) (Sifted, error) {
	if f.Wording.empty() {
		return r.sift(ctx, site, f, limit)
	}
	some, err := r.strides(ctx, site, f)
	if err != nil {
		return Sifted{}, err
	}
	var out Sifted
	for looked := 0; looked < searchTexts; {
		texts, reached, err := some(ctx)
		if err != nil {
			return out, err
		}
		for _, c := range texts {
			if !f.Holds(c.Source) {
				continue
			}
			if out.Comments = append(out.Comments, c); len(out.Comments) == limit {
				return Sifted{Comments: out.Comments}, nil
			}
		}
		looked += max(len(texts), siftStride)
		if out.Reached = reached; reached == 0 {
			return out, nil
		}
	}
	return out, nil
}

// siftStride is in how many texts the desk looks at a time.
const siftStride = 64

// stride returns the next comments that pass a filter but for what their texts hold,
// and where to go on; zero: there are no more.
type stride func(context.Context) ([]forum.Comment, forum.ID, error)

// strides looks for comments along the lists of their words, unless the filter names
// what fewer comments have: a queue, an account, a host.
func (r Reader) strides(ctx context.Context, site forum.ID, f Filter) (stride, error) {
	if d := f.driver(); f.Queue == QueueAll && d != byAccount && d != byHost {
		purse := purse(searchBlocks)
		trails, err := r.wordTrails(ctx, site, f.Wording, f.way(), &purse)
		if err != nil || len(trails) > 0 {
			return r.listStrides(site, f, trails), err
		}
	}
	f, err := r.bounded(ctx, site, f)
	return func(ctx context.Context) ([]forum.Comment, forum.ID, error) {
		if f.edge != 0 && f.After == f.edge {
			return nil, f.edge, nil
		}
		page, err := r.within(ctx, site, f, siftStride)
		if all := page.Comments; len(all) == siftStride {
			page.Reached = all[len(all)-1].ID
		}
		f.After = page.Reached
		return page.Comments, page.Reached, err
	}, err
}

// listStrides goes along the lists of words.
func (r Reader) listStrides(site forum.ID, f Filter, trails []trail) stride {
	begin, end := f.ends()
	c := candidates{way: f.way(), trails: trails, next: begin, end: end}
	return func(ctx context.Context) ([]forum.Comment, forum.ID, error) {
		ids, err := c.take(ctx, idChunk)
		if err != nil || len(ids) == 0 {
			return nil, c.reached(), err
		}
		args := f.args(site, orMax(0), idChunk)
		for i := range idChunk {
			args = append(args, ids[min(i, len(ids)-1)])
		}
		all, err := many(ctx, r, "sift candidates", scanComment, siftings[QueueAll][byIDs].newest, args...)
		if f.Oldest {
			slices.Reverse(all)
		}
		return all, c.reached(), err
	}
}

// way is the direction of the filter's pages.
func (f Filter) way() way { return way(f.Oldest) }

// ends returns the first place that the filter's times admit, behind where the page
// before ended, and the last.
func (f Filter) ends() (begin, end place) {
	low, high := f.written()
	begin, end = f.way().place(high-1), f.way().place(low)
	if f.Oldest {
		begin, end = end, begin
	}
	return min(begin, f.way().start(f.After)), end
}

// written returns the first id that the filter's times and its edge admit, and the first
// beyond.
func (f Filter) written() (low, high forum.ID) {
	high = maxID
	if !f.From.IsZero() {
		low = forum.FirstID(f.From)
	}
	if !f.To.IsZero() {
		high = forum.FirstID(f.To)
	}
	switch {
	case f.edge == 0:
	case f.Oldest:
		high = min(high, f.edge+1)
	default:
		low = max(low, f.edge)
	}
	return low, high
}

// sift is Sift but for what texts hold.
func (r Reader) sift(ctx context.Context, site forum.ID, f Filter, limit int) (Sifted, error) {
	f, err := r.bounded(ctx, site, f)
	if err != nil {
		return Sifted{}, err
	}
	return r.within(ctx, site, f, limit)
}

// within is sift up to the filter's edge.
func (r Reader) within(ctx context.Context, site forum.ID, f Filter, limit int) (out Sifted, err error) {
	query, cursor := siftings[f.Queue][f.driver()].newest, orMax(f.After)
	if f.Oldest {
		query, cursor = siftings[f.Queue][f.driver()].oldest, f.After
	}
	out.Comments, err = many(ctx, r, "sift comments", scanComment, query, f.args(site, cursor, limit)...)
	if len(out.Comments) < limit {
		out.Reached = f.edge
	}
	return out, err
}

// waiting has a statement for each queue as a whole: it reads nothing but the
// queue's own index.
var waiting = allWaiting()

func allWaiting() map[QueueKind]string {
	all := map[QueueKind]string{}
	for _, q := range []QueueKind{QueueReported, QueueHeld, QueueUnseen, QueueRejected} {
		all[q] = statement(`select count(*) from (select c.comment_id from comments c where c.site_id = $1 and ` + queueTerms[q] + ` limit $2) as found`)
	}
	return all
}

// whole reports whether a filter asks for a queue and nothing else.
func (f Filter) whole() bool {
	return f.driver() == byQueue && !f.asks() && f.From.IsZero() && f.To.IsZero() && f.Wording.empty() && f.After == 0
}

// asks reports whether a filter asks for something besides a queue and a time that a
// comment tells without its text.
func (f Filter) asks() bool {
	return len(f.Sections) > 0 || f.Story != 0 || f.Account != 0 || f.Named || f.State != "" || f.Host != "" || f.Rule != 0 ||
		f.Verb != "" || f.Reason != "" || f.By != 0
}

// CountSifted returns how many comments a filter finds, the oldest first, after f.After
// and counting no further than most. It looks at as many comments, and into as many
// texts, as Sift does, and returns where to count on; zero: there is no more.
func (r Reader) CountSifted(ctx context.Context, site forum.ID, f Filter, most int) (int, forum.ID, error) {
	if !f.Wording.empty() {
		page, err := r.Sift(ctx, site, f, most)
		if n := len(page.Comments); n == most {
			page.Reached = page.Comments[n-1].ID
		}
		return len(page.Comments), page.Reached, err
	}
	if whole, known := waiting[f.Queue]; known && f.whole() {
		n, err := one(ctx, r, "count comments", scanOne[int], whole, site, most)
		return n, 0, err
	}
	f.Oldest = true
	f, err := r.bounded(ctx, site, f)
	if err != nil {
		return 0, 0, err
	}
	n, err := one(ctx, r, "count comments", scanOne[int], siftings[f.Queue][f.driver()].count, f.args(site, f.After, most)...)
	if n < most {
		return n, f.edge, err
	}
	return n, 0, err
}

var sqlReview = statement(`update comments set reviewed = $3 where site_id = $1 and comment_id = $2`)

// SetReviewed notes whether somebody of the desk has looked at a comment.
func (t *Tx) SetReviewed(ctx context.Context, site, id forum.ID, reviewed bool) error {
	_, err := t.exec(ctx, "review comment", sqlReview, site, id, reviewed)
	return err
}

var sqlFeature = statement(`update comments set featured_at = $3 where site_id = $1 and comment_id = $2 and state = 'published'`)

// SetFeatured picks a published comment at an instant, or with the zero one
// takes the pick back. One that is not published any more is Conflict.
func (t *Tx) SetFeatured(ctx context.Context, site, id forum.ID, at time.Time) error {
	n, err := t.exec(ctx, "feature comment", sqlFeature, site, id, micros(at))
	if err == nil && n == 0 {
		return forum.Fail(forum.Conflict, "error.conflict").Because("comment %s is not published", id)
	}
	return err
}

const deskDecisions = ` from decisions d where d.site_id = $1 and d.decision_id < $2 and not d.automated and d.comment_id <> 0
	and (cast($4 as text) = '' or exists (select 1 from stories s
		where s.site_id = $1 and s.story_id = d.story_id and $4 like '% ' || s.section || ' %'))`

var (
	sqlDecided   = statement(`select ` + prefixed("d", decisionColumns) + deskDecisions + ` order by d.decision_id desc limit $3`)
	sqlDecidedBy = statement(`select ` + prefixed("d", decisionColumns) + deskDecisions + ` and d.actor_id = $5 and d.actor_id <> 0
		order by d.decision_id desc limit $3`)
)

// Decided returns what people of the desk decided on comments, the newest first:
// only under stories of some sections if there are any, and only what one of
// them decided if by is not zero.
func (r Reader) Decided(ctx context.Context, site forum.ID, sections []string, by, before forum.ID, limit int) ([]forum.Decision, error) {
	list := ""
	if len(sections) > 0 {
		list = " " + strings.Join(sections, " ") + " "
	}
	if by == 0 {
		return many(ctx, r, "list decided", scanDecision, sqlDecided, site, orMax(before), limit, list)
	}
	return many(ctx, r, "list decided by one", scanDecision, sqlDecidedBy, site, orMax(before), limit, list, by)
}

var sqlUndone = statement(`select undoes_id from decisions
	where site_id = $1 and undoes_id <> 0 and undoes_id in (` + placeholders(2, idChunk) + `)`)

// Undone returns which of some decisions were taken back.
func (r Reader) Undone(ctx context.Context, site forum.ID, decisions []forum.ID) (map[forum.ID]bool, error) {
	undone := map[forum.ID]bool{}
	err := chunked(decisions, 0, func(args []any) error {
		ids, err := many(ctx, r, "read undone", scanOne[forum.ID], sqlUndone, append([]any{site}, args...)...)
		for _, id := range ids {
			undone[id] = true
		}
		return err
	})
	return undone, err
}

// recordSize is of how many comments a record is at most, so that an account that
// writes all day costs no more than another.
const recordSize = 100

// Record is what became of an account's newest comments of some time.
type Record struct {
	Accepted, Rejected int
	Newest             int // it is of so many, the newest; 0: of all
}

// SQLite takes the tables of a cross join in the order they stand.
var sqlRecords = statement(fmt.Sprintf(`select c.account_id, count(*) filter (where c.state = 'published'), count(*) filter (where c.state = 'rejected'),
	case when count(*) >= %d then count(*) else 0 end from accounts a cross join comments c
	where a.site_id = $1 and a.account_id in (`+placeholders(3, idChunk)+`) and c.site_id = $1 and c.account_id = a.account_id and c.comment_id >= coalesce((
		select n.comment_id from comments n where n.site_id = $1 and n.account_id = a.account_id and n.comment_id >= $2
		order by n.comment_id desc limit 1 offset %d), $2)
	group by c.account_id`, recordSize, recordSize-1))

// Records returns what became of what accounts have written since an instant.
// One that wrote nothing is missing.
func (r Reader) Records(ctx context.Context, site forum.ID, accounts []forum.ID, since time.Time) (map[forum.ID]Record, error) {
	type row struct {
		id forum.ID
		Record
	}
	found := map[forum.ID]Record{}
	err := chunked(accounts, 0, func(args []any) error {
		all, err := many(ctx, r, "read records", func(s scanner) (row, error) {
			var x row
			err := s.Scan(&x.id, &x.Accepted, &x.Rejected, &x.Newest)
			return x, err
		}, sqlRecords, append([]any{site, forum.FirstID(since)}, args...)...)
		for _, x := range all {
			found[x.id] = x.Record
		}
		return err
	})
	return found, err
}

var sqlNeighbours = statement(`select count(*) from (select distinct o.account_id from account_networks n
	join account_networks o on o.site_id = n.site_id and o.network = n.network
	where n.site_id = $1 and n.account_id = $2 and o.account_id <> $2 limit $3) as found`)

// Neighbours returns how many other accounts were seen on a network of an
// account, counting no further than most.
func (r Reader) Neighbours(ctx context.Context, site, account forum.ID, most int) (int, error) {
	return one(ctx, r, "count neighbours", scanOne[int], sqlNeighbours, site, account, most)
}
