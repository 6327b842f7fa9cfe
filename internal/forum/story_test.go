package forum_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"parley/internal/forum"
)

func TestCanonicalURL(t *testing.T) {
	for raw, want := range map[string]string{
		"https://paper.example/a":                             "https://paper.example/a",
		"HTTPS://Paper.Example/A":                             "https://paper.example/A",
		"  https://paper.example/a \n":                        "https://paper.example/a",
		"https://paper.example":                               "https://paper.example/",
		"https://paper.example/":                              "https://paper.example/",
		"https://paper.example?":                              "https://paper.example/",
		"https://paper.example//":                             "https://paper.example/",
		"https://paper.example/a/":                            "https://paper.example/a",
		"https://paper.example/a//":                           "https://paper.example/a",
		"https://paper.example/a/?b=1":                        "https://paper.example/a?b=1",
		"https://paper.example/a#comments":                    "https://paper.example/a",
		"https://paper.example/a?":                            "https://paper.example/a",
		"https://paper.example:443/a":                         "https://paper.example/a",
		"http://paper.example:80/a":                           "http://paper.example/a",
		"http://paper.example:443/a":                          "http://paper.example:443/a",
		"https://paper.example:8443/a":                        "https://paper.example:8443/a",
		"https://paper.example:/a":                            "https://paper.example/a",
		"https://paper.example./a":                            "https://paper.example/a",
		"https://paper.example/a?utm_source=x&utm_medium=y":   "https://paper.example/a",
		"https://paper.example/a?UTM_Source=x&b=2&a=1":        "https://paper.example/a?a=1&b=2",
		"https://paper.example/a?fbclid=1&gclid=2&ref=3&id=7": "https://paper.example/a?id=7",
		"https://paper.example/a?b=2&b=1":                     "https://paper.example/a?b=2&b=1",
		"https://paper.example/?p=123":                        "https://paper.example/?p=123",
		"https://paper.example/%D0%BC%D0%B8%D1%80":            "https://paper.example/%D0%BC%D0%B8%D1%80",
		"https://paper.example/мир":                           "https://paper.example/%D0%BC%D0%B8%D1%80",
		"https://[2001:DB8::1]:8443/a":                        "https://[2001:db8::1]:8443/a",
		"https://[2001:db8::1]:443/a":                         "https://[2001:db8::1]/a",
		"https://xn--bcher-kva.example/a":                     "https://xn--bcher-kva.example/a",
		"https://paper.example/a?id=5;page=2":                 "https://paper.example/a?id=5;page=2",
		"https://paper.example/a?id=6;page=2":                 "https://paper.example/a?id=6;page=2",
		"https://translate.googleusercontent.com/translate_c?depth=1&u=https://Paper.example/a/%3Futm_source%3Dx&usg=1": "https://paper.example/a",
		"https://translate.googleusercontent.com/about":                                                                 "https://translate.googleusercontent.com/about",
	} {
		got, err := forum.CanonicalURL(raw)
		if err != nil || got != want {
			t.Errorf("CanonicalURL(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestCanonicalURL_refuses(t *testing.T) {
	for _, raw := range []string{
		"", "/a", "paper.example/a", "//paper.example/a", "https:///a", "https:a", "ftp://paper.example/a", "javascript:alert(1)",
		"data:text/html,x", "https://me@paper.example/", "https://me:secret@paper.example/a", "https://@paper.example/",
		"https://paper.example/\x00", "https://paper.example/a\nb", "https://pap er.example/", "https://[::1", "https://paper.example:port/",
		"https://paper.example/%zz", "https://paper.example/\xff", "https://paper.example/?q=\xff", "https://\xff.example/",
		"https://paper.example/" + strings.Repeat("a", 2000), "https://./a", "https://.:8080/",
	} {
		got, err := forum.CanonicalURL(raw)
		if !forum.IsKind(err, forum.Invalid) || codeOf(err) != "error.storyURL" {
			t.Errorf("CanonicalURL(%q) = %q, %v", raw, got, err)
		}
	}
}

func TestCanonicalURL_settled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SampledFrom([]string{"http://", "https://", "HTTPS://"}).Draw(t, "scheme") +
			rapid.StringMatching(`[a-zA-Z0-9.\[\]:ü%-]{1,20}`).Draw(t, "host") +
			rapid.StringMatching(`(/[a-z%2F/. é;:@]{0,12})?(\?[a-z=&;%+2F#]{0,20})?`).Draw(t, "rest")
		once, err := forum.CanonicalURL(raw)
		if err != nil {
			return
		}
		twice, err := forum.CanonicalURL(once)
		if err != nil || twice != once {
			t.Fatalf("%q becomes %q, then %q, %v", raw, once, twice, err)
		}
		if u, err := url.Parse(once); err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || !utf8.ValidString(once) {
			t.Fatalf("%q becomes %q, %v", raw, once, err)
		}
	})
}

func TestURLKey(t *testing.T) {
	same := []string{"http://paper.example/a", "https://paper.example/a", "https://www.paper.example/a", "http://www.paper.example/a"}
	for _, u := range same {
		if got := forum.URLKey(u); got != "paper.example/a" {
			t.Errorf("URLKey(%q) = %q", u, got)
		}
	}
	if forum.URLKey("https://paper.example/a") == forum.URLKey("https://paper.example/b") {
		t.Error("two pages share a key")
	}
}

func TestSlug(t *testing.T) {
	for headline, want := range map[string]string{
		"":                            "story",
		"!?":                          "story",
		"🙂":                           "story",
		"Turkish tanks roll in":       "turkish-tanks-roll-in",
		"  “Quotes” — and; dashes!  ": "quotes-and-dashes",
		"It's 5 o'clock":              "it-s-5-o-clock",
		"Мир и война":                 "мир-и-война",
		"الحرب والسلام":               "الحرب-والسلام",
		"हिन्दी समाचार":               "हिन्दी-समाचार",
		"戦争と平和":                       "戦争と平和",
		"İstanbul'da":                 "istanbul-da",
		"../../etc/passwd":            "etc-passwd",
		"<script>alert(1)</script>":   "script-alert-1-script",
		"a\x00b\xffc":                 "a-b-c",
	} {
		if got := forum.Slug(headline); got != want {
			t.Errorf("Slug(%q) = %q, want %q", headline, got, want)
		}
	}
}

func TestSlug_property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := forum.Slug(rapid.String().Draw(t, "headline"))
		if s == "" || len(s) > 80 || !utf8.ValidString(s) || strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") ||
			strings.Contains(s, "--") || strings.ContainsAny(s, "/?#%. \\\"'<>&") {
			t.Fatalf("slug %q", s)
		}
		if again := forum.Slug(s); again != s {
			t.Fatalf("%q becomes %q", s, again)
		}
	})
}

func TestStory_takes(t *testing.T) {
	for state, want := range map[forum.StoryState][2]bool{
		forum.StoryOpen: {true, true}, forum.StoryReadOnly: {false, true}, forum.StoryClosed: {false, false},
	} {
		s := forum.Story{State: state}
		if got := [2]bool{s.TakesComments(), s.TakesVotes()}; got != want {
			t.Errorf("%s: %v", state, got)
		}
	}
}
