package forum_test

import (
	"slices"
	"testing"

	"parley/internal/forum"
)

func TestReasonsOfSite(t *testing.T) {
	s := forum.DefaultSettings()
	if !slices.Equal(s.OpenReasons(), forum.RejectReasons()) {
		t.Errorf("a new site offers %v", s.OpenReasons())
	}
	if r, ok := s.Reason("illegal"); !ok || !r.Illegal || r.Category != "ILLEGAL_OR_HARMFUL_SPEECH" {
		t.Errorf("illegal: %+v", r)
	}
	if r, ok := s.Reason("abuse"); !ok || r.Illegal || r.Category != "CYBER_VIOLENCE" {
		t.Errorf("abuse: %+v", r)
	}
	s.Reasons = forum.DefaultReasons()
	s.Reasons[0].Retired = true
	s.Reasons = append(s.Reasons, forum.RejectReason{Code: "house", Category: "OTHER_VIOLATION_TC", Words: map[string]string{"en": "Not here"}})
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if open := s.OpenReasons(); slices.Contains(open, "abuse") || open[len(open)-1] != "house" {
		t.Errorf("offers %v", open)
	}
	if _, ok := s.Reason("abuse"); !ok {
		t.Error("a retired reason cannot be read any more")
	}
	if _, ok := s.Reason("disagree"); ok {
		t.Error("disagreement is a reason")
	}
}
