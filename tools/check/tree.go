package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// skipped are folders without source of ours, by name.
var skipped = []string{".git", "node_modules", "testdata", "bin", ".cache"}

// checkTree runs every rule on every file of a checkout.
func checkTree(tree fs.FS) ([]finding, error) {
	module, err := moduleName(tree)
	if err != nil {
		return nil, err
	}
	var findings []finding
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(skipped, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		found, err := checkFile(tree, module, name)
		findings = append(findings, found...)
		return err
	})
	sortFindings(findings)
	return findings, err
}

func moduleName(tree fs.FS) (string, error) {
	data, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("go.mod names no module")
}

func checkFile(tree fs.FS, module, name string) ([]finding, error) {
	switch path.Ext(name) {
	case ".templ":
		data, err := fs.ReadFile(tree, name)
		return checkTemplate(name, string(data)), err
	case ".go":
		file, err := parseGo(tree, module, name)
		if err != nil {
			return nil, err
		}
		return append(checkArrows(file), checkCalls(file)...), nil
	}
	return nil, nil
}

// goFile is one parsed file of Go.
type goFile struct {
	name    string // from the module's root, slashes
	room    string // the folder of name
	test    bool
	imports []imported
	set     *token.FileSet
	syntax  *ast.File
}

// imported is one import of a file.
type imported struct {
	path  string // as written
	ours  string // from the module's root if it is the module's, else ""
	local string // the name it has in the file
	line  int
}

func parseGo(tree fs.FS, module, name string) (*goFile, error) {
	data, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	f := &goFile{name: name, room: path.Dir(name), test: isTest(name), set: token.NewFileSet()}
	f.syntax, err = parser.ParseFile(f.set, name, data, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, spec := range f.syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: import %s: %w", name, spec.Path.Value, err)
		}
		i := imported{path: p, local: path.Base(p), line: f.line(spec)}
		if spec.Name != nil {
			i.local = spec.Name.Name
		}
		i.ours, _ = strings.CutPrefix(p, module+"/")
		if i.ours == p {
			i.ours = ""
		}
		f.imports = append(f.imports, i)
	}
	return f, nil
}

func (f *goFile) line(n ast.Node) int { return f.set.Position(n.Pos()).Line }

// isTest reports whether a file is part of tests only: a test file, one of the
// rooms that serve tests, or a browser journey.
func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.go") || within(path.Dir(name), testRooms...) || within(name, "e2e")
}

// within reports whether a path is one of the folders or lies in one.
func within(name string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		return name == folder || strings.HasPrefix(name, folder+"/")
	})
}
