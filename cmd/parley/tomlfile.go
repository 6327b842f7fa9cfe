package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// defaultConfig is the TOML file that is read if nobody names another.
const defaultConfig = "parley.toml"

// BeforeResolve lets the TOML file answer for every option that is neither a
// flag nor in the environment.
func (c *commands) BeforeResolve(ctx *kong.Context) error {
	known := map[string]*kong.Flag{}
	path := ""
	for _, f := range allFlags(ctx.Model.Node) {
		if key := f.Tag.Get("key"); key != "" {
			known[key] = f
		}
		if f.Name == "config" {
			path, _ = ctx.FlagValue(f).(string)
		}
	}
	values, err := readOptions(path, known)
	if err != nil {
		return exitWith(exitConfig, err)
	}
	ctx.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
		if slices.ContainsFunc(f.Tag.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
			return nil, nil // kong's way to say that the file has no word here
		}
		return values[f.Tag.Get("key")], nil
	}))
	return nil
}

// allFlags returns the flags of a command and of all below it.
func allFlags(n *kong.Node) []*kong.Flag {
	all := slices.Clone(n.Flags)
	for _, child := range n.Children {
		all = append(all, allFlags(child)...)
	}
	return all
}

// readOptions reads a TOML file of options by their keys. An empty path is
// ./parley.toml, which may be absent.
func readOptions(path string, known map[string]*kong.Flag) (map[string]any, error) {
	optional := path == ""
	if optional {
		path = defaultConfig
	}
	values := map[string]any{}
	_, err := toml.DecodeFile(path, &values)
	var syntax toml.ParseError
	switch {
	case optional && errors.Is(err, fs.ErrNotExist):
		return nil, nil // no file answers for no option
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s:%d: %s", path, syntax.Position.Line, syntax.Message)
	case err != nil:
		return nil, fmt.Errorf("options file: %w", err)
	}
	for key, value := range values {
		flag, ok := known[key]
		if !ok {
			return nil, fmt.Errorf("%s: there is no option %q", path, key)
		}
		if values[key], err = optionValue(flag, value); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, key, err)
		}
	}
	return values, nil
}

// optionValue turns a TOML value into what the flag takes.
func optionValue(f *kong.Flag, value any) (any, error) {
	switch v := value.(type) {
	case string:
		if !f.IsBool() {
			return v, nil
		}
	case bool:
		if f.IsBool() {
			return v, nil
		}
	case []any:
		if f.IsSlice() {
			return joinTexts(v)
		}
	}
	switch {
	case f.IsBool():
		return nil, errors.New("true or false is needed")
	case f.IsSlice():
		return nil, errors.New("a list of texts is needed")
	}
	return nil, errors.New("a text in quotes is needed")
}

// joinTexts makes of a list what the flag would be on the command line.
func joinTexts(list []any) (string, error) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return "", errors.New("a list of texts is needed")
		}
		texts[i] = text
	}
	return strings.Join(texts, ","), nil
}
