package main

import (
	"go/ast"
	"slices"
	"strings"
)

// monopoly is something only a few places may use.
type monopoly struct {
	// what is an import path, for every use of the package, or one with the
	// names that are kept.
	what  string
	names []string
	// where are the folders and files that may use it, beside tests.
	where   []string
	message string
}

var monopolies = []monopoly{
	{
		what:    "database/sql",
		where:   []string{"internal/store"},
		message: "SQL lives in internal/store",
	},
	{
		what:  "net/http",
		names: []string{"Server", "ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS"},
		// The bench has a bare server of its own to compare with.
		where:   []string{"internal/web", "internal/bench/reference.go"},
		message: "servers live in internal/web",
	},
	{
		what: "net/http",
		names: []string{
			"Client", "Transport", "DefaultClient", "DefaultTransport",
			"Get", "Head", "Post", "PostForm",
		},
		// Sign-in and TLS name the type of the client they are given.
		where:   []string{"internal/egress", "internal/signin/client.go", "internal/web/tls.go"},
		message: "outgoing requests go through internal/egress",
	},
	{
		what:  "time",
		names: []string{"Now", "Since", "Until"},
		// The program hands the clock down; the server times its own log lines; a
		// watch and a load tell no time of day; a build tool has no clock to be given.
		where: []string{
			"cmd", "tools", "frontend/build", "internal/meter", "internal/bench/load.go", "internal/bench/watch.go",
			"internal/web/serve.go", "internal/web/middleware.go",
		},
		message: "the clock is a field or a parameter, not the time package's",
	},
	{
		what:    "github.com/a-h/templ",
		names:   []string{"Raw"},
		where:   rawHTML,
		message: rawMessage,
	},
	{
		what:    "html/template",
		names:   []string{"HTML"},
		where:   rawHTML,
		message: rawMessage,
	},
}

// rawHTML are the places that may vouch for HTML; everything else is escaped.
// The layout writes the page's JSON data blocks, which Go has escaped.
var rawHTML = []string{"frontend/parts/prose", "internal/markup", "frontend/base/layout.templ"}

const rawMessage = "HTML passes unescaped only in frontend/parts/prose and internal/markup"

// checkCalls finds uses of what belongs to other places. Generated Go says
// nothing that its template does not.
func checkCalls(f *goFile) []finding {
	if f.test || strings.HasSuffix(f.name, "_templ.go") {
		return nil
	}
	var findings []finding
	for _, m := range monopolies {
		if within(f.name, m.where...) {
			continue
		}
		for _, i := range f.imports {
			if i.path == m.what {
				findings = append(findings, m.uses(f, i)...)
			}
		}
	}
	return findings
}

// uses finds what a file takes from an import against the monopoly.
func (m monopoly) uses(f *goFile, i imported) []finding {
	if len(m.names) == 0 || i.local == "." {
		return []finding{{f.name, i.line, i.path + ": " + m.message}}
	}
	var findings []finding
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(m.names, selector.Sel.Name) {
			return true
		}
		if from, ok := selector.X.(*ast.Ident); ok && from.Name == i.local {
			findings = append(findings, finding{f.name, f.line(selector), from.Name + "." + selector.Sel.Name + ": " + m.message})
		}
		return true
	})
	return findings
}
