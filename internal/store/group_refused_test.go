package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/store"
	"parley/internal/storetest"
)

// crowd is how many may come, and be refused, before the first of them is told.
const crowd = 20_000

// Who is refused is told so soon, however many come behind who are refused as well.
func TestGroup_refusedAreAnswered(t *testing.T) {
	storetest.ForEach(t, func(t *testing.T, s *store.Store) {
		refused := errors.New("refused")
		var group sync.WaitGroup
		var answered atomic.Bool
		var asked atomic.Int64
		var next func(i int)
		next = func(i int) {
			group.Go(func() {
				err := share(s, func(tx *store.Tx) error {
					asked.Add(1)
					if !answered.Load() && asked.Load() < crowd {
						next(i + 1)
						until(func() bool { return s.Waiting() > 0 })
					}
					return refused
				})
				if !errors.Is(err, refused) {
					t.Error(err)
				}
				if i == 0 {
					answered.Store(true)
					if n := asked.Load(); n >= crowd {
						t.Errorf("the first was answered behind %d others", n-1)
					}
				}
			})
		}
		next(0)
		for !answered.Load() {
			time.Sleep(time.Millisecond)
		}
		group.Wait()
	})
}
