package desk_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"parley/internal/storetest"
)

// Who waits for the story is logged as waiting for the story.
func TestPost_slowLog(t *testing.T) {
	url := storetest.URL(t, "postgres")
	o := newOffice(t, storetest.OpenAt(t, url))
	other, db := storetest.OpenAt(t, url), storetest.Raw(t, "postgres", url)
	author := o.guest()
	o.post(author, 0, "first") // statements are prepared
	var log bytes.Buffer
	o.s.LogSlow(slog.New(slog.NewTextHandler(&log, nil)), 200*time.Millisecond)
	inside := make(chan bool)
	done := make(chan error)
	go func() {
		done <- other.Write(ctx, o.clock.now(), func(ctx ctxT, tx txT) error {
			_, err := tx.LockStory(ctx, o.site.ID, o.story.ID)
			close(inside)
			storetest.AwaitLock(t, db)
			time.Sleep(300 * time.Millisecond) // longer than what is slow
			return err
		})
	}()
	<-inside
	o.post(author, 0, "second")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `what="touch story"`) {
		t.Errorf("who waits for the story is logged as\n%s", log.String())
	}
}
