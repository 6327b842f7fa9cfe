package desk_test

import (
	"fmt"
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// TestHistory_held counts what an author has waiting behind more of others than a narrowed
// queue looks at.
func TestHistory_held(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		author := o.guest()
		for i := range 2 {
			o.decide(o.post(author, 0, fmt.Sprintf("heron number %d", i)), forum.Hold)
		}
		storetest.Plant(t, o.engine, o.url, fmt.Sprintf(`insert into comments
			(site_id, comment_id, story_id, root_id, account_id, byline_kind, author_key, source, html, html_version, state, created_at)
			with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 16384)
			select %d, n, %d, n, %d, 'none', '', '', '', 1, 'held', 1 from numbers`, o.site.ID, o.story.ID, o.guest().Account.ID))
		h, err := o.d.History(ctx, o.site, o.owner, author.Account.ID, "", 0, 9)
		if err != nil || h.Held != (desk.Counted{N: 2}) {
			t.Errorf("%v held, want 2: %v", h.Held, err)
		}
	})
}
