package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// eventStream is a route that never ends its answer.
const eventStream = "an event stream of numbers"

// unseen are GET routes that show no HTML to this test, and why.
var unseen = map[string]string{
	"/media/{picture}":                 "a picture",
	"/favicon.ico":                     "a picture",
	"/assets/{file}":                   "a file of the program",
	"/feed.atom":                       "XML, looked at all the same",
	"/feed.json":                       "JSON",
	"/s/{story}":                       "leads on",
	"/s/{story}/overlay":               "JSON, which the story's own script writes on its page",
	"/s/{story}/pulse":                 "JSON",
	"/s/{story}/feed.atom":             "XML, looked at all the same",
	"/s/{story}/feed.json":             "JSON",
	"/me/data.json":                    "JSON",
	"/desk":                            "leads on",
	"/desk/pulse":                      "JSON",
	"/live":                            eventStream,
	"/s/{story}/live":                  eventStream,
	"/desk/live":                       eventStream,
	"/embed/v1.js":                     "a script",
	"/embed/v1/counts":                 "JSON",
	"/robots.txt":                      "text",
	"/signin/with/{provider}":          "leads on",
	"/signin/with/{provider}/back":     "leads on, or a page of what went wrong, which comes among the parameters",
	"/signin/paper":                    "leads on",
	"/signin/paper/back":               "leads on, or a page of what went wrong, which comes among the parameters",
	"/api/v1/session":                  "JSON",
	"/api/v1/openapi.json":             "JSON",
	"/api/v1/comments/{comment}":       "JSON",
	"/api/v1/decisions/{decision}":     "JSON",
	"/api/v1/appeals":                  "JSON",
	"/api/v1/stories/{story}/comments": "JSON",
	"/api/v1/search":                   "JSON",
}

// inTable finds the routes of a table in its source.
var inTable = regexp.MustCompile(`(?m)^\s*\{"?(GET|POST)"?, ("[^"]+"|writePattern),`)

// routesOf returns the patterns of the table of routes with a method.
func routesOf(t *testing.T, method string) []string {
	t.Helper()
	text, err := os.ReadFile("../internal/web/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`\{"(GET|POST)"`).ReplaceAll(text, []byte(`{$1`))
	var found []string
	for _, m := range inTable.FindAllSubmatch(text, -1) {
		if string(m[1]) != method {
			continue
		}
		pattern := strings.Trim(string(m[2]), `"`)
		if pattern == "writePattern" {
			pattern = "/comments"
		}
		found = append(found, pattern)
	}
	if len(found) < 60 {
		t.Fatalf("only %d routes of %s are in the table", len(found), method)
	}
	return found
}

// fieldRead and parameterRead find where a handler reads a field of a form or a
// parameter of an address.
var (
	fieldRead     = regexp.MustCompile(`(?:PostFormValue\(|formID\(|PostForm\[|PostForm\.Get\(|values\.Get\()"([\w-]+)"`)
	parameterRead = regexp.MustCompile(`(?:\b(?:q|values|Query\(\))\.Get\(|queryID\()"([\w-]+)"`)
)

// namesRead are the names of all fields or parameters that handlers read.
func namesRead(t *testing.T, read *regexp.Regexp) []string {
	t.Helper()
	files, err := filepath.Glob("../internal/web/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range read.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// watched is what a server has answered: which routes showed HTML, and which
// fields were seen there.
type watched struct {
	get   []string // patterns
	table *http.ServeMux

	mu      sync.Mutex
	letters [][]byte        // HTML of messages, at /letters/{n}
	shown   map[string]bool // patterns that showed HTML
	fields  []string        // by their number
	missing map[string]string
}

func newWatched(t *testing.T) *watched {
	w := &watched{get: routesOf(t, http.MethodGet), table: http.NewServeMux(), shown: map[string]bool{}, missing: map[string]string{}}
	for _, pattern := range w.get {
		w.table.HandleFunc("GET "+pattern, http.NotFound)
	}
	return w
}

// mark puts a word before a text by which a page tells that it shows the field.
func (x *watched) mark(field, text string) string {
	i := slices.Index(x.fields, field)
	if i < 0 {
		i = len(x.fields)
		x.fields = append(x.fields, field)
		x.missing[fmt.Sprintf("zq%03dx", i)] = field
	}
	return fmt.Sprintf("zq%03dx %s", i, text)
}

// atSite finds the prefix of the sites but the first.
var atSite = regexp.MustCompile(`^/at/[a-z]+(/|$)`)

// serve answers with a handler, or with a letter, and takes note of it.
func (x *watched) serve(w http.ResponseWriter, r *http.Request, h http.Handler) {
	var n int
	if _, err := fmt.Sscanf(r.URL.Path, "/letters/%d", &n); err == nil && n < len(x.letters) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(x.letters[n])
		x.note(r, "", x.letters[n])
		return
	}
	if strings.HasSuffix(r.URL.Path, "/live") {
		h.ServeHTTP(w, r)
		return
	}
	r.Header.Del("Accept-Encoding")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Disposition") // what is saved as a page is opened as one here
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
	if !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
		return
	}
	pattern := ""
	if r.Method == http.MethodGet && rec.Code == http.StatusOK {
		asked := r.Clone(r.Context())
		asked.URL.Path = atSite.ReplaceAllString(asked.URL.Path, "/")
		_, pattern = x.table.Handler(asked)
	}
	x.note(r, strings.TrimPrefix(pattern, "GET "), rec.Body.Bytes())
}

func (x *watched) note(_ *http.Request, pattern string, body []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if pattern != "" {
		x.shown[pattern] = true
	}
	for word := range x.missing {
		if bytes.Contains(body, []byte(word)) {
			delete(x.missing, word)
		}
	}
}

// check fails the test of a route whose page nobody looked at, and of a field
// that no page showed.
func (x *watched) check(t *testing.T) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, pattern := range x.get {
		switch why := unseen[pattern]; {
		case why == "" && !x.shown[pattern]:
			t.Errorf("nobody looked at GET %s: give its address to a page of this test, or say in unseen why it shows no HTML", pattern)
		case why != "" && x.shown[pattern]:
			t.Errorf("GET %s is among unseen (%s), and showed HTML", pattern, why)
		}
	}
	for pattern := range unseen {
		if !slices.Contains(x.get, pattern) {
			t.Errorf("GET %s is among unseen, and no route", pattern)
		}
	}
	for _, field := range x.missing {
		t.Errorf("no page showed the attacks in %s", field)
	}
}
