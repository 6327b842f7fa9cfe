package desk_test

import (
	"context"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// TestSeen has signed-in readers come back while somebody else writes: none of them
// writes or waits, and when they were here is written down behind their backs, in
// one transaction.
func TestSeen(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		var readers []forum.Actor
		var tokens []string
		for range 3 {
			p, err := o.d.Post(ctx, o.site, forum.Actor{Kind: forum.SessionPage}, draftOf(o.story.ID, 0, "hello"))
			if err != nil {
				t.Fatal(err)
			}
			readers, tokens = append(readers, o.as(p.Grant)), append(tokens, p.Grant.Token)
		}
		began := o.d.Now()
		o.clock.pass(2 * time.Hour)
		o.clock.pass(time.Second)
		now := o.d.Now()
		written := o.transactions()
		err := o.s.WriteMany(ctx, now, func(context.Context, *store.Tx) error {
			for _, token := range tokens {
				o.as(&desk.Grant{Token: token})
				o.as(&desk.Grant{Token: token})
			}
			return nil
		})
		if n := o.transactions() - written; err != nil || n != 1 {
			t.Errorf("%v transactions, %v; want one, which the readers did not make", n, err)
		}
		wantSeen(t, o, readers, began)
		for i, want := range []float64{1, 0} {
			written = o.transactions()
			if err := o.d.NoteSeen(ctx, o.site.ID); err != nil {
				t.Fatal(err)
			}
			if n := o.transactions() - written; n != want {
				t.Errorf("round %d: %v transactions, want %v", i, n, want)
			}
		}
		wantSeen(t, o, readers, now)

		// A process that ends writes down what it knows. Who is used and gone is gone.
		o.clock.pass(2 * time.Hour)
		o.as(&desk.Grant{Token: tokens[0]})
		o.as(&desk.Grant{Token: tokens[1]})
		if err := o.d.EndSession(ctx, o.site, readers[1], readers[1].Session); err != nil {
			t.Fatal(err)
		}
		if err := o.d.NoteAllSeen(ctx); err != nil {
			t.Fatal(err)
		}
		wantSeen(t, o, readers[:1], o.d.Now())
		wantSeen(t, o, readers[2:], now)
		if _, err := o.d.Authenticate(ctx, o.site, tokens[1]); !forum.IsKind(err, forum.Unauthorised) {
			t.Errorf("a session that was ended: %v", err)
		}
	})
}

// wantSeen checks when readers were last here.
func wantSeen(t *testing.T, o *office, readers []forum.Actor, at time.Time) {
	t.Helper()
	for i, r := range readers {
		if all, err := o.d.Sessions(ctx, o.site, r); err != nil || len(all) != 1 || !all[0].SeenAt.Equal(at) {
			t.Errorf("reader %d: %+v, %v; want seen at %s", i, all, err, at)
		}
	}
}

// transactions returns how many transactions there were, however they ended.
func (o *office) transactions() (n float64) {
	for _, r := range o.s.Meters() {
		if r.Name == "parley_db_transactions_total" {
			n += r.Value
		}
	}
	return n
}
