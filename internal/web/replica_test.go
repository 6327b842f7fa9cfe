package web

import (
	"testing"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// TestReplica names the primary as its own replica and counts what is read there:
// what everybody gets of a discussion, once for each page that is made, and nothing
// that is made for one reader.
func TestReplica(t *testing.T) {
	database := storetest.URL(t, "postgres")
	h := houseAt(t, store.Places{URL: database, Replicas: []string{database}})
	c := h.remark("A comment.")
	if _, _, err := h.desk.PutStory(t.Context(), h.site, desk.Article{Headline: "Elsewhere", URL: paperOrigin + "/story"}); err != nil {
		t.Fatal(err)
	}
	anybody, owner := h.browser(), h.owner(h.site)
	story, discussion := forum.StoryPath("", h.story), "/s/"+h.story.ID.String()
	for _, step := range []struct {
		b      *browser
		path   string
		served int64
	}{
		{anybody, story, 1},
		{anybody, story, 0}, // it is kept
		{anybody, story + "?view=conversation", 1},
		{anybody, discussion + "/feed.atom", 1},
		{anybody, "/embed/v1/frame?url=" + paperOrigin + "/story", 1},
		{anybody, "/embed/v1/discussion?format=html&url=" + paperOrigin + "/story", 1},
		{owner, story, 0},
		{owner, "/me", 0},
		{owner, "/desk", 0},
		{anybody, "/c/" + c.ID.String(), 0},
		{anybody, "/api/v1/stories/" + h.story.ID.String() + "/comments", 0},
	} {
		before := h.store.Replicas()
		ok(t, step.b.get(step.path))
		if after := h.store.Replicas(); after.Served-before.Served != step.served || after.Failed != 0 || after.Behind != 0 {
			t.Errorf("%s: %+v, before %+v, want %d served", step.path, after, before, step.served)
		}
	}
}
