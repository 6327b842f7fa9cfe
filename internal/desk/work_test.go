package desk

import (
	"context"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestWork_onlyAfterItsCommit queues a job in a transaction that fails and in one
// that succeeds: only the second is ever taken, once, and it keeps its payload.
func TestWork_onlyAfterItsCommit(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		d := New(s, func() time.Time { return now })
		site := storetest.Site(t, s, "a")
		queue := func(payload string, fail error) error {
			return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
				if _, err := d.enqueue(ctx, tx, site.ID, forum.Actor{}, "note", time.Time{}, payload); err != nil {
					return err
				}
				return fail
			})
		}
		if err := queue("never", ErrGiveUp); err == nil {
			t.Fatal("the failing transaction did not fail")
		}
		if due, err := d.JobsDue(ctx, site.ID); err != nil || due {
			t.Fatalf("due before a commit: %t, %v", due, err)
		}
		if err := queue("words", nil); err != nil {
			t.Fatal(err)
		}
		w, err := d.TakeJob(ctx, site.ID)
		if err != nil || w.Job.Payload != `"words"` {
			t.Fatalf("took %+v, %v", w.Job, err)
		}
		if _, err := d.TakeJob(ctx, site.ID); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("taken twice: %v", err)
		}
		w.Job.State = forum.JobDone
		if state, err := d.SaveJob(ctx, w, true); err != nil || state != forum.JobDone {
			t.Errorf("saved as %s, %v", state, err)
		}
	})
}
