package desk

import (
	"context"

	"parley/internal/forum"
	"parley/internal/store"
)

// notify tells an account something, in the transaction that is the reason for
// it. Nobody is told what they did themselves.
func (d *Desk) notify(ctx context.Context, tx *store.Tx, actor forum.Actor, n forum.Notification) error {
	if n.AccountID == 0 || n.AccountID == actor.Account.ID {
		return nil
	}
	n.ID = d.mint()
	return tx.AddNotification(ctx, n)
}
