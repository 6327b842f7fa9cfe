// Package frontend is what a browser gets besides pages: style sheets and
// scripts, built into the program with the hash of their content in their
// names, so that they may be kept for ever. Templates live in the folders
// below. No handler and no text a reader sees enters here.
package frontend

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed dist
var dist embed.FS

// prefix stands before the names of files in URLs.
const prefix = "/assets/"

// manifest says under which file name each asset is kept.
var manifest = readManifest()

// files has every asset by the name of its file.
var files = readFiles()

// Asset returns the URL path and the content of an asset by its name, such as
// "site.css" or "embed.js". Callers must not change the content.
func Asset(name string) (path string, body []byte, ok bool) {
	file, ok := manifest[name]
	return prefix + file, files[file], ok
}

// File returns the content of an asset by the name of its file, which has the
// content's hash in it: what follows "/assets/" in a URL. Callers must not
// change the content.
func File(file string) (body []byte, ok bool) {
	body, ok = files[file]
	return body, ok
}

// readManifest reads what is built into the program; a broken one is a defect
// of the build, so it stops the program.
func readManifest() map[string]string {
	text, err := dist.ReadFile("dist/manifest.json")
	if err != nil {
		panic(err)
	}
	var m map[string]string
	if err := json.Unmarshal(text, &m); err != nil {
		panic(fmt.Errorf("frontend: manifest: %w", err))
	}
	return m
}

func readFiles() map[string][]byte {
	all := make(map[string][]byte, len(manifest))
	for _, file := range manifest {
		body, err := dist.ReadFile("dist/" + file)
		if err != nil {
			panic(err)
		}
		all[file] = body
	}
	return all
}
