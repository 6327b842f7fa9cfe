package store

import (
	"context"

	"parley/internal/forum"
)

var sqlMoves = statement(`select site_id, story_id, revision, comments, listed from stories
	where site_id = $1 and story_id in (` + placeholders(2, idChunk) + `)`)

// Moves returns how stories of a site stand, each as if it had just moved. What
// does not exist is missing.
func (r Reader) Moves(ctx context.Context, site forum.ID, stories []forum.ID) ([]forum.Move, error) {
	var moves []forum.Move
	err := chunked(stories, 0, func(args []any) error {
		part, err := many(ctx, r, "read moves", func(s scanner) (forum.Move, error) {
			var m forum.Move
			err := s.Scan(&m.SiteID, &m.StoryID, &m.Revision, &m.Comments, &m.Listed)
			return m, err
		}, sqlMoves, append([]any{site}, args...)...)
		moves = append(moves, part...)
		return err
	})
	return moves, err
}
