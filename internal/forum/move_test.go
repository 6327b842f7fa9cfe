package forum_test

import (
	"slices"
	"testing"

	"parley/internal/forum"
)

func TestJoin(t *testing.T) {
	var moves []forum.Move
	for _, m := range []forum.Move{
		{SiteID: 1, StoryID: 2, Revision: 5, Comments: 9, Added: -1, Desk: true},
		{SiteID: 1, StoryID: 2, Revision: 6, Comments: 10, Added: 2},
		{SiteID: 1},
		{SiteID: 1, StoryID: 2, Desk: true},
		{SiteID: 3, StoryID: 2, Revision: 1, Desk: true},
	} {
		moves = forum.Join(moves, m)
	}
	want := []forum.Move{
		{SiteID: 1, StoryID: 2, Revision: 6, Comments: 10, Added: 1},
		{SiteID: 1},
		{SiteID: 3, StoryID: 2, Revision: 1, Desk: true},
	}
	if !slices.Equal(moves, want) {
		t.Errorf("joined %+v, want %+v", moves, want)
	}
}
