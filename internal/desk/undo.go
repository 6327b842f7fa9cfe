package desk

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// undoable is how many of their own decisions people may take back one by one.
const undoable = 20

// TakeBack is a decision that somebody wants to take back.
type TakeBack struct {
	Decision forum.ID // zero: the actor's last decision on Comment
	Comment  forum.ID
	Key      string // the client's idempotency key; empty: none
}

// Undo takes back one of the actor's own last decisions. A decision that was
// taken back already, after which something else happened to the comment, or
// that is not among the last twenty is Conflict.
func (d *Desk) Undo(ctx context.Context, site forum.Site, actor forum.Actor, b TakeBack) (forum.Comment, error) {
	if !forum.May(actor, forum.ActDecide) {
		return forum.Comment{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	var c forum.Comment
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := d.claimAct(ctx, tx, site, actor, "undo", b.Key, b.Decision.String()+b.Comment.String())
		if err != nil {
			return err
		}
		if done != 0 {
			c, err = tx.Comment(ctx, site.ID, done)
			return err
		}
		own, err := d.ownDecision(ctx, tx, site, actor, b)
		if err != nil {
			return err
		}
		if err := d.didAct(ctx, tx, site, actor, "undo", b.Key, own.CommentID); err != nil {
			return err
		}
		c, err = d.undoDecision(ctx, tx, site, actor, own, 0)
		return err
	})
	return c, err
}

// ownDecision finds the decision among the actor's last ones.
func (d *Desk) ownDecision(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, b TakeBack) (forum.Decision, error) {
	last, err := tx.Decided(ctx, site.ID, nil, actor.Account.ID, 0, 2*undoable)
	if err != nil {
		return forum.Decision{}, err
	}
	last = slices.DeleteFunc(last, func(x forum.Decision) bool { return x.Undoes != 0 })
	for _, x := range last[:min(len(last), undoable)] {
		if x.ID == b.Decision || b.Decision == 0 && x.CommentID == b.Comment {
			return x, nil
		}
	}
	return forum.Decision{}, forum.Fail(forum.Conflict, "error.undoFar")
}

// undoDecision takes back a decision on a comment: the comment, its reports and
// every counter are as they were before. If the comment is not where the
// decision left it, that is Conflict. What undoes is recorded as a decision of
// the actor; job is the job that undoes many, or zero. Its last write is the
// log's.
func (d *Desk) undoDecision(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, dec forum.Decision, job forum.ID) (forum.Comment, error) {
	c, err := tx.Comment(ctx, site.ID, dec.CommentID)
	if err != nil {
		return c, err
	}
	if err := d.mayUndo(ctx, tx, site, actor, c); err != nil {
		return c, err
	}
	if c, err = tx.Comment(ctx, site.ID, dec.CommentID); err != nil {
		return c, err
	}
	history, err := tx.DecisionsOn(ctx, site.ID, c.ID)
	if err != nil {
		return c, err
	}
	if c.State != dec.To || !isLast(history, dec) {
		return c, forum.Fail(forum.Conflict, "error.undoLate").Because("comment is %s, decided %s", c.State, dec.To)
	}
	x := forum.Decision{
		SiteID: site.ID, CommentID: c.ID, StoryID: c.StoryID, AccountID: c.AccountID, Verb: forum.Undo, From: c.State,
		Undoes: dec.ID, JobID: job, RuleID: dec.RuleID, RuleVersion: dec.RuleVersion,
	}
	if c, err = d.restore(ctx, tx, site, c, dec); err != nil {
		return c, err
	}
	reviewed := slices.ContainsFunc(history, func(h forum.Decision) bool {
		return h.ActorID != 0 && h.Undoes == 0 && h.ID < dec.ID && !isUndone(history, h.ID)
	})
	if err := tx.SetReviewed(ctx, site.ID, c.ID, reviewed); err != nil {
		return c, err
	}
	c.Reviewed = reviewed
	x.To = c.State
	// Recording it opens the reports again that the decision had settled.
	if err := d.record(ctx, tx, actor, x); err != nil {
		return c, err
	}
	return tx.Comment(ctx, site.ID, c.ID)
}

// mayUndo locks the story and checks what deciding checks: the section, and that
// it is not the actor's own comment nor a reply to one.
func (d *Desk) mayUndo(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, c forum.Comment) error {
	story, err := tx.LockStory(ctx, site.ID, c.StoryID)
	if err != nil {
		return err
	}
	if !forum.MayIn(actor, forum.ActDecide, story.Section) {
		return forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", story.Section)
	}
	parentAuthor, err := authorOf(ctx, tx, site.ID, c.ParentID)
	if err != nil {
		return err
	}
	return forum.MayOn(actor, forum.ActDecide, c, parentAuthor, tx.Now, 0)
}

func isUndone(history []forum.Decision, id forum.ID) bool {
	return slices.ContainsFunc(history, func(h forum.Decision) bool { return h.Undoes == id })
}

// isLast reports whether a decision can be taken back: it stands, it takes
// nothing back itself, and all after it was taken back.
func isLast(history []forum.Decision, dec forum.Decision) bool {
	if dec.Undoes != 0 || isUndone(history, dec.ID) {
		return false
	}
	return !slices.ContainsFunc(history, func(h forum.Decision) bool {
		return h.ID > dec.ID && h.Undoes == 0 && !isUndone(history, h.ID)
	})
}

// restore puts back what a decision changed.
func (d *Desk) restore(ctx context.Context, tx *store.Tx, site forum.Site, c forum.Comment, dec forum.Decision) (forum.Comment, error) {
	switch dec.Verb {
	case forum.Feature:
		return d.feature(ctx, tx, c, false)
	case forum.Unfeature:
		return d.feature(ctx, tx, c, true)
	}
	to := dec.From
	if dec.Automated && dec.From == dec.To {
		// A rule decided when the comment came: without it, the author would have
		// been held as a newcomer, or not at all.
		author, err := tx.Account(ctx, site.ID, c.AccountID)
		if err != nil {
			return c, err
		}
		to = forum.Published
		if site.Settings.HoldFirst && author.Accepted == 0 {
			to = forum.Held
		}
	}
	if to != c.State {
		moved, err := d.move(ctx, tx, c, to)
		if err != nil {
			return c, err
		}
		c = moved
	}
	return c, nil
}

// feature picks a published comment or takes the pick back; the discussion shows
// it.
func (d *Desk) feature(ctx context.Context, tx *store.Tx, c forum.Comment, picked bool) (forum.Comment, error) {
	if _, err := tx.TouchStory(ctx, c.SiteID, c.StoryID, 0, 0); err != nil {
		return c, err
	}
	c.FeaturedAt = time.Time{}
	if picked {
		c.FeaturedAt = tx.Now
	}
	return c, tx.SetFeatured(ctx, c.SiteID, c.ID, c.FeaturedAt)
}

// claimAct claims the key of an act of an actor; it returns what the act was
// about if it had been done before, or zero. Without a key nothing is claimed.
func (d *Desk) claimAct(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, what, key string, parts ...string) (forum.ID, error) {
	if key == "" {
		return 0, nil
	}
	return tx.ClaimKey(ctx, site.ID, actKey(actor, what, key), digest(append([]string{what}, parts...)...))
}

// didAct notes what an act with a key was about.
func (d *Desk) didAct(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, what, key string, about forum.ID) error {
	if key == "" {
		return nil
	}
	return tx.SetKeyResult(ctx, site.ID, actKey(actor, what, key), about)
}

func actKey(actor forum.Actor, what, key string) string {
	return what + ":" + digest(actor.Account.ID.String(), key)
}
