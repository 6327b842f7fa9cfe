package desk

import (
	"context"

	"parley/internal/forum"
)

// Overlay is what one reader sees beyond the public page of a discussion.
type Overlay struct {
	Account   forum.Account
	Votes     map[forum.ID]forum.Vote
	Own       []forum.Comment            // the reader's comments here, in every state, the newest first
	Mutes     []string                   // author keys the account muted
	Pseudonym string                     // the name used in this story; empty: none yet
	Parents   map[forum.ID]forum.Comment // what those of Own answer that only their author sees
}

// maxOwn is how many of a reader's own comments under one story are marked.
const maxOwn = 500

// Overlay reads what is personal about a discussion.
func (d *Desk) Overlay(ctx context.Context, actor forum.Actor, story forum.Story) (Overlay, error) {
	out := Overlay{Account: actor.Account}
	if !actor.Known() {
		return out, nil
	}
	var err error
	if out.Votes, err = d.store.VotesIn(ctx, story.SiteID, actor.Account.ID, story.ID); err != nil {
		return out, err
	}
	if out.Own, err = d.store.CommentsByAuthorIn(ctx, story.SiteID, actor.Account.ID, story.ID, maxOwn); err != nil {
		return out, err
	}
	if out.Parents, err = d.parents(ctx, story.SiteID, out.Own); err != nil {
		return out, err
	}
	if out.Mutes, err = d.store.Mutes(ctx, story.SiteID, actor.Account.ID, MaxMutes); err != nil {
		return out, err
	}
	p, err := d.store.Pseudonym(ctx, story.SiteID, story.ID, actor.Account.ID)
	if err != nil && !forum.IsKind(err, forum.NotFound) {
		return out, err
	}
	out.Pseudonym = p.Name
	return out, nil
}

// parents reads what held comments answer, by id.
func (d *Desk) parents(ctx context.Context, site forum.ID, comments []forum.Comment) (map[forum.ID]forum.Comment, error) {
	var ids []forum.ID
	for _, c := range comments {
		if c.State == forum.Held && c.ParentID != 0 {
			ids = append(ids, c.ParentID)
		}
	}
	return d.store.CommentsByID(ctx, site, ids)
}

// Pulse says what is new in a discussion.
type Pulse struct {
	Story   forum.Story
	Latest  forum.ID
	New     int // published comments after the one asked about
	Answers int // of these, answers to the reader's own
}

// Pulse counts what came into a discussion after a comment.
func (d *Desk) Pulse(ctx context.Context, site forum.Site, actor forum.Actor, story, after forum.ID) (Pulse, error) {
	var out Pulse
	var err error
	if out.Story, err = d.store.Story(ctx, site.ID, story); err != nil {
		return out, err
	}
	if out.Latest, err = d.store.Newest(ctx, site.ID, story); err != nil || out.Latest <= after {
		return out, err
	}
	out.New, out.Answers, err = d.store.Since(ctx, site.ID, story, after, actor.Account.ID)
	return out, err
}

// Mine returns the actor's own comments on the site, the newest first, with
// their stories and, for those that were rejected, the decision.
func (d *Desk) Mine(ctx context.Context, site forum.Site, actor forum.Actor, before forum.ID, limit int) ([]QueueCard, error) {
	if !actor.Known() {
		return nil, nil
	}
	comments, err := d.store.CommentsByAuthor(ctx, site.ID, actor.Account.ID, before, limit)
	if err != nil {
		return nil, err
	}
	cards, err := d.cards(ctx, site.ID, comments)
	if err != nil {
		return nil, err
	}
	for i, c := range comments {
		if c.State != forum.Rejected {
			continue
		}
		decisions, err := d.store.DecisionsOn(ctx, site.ID, c.ID)
		if err != nil {
			return nil, err
		}
		if len(decisions) > 0 {
			cards[i].Decision = &decisions[len(decisions)-1]
		}
	}
	return cards, nil
}
