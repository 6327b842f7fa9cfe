package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// goSource writes a file of Go with imports and a body.
func goSource(body string, imports ...string) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for _, i := range imports {
		if !strings.Contains(i, `"`) {
			i = `"` + i + `"`
		}
		b.WriteString("import " + i + "\n")
	}
	return b.String() + body
}

// TestCheckTree seeds one violation of each rule beside its legal twin.
func TestCheckTree(t *testing.T) {
	for _, test := range []struct {
		name, file, source string
		want               []string
	}{
		// Arrows.
		{
			"forum imports a room", "internal/forum/a.go", goSource("", "parley/internal/rank"),
			[]string{"internal/forum/a.go:2: internal/forum must not import internal/rank"},
		},
		{
			"forum imports a module", "internal/forum/a.go", goSource("", "fmt", "golang.org/x/text/cases"),
			[]string{"internal/forum/a.go:3: internal/forum must not import golang.org/x/text/cases"},
		},
		{"forum imports the standard library", "internal/forum/a.go", goSource("", "fmt", "encoding/json"), nil},
		{"forum's test imports a module", "internal/forum/a_test.go", goSource("", "pgregory.net/rapid"), nil},
		{
			"rank is pure", "internal/rank/a.go", goSource("", "parley/internal/forum", "parley/internal/markup"),
			[]string{"internal/rank/a.go:3: internal/rank must not import internal/markup"},
		},
		{"markup uses a parser", "internal/markup/a.go", goSource("", "github.com/yuin/goldmark"), nil},
		{
			"store knows the desk", "internal/store/a.go", goSource("", "parley/internal/desk", "parley/internal/rank"),
			[]string{"internal/store/a.go:2: internal/store must not import internal/desk"},
		},
		{
			"store uses a driver and a router", "internal/store/a.go", goSource("", "github.com/jackc/pgx/v5", "github.com/go-chi/chi"),
			[]string{"internal/store/a.go:3: internal/store must not import github.com/go-chi/chi"},
		},
		{
			"desk knows the web", "internal/desk/a.go", goSource("", "parley/internal/store", "parley/internal/web"),
			[]string{"internal/desk/a.go:3: internal/desk must not import internal/web"},
		},
		{
			"web goes round the desk", "internal/web/a.go", goSource("", "parley/internal/desk", "parley/frontend/locale", "parley/internal/store"),
			[]string{"internal/web/a.go:4: internal/web must not import internal/store"},
		},
		{
			"jobs know the web", "internal/jobs/a.go", goSource("", "parley/internal/web"),
			[]string{"internal/jobs/a.go:2: internal/jobs must not import internal/web"},
		},
		{
			"importer stores by itself", "internal/importer/a.go", goSource("", "parley/internal/desk", "parley/internal/store"),
			[]string{"internal/importer/a.go:3: internal/importer must not import internal/store"},
		},
		{
			"a part reads the store", "frontend/parts/card/a.go", goSource("", "parley/frontend/locale", "parley/internal/store"),
			[]string{"frontend/parts/card/a.go:3: frontend must not import internal/store"},
		},
		{"the program imports all", "cmd/parley/a.go", goSource("", "parley/internal/web", "parley/internal/store"), nil},
		{
			"the program ships a test room", "cmd/parley/a.go", goSource("", "parley/internal/pgtest"),
			[]string{"cmd/parley/a.go:2: internal/pgtest is for tests only"},
		},
		{"a test uses a test room", "cmd/parley/a_test.go", goSource("", "parley/internal/pgtest"), nil},
		{"a test room uses another", "internal/storetest/a.go", goSource("", "parley/internal/pgtest", "parley/internal/store"), nil},
		{
			"a room like another's name", "internal/forumlike/a.go", goSource("", "fmt"),
			[]string{"internal/forumlike/a.go:1: the room internal/forumlike is not in the table of rooms"},
		},

		// Monopolies.
		{
			"SQL in the desk", "internal/desk/a.go", goSource("", "database/sql"),
			[]string{"internal/desk/a.go:2: database/sql: SQL lives in internal/store"},
		},
		{"SQL in the store and in tests", "internal/store/a.go", goSource("", "database/sql"), nil},
		{
			"a server in the program", "cmd/parley/a.go", goSource("var s = &http.Server{}", "net/http"),
			[]string{"cmd/parley/a.go:3: http.Server: servers live in internal/web"},
		},
		{
			"a listener under another name", "internal/jobs/a.go", goSource("var l = h.ListenAndServe", `h "net/http"`),
			[]string{"internal/jobs/a.go:3: h.ListenAndServe: servers live in internal/web"},
		},
		{"a server in the web", "internal/web/a.go", goSource("var s = &http.Server{}", "net/http"), nil},
		{
			"a client in the web", "internal/web/a.go", goSource("var c http.Client\nvar g = http.Get", "net/http"),
			[]string{
				"internal/web/a.go:3: http.Client: outgoing requests go through internal/egress",
				"internal/web/a.go:4: http.Get: outgoing requests go through internal/egress",
			},
		},
		{"a client in egress", "internal/egress/a.go", goSource("var c http.Client", "net/http"), nil},
		{"a client in a test", "internal/web/a_test.go", goSource("var c http.Client", "net/http"), nil},
		{
			"a dot import hides names", "internal/jobs/a.go", goSource("var c Client", `. "net/http"`),
			[]string{
				"internal/jobs/a.go:2: net/http: outgoing requests go through internal/egress",
				"internal/jobs/a.go:2: net/http: servers live in internal/web",
			},
		},
		{
			"a clock in the desk", "internal/desk/a.go", goSource("var n = time.Now()\nvar d = 3 * time.Second", "time"),
			[]string{"internal/desk/a.go:3: time.Now: the clock is a field or a parameter, not the time package's"},
		},
		{
			"elapsed time in the desk", "internal/desk/a.go", goSource("var n = time.Since", "time"),
			[]string{"internal/desk/a.go:3: time.Since: the clock is a field or a parameter, not the time package's"},
		},
		{"a clock in the program", "cmd/parley/a.go", goSource("var n = time.Now", "time"), nil},
		{"somebody's own Now", "internal/desk/a.go", goSource("var n = tx.Now", "time"), nil},
		{
			"raw HTML in a handler", "internal/web/a.go", goSource("var h template.HTML\nvar r = templ.Raw", "html/template", "github.com/a-h/templ"),
			[]string{
				"internal/web/a.go:4: template.HTML: " + rawMessage,
				"internal/web/a.go:5: templ.Raw: " + rawMessage,
			},
		},
		{"raw HTML in its part", "frontend/parts/prose/a.go", goSource("var r = templ.Raw", "github.com/a-h/templ"), nil},

		// Templates.
		{
			"raw HTML in a page", "frontend/pages/front/a.templ", "<p>\n@templ.Raw(x)\n</p>",
			[]string{"frontend/pages/front/a.templ:2: " + rawMessage},
		},
		{"raw HTML in its part's template", "frontend/parts/prose/a.templ", "@templ.Raw(x)", nil},
		{
			"an event attribute", "frontend/parts/card/a.templ", "<p>\n<button class=\"a\"\n  onClick={ go() }>x</button>",
			[]string{"frontend/parts/card/a.templ:2: inline event handler onClick: attach from the part's script"},
		},
		{
			"a conditional event attribute", "frontend/parts/card/a.templ", `<input onchange?={ x }/>`,
			[]string{"frontend/parts/card/a.templ:1: inline event handler onchange: attach from the part's script"},
		},
		{"words like an event in a value", "frontend/parts/card/a.templ", `<p title="so onclick=1 style=2" data-x={ f(" onclick=") }>`, nil},
		{"Go between tags", "frontend/parts/card/a.templ", "templ a() {\n\t{{ one = 1 }}\n\tif x <3 { <b>y</b> }\n}", nil},
		{
			"a style attribute", "frontend/parts/card/a.templ", "<p style={ x }>",
			[]string{"frontend/parts/card/a.templ:1: style attribute: use the part's style"},
		},
		{
			"a style element", "frontend/parts/card/a.templ", "<style>p{}</style>",
			[]string{"frontend/parts/card/a.templ:1: inline <style>: use the part's style"},
		},
		{"a style sheet", "frontend/parts/card/a.templ", `<link rel="stylesheet" href={ x }/>`, nil},
		{
			"an inline script", "frontend/base/a.templ", `<script type="module">go()</script>`,
			[]string{"frontend/base/a.templ:1: inline <script>: only JSON data may stand in a page"},
		},
		{"a script's file and data", "frontend/base/a.templ", `<script src={ x } defer></script><script type="application/ld+json">{}</script>`, nil},
		{
			"a script block of templ", "frontend/parts/card/a.templ", "package card\n\nscript go(x string) {\n\talert(x)\n}\n",
			[]string{"frontend/parts/card/a.templ:3: templ's script and css blocks write inline code: use a file of the part"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			findings, err := checkTree(fstest.MapFS{
				"go.mod":  {Data: []byte("module parley\n\ngo 1.26\n")},
				test.file: {Data: []byte(test.source)},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range findings {
				got = append(got, f.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckTree_passesOver(t *testing.T) {
	bad := []byte(goSource("", "parley/internal/web"))
	findings, err := checkTree(fstest.MapFS{
		"go.mod":                            {Data: []byte("module parley\n")},
		"internal/forum/testdata/a.go":      {Data: bad},
		"e2e/node_modules/x/a.go":           {Data: bad},
		"internal/desk/a_templ.go":          {Data: []byte(goSource("var r = templ.Raw", "github.com/a-h/templ"))},
		"internal/forum/notes.txt":          {Data: bad},
		"frontend/parts/card/card.templ.md": {Data: []byte("<style>")},
	})
	if err != nil || len(findings) > 0 {
		t.Errorf("findings %v, error %v", findings, err)
	}
}

func TestRun(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{root}, &stdout, &stderr); code != 2 || stderr.Len() == 0 {
		t.Errorf("without go.mod: code %d, stderr %q", code, stderr.String())
	}
	write("go.mod", "module parley\n")
	write("internal/forum/a.go", goSource("", "fmt"))
	if code := run([]string{root}, &stdout, &stderr); code != 0 || stdout.Len() > 0 {
		t.Errorf("a clean tree: code %d, stdout %q", code, stdout.String())
	}
	write("internal/desk/a.go", goSource("", "database/sql"))
	if code := run([]string{root}, &stdout, &stderr); code != 1 {
		t.Errorf("a violation: code %d", code)
	}
	if want := "internal/desk/a.go:2: database/sql: SQL lives in internal/store\n"; stdout.String() != want {
		t.Errorf("stdout %q, want %q", stdout.String(), want)
	}
}
