package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/rank"
	"parley/internal/store"
)

// Vote makes the actor's vote on a comment be v, whatever it was. It returns the
// comment with its present counters and, for a browser that had none, a session.
func (d *Desk) Vote(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, v forum.Vote) (forum.Comment, *Grant, error) {
	if !v.Valid() {
		return forum.Comment{}, nil, forum.Fail(forum.Invalid, "error.badRequest").At("value")
	}
	var c forum.Comment
	var grant *Grant
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if c, err = d.votable(ctx, tx, site, actor, id); err != nil {
			return err
		}
		var account forum.Account
		if account, grant, err = d.account(ctx, tx, site, actor); err != nil {
			return err
		}
		if _, err := d.checkStanding(ctx, tx.Reader, site.ID, account.ID, forum.ActVote, tx.Now); err != nil {
			return err
		}
		if c, err = tx.SetVote(ctx, site.ID, id, account.ID, v); err != nil {
			return err
		}
		if c.State != forum.Published {
			// The desk decided between the look at it and the lock.
			return forum.Fail(forum.NotFound, "error.notFound").Because("comment is %s", c.State)
		}
		return nil
	})
	return c, grant, err
}

// votable returns the comment if the actor may vote on it.
func (d *Desk) votable(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, id forum.ID) (forum.Comment, error) {
	c, err := tx.Comment(ctx, site.ID, id)
	if err != nil {
		return c, err
	}
	if c.State != forum.Published {
		return c, forum.Fail(forum.NotFound, "error.notFound").Because("comment is %s", c.State)
	}
	if err := forum.MayOn(actor, forum.ActVote, c, 0, tx.Now, 0); err != nil {
		return c, err
	}
	story, err := tx.Story(ctx, site.ID, c.StoryID)
	if err != nil {
		return c, err
	}
	if !story.TakesVotes() {
		return c, forum.Fail(forum.Closed, "error.closed")
	}
	return c, nil
}

// scoreBatch is how many comments one refresh takes in one transaction.
const scoreBatch = 200

// RefreshScores shows the votes cast since the last refresh: it sets the scores
// that pages order by and moves the revision of each story concerned once. It
// returns how many comments it refreshed.
func (d *Desk) RefreshScores(ctx context.Context, site forum.ID) (int, error) {
	refreshed := 0
	for {
		n := 0
		err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
			due, err := tx.ScoresDue(ctx, site, scoreBatch)
			n = len(due)
			if err != nil {
				return err
			}
			return showScores(ctx, tx, due)
		})
		refreshed += n
		if err != nil || n < scoreBatch {
			return refreshed, err
		}
	}
}

func showScores(ctx context.Context, tx *store.Tx, due []forum.Comment) error {
	touched := map[forum.ID]bool{}
	for _, c := range due {
		if !touched[c.StoryID] {
			touched[c.StoryID] = true
			if _, err := tx.TouchStory(ctx, c.SiteID, c.StoryID, 0, 0); err != nil {
				return err
			}
		}
		if err := tx.ShowScore(ctx, c, rank.Wilson(c.Up, c.Down)); err != nil {
			return err
		}
	}
	return nil
}
