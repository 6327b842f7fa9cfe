package main

import (
	"bytes"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// core is the script of every page.
const core = "base/site.ts"

// late are the scripts that core loads when they are wanted.
var late = []string{
	"base/live.ts", "base/write.ts", "embed/frame.ts", "pages/desk/desk.ts", "pages/front/front.ts", "pages/signin/signin.ts", "parts/signin/window.ts",
}

// unknownHash stands in a bundle for the hash that is not known yet.
const unknownHash = "HASHHASH"

// taken is what late scripts take from core. The bundler asks from many
// goroutines.
type taken struct {
	mu      sync.Mutex
	modules map[string]bool
}

func (t *taken) add(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.modules[name] = true
}

// scripts makes site.js and the scripts it loads later. These take what they
// share with site.js from site.js itself, so that a page's first script is one
// file and nothing is there twice. As they name each other, they have one hash
// in common.
func scripts(dir string) (files map[string][]byte, hash string, err error) {
	o := options(dir)
	o.EntryPoints = []string{core}
	o.Format = api.FormatESModule
	o.Plugins = []api.Plugin{split(nil)}
	inputs, _, err := run(o)
	if err != nil {
		return nil, "", err
	}
	files = map[string][]byte{}
	shared := &taken{modules: map[string]bool{}}
	for _, entry := range late {
		body, err := lateScript(o, entry, inputs, shared)
		if err != nil {
			return nil, "", err
		}
		files[bundleName(entry)] = body
	}
	if files[bundleName(core)], err = coreScript(o, shared.modules); err != nil {
		return nil, "", err
	}
	return nameEachOther(files)
}

// coreScript bundles site.js with everything that late scripts take from it.
func coreScript(o api.BuildOptions, shared map[string]bool) ([]byte, error) {
	var names []string
	for name := range shared {
		names = append(names, name)
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range append([]string{core}, names...) {
		fmt.Fprintf(&text, "export * from %q;\n", "./"+name)
	}
	o.EntryPoints = nil
	o.Stdin = &api.StdinOptions{Contents: text.String(), ResolveDir: o.AbsWorkingDir, Loader: api.LoaderTS}
	_, body, err := run(o)
	return body, err
}

// lateScript bundles a script without what core has; it notes what it takes
// from there.
func lateScript(o api.BuildOptions, entry string, core []string, shared *taken) ([]byte, error) {
	o.EntryPoints = []string{entry}
	o.Plugins = []api.Plugin{split(func(name string) bool {
		if !slices.Contains(core, name) {
			return false
		}
		shared.add(name)
		return true
	})}
	_, body, err := run(o)
	return body, err
}

// split leaves out of a bundle what is loaded later and what core has.
func split(inCore func(name string) bool) api.Plugin {
	return api.Plugin{Name: "split", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^\.`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			root, err := filepath.Abs(b.InitialOptions.AbsWorkingDir)
			if err != nil {
				return api.OnResolveResult{}, err
			}
			name, err := filepath.Rel(root, filepath.Join(a.ResolveDir, a.Path))
			if err != nil {
				return api.OnResolveResult{}, err
			}
			name = strings.TrimSuffix(filepath.ToSlash(name), ".js") + ".ts"
			switch {
			case a.Kind == api.ResolveJSDynamicImport:
				return api.OnResolveResult{Path: "./" + hashed(bundleName(name), unknownHash), External: true}, nil
			case inCore != nil && a.Kind == api.ResolveJSImportStatement && inCore(name):
				return api.OnResolveResult{Path: "./" + hashed(bundleName(core), unknownHash), External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

// nameEachOther gives scripts that name each other the hash of all of them.
func nameEachOther(files map[string][]byte) (map[string][]byte, string, error) {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var bodies [][]byte
	for _, name := range names {
		bodies = append(bodies, files[name])
	}
	hash := digest(bodies...)
	for name, body := range files {
		files[name] = bytes.ReplaceAll(body, []byte(unknownHash), []byte(hash))
	}
	return files, hash, nil
}

func bundleName(entry string) string {
	return strings.TrimSuffix(path.Base(entry), ".ts") + ".js"
}
