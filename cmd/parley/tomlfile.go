package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/BurntSushi/toml"

	"parley/internal/line"
)

// defaultConfig is the TOML file that is read if nobody names another.
const defaultConfig = "parley.toml"

// readOptions returns what a TOML file says of the options with its keys, as a
// source of them. An empty path is ./parley.toml, which may be absent.
func readOptions(path string, known map[string]*line.Option) (func(*line.Option) ([]string, bool), error) {
	optional := path == ""
	path = optionsFile(path)
	values, err := readFile(path)
	if err != nil && !(optional && errors.Is(err, fs.ErrNotExist)) {
		return nil, err
	}
	texts := map[string][]string{}
	for key, value := range values {
		option, ok := known[key]
		if !ok {
			return nil, fmt.Errorf("%s: there is no option %q", path, key)
		}
		if texts[key], err = optionTexts(option, value); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, key, err)
		}
	}
	return func(o *line.Option) ([]string, bool) {
		found, ok := texts[o.Key]
		return found, ok
	}, nil
}

// optionsFile is the file that is read if --config names path.
func optionsFile(path string) string { return cmp.Or(path, defaultConfig) }

// readFile reads a TOML file.
func readFile(path string) (map[string]any, error) {
	values := map[string]any{}
	_, err := toml.DecodeFile(path, &values)
	var syntax toml.ParseError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s:%d: %s", path, syntax.Position.Line, syntax.Message)
	case err != nil:
		return nil, fmt.Errorf("options file: %w", err)
	}
	return values, nil
}

// optionTexts returns the values that a TOML value gives an option.
func optionTexts(o *line.Option, value any) ([]string, error) {
	switch v := value.(type) {
	case string:
		if !o.IsBool() && !o.IsList() {
			return []string{v}, nil
		}
		if o.IsList() {
			return o.Texts(v), nil
		}
	case bool:
		if o.IsBool() {
			return []string{strconv.FormatBool(v)}, nil
		}
	case []any:
		if o.IsList() {
			return allTexts(v)
		}
	}
	switch {
	case o.IsBool():
		return nil, errors.New("true or false is needed")
	case o.IsList():
		return nil, errors.New("a list of texts is needed")
	}
	return nil, errors.New("a text in quotes is needed")
}

// allTexts returns the elements of a list, which must be texts.
func allTexts(list []any) ([]string, error) {
	texts := make([]string, len(list))
	for i, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil, errors.New("a list of texts is needed")
		}
		texts[i] = text
	}
	return texts, nil
}
