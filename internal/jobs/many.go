package jobs

import (
	"context"

	"parley/internal/desk"
	"parley/internal/forum"
)

// bulk decides on many comments.
func bulk(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	return d.BulkStep(ctx, site, j)
}

// undo takes many decisions back.
func undo(ctx context.Context, d *desk.Desk, site forum.Site, j *forum.Job) (bool, error) {
	return d.UndoStep(ctx, site, j)
}
