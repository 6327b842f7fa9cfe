package desk

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var someKey = memoryKey{story: 1}

func numbers(t *testing.T) *memory[int] {
	t.Helper()
	m, err := newMemory(time.Now, 1<<10, func(int) int { return 1 }, func(a, b int) bool { return a == b })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMemory_race drops a value while it is read: whoever asked before gets what
// was read, whoever asks afterwards reads again, and only the later one is kept.
func TestMemory_race(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := numbers(t)
		type read struct{ value chan int }
		begin := func(gate chan int) read {
			r := read{make(chan int, 1)}
			go func() {
				v, err := m.read(t.Context(), someKey, func(context.Context) (int, error) { return <-gate, nil })
				if err != nil {
					t.Error(err)
				}
				r.value <- v
			}()
			synctest.Wait()
			return r
		}
		before, after := make(chan int), make(chan int)
		a, shared := begin(before), begin(nil)
		m.moved(someKey, false)
		b := begin(after)
		after <- 2
		if v := <-b.value; v != 2 {
			t.Errorf("asked after the move and got %d", v)
		}
		before <- 1
		if v, w := <-a.value, <-shared.value; v != 1 || w != 1 {
			t.Errorf("asked before the move and got %d and %d", v, w)
		}
		if s, ok := m.seen.GetIfPresent(someKey); !ok || s.value != 2 {
			t.Errorf("the older value %v replaced the newer one", s.value)
		}
	})
}

// TestMemory_age believes a value for a second since its read began.
func TestMemory_age(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := numbers(t)
		reads := 0
		slow := func(context.Context) (int, error) {
			time.Sleep(600 * time.Millisecond)
			reads++
			return reads, nil
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {399 * time.Millisecond, 1}, {time.Millisecond, 2}} {
			time.Sleep(step.wait)
			if v, err := m.read(t.Context(), someKey, slow); err != nil || v != step.want {
				t.Errorf("read %d, %v; want %d", v, err, step.want)
			}
		}
	})
}

// TestMemory_slow asks while the database takes longer than what it says is believed:
// who asks later than that does not get what was so before.
func TestMemory_slow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := numbers(t)
		var started atomic.Int64
		slow := func(context.Context) (int, error) {
			now := started.Add(1)
			time.Sleep(1500 * time.Millisecond)
			return int(now), nil
		}
		got := make([]int, 3)
		var all sync.WaitGroup
		for i, at := range []time.Duration{0, 999 * time.Millisecond, time.Second} {
			all.Go(func() {
				time.Sleep(at)
				var err error
				if got[i], err = m.read(t.Context(), someKey, slow); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if want := []int{1, 1, 2}; !slices.Equal(got, want) {
			t.Errorf("those who asked at 0, 0.999 and 1 s got %v, want %v", got, want)
		}
	})
}

// TestMemory_errors keeps no error and leaves no read behind.
func TestMemory_errors(t *testing.T) {
	m := numbers(t)
	failed := errors.New("failed")
	fail := func(context.Context) (int, error) { return 0, failed }
	if _, err := m.read(t.Context(), someKey, fail); !errors.Is(err, failed) {
		t.Error(err)
	}
	func() {
		defer func() { _ = recover() }()
		_, err := m.read(t.Context(), someKey, func(context.Context) (int, error) { panic("lost") })
		t.Error("no panic", err)
	}()
	if v, err := m.read(t.Context(), someKey, func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("read %d, %v", v, err)
	}
	if len(m.reading) != 0 {
		t.Errorf("%d reads are still under way", len(m.reading))
	}
}
