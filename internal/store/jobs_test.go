package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// lease takes the job that is due at an instant, for a minute.
func lease(s *store.Store, site forum.ID, name string, at time.Time) (forum.Job, error) {
	var j forum.Job
	err := s.Write(ctx, at, func(ctx context.Context, tx *store.Tx) error {
		var err error
		j, err = tx.LeaseJob(ctx, site, name, time.Minute)
		return err
	})
	return j, err
}

func save(s *store.Store, j forum.Job, name string, at time.Time, life time.Duration) error {
	return s.Write(ctx, at, func(ctx context.Context, tx *store.Tx) error { return tx.SaveJob(ctx, j, name, life) })
}

func TestJobs_oneWorkerAtATime(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		must(t, s, func(tx *store.Tx) error {
			if err := tx.AddJob(ctx, forum.Job{SiteID: site.ID, ID: 2, Kind: "later", Payload: "{}", DueAt: epoch.Add(time.Hour)}); err != nil {
				return err
			}
			return tx.AddJob(ctx, forum.Job{SiteID: site.ID, ID: 1, Kind: "now", Payload: `{"a":1}`})
		})
		j, err := lease(s, site.ID, "first", epoch)
		if err != nil || j.Kind != "now" || j.Payload != `{"a":1}` || j.Tries != 1 {
			t.Fatalf("leased %+v, %v", j, err)
		}
		_, err = lease(s, site.ID, "second", epoch.Add(59*time.Second))
		wantKind(t, "job in other hands", err, forum.NotFound, "error.notFound")
		// The first worker died: the second takes over, and the first may not write.
		if j, err = lease(s, site.ID, "second", epoch.Add(time.Minute)); err != nil || j.Tries != 2 {
			t.Fatalf("taken over %+v, %v", j, err)
		}
		wantKind(t, "late worker", save(s, j, "first", epoch.Add(time.Minute), 0), forum.Conflict, "error.conflict")
		j.State, j.Progress = forum.JobDone, 7
		if err := save(s, j, "second", epoch.Add(time.Minute), 0); err != nil {
			t.Fatal(err)
		}
		if j, err = s.Job(ctx, site.ID, 1); err != nil || j.State != forum.JobDone || j.Progress != 7 || j.EndedAt.IsZero() {
			t.Errorf("done job %+v, %v", j, err)
		}
		_, err = lease(s, site.ID, "third", epoch.Add(59*time.Minute))
		wantKind(t, "nothing due", err, forum.NotFound, "error.notFound")
	})
}

func TestJobs_pausedStaysPaused(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		must(t, s, func(tx *store.Tx) error {
			return tx.AddJob(ctx, forum.Job{SiteID: site.ID, ID: 1, Kind: "many", Payload: "{}"})
		})
		j, err := lease(s, site.ID, "w", epoch)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, func(tx *store.Tx) error { return tx.MoveJob(ctx, site.ID, 1, forum.JobWaiting, forum.JobPaused) })
		j.Progress, j.Cursor = 3, "c"
		if err := save(s, j, "w", epoch, time.Minute); err != nil {
			t.Fatal(err)
		}
		if j, err = s.Job(ctx, site.ID, 1); err != nil || j.State != forum.JobPaused || j.Progress != 3 || j.Cursor != "c" {
			t.Errorf("paused job %+v, %v", j, err)
		}
		must(t, s, func(tx *store.Tx) error { return tx.MoveJob(ctx, site.ID, 1, forum.JobPaused, forum.JobWaiting) })
		if _, err := lease(s, site.ID, "v", epoch.Add(2*time.Minute)); err != nil {
			t.Errorf("resumed job: %v", err)
		}
		wantKind(t, "resume twice", try(s, func(tx *store.Tx) error {
			return tx.MoveJob(ctx, site.ID, 1, forum.JobPaused, forum.JobWaiting)
		}), forum.Conflict, "error.conflict")
	})
}

func TestLog_chainsUnderConcurrency(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		site := storetest.Site(t, s, "a")
		var running sync.WaitGroup
		for range 20 {
			running.Go(func() {
				err := s.Write(ctx, epoch, func(ctx context.Context, tx *store.Tx) error {
					e, err := tx.AppendLog(ctx, forum.LogEntry{SiteID: site.ID, Action: "test.act", Object: "thing:1", Salt: "s", Value: "who"})
					if e.Hash != e.Chain() || e.Private != forum.Commit("s", "who") {
						t.Errorf("entry %+v does not hash to itself", e)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		head, err := s.LogHead(ctx, site.ID)
		if err != nil || head.Seq != 20 || head.Hash == "" {
			t.Errorf("head %+v, %v", head, err)
		}
	})
}
