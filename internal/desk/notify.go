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
// is published. An author whom the reader has muted is never heard of, and no
// answer is told of twice.
func (d *Desk) tellReply(ctx context.Context, tx *store.Tx, c forum.Comment) error {
	if c.ParentID == 0 || c.State != forum.Published {
		return nil
	}
	parent, err := tx.Comment(ctx, c.SiteID, c.ParentID)
	if err != nil || parent.AccountID == 0 || parent.AccountID == c.AccountID {
		return err
	}
	reader, err := tx.Account(ctx, c.SiteID, parent.AccountID)
	if err != nil || reader.Role == forum.RoleArchived {
		return err
	}
	for _, known := range []func() (bool, error){
		func() (bool, error) { return tx.Muted(ctx, c.SiteID, reader.ID, c.AuthorKey) },
		func() (bool, error) { return tx.ToldOf(ctx, c.SiteID, reader.ID, c.ID) },
	} {
		if yes, err := known(); err != nil || yes {
			return err
		}
	}
	return d.notify(ctx, tx, forum.Actor{Account: forum.Account{ID: c.AccountID}}, forum.Notification{
		SiteID: c.SiteID, AccountID: reader.ID, Kind: forum.ToldReply, StoryID: c.StoryID, CommentID: parent.ID, OtherID: c.ID,
	})
}
