package forum

import (
	"encoding/json"
	"testing"
)

// TestMove_json has moves arrive at another node as they were, those of a whole site
// included, which are of no story.
func TestMove_json(t *testing.T) {
	for _, m := range []Move{{SiteID: 7, Desk: true}, {SiteID: 7, StoryID: 9, Revision: 3, Comments: 2, Added: 1, Listed: true}} {
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got Move
		if err := json.Unmarshal(text, &got); err != nil || got != m {
			t.Errorf("%s is %+v (%v), want %+v", text, got, err, m)
		}
	}
}
