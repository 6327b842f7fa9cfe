package desk

import (
	"context"
	"slices"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
)

// claimLife is how long a card stays with the moderator who looks at it.
const claimLife = time.Minute

// Claim says that the actor is looking at a comment, and no longer at any other;
// zero lets go of them all. It reports whether nobody else looks at it.
func (d *Desk) Claim(ctx context.Context, site forum.Site, actor forum.Actor, comment forum.ID) (bool, error) {
	if !forum.May(actor, forum.ActQueue) {
		return false, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if comment != 0 {
		c, err := d.store.Comment(ctx, site.ID, comment)
		if err != nil {
			return false, err
		}
		if err := d.sees(ctx, d.store.Reader, site.ID, actor, c); err != nil {
			return false, err
		}
	}
	mine := false
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		mine, err = tx.Claim(ctx, site.ID, comment, actor.Account.ID, claimLife)
		return err
	})
	return mine, err
}

// sees refuses an actor whose sections leave a comment's story out.
func (d *Desk) sees(ctx context.Context, r store.Reader, site forum.ID, actor forum.Actor, c forum.Comment) error {
	story, err := r.Story(ctx, site, c.StoryID)
	if err == nil && !actor.Account.In(story.Section) {
		return forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", story.Section)
	}
	return err
}

// claimed returns who else is looking at which of some comments.
func (d *Desk) claimed(ctx context.Context, site forum.ID, actor forum.Actor, ids []forum.ID) (map[forum.ID]forum.Account, error) {
	claims, err := d.store.Claims(ctx, site, ids, d.Now())
	if err != nil || len(claims) == 0 {
		return nil, err
	}
	var people []forum.ID
	for _, c := range claims {
		people = append(people, c.AccountID)
	}
	byID, err := d.store.AccountsByID(ctx, site, people)
	out := map[forum.ID]forum.Account{}
	for id, c := range claims {
		if c.AccountID != actor.Account.ID {
			out[id] = byID[c.AccountID]
		}
	}
	return out, err
}

// Glimpse is how a comment on a moderator's screen stands now.
type Glimpse struct {
	Comment forum.Comment
	Claimed *forum.Account  // who else is looking at it
	Last    *forum.Decision // of a comment that left its queue: the latest decision of a person on it
	By      forum.Account   // who made Last
}

// Here reports whether the comment is still in a queue.
func (g Glimpse) Here(q QueueKind) bool {
	c := g.Comment
	switch q {
	case QueueReported:
		return c.State == forum.Published && c.Reports > 0
	case QueueHeld:
		return c.State == forum.Held
	case QueueUnseen:
		return c.State == forum.Published && !c.Reviewed
	case QueueRejected:
		return c.State == forum.Rejected
	}
	return true
}

// maxGlimpses is how many comments one look takes.
const maxGlimpses = 100

// Look returns how the comments of a queue on a moderator's screen stand now.
// Those in sections the actor does not work for are missing.
func (d *Desk) Look(ctx context.Context, site forum.Site, actor forum.Actor, q QueueKind, ids []forum.ID) (map[forum.ID]Glimpse, error) {
	if !forum.May(actor, forum.ActQueue) {
		return nil, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	ids = ids[:min(len(ids), maxGlimpses)]
	comments, err := d.store.CommentsByID(ctx, site.ID, ids)
	if err != nil {
		return nil, err
	}
	claims, err := d.claimed(ctx, site.ID, actor, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[forum.ID]Glimpse, len(comments))
	for id, c := range comments {
		if len(actor.Account.Sections) > 0 && d.sees(ctx, d.store.Reader, site.ID, actor, c) != nil {
			continue
		}
		g := Glimpse{Comment: c}
		if by, ok := claims[id]; ok {
			g.Claimed = &by
		}
		if !g.Here(q) {
			if err := d.lastDecision(ctx, site.ID, &g); err != nil {
				return nil, err
			}
		}
		out[id] = g
	}
	return out, nil
}

// lastDecision adds who decided last on a comment.
func (d *Desk) lastDecision(ctx context.Context, site forum.ID, g *Glimpse) error {
	decisions, err := d.store.DecisionsOn(ctx, site, g.Comment.ID)
	if err != nil {
		return err
	}
	for _, x := range slices.Backward(decisions) {
		if x.ActorID == 0 {
			continue
		}
		g.Last = &x
		g.By, err = d.store.Account(ctx, site, x.ActorID)
		return err
	}
	return nil
}
