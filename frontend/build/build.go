package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// embedded are the parts that a discussion on another site needs.
var embedded = []string{"box", "comment", "dialog", "discussion", "prefs", "report", "temperature", "signin"}

// reading are the parts and pages that a reader of stories and discussions needs.
// Their styles are site.css; those of all others are inner.css, which the desk
// and readers' own pages load besides.
var reading = []string{
	"parts/bell", "parts/box", "parts/comment", "parts/dialog", "parts/discussion", "parts/picture", "parts/prefs", "parts/report",
	"parts/signin", "parts/teaser", "parts/temperature", "pages/front", "pages/search", "pages/story",
}

// build makes every file of dist from the sources in dir: file names with their
// hashes, and manifest.json, which says what is called how.
func build(dir string) (map[string][]byte, error) {
	files, manifest := map[string][]byte{}, map[string]string{}
	add := func(name string, body []byte) {
		manifest[name] = hashed(name, digest(body))
		files[manifest[name]] = body
	}
	styles, err := sheets(dir)
	if err != nil {
		return nil, err
	}
	for name, list := range styles {
		body, err := style(dir, list)
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", name, err)
		}
		add(name, body)
	}
	loader, err := loader(dir)
	if err != nil {
		return nil, fmt.Errorf("build embed.js: %w", err)
	}
	add("embed.js", loader)
	icon, err := os.ReadFile(filepath.Join(dir, "base/icon.svg"))
	if err != nil {
		return nil, err
	}
	add("icon.svg", icon)
	scripts, hash, err := scripts(dir)
	if err != nil {
		return nil, fmt.Errorf("build site.js: %w", err)
	}
	for name, body := range scripts {
		manifest[name] = hashed(name, hash)
		files[manifest[name]] = body
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return nil, err
	}
	files["manifest.json"] = append(text, '\n')
	return files, nil
}

// sheets lists the style sheets of each bundle. Tokens come first: they declare
// the layers.
func sheets(dir string) (map[string][]string, error) {
	site, inner := []string{"base/tokens.css"}, []string{}
	for _, pattern := range []string{"base/*.css", "parts/*/*.css", "pages/*/*.css"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return nil, err
			}
			name = filepath.ToSlash(name)
			switch folder := path.Dir(name); {
			case slices.Contains(site, name):
			case folder == "base" || slices.Contains(reading, folder):
				site = append(site, name)
			default:
				inner = append(inner, name)
			}
		}
	}
	embed := []string{"base/tokens.css", "base/type.css"}
	for _, part := range embedded {
		embed = append(embed, "parts/"+part+"/"+part+".css")
	}
	embed = append(embed, "embed/embed.css")
	return map[string][]string{"site.css": site, "inner.css": inner, "embed.css": embed}, nil
}

// style joins style sheets into one.
func style(dir string, list []string) ([]byte, error) {
	var text strings.Builder
	for _, name := range list {
		fmt.Fprintf(&text, "@import %q;\n", "./"+name)
	}
	o := options(dir)
	o.Stdin = &api.StdinOptions{Contents: text.String(), ResolveDir: o.AbsWorkingDir, Loader: api.LoaderCSS}
	_, body, err := run(o)
	return body, err
}

var property = regexp.MustCompile(`var\(\s*(--parley-[a-z-]+)`)

// loader makes the script that other sites load. It is told which custom
// properties the tokens read.
func loader(dir string) ([]byte, error) {
	tokens, err := os.ReadFile(filepath.Join(dir, "base/tokens.css"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, match := range property.FindAllSubmatch(tokens, -1) {
		names = append(names, string(match[1]))
	}
	slices.Sort(names)
	list, err := json.Marshal(slices.Compact(names))
	if err != nil {
		return nil, err
	}
	o := options(dir)
	o.EntryPoints = []string{"embed/v1.ts"}
	o.Format = api.FormatIIFE
	o.Define = map[string]string{"PROPERTIES": string(list)}
	_, body, err := run(o)
	return body, err
}

// options are what every bundle has in common. Nothing in them depends on the
// machine, so that the same sources give the same bytes everywhere.
func options(dir string) api.BuildOptions {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	return api.BuildOptions{
		AbsWorkingDir:     abs,
		Bundle:            true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelSilent,
		Metafile:          true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		MinifyWhitespace:  true,
		Outdir:            "out",
		Target:            api.ES2022,
		TsconfigRaw:       `{"compilerOptions":{"useDefineForClassFields":true}}`,
	}
}

// run bundles one entry and returns the source files it is made of and the
// bundle.
func run(o api.BuildOptions) (inputs []string, body []byte, err error) {
	result := api.Build(o)
	for _, m := range append(result.Errors, result.Warnings...) {
		err = errors.Join(err, message(m))
	}
	if err != nil {
		return nil, nil, err
	}
	var meta struct {
		Inputs map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, nil, err
	}
	for name := range meta.Inputs {
		inputs = append(inputs, name)
	}
	slices.Sort(inputs)
	return inputs, result.OutputFiles[0].Contents, nil
}

func message(m api.Message) error {
	if m.Location == nil {
		return errors.New(m.Text)
	}
	return fmt.Errorf("%s:%d: %s", m.Location.File, m.Location.Line, m.Text)
}

// hashed returns the name under which a file is served: site.css becomes
// site.0123456789.css.
func hashed(name, hash string) string {
	stem, ext, _ := strings.Cut(name, ".")
	return stem + "." + hash + "." + ext
}

// hashLength keeps names short and accidents out of the question.
const hashLength = 10

func digest(bodies ...[]byte) string {
	h := sha256.New()
	for _, b := range bodies {
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:hashLength]
}
