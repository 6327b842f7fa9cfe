package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// TestBusy_rendersOnceASecond posts twenty comments a second to a story that 64
// readers ask for in two views all the time. Each view is rendered at most once a
// second, and nobody sees what is older.
func TestBusy_rendersOnceASecond(t *testing.T) {
	const seconds, posts, readers, views = 3, 20, 64, 2
	h := newHouse(t)
	var passed atomic.Int64
	begin := time.Now()
	h.desk = desk.New(h.store, func() time.Time { return begin.Add(time.Duration(passed.Load())) })
	s, err := New(Config{Desk: h.desk, Log: slog.New(slog.DiscardHandler), BaseURL: "http://talk.example", Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	paths := [views]string{forum.StoryPath("", h.story), forum.StoryPath("", h.story) + "?order=oldest"}
	crowd := func() {
		var all sync.WaitGroup
		for i := range readers {
			all.Go(func() {
				a := httptest.NewRecorder()
				s.ServeHTTP(a, httptest.NewRequest(http.MethodGet, "http://talk.example"+paths[i%views], nil))
				if a.Code != http.StatusOK {
					t.Errorf("%s: %d", paths[i%views], a.Code)
				}
			})
		}
		all.Wait()
	}
	h.remark("The first.")
	crowd()
	before := s.shared.cache.figures()
	for i := range seconds * posts {
		passed.Add(int64(time.Second / posts))
		h.remark(fmt.Sprintf("Remark %d.", i))
		crowd()
	}
	after := s.shared.cache.figures()
	if n := after.builds - before.builds; n < views*(seconds-1) || n > views*seconds {
		t.Errorf("%d pages were rendered for %d views in %d seconds", n, views, seconds)
	}
	if n := after.hits - before.hits; n < seconds*posts*readers*9/10 {
		t.Errorf("%d of %d requests found their page", n, seconds*posts*readers)
	}
}
