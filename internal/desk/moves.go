package desk

import (
	"context"

	"parley/internal/forum"
)

// Moves returns how stories of a site stand, each as if it had just moved, for who
// may have missed some. What does not exist is missing.
func (d *Desk) Moves(ctx context.Context, site forum.ID, stories []forum.ID) ([]forum.Move, error) {
	return d.store.Moves(ctx, site, stories)
}
