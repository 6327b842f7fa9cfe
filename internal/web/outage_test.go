package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/internal/diskfault"
	"parley/internal/forum"
	"parley/internal/store"
)

// TestOutage fills the disk under a server. Reading goes on, whoever writes is told
// when to come again and keeps their words, whoever watches is told, and when there
// is room again the same process takes the same requests.
func TestOutage(t *testing.T) {
	folder := t.TempDir()
	full := diskfault.Switch(t, folder, diskfault.Full)
	h := houseAt(t, store.Places{URL: folder + "/parley.db"})
	defer full.Store(false)
	b := h.browser()
	b.write(h.site, h.story.ID, 0, forum.BylineNone, "", "Before.")
	page := forum.StoryPath("", h.story)
	key := http.Header{"Idempotency-Key": {"key-1"}}
	draft := fmt.Sprintf(`{"story":%q,"byline":"none","text":"During."}`, h.story.ID)

	full.Store(true)
	refused := b.postJSON(draft, key).want(http.StatusServiceUnavailable)
	form := url.Values{"story": {h.story.ID.String()}, "byline": {"none"}, "text": {"Words that took an hour."}}
	again := b.post("/comments", form).want(http.StatusServiceUnavailable)
	for _, a := range []answer{refused, again} {
		if a.header.Get("Retry-After") == "" || strings.Contains(a.body, "disk") {
			t.Errorf("Retry-After %q\n%s", a.header.Get("Retry-After"), excerpt(a.body))
		}
	}
	if !strings.Contains(again.body, "Words that took an hour.") {
		t.Errorf("the words are lost\n%s", excerpt(again.body))
	}
	h.browser().get(page).want(http.StatusOK).has("Before.").lacks("During.")
	b.get(page).want(http.StatusOK).has("Before.").lacks("During.")
	// A proxy must not take the process from its readers.
	for path, status := range map[string]int{readyPath: http.StatusOK, readyPath + "?for=writes": http.StatusServiceUnavailable} {
		if wrong := b.get(path).want(status); !strings.Contains(wrong.body, `"writes"`) {
			t.Errorf("%s says %s", path, wrong.body)
		}
	}
	b.get(healthPath).want(http.StatusOK)

	full.Store(false)
	for until := time.Now().Add(10 * time.Second); b.get(readyPath+"?for=writes").status != http.StatusOK; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("there is room again, and the process is not ready")
		}
	}
	first := decode(t, b.postJSON(draft, key).want(http.StatusCreated))["id"]
	if second := decode(t, b.postJSON(draft, key).want(http.StatusOK))["id"]; second != first {
		t.Errorf("%v is %v when sent again", first, second)
	}
	if n := strings.Count(textOf(h.browser().get(page).body), "During."); n != 1 {
		t.Errorf("the comment is there %d times", n)
	}
}
