package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
)

// Edit gives the actor's own comment another text while the edit window is open.
// The text before is kept for the desk. Editing to the same text changes nothing.
// The site's rules judge the new text: a published comment may be held or rejected
// by it, and one that was held because its author was new goes back to review.
// confirmed says that the author was asked to think again; see [Desk.Post] for the
// errors.
func (d *Desk) Edit(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, text string, confirmed bool) (forum.Comment, error) {
	html, err := markup.Render(text, rules(site))
	if err != nil {
		return forum.Comment{}, err
	}
	read, err := d.read(ctx, site, Draft{Text: text})
	if err != nil {
		return forum.Comment{}, err
	}
	read.html = html
	var c forum.Comment
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if c, err = tx.Comment(ctx, site.ID, id); err != nil {
			return err
		}
		if err := forum.MayOn(actor, forum.ActEdit, c, 0, tx.Now, site.Settings.EditWindow.Duration()); err != nil {
			return err
		}
		if _, err := d.checkStanding(ctx, tx.Reader, site.ID, c.AccountID, forum.ActEdit, tx.Now); err != nil {
			return err
		}
		if c.State != forum.Published && c.State != forum.Held {
			return forum.Fail(forum.Gone, "error.editOver").Because("comment is %s", c.State)
		}
		if c.Source == text {
			return nil
		}
		c, err = d.edit(ctx, tx, site, c, text, read, confirmed)
		return err
	})
	return c, err
}

func (d *Desk) edit(ctx context.Context, tx *store.Tx, site forum.Site, c forum.Comment, text string, read reading, confirmed bool) (forum.Comment, error) {
	story, err := tx.TouchStory(ctx, site.ID, c.StoryID, 0, 0)
	if err != nil {
		return c, err
	}
	account, err := tx.Account(ctx, site.ID, c.AccountID)
	if err != nil {
		return c, err
	}
	if err := checkText(site, controlsFor(story, account), text); err != nil {
		return c, err
	}
	before := c
	c.Source, c.HTML, c.EditedAt = text, string(read.html), tx.Now
	without, why, err := editState(ctx, tx, c, controlsFor(story, account))
	if err != nil {
		return before, err
	}
	s := subject{site: site, account: account, story: story, comment: c, text: read.text, links: read.links, opinions: read.opinions, edit: true, confirmed: confirmed}
	f, err := d.judge(ctx, tx, read.bench, s, without, why)
	if err != nil {
		return before, err
	}
	if err := tx.Edit(ctx, before, text, string(read.html), markup.Version); err != nil {
		return before, err
	}
	if err := tx.SetPrints(ctx, c, printsOf(f.text, read.links)); err != nil {
		return before, err
	}
	f.from = before.State
	if c, err = d.refate(ctx, tx, c, f, forum.SourceVoluntary); err != nil {
		return c, err
	}
	return c, reword(ctx, tx, c, before.Source, text)
}

// editState is the state an edited comment gets before any rule is asked. What
// was published after its author's first review is reviewed again, and everything
// is where the story's controls say so.
func editState(ctx context.Context, tx *store.Tx, c forum.Comment, controls forum.Controls) (forum.State, string, error) {
	if c.State == forum.Held {
		return forum.Held, "", nil
	}
	if controls.HoldAll {
		return forum.Held, heldTemperature, nil
	}
	decisions, err := tx.DecisionsOn(ctx, c.SiteID, c.ID)
	for _, x := range decisions {
		if x.Verb == forum.Hold && (x.Reason == heldFirst || x.Reason == heldAlways || x.Reason == heldEdited) {
			return forum.Held, heldEdited, err
		}
	}
	return forum.Published, "", err
}

// refate moves a comment that exists to what became of it, and records why.
func (d *Desk) refate(ctx context.Context, tx *store.Tx, c forum.Comment, f fate, source forum.Source) (forum.Comment, error) {
	if f.state != c.State {
		moved, err := d.move(ctx, tx, c, f.state)
		if err != nil {
			return c, err
		}
		c = moved
		c.HeldFor = f.heldFor
		if err := tx.HoldFor(ctx, c.SiteID, c.ID, f.heldFor); err != nil {
			return c, err
		}
	}
	if err := addVerdicts(ctx, tx, f); err != nil {
		return c, err
	}
	_, err := d.recordFate(ctx, tx, c, f, source)
	return c, err
}

// Editable returns the actor's own comment for the edit page, with the reason if
// it cannot be edited.
func (d *Desk) Editable(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (forum.Comment, error) {
	c, err := d.store.Comment(ctx, site.ID, id)
	if err != nil {
		return c, err
	}
	return c, forum.MayOn(actor, forum.ActEdit, c, 0, d.Now(), site.Settings.EditWindow.Duration())
}

// Withdraw removes the actor's own comment and forgets its text. One that is withdrawn already stays
// so; one the desk rejected cannot be.
func (d *Desk) Withdraw(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID) (forum.Comment, error) {
	var c forum.Comment
	err := d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if c, err = tx.Comment(ctx, site.ID, id); err != nil {
			return err
		}
		if err := forum.MayOn(actor, forum.ActWithdraw, c, 0, tx.Now, 0); err != nil {
			return err
		}
		// What the desk decides at this moment comes before or after, not between.
		if _, err := tx.LockStory(ctx, site.ID, c.StoryID); err != nil {
			return err
		}
		if c, err = tx.Comment(ctx, site.ID, id); err != nil {
			return err
		}
		if c.State == forum.Withdrawn {
			return nil
		}
		c, err = d.move(ctx, tx, c, forum.Withdrawn)
		if err != nil {
			return err
		}
		if err := tx.Blank(ctx, site.ID, id); err != nil {
			return err
		}
		if err := tx.ResolveReports(ctx, site.ID, id); err != nil {
			return err
		}
		before := c.Source
		c.Source, c.HTML = "", ""
		return reword(ctx, tx, c, before, "")
	})
	return c, err
}

// move takes a comment to another state with every counter that depends on it.
// The story is locked first; the guarded update then refuses a comment that has
// moved meanwhile.
func (d *Desk) move(ctx context.Context, tx *store.Tx, c forum.Comment, to forum.State) (forum.Comment, error) {
	from := c.State
	if !forum.MayMove(from, to) {
		return c, forum.Fail(forum.Conflict, "error.conflict").Because("from %s to %s", from, to)
	}
	wasPublished, wasHeld := tally(from)
	published, held := tally(to)
	if _, err := tx.TouchStory(ctx, c.SiteID, c.StoryID, published-wasPublished, held-wasHeld); err != nil {
		return c, err
	}
	c, err := tx.Move(ctx, c.SiteID, c.ID, from, to)
	if err != nil {
		return c, err
	}
	if published != wasPublished {
		if err := tx.AddBelow(ctx, c, published-wasPublished); err != nil {
			return c, err
		}
	}
	if err := tx.CountStanding(ctx, c.SiteID, c.AccountID, published-wasPublished, rejected(to)-rejected(from)); err != nil {
		return c, err
	}
	return c, d.tellReply(ctx, tx, c)
}

func rejected(s forum.State) int {
	if s == forum.Rejected {
		return 1
	}
	return 0
}
