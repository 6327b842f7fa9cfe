package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley/internal/forum"
)

var sqlSetControls = statement(`update stories set state = $3, state_reason = $4, controls = $5, controls_due = $6, revision = revision + 1
	where site_id = $1 and story_id = $2 returning ` + storyColumns)

// SetControls gives a story another state and other controls, and moves its
// revision.
func (t *Tx) SetControls(ctx context.Context, x forum.Story) (forum.Story, error) {
	text, err := json.Marshal(x.Controls)
	if err != nil {
		return x, fmt.Errorf("controls of story %s: %w", x.ID, err)
	}
	return t.story(ctx, forum.Move{}, "set controls", sqlSetControls, x.SiteID, x.ID, string(x.State), x.StateReason, string(text), x.Controls.Due())
}

var sqlStoriesDue = statement(`select ` + storyColumns + ` from stories
	where site_id = $1 and controls_due and story_id > $2 order by story_id limit $3`)

// StoriesDue returns stories for which the clock may have something to do.
func (r Reader) StoriesDue(ctx context.Context, site, after forum.ID, limit int) ([]forum.Story, error) {
	return many(ctx, r, "list stories due", scanStory, sqlStoriesDue, site, after, limit)
}

var sqlStoriesByID = statement(`select ` + storyColumns + ` from stories
	where site_id = $1 and story_id in (` + placeholders(2, idChunk) + `)`)

// StoriesByID returns the stories of a list of ids, by id. What does not exist is
// missing.
func (r Reader) StoriesByID(ctx context.Context, site forum.ID, ids []forum.ID) (map[forum.ID]forum.Story, error) {
	found := make(map[forum.ID]forum.Story, len(ids))
	err := chunked(ids, 0, func(args []any) error {
		all, err := many(ctx, r, "read stories", scanStory, sqlStoriesByID, append([]any{site}, args...)...)
		for _, x := range all {
			found[x.ID] = x
		}
		return err
	})
	return found, err
}

// hour is what is measured of one story over an hour.
type hour struct {
	story forum.ID
	forum.Signals
}

// Comments are in the order of their ids, which is that of time: an hour of a
// site is one range of the primary key.
var sqlHourWritten = statement(`select c.story_id, count(*), count(distinct c.account_id),
		sum(case when c.state = 'rejected' then 1 else 0 end),
		sum(case when c.state = 'rejected' or c.reviewed then 1 else 0 end),
		sum(case when a.created_at >= $4 and a.role <> 'archived' then 1 else 0 end)
	from comments c join accounts a on a.site_id = c.site_id and a.account_id = c.account_id
	where c.site_id = $1 and c.comment_id >= $2 and c.comment_id < $3 and c.import_id = ''
	group by c.story_id`)

var sqlHourReported = statement(`select c.story_id, sum(case when r.counted then 1 else 0 end), sum(case when r.counted then 0 else 1 end),
		sum(case when r.counted then 2 * cast(a.reports_upheld + 1 as double precision) / (a.reports_upheld + a.reports_dismissed + 2)
			else 0 end)
	from reports r join comments c on c.site_id = r.site_id and c.comment_id = r.comment_id
		join accounts a on a.site_id = r.site_id and a.account_id = r.account_id
	where r.site_id = $1 and r.report_id >= $2 and r.report_id < $3 and r.reason <> 'disagree'
	group by c.story_id`)

// Signals measures the discussions in which something was written or reported in
// the hour before an instant. Usual and Shared are left open.
func (r Reader) Signals(ctx context.Context, site forum.ID, at time.Time) (map[forum.ID]forum.Signals, error) {
	from, to := forum.FirstID(at.Add(-time.Hour)), forum.FirstID(at.Add(time.Second))
	written, err := many(ctx, r, "measure comments", func(s scanner) (hour, error) {
		var h hour
		err := s.Scan(&h.story, &h.Comments, &h.Accounts, &h.Rejected, &h.Decided, &h.New)
		return h, err
	}, sqlHourWritten, site, from, to, micros(at.Add(-24*time.Hour)))
	if err != nil {
		return nil, err
	}
	found := make(map[forum.ID]forum.Signals, len(written))
	for _, h := range written {
		found[h.story] = h.Signals
	}
	_, err = many(ctx, r, "measure reports", func(s scanner) (struct{}, error) {
		var h hour
		err := s.Scan(&h.story, &h.Reports, &h.Same, &h.Weight)
		x := found[h.story]
		x.Reports, x.Same, x.Weight = h.Reports, h.Same, h.Weight
		found[h.story] = x
		return struct{}{}, err
	}, sqlHourReported, site, from, to)
	return found, err
}

// usualCap bounds how many comments are counted for a story's usual pace.
const usualCap = 5000

var sqlUsual = statement(`select count(*) from (select 1 from comments
	where site_id = $1 and story_id = $2 and visible and comment_id >= $3 and comment_id < $4 limit $5) x`)

// CommentsBetween returns how many visible comments a story got between two
// instants, at most a few thousand.
func (r Reader) CommentsBetween(ctx context.Context, site, story forum.ID, from, to time.Time) (int, error) {
	return one(ctx, r, "count comments between", scanOne[int], sqlUsual, site, story, forum.FirstID(from), forum.FirstID(to), usualCap)
}

var sqlHoursOfStory = statement(`select (comment_id - $3) / $4, count(*) from comments
	where site_id = $1 and story_id = $2 and visible and comment_id >= $3 and comment_id < $5 group by 1`)

// HoursOfStory returns how many visible comments a story got in each of the
// last n hours before an instant, the oldest first.
func (r Reader) HoursOfStory(ctx context.Context, site, story forum.ID, at time.Time, n int) ([]int, error) {
	hours := make([]int, n)
	from, to := forum.FirstID(at.Add(-time.Duration(n)*time.Hour)), forum.FirstID(at)
	_, err := many(ctx, r, "count comments by hour", func(s scanner) (struct{}, error) {
		var i, count int
		err := s.Scan(&i, &count)
		if i >= 0 && i < n {
			hours[i] = count
		}
		return struct{}{}, err
	}, sqlHoursOfStory, site, story, from, (to-from)/forum.ID(n), to)
	return hours, err
}

var sqlSharedNetwork = statement(`select count(distinct n.account_id) from account_networks n
	where n.site_id = $1 and n.account_id in (select c.account_id from comments c
		where c.site_id = $1 and c.story_id = $2 and c.visible and c.comment_id >= $3)
	group by n.network`)

// SharedNetwork returns the most authors of a story since an instant that wrote
// from one network.
func (r Reader) SharedNetwork(ctx context.Context, site, story forum.ID, since time.Time) (int, error) {
	counts, err := many(ctx, r, "count authors of one network", scanOne[int], sqlSharedNetwork, site, story, forum.FirstID(since))
	return slices.Max(append(counts, 0)), err
}

var sqlDecisionsOnStory = statement(`select ` + decisionColumns + ` from decisions
	where site_id = $1 and story_id = $2 and comment_id = 0 and story_id <> 0 order by decision_id desc limit $3`)

// DecisionsOnStory returns what was decided about a story's temperature, the
// newest first.
func (r Reader) DecisionsOnStory(ctx context.Context, site, story forum.ID, limit int) ([]forum.Decision, error) {
	return many(ctx, r, "list decisions on story", scanDecision, sqlDecisionsOnStory, site, story, limit)
}
