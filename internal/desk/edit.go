package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/markup"
	"parley/internal/store"
	"parley/internal/term"
)

// Edit gives the actor's own comment another text while the edit window is open.
// The text before is kept for the desk. Editing to the same text changes nothing.
func (d *Desk) Edit(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, text string) (forum.Comment, error) {
	html, err := markup.Render(text, rules(site))
	if err != nil {
		return forum.Comment{}, err
	}
	var c forum.Comment
	err = d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if c, err = tx.Comment(ctx, site.ID, id); err != nil {
			return err
		}
		if err := forum.MayOn(actor, forum.ActEdit, c, 0, tx.Now, site.Settings.EditWindow.Duration()); err != nil {
			return err
		}
		if c.State != forum.Published && c.State != forum.Held {
			return forum.Fail(forum.Gone, "error.editOver").Because("comment is %s", c.State)
		}
		if c.Source == text {
			return nil
		}
		if _, err := tx.TouchStory(ctx, site.ID, c.StoryID, 0, 0); err != nil {
			return err
		}
		if err := tx.Edit(ctx, c, text, string(html), markup.Version); err != nil {
			return err
		}
		c.Source, c.HTML, c.EditedAt = text, string(html), tx.Now
		return tx.SetTerms(ctx, c, term.Index(markup.Plain(text)))
	})
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
		c.Source, c.HTML = "", ""
		return tx.ResolveReports(ctx, site.ID, id)
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
	return c, tx.CountStanding(ctx, c.SiteID, c.AccountID, published-wasPublished, rejected(to)-rejected(from))
}

func rejected(s forum.State) int {
	if s == forum.Rejected {
		return 1
	}
	return 0
}
