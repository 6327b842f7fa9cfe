package markup

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"parley/internal/fixture"
)

// attack is a line of the attack sets.
type attack struct {
	ID, Payload, Enc, Href string
	Failure                bool
	Parts                  [][2]any
}

// text is the payload, or its parts repeated.
func (a attack) text(t *testing.T) string {
	if a.Enc == "base64" {
		raw, err := base64.StdEncoding.DecodeString(a.Payload)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	var b strings.Builder
	b.WriteString(a.Payload)
	for _, part := range a.Parts {
		b.WriteString(strings.Repeat(part[0].(string), int(part[1].(float64))))
	}
	return b.String()
}

func attacks(t *testing.T, pattern string, atLeast int) []attack {
	t.Helper()
	files, err := filepath.Glob(fixture.Path(t, "attacks", pattern))
	if err != nil {
		t.Fatal(err)
	}
	var all []attack
	for _, name := range files {
		all = append(all, readAttacks(t, name)...)
	}
	if len(all) < atLeast {
		t.Fatalf("only %d attacks match %s", len(all), pattern)
	}
	return all
}

func readAttacks(t *testing.T, name string) []attack {
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	var all []attack
	for lines.Scan() {
		var a attack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// unsafe says what in a piece of HTML is not on the list, parsing it as a
// browser does. The list is written out here on purpose: it does not follow the
// policy when that grows.
func unsafe(rendered string) string {
	nodes, err := html.ParseFragment(strings.NewReader(rendered), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return err.Error()
	}
	for _, n := range nodes {
		if fault := fault(n); fault != "" {
			return fault
		}
	}
	return ""
}

var (
	elements = strings.Fields("p br em strong code pre blockquote ul ol li a h2 h3 h4")
	values   = map[string]*regexp.Regexp{
		"dir":   regexp.MustCompile(`^auto$`),
		"rel":   regexp.MustCompile(`^(nofollow ugc )?noopener$`),
		"start": regexp.MustCompile(`^\d{1,9}$`),
		"href":  regexp.MustCompile(`^(https?://[a-z0-9.-]+(:\d+)?([/?#]|$)|mailto:[^:]+$|/([^/\\]|$))`),
	}
)

func fault(n *html.Node) string {
	switch n.Type {
	case html.TextNode:
	case html.ElementNode:
		if !slices.Contains(elements, n.Data) || n.Namespace != "" {
			return "element " + n.Data
		}
	default:
		return "neither text nor element: " + n.Data
	}
	for _, a := range n.Attr {
		if v := values[a.Key]; v == nil || !v.MatchString(a.Val) {
			return "attribute " + a.Key + "=" + a.Val
		}
		if a.Key == "href" && inAnchor(n.Parent) {
			return "link in a link: " + a.Val
		}
	}
	for c := range n.ChildNodes() {
		if f := fault(c); f != "" {
			return f
		}
	}
	return ""
}

func inAnchor(n *html.Node) bool {
	return n != nil && (n.Data == "a" || inAnchor(n.Parent))
}

// check asserts what must hold for the HTML of any comment.
func check(t *testing.T, name, source string) {
	t.Helper()
	got, err := Render(source, Rules{Links: true, MaxLength: 40_000})
	if err != nil {
		return
	}
	out := string(got)
	if f := unsafe(out); f != "" {
		t.Errorf("%s: %s in %.300q", name, f, out)
	}
	if again := commentPolicy.Sanitize(out); again != out {
		t.Errorf("%s: the sanitiser is not done:\n%.300q\n%.300q", name, out, again)
	}
	if !utf8.ValidString(out) {
		t.Errorf("%s: broken UTF-8", name)
	}
	if len(out) > 12*len(source)+4096 {
		t.Errorf("%s: %d bytes became %d", name, len(source), len(out))
	}
	story, err := Story(source)
	if f := unsafe(string(story)); err != nil || f != "" {
		t.Errorf("%s: as a story: %s (%v)", name, f, err)
	}
	if again := storyPolicy.Sanitize(string(story)); again != string(story) {
		t.Errorf("%s: as a story: the sanitiser is not done", name)
	}
}

func TestAttacks(t *testing.T) {
	for pattern, n := range map[string]int{
		"xss-*.jsonl": 1700, "html5lib-tree.jsonl": 1000, "commonmark-*.jsonl": 600, "texts-own.jsonl": 30, "blns.jsonl": 500,
		"unicode-fuzzdb.jsonl": 80, "url-wpt.jsonl": 400,
	} {
		t.Run(pattern, func(t *testing.T) {
			for _, a := range attacks(t, pattern, n) {
				text := a.text(t)
				check(t, a.ID, text)
				check(t, a.ID+" in a link", "["+text+"]("+text+") ["+text+"](https://a.bc '"+text+"') <"+text+">")
				check(t, a.ID+" in blocks", "> "+text+"\n\n- *"+text+"*\n\n```"+text+"\n"+text+"\n```")
			}
		})
	}
}

// The sanitiser alone must hold, were the writer before it broken. Then an
// address may be odd, as long as its scheme is one of ours.
func TestPolicy_attacks(t *testing.T) {
	odd := regexp.MustCompile(`^attribute href=(https?|mailto):|^link in a link`)
	for _, pattern := range []string{"xss-*.jsonl", "html5lib-tree.jsonl"} {
		for _, a := range attacks(t, pattern, 1000) {
			out := commentPolicy.Sanitize(a.text(t))
			if f := unsafe(out); f != "" && !odd.MatchString(f) {
				t.Errorf("%s: %s in %.300q", a.ID, f, out)
			}
			if again := commentPolicy.Sanitize(out); again != out {
				t.Errorf("%s: the sanitiser is not done:\n%.300q\n%.300q", a.ID, out, again)
			}
		}
	}
}

// Every link we write must lead where a browser says the address leads.
func TestAttacks_hosts(t *testing.T) {
	judged := 0
	for _, a := range attacks(t, "url-wpt.jsonl", 400) {
		to, ok := judge(a.Payload)
		if !ok || strings.HasPrefix(to.href, "mailto:") {
			continue
		}
		judged++
		ours, err := url.Parse(to.href)
		if err != nil || a.Failure {
			t.Errorf("%s: %q is no address but becomes %q (%v)", a.ID, a.Payload, to.href, err)
			continue
		}
		if theirs, err := url.Parse(a.Href); err != nil || theirs.Hostname() != ours.Hostname() || theirs.Scheme != ours.Scheme {
			t.Errorf("%s: %q leads to %q, we say %q", a.ID, a.Payload, a.Href, to.href)
		}
	}
	if judged < 35 {
		t.Errorf("only %d addresses were judged good", judged)
	}
}

// What is no markup must be seen as it was typed.
func TestAttacks_textIsKept(t *testing.T) {
	kept := 0
	for _, pattern := range []string{"texts-own.jsonl", "blns.jsonl", "unicode-fuzzdb.jsonl"} {
		for _, a := range attacks(t, pattern, 30) {
			text := a.text(t)
			out, err := Render(text, Rules{Links: true, MaxLength: 70_000})
			if err != nil || strings.Contains(text, "](http") { // a link is shown as its text
				continue
			}
			kept++
			if want, got := letters(decent(lineEnds.Replace(text))), letters(textContent(t, string(out))); !subsequence(want, got) {
				t.Errorf("%s: lost letters\n%+.200q\n%+.200q", a.ID, want, got)
			}
		}
	}
	if kept < 550 {
		t.Errorf("only %d texts were rendered", kept)
	}
}

func textContent(t *testing.T, rendered string) string {
	doc, err := html.Parse(strings.NewReader(rendered))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// letters leaves out what markup is made of.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r < utf8.RuneSelf && !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, text)
}

// subsequence says whether all of want is in got, in order: hosts are added.
func subsequence(want, got string) bool {
	for _, r := range want {
		i := strings.IndexRune(got, r)
		if i < 0 {
			return false
		}
		got = got[i+utf8.RuneLen(r):]
	}
	return true
}

// A hang ends with the test run. What grows faster than the text shows in the
// memory it takes: 8 times the text may take 12 times as much.
func TestAttacks_pathological(t *testing.T) {
	for _, a := range attacks(t, "markdown-pathological.jsonl", 30) {
		text := a.text(t)
		if _, err := Render(text, Rules{Links: true}); err == nil && utf8.RuneCountInString(text) > DefaultMaxLength {
			t.Errorf("%s: %d characters pass", a.ID, len(text))
		}
		short, long := renderCost(t, a.ID, text, DefaultMaxLength), renderCost(t, a.ID, text, 8*DefaultMaxLength)
		if long > 12*short+1<<20 {
			t.Errorf("%s: 8 times the text took %d bytes after %d", a.ID, long, short)
		}
		if out, err := Story(clip(text, 8*DefaultMaxLength)); err == nil && len(out) > 12*len(text)+4096 {
			t.Errorf("%s: as a story %d bytes became %d", a.ID, len(text), len(out))
		}
	}
}

// renderCost renders the first characters of a text and returns how many bytes
// were allocated on the way.
func renderCost(t *testing.T, id, text string, characters int) uint64 {
	t.Helper()
	source := clip(text, characters)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out, err := Render(source, Rules{Links: true, MaxLength: characters})
	runtime.ReadMemStats(&after)
	if err == nil && len(out) > 8*len(source)+1024 {
		t.Errorf("%s: %d bytes became %d", id, len(source), len(out))
	}
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"*a **b** _c_", "> - 1. x\n\n```\ny", "[a](http://b.c \"d\") <http://e> ![f](g)", "https://a.b/(c)\n- \n+", "\u202ea\u2066\u0301\u0301",
		"<b onclick='x'>&lt;", "[![a](http://b)](http://c) [x http://q](http://s)", "\\\n\\*\t    x\n\n\n1) a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		check(t, "fuzzed", source)
		if got := Excerpt(source, 30); strings.ContainsAny(got, "\n") || !utf8.ValidString(got) {
			t.Errorf("excerpt %q", got)
		}
		if !utf8.ValidString(Plain(source)) {
			t.Error("plain text is broken")
		}
	})
}
