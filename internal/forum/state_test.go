package forum_test

import (
	"testing"
	"time"

	"parley/internal/forum"
)

func TestMayMove_everyPair(t *testing.T) {
	legal := map[[2]forum.State]bool{
		{forum.Held, forum.Published}:      true,
		{forum.Held, forum.Rejected}:       true,
		{forum.Held, forum.Withdrawn}:      true,
		{forum.Published, forum.Rejected}:  true,
		{forum.Published, forum.Withdrawn}: true,
		{forum.Published, forum.Held}:      true,
		{forum.Rejected, forum.Published}:  true,
		{forum.Rejected, forum.Held}:       true,
	}
	all := append(forum.States(), "", "deleted")
	for _, from := range all {
		for _, to := range all {
			if got := forum.MayMove(from, to); got != legal[[2]forum.State{from, to}] {
				t.Errorf("MayMove(%q, %q) = %t", from, to, got)
			}
		}
	}
}

func TestVerb_target(t *testing.T) {
	for verb, want := range map[forum.Verb]forum.State{
		forum.Publish: forum.Published, forum.Reject: forum.Rejected, forum.Hold: forum.Held, forum.Dismiss: "", "burn": "",
	} {
		got, moves := verb.Target()
		if got != want || moves != (want != "") {
			t.Errorf("%s leads to %q, %t", verb, got, moves)
		}
	}
}

func TestComment_visible(t *testing.T) {
	for _, state := range forum.States() {
		for _, below := range []int{0, 1} {
			c := forum.Comment{State: state, Descendants: below}
			if got, want := c.Visible(), state == forum.Published || below > 0; got != want {
				t.Errorf("%s with %d below: visible is %t", state, below, got)
			}
			if got, want := c.Tombstone(), state != forum.Published; got != want {
				t.Errorf("%s: tombstone is %t", state, got)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	if n := len(forum.Reasons()); n != 6 {
		t.Errorf("%d reasons reach the queue, want 6", n)
	}
	for _, r := range forum.Reasons() {
		if !r.Valid() || r == forum.ReasonDisagree {
			t.Errorf("reason %q", r)
		}
	}
	if !forum.ReasonDisagree.Valid() || forum.Reason("").Valid() || forum.Reason("rude").Valid() {
		t.Error("only the six and disagree may be given")
	}
}

func TestValid(t *testing.T) {
	for v := -3; v <= 3; v++ {
		if got := forum.Vote(v).Valid(); got != (v >= -1 && v <= 1) {
			t.Errorf("Vote(%d).Valid() = %t", v, got)
		}
	}
	for kind, want := range map[forum.BylineKind]bool{"name": true, "pseudonym": true, "none": true, "": false, "staff": false} {
		if kind.Valid() != want {
			t.Errorf("byline %q valid: %t", kind, !want)
		}
	}
}

func TestComment_editable(t *testing.T) {
	at := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	for _, s := range forum.States() {
		c := forum.Comment{State: s, CreatedAt: at}
		open := s == forum.Published || s == forum.Held
		for after, want := range map[time.Duration]bool{0: open, 5*time.Minute - 1: open, 5 * time.Minute: false} {
			if got := c.Editable(at.Add(after), 5*time.Minute); got != want {
				t.Errorf("%s after %v: %t", s, after, got)
			}
		}
	}
}
