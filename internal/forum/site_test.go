package forum_test

import (
	"strings"
	"testing"

	"parley/internal/forum"
)

func TestSiteID(t *testing.T) {
	a, err := forum.SiteID("gazette")
	b, _ := forum.SiteID("gazette-2")
	if err != nil || a <= 0 || b <= 0 || a == b {
		t.Errorf("%d, %d, %v", a, b, err)
	}
	if again, _ := forum.SiteID("gazette"); again != a {
		t.Error("a slug has two ids")
	}
	for _, slug := range []string{"", "-a", "a-", "A", "a b", "a/b", "é", "a\n", strings.Repeat("a", 41), "..", "a_b"} {
		if id, err := forum.SiteID(slug); !forum.IsKind(err, forum.Invalid) {
			t.Errorf("SiteID(%q) = %d, %v", slug, id, err)
		}
	}
	for _, slug := range []string{"a", "0", "a-b", "a--b", strings.Repeat("a", 40)} {
		if _, err := forum.SiteID(slug); err != nil {
			t.Errorf("SiteID(%q): %v", slug, err)
		}
	}
}

func TestSettings_check(t *testing.T) {
	if err := forum.DefaultSettings().Check(); err != nil {
		t.Fatalf("the default settings: %v", err)
	}
	for field, spoil := range map[string][]func(*forum.Settings){
		"locale":  {func(s *forum.Settings) { s.Locale = "" }, func(s *forum.Settings) { s.Locale = "xx" }},
		"bylines": {func(s *forum.Settings) { s.Bylines = nil }, func(s *forum.Settings) { s.Bylines = []forum.BylineKind{"staff"} }},
		"edit_window": {
			func(s *forum.Settings) { s.EditWindow = -1 }, func(s *forum.Settings) { s.EditWindow = 7*24*3600 + 1 },
		},
		"max_length": {func(s *forum.Settings) { s.MaxLength = 0 }, func(s *forum.Settings) { s.MaxLength = 50_001 }},
		"nameless_pace": {
			func(s *forum.Settings) { s.NamelessPace.Count = 1001 }, func(s *forum.Settings) { s.NamelessPace.Gap = -1 },
		},
		"reader_pace": {
			func(s *forum.Settings) { s.ReaderPace.Window = -1 }, func(s *forum.Settings) { s.ReaderPace.Count = -1 },
			func(s *forum.Settings) { s.ReaderPace.Gap = 1 << 40 },
		},
		"reasons": {
			func(s *forum.Settings) { s.Reasons = []forum.RejectReason{{Code: "Abuse", Category: "VIOLENCE"}} },
			func(s *forum.Settings) { s.Reasons = []forum.RejectReason{{Code: "mine", Category: "VIOLENCE"}} },
			func(s *forum.Settings) { s.Reasons = []forum.RejectReason{{Code: "abuse", Category: "RUDENESS"}} },
			func(s *forum.Settings) { s.Reasons = append(forum.DefaultReasons(), forum.DefaultReasons()[0]) },
			func(s *forum.Settings) {
				s.Reasons = forum.DefaultReasons()
				for i := range s.Reasons {
					s.Reasons[i].Retired = true
				}
			},
		},
		"sections": {
			func(s *forum.Settings) { s.Sections = []forum.Section{{Slug: "World", Name: "World"}} },
			func(s *forum.Settings) { s.Sections = []forum.Section{{Slug: "world"}} },
		},
	} {
		for i, f := range spoil {
			s := forum.DefaultSettings()
			f(&s)
			err := s.Check()
			if !forum.IsKind(err, forum.Invalid) || !strings.Contains(err.Error(), "("+field+")") {
				t.Errorf("%s %d: %v", field, i, err)
			}
		}
	}
}

func TestSettings_origins(t *testing.T) {
	for origin, want := range map[string]bool{
		"https://paper.example":              true,
		"http://localhost:1313":              true,
		"http://127.0.0.1:8080":              true,
		"https://[2001:db8::1]:8443":         true,
		"https://xn--bcher-kva.example":      true,
		"https://paper.example/":             false,
		"https://paper.example/a":            false,
		"https://paper.example:443":          false, // browsers leave the default port out
		"http://paper.example:80":            false,
		"https://paper.example:":             false,
		"https://Paper.example":              false,
		"https://*.paper.example":            false,
		"https://*":                          false,
		"*":                                  false,
		"null":                               false,
		"":                                   false,
		"https://":                           false,
		"paper.example":                      false,
		"ftp://paper.example":                false,
		"javascript://paper.example":         false,
		"https://me:pw@paper.example":        false,
		"https://paper.example?x":            false,
		"https://paper.example#x":            false,
		"https://paper.example; script-src":  false,
		"https://paper.example 'self'":       false,
		"https://a'b":                        false,
		"https://a,b":                        false,
		"https://a;b":                        false,
		"https://bücher.example":             false, // browsers send the xn-- form
		"https://paper.example\nhttps://b.c": false,
	} {
		s := forum.DefaultSettings()
		s.Origins = []string{origin}
		if got := s.Check() == nil; got != want {
			t.Errorf("origin %q accepted: %t", origin, got)
		}
	}
}

func TestSettings_lookups(t *testing.T) {
	s := forum.DefaultSettings()
	s.Bylines = []forum.BylineKind{forum.BylineName}
	s.Sections = []forum.Section{{Slug: "world", Name: "World"}}
	if !s.Allows(forum.BylineName) || s.Allows(forum.BylineNone) || s.Allows("") {
		t.Error("Allows")
	}
	if x, ok := s.Section("world"); !ok || x.Name != "World" {
		t.Errorf("Section = %+v, %t", x, ok)
	}
	if _, ok := s.Section("sport"); ok {
		t.Error("an unknown section was found")
	}
}
