package web

import (
	"testing"

	"parley/frontend/view"
	"parley/internal/desk"
)

// TestTally_part has a queue of which only a part was looked at and nothing found: it may
// hold something, and no sign says that it does not.
func TestTally_part(t *testing.T) {
	r := &request{locale: "en"}
	counts := desk.Counts{Queues: map[desk.QueueKind]desk.Counted{desk.QueueHeld: {More: true}}}
	if got := pulseFigure(r, counts.Queues[desk.QueueHeld]); got == "" {
		t.Error("the pulse says that nothing waits")
	}
	if other := otherQueue(view.Desk{Queue: "unseen", Tabs: deskTabs(r, counts, desk.Filter{})}); other != "/desk/held" {
		t.Errorf("the key leads to %q", other)
	}
}
