package desk_test

import (
	"context"
	"testing"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestHistory_held counts what an author has waiting behind more of others than a narrowed
// queue looks at.
func TestHistory_held(t *testing.T) {
	o := newOffice(t, storetest.Open(t, "sqlite"))
	other, author := o.guest(), o.guest()
	all := storetest.Grow(t, o.s, o.story, other.Account.ID, 16_384, storetest.Roots)
	all = append(all, storetest.Grow(t, o.s, o.story, author.Account.ID, 2, storetest.Roots)...)
	storetest.Write(t, o.s, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range all {
			if _, err := tx.Move(ctx, o.site.ID, c.ID, forum.Published, forum.Held); err != nil {
				return err
			}
		}
		return nil
	})
	h, err := o.d.History(ctx, o.site, o.owner, author.Account.ID, "", 0, 9)
	if err != nil || h.Held != 2 {
		t.Errorf("%d held, want 2: %v", h.Held, err)
	}
}
