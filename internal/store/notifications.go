package store

import (
	"context"

	"parley/internal/forum"
)

var sqlAddNotification = statement(`insert into notifications (site_id, notification_id, account_id, kind, story_id, comment_id,
	other_id, decision_id, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`)

// AddNotification tells an account something.
func (t *Tx) AddNotification(ctx context.Context, n forum.Notification) error {
	_, err := t.exec(ctx, "add notification", sqlAddNotification, n.SiteID, n.ID, n.AccountID, string(n.Kind), n.StoryID, n.CommentID,
		n.OtherID, n.DecisionID, micros(t.Now))
	return err
}
