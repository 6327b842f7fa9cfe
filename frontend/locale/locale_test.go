package locale

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
)

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// placeholders returns the sorted placeholders of a message's forms.
func placeholders(m message) []string {
	var all []string
	for _, text := range m {
		for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
			all = append(all, match[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// categories returns the plural categories that a language has.
func categories(loc string) []string {
	var all []string
	for n := range 1000 {
		all = append(all, forms[plural.Cardinal.MatchPlural(tags[loc], n, 0, 0, 0, 0)])
	}
	all = append(all, "other") // fractions
	slices.Sort(all)
	return slices.Compact(all)
}

func TestCatalogues_sameKeysAndPlaceholders(t *testing.T) {
	english := catalogues[Fallback]
	for _, loc := range supported {
		for key := range catalogues[loc] {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not in the English catalogue", loc, key)
			}
		}
		for key, m := range english {
			own, ok := catalogues[loc][key]
			if !ok {
				t.Errorf("%s: %s is missing", loc, key)
				continue
			}
			if got, want := placeholders(own), placeholders(m); !slices.Equal(got, want) {
				t.Errorf("%s: %s has placeholders %v, English has %v", loc, key, got, want)
			}
		}
	}
}

func TestCatalogues_pluralForms(t *testing.T) {
	for _, loc := range supported {
		want := categories(loc)
		for key, m := range catalogues[loc] {
			if len(m) == 1 && m["other"] != "" && len(catalogues[Fallback][key]) == 1 {
				continue
			}
			var got []string
			for form, text := range m {
				got = append(got, form)
				if text == "" {
					t.Errorf("%s: %s has an empty form %q", loc, key, form)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s has the forms %v, the language has %v", loc, key, got, want)
			}
		}
	}
}

func TestN(t *testing.T) {
	for _, x := range []struct {
		loc  string
		n    int
		want string
	}{
		{"en", 0, "0 comments"},
		{"en", 1, "1 comment"},
		{"en", 1200, "1,200 comments"},
		{"tr", 1, "1 yorum"},
		{"tr", 1234567, "1.234.567 yorum"},
		{"ru", 1, "1 комментарий"},
		{"ru", 2, "2 комментария"},
		{"ru", 5, "5 комментариев"},
		{"ru", 11, "11 комментариев"},
		{"ru", 21, "21 комментарий"},
		{"ru", 1200, "1\u00a0200 комментариев"},
		{"ar", 0, "لا تعليقات"},
		{"ar", 1, "تعليق واحد"},
		{"ar", 2, "تعليقان"},
		{"ar", 3, "3 تعليقات"},
		{"ar", 11, "11 تعليقًا"},
		{"ar", 100, "100 تعليق"},
		{"ar", 1103, "1,103 تعليقات"},
		{"xx", 2, "2 comments"},
	} {
		if got := N(x.loc, "comments.count", x.n); got != x.want {
			t.Errorf("N(%s, %d) = %q, want %q", x.loc, x.n, got, x.want)
		}
	}
}

func TestT(t *testing.T) {
	if got, want := T("en", "account.as", "name", "Ann {n}"), "Signed in as \u2068Ann {n}\u2069"; got != want {
		t.Errorf("a name: %q, want %q", got, want)
	}
	if got, want := T("en", "error.textLong", "max", 5000, "length", 12345), "Your text has 12,345 characters; at most 5,000 are allowed."; got != want {
		t.Errorf("numbers: %q, want %q", got, want)
	}
	if got, want := T("xx", "search.go"), "Search"; got != want {
		t.Errorf("an unknown language: %q, want %q", got, want)
	}
	if got, want := T("en", "no.such.key"), "no.such.key"; got != want {
		t.Errorf("an unknown key: %q, want %q", got, want)
	}
}

func TestAround(t *testing.T) {
	before, after := Around("en", "comment.replyTo", "name")
	if before != "in reply to " || after != "" {
		t.Errorf("English: %q, %q", before, after)
	}
	before, after = Around("tr", "comment.replyTo", "name")
	if before != "" || after != " adlı okura yanıt" {
		t.Errorf("Turkish: %q, %q", before, after)
	}
}

func TestTime(t *testing.T) {
	at := time.Date(2026, time.November, 22, 15, 5, 9, 0, time.FixedZone("", 3600))
	for loc, want := range map[string]string{
		"en": "22 November 2026, 14:05 UTC", "ar": "22 نوفمبر 2026، 14:05 UTC",
		"tr": "22 Kasım 2026, 14:05 UTC", "ru": "22 ноября 2026, 14:05 UTC",
	} {
		if got := Time(loc, at); got != want {
			t.Errorf("Time(%s) = %q, want %q", loc, got, want)
		}
	}
	if got, want := Date("en", at), "22 November 2026"; got != want {
		t.Errorf("Date = %q, want %q", got, want)
	}
	if got, want := Time("en", time.Time{}), "date unknown"; got != want {
		t.Errorf("no time: %q, want %q", got, want)
	}
	if got, want := Machine(at), "2026-11-22T14:05Z"; got != want {
		t.Errorf("Machine = %q, want %q", got, want)
	}
}

func TestDir(t *testing.T) {
	for loc, want := range map[string]string{"ar": "rtl", "ar-EG": "rtl", "FA": "rtl", "en": "ltr", "": "ltr", "arn": "ltr"} {
		if got := Dir(loc); got != want {
			t.Errorf("Dir(%q) = %s, want %s", loc, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, loc := range supported {
		text := Words(loc)
		if strings.ContainsAny(text, "<>&") {
			t.Errorf("%s: could end a script element: %s", loc, text)
		}
		var words map[string]any
		if err := json.Unmarshal([]byte(text), &words); err != nil {
			t.Fatal(err)
		}
		if words["locale"] != loc {
			t.Errorf("locale is %v, want %s", words["locale"], loc)
		}
		if _, ok := words["comments"].(map[string]any)["other"]; !ok {
			t.Errorf("%s: comments has no forms: %v", loc, words["comments"])
		}
	}
}

// TestWords_sameAsScripts holds the names to those of base/words.ts.
func TestWords_sameAsScripts(t *testing.T) {
	source, err := os.ReadFile("../base/words.ts")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, match := range regexp.MustCompile(`(?m)^  \| "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		got = append(got, match[1])
	}
	slices.Sort(got)
	if want := slices.Sorted(maps.Keys(scriptWords)); !slices.Equal(got, want) {
		t.Errorf("words.ts has %v, the server prints %v", got, want)
	}
}

// used finds the keys that source names: in calls of T, N and Around, and as
// codes of errors.
var used = []*regexp.Regexp{
	regexp.MustCompile(`locale\.(?:T|N|Around)\([^",]+, "([^"]+)"[,)]`),
	regexp.MustCompile(`"(error\.[A-Za-z]+)"`),
}

func TestKeys_usedAreThere(t *testing.T) {
	found := 0
	for _, root := range []string{"..", "../../internal", "../../cmd"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !isSource(path) {
				return nil //nolint:nilerr // a folder that is not there yet has no keys
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, pattern := range used {
				for _, match := range pattern.FindAllStringSubmatch(string(text), -1) {
					found++
					if !Has(match[1]) {
						t.Errorf("%s uses %q, which no catalogue has", path, match[1])
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 100 {
		t.Errorf("only %d uses were found: the patterns no longer fit the code", found)
	}
}

func isSource(path string) bool {
	if strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
		return false
	}
	return slices.Contains([]string{".go", ".templ", ".ts"}, filepath.Ext(path))
}

// TestKeys_composed holds the keys that are put together from codes.
func TestKeys_composed(t *testing.T) {
	for prefix, codes := range composed() {
		for _, code := range codes {
			if !Has(prefix + code) {
				t.Errorf("no catalogue has %q", prefix+code)
			}
		}
	}
}

func TestSpan(t *testing.T) {
	for _, x := range []struct {
		loc  string
		d    time.Duration
		want string
	}{
		{"en", 59 * time.Second, "under a minute"},
		{"en", time.Minute, "1 minute"},
		{"en", 119 * time.Minute, "119 minutes"},
		{"en", 2 * time.Hour, "2 hours"},
		{"en", 47 * time.Hour, "47 hours"},
		{"tr", 48 * time.Hour, "2 gün"},
		{"ru", 22 * time.Hour, "22 часа"},
		{"ar", 11 * time.Minute, "11 دقيقة"},
	} {
		if got := Span(x.loc, x.d); got != x.want {
			t.Errorf("Span(%s, %s) is %q, want %q", x.loc, x.d, got, x.want)
		}
	}
	if got := Percent("tr", 12) + Percent("ru", 12); got != "%1212 %" {
		t.Errorf("per cent is %q", got)
	}
}
