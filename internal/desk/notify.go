package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// notify tells an account something, in the transaction that is the reason for
// it. Nobody is told what they did themselves. Mail about it is sent after the
// commit, by a job, if the account wants any.
func (d *Desk) notify(ctx context.Context, tx *store.Tx, actor forum.Actor, n forum.Notification) error {
	if n.AccountID == 0 || n.AccountID == actor.Account.ID {
		return nil
	}
	n.ID = d.mint()
	if err := tx.AddNotification(ctx, n); err != nil {
		return err
	}
	return d.mailAbout(ctx, tx, n)
}

// mailAbout leaves the job that sends mail about a notification in the rhythm its
// reader wants.
func (d *Desk) mailAbout(ctx context.Context, tx *store.Tx, n forum.Notification) error {
	if d.out.Mail == nil {
		return nil
	}
	wishes, err := tx.MailWishes(ctx, n.SiteID, n.AccountID)
	if err != nil {
		return err
	}
	rhythm := wishes.Rhythm(n.Kind.Sort())
	if rhythm == forum.MailOff {
		return nil
	}
	address, err := tx.Email(ctx, n.SiteID, n.AccountID)
	if err != nil || address == "" {
		return err
	}
	_, err = d.enqueue(ctx, tx, n.SiteID, forum.Actor{}, JobDigest, rhythm.Due(tx.Now), digestJob{n.AccountID, rhythm})
	return err
}

// tellReply tells the author of a comment that it was answered, once the answer
// is published. No answer is told of twice.
func (d *Desk) tellReply(ctx context.Context, tx *store.Tx, c forum.Comment) error {
	if c.ParentID == 0 || c.State != forum.Published {
		return nil
	}
	parent, err := tx.Comment(ctx, c.SiteID, c.ParentID)
	if err != nil || parent.AccountID == 0 {
		return err
	}
	told, err := tx.ToldOf(ctx, c.SiteID, parent.AccountID, c.ID)
	if err != nil || told {
		return err
	}
	return d.tellAnswered(ctx, tx, parent, c)
}

// tellAnswered is tellReply for an answer that nobody was told of yet; the zero
// parent is a root's. An author whom the reader has muted is never heard of.
func (d *Desk) tellAnswered(ctx context.Context, tx *store.Tx, parent, c forum.Comment) error {
	if parent.AccountID == 0 || parent.AccountID == c.AccountID || c.State != forum.Published {
		return nil
	}
	tx.Together(ctx, func(ctx context.Context, tx *store.Tx) {
		_, _ = tx.Account(ctx, c.SiteID, parent.AccountID)
		_, _ = tx.Muted(ctx, c.SiteID, parent.AccountID, c.AuthorKey)
	})
	reader, err := tx.Account(ctx, c.SiteID, parent.AccountID)
	if err != nil || reader.Role == forum.RoleArchived {
		return err
	}
	muted, err := tx.Muted(ctx, c.SiteID, reader.ID, c.AuthorKey)
	if err != nil || muted {
		return err
	}
	return d.notify(ctx, tx, forum.Actor{Account: forum.Account{ID: c.AccountID}}, forum.Notification{
		SiteID: c.SiteID, AccountID: reader.ID, Kind: forum.ToldReply, StoryID: c.StoryID, CommentID: parent.ID, OtherID: c.ID,
	})
}
