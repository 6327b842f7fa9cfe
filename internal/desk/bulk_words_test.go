package desk_test

import (
	"slices"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// An act on all that a search of the desk finds counts to the end, as the number
// decides who has to agree; the desk's own figure says that there is more.
func TestCountBulk_words(t *testing.T) {
	storetest.NoRace(t)
	forEach(t, func(t *testing.T, o *office) {
		const n = 1500
		seed := plainSeed(time.Now().Add(-72*time.Hour), n)
		if _, err := o.d.SeedMany(ctx, o.site, slices.Values(seed.Stories)); err != nil {
			t.Fatal(err)
		}
		f := desk.Filter{Queue: desk.QueueAll, Text: "comment words "}
		if got, err := o.d.CountBulk(ctx, o.site, o.owner, desk.Bulk{Selection: desk.Selection{Filter: f}, Verb: forum.Reject, Reason: "spam"}); err != nil || got != n {
			t.Errorf("%d comments are meant, want %d: %v", got, n, err)
		}
		got, err := o.d.Count(ctx, o.site, o.owner, f, n)
		if err != nil || got.N < 1000 || got.N >= n || !got.More {
			t.Errorf("%+v counted, %v", got, err)
		}
	})
}
