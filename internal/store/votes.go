package store

import (
	"context"

	"parley/internal/forum"
)

var sqlVote = statement(`select value from votes where site_id = $1 and comment_id = $2 and account_id = $3`)

var (
	sqlLockComment = statement(`update comments set score_due = score_due where site_id = $1 and comment_id = $2 returning ` + commentColumns)
	sqlSetVote     = statement(`insert into votes (site_id, comment_id, account_id, value, created_at) values ($1, $2, $3, $4, $5)
		on conflict (site_id, comment_id, account_id) do update set value = excluded.value, created_at = excluded.created_at`)
	sqlDropVote   = statement(`delete from votes where site_id = $1 and comment_id = $2 and account_id = $3`)
	sqlCountVotes = statement(`update comments set up = up + $3, down = down + $4, score_due = true where site_id = $1 and comment_id = $2 returning ` + commentColumns)
)

// SetVote makes an account's vote on a comment be v, whatever it was, and returns
// the comment with its counters. The comment's row is locked first, so that two
// votes at once are counted one after the other.
func (t *Tx) SetVote(ctx context.Context, site, comment, account forum.ID, v forum.Vote) (forum.Comment, error) {
	c, err := one(ctx, t.Reader, "lock comment", scanComment, sqlLockComment, site, comment)
	if err != nil {
		return forum.Comment{}, err
	}
	before, err := t.Vote(ctx, site, comment, account)
	if err != nil {
		return forum.Comment{}, err
	}
	if v == before {
		return c, nil
	}
	if v == forum.VoteNone {
		_, err = t.exec(ctx, "drop vote", sqlDropVote, site, comment, account)
	} else {
		_, err = t.exec(ctx, "set vote", sqlSetVote, site, comment, account, int(v), micros(t.Now))
	}
	if err != nil {
		return forum.Comment{}, err
	}
	up, down := tally(v)
	wasUp, wasDown := tally(before)
	return one(ctx, t.Reader, "count votes", scanComment, sqlCountVotes, site, comment, up-wasUp, down-wasDown)
}

var sqlAddVotes = statement(`insert into votes (site_id, comment_id, account_id, value, created_at)
	select a.site_id, cast($2 as bigint), a.account_id, cast($3 as bigint), cast($4 as bigint) from accounts a
	where a.site_id = $1 and a.account_id in (` + placeholders(5, idChunk) + `)`)

// AddVotes gives a comment the same vote of many accounts, none of which has
// voted on it, and counts them.
func (t *Tx) AddVotes(ctx context.Context, site, comment forum.ID, accounts []forum.ID, v forum.Vote) error {
	if len(accounts) == 0 {
		return nil
	}
	if _, err := one(ctx, t.Reader, "lock comment", scanComment, sqlLockComment, site, comment); err != nil {
		return err
	}
	added := int64(0)
	err := chunked(accounts, 0, func(args []any) error {
		n, err := t.exec(ctx, "add votes", sqlAddVotes, append([]any{site, comment, int(v), micros(t.Now)}, args...)...)
		added += n
		return err
	})
	if err != nil {
		return err
	}
	up, down := tally(v)
	_, err = one(ctx, t.Reader, "count votes", scanComment, sqlCountVotes, site, comment, up*int(added), down*int(added))
	return err
}

// tally returns what a vote adds to the two counters.
func tally(v forum.Vote) (up, down int) {
	switch v {
	case forum.VoteUp:
		return 1, 0
	case forum.VoteDown:
		return 0, 1
	}
	return 0, 0
}

// Vote returns an account's vote on a comment; VoteNone if there is none.
func (r Reader) Vote(ctx context.Context, site, comment, account forum.ID) (forum.Vote, error) {
	v, err := one(ctx, r, "read vote", scanOne[forum.Vote], sqlVote, site, comment, account)
	if forum.IsKind(err, forum.NotFound) {
		return forum.VoteNone, nil
	}
	return v, err
}

var sqlVotesIn = statement(`select v.comment_id, v.value from votes v
	join comments c on c.site_id = v.site_id and c.comment_id = v.comment_id
	where v.site_id = $1 and v.account_id = $2 and c.story_id = $3 order by v.comment_id desc limit 2000`)

// VotesIn returns an account's latest votes under a story, by comment.
func (r Reader) VotesIn(ctx context.Context, site, account, story forum.ID) (map[forum.ID]forum.Vote, error) {
	found := map[forum.ID]forum.Vote{}
	_, err := many(ctx, r, "read votes", func(s scanner) (struct{}, error) {
		var id forum.ID
		var v forum.Vote
		err := s.Scan(&id, &v)
		found[id] = v
		return struct{}{}, err
	}, sqlVotesIn, site, account, story)
	return found, err
}

var sqlScoresDue = statement(`select ` + commentColumns + ` from comments
	where site_id = $1 and score_due order by comment_id limit $2`)

// ScoresDue returns comments whose shown score is older than their votes.
func (r Reader) ScoresDue(ctx context.Context, site forum.ID, limit int) ([]forum.Comment, error) {
	return many(ctx, r, "read due scores", scanComment, sqlScoresDue, site, limit)
}

var sqlShowScore = statement(`update comments set shown_up = $3, shown_down = $4, score = $5,
	score_due = (up <> $3 or down <> $4)
	where site_id = $1 and comment_id = $2`)

// ShowScore sets what pages show and order by. A comment voted on meanwhile stays
// due.
func (t *Tx) ShowScore(ctx context.Context, c forum.Comment, score float64) error {
	_, err := t.exec(ctx, "show score", sqlShowScore, c.SiteID, c.ID, c.Up, c.Down, score)
	return err
}
