package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"parley/internal/desk"
	"parley/internal/forum"
)

// A story file begins with its facts, either as TOML between two lines of +++
// or as "key: value" lines between two lines of ---. The Markdown after them is
// the story's body.

// storyFile is a story file taken apart.
type storyFile struct {
	path   string
	fields map[string]fact
	body   string
	start  int // line of the fence the facts begin with
}

// fact is one line of front matter.
type fact struct {
	value string
	line  int
}

// storyKeys are the facts a story file may state, and where the desk's errors
// about them stand.
var storyKeys = map[string]string{
	"headline": "headline", "lede": "lede", "section": "section", "byline": "byline", "lang": "lang",
	"picture": "picture", "alt": "alt", "caption": "caption", "credit": "credit",
	"published": "published", "canonical": "url", "url": "url", "id": "externalId",
	"state": "state", "reason": "reason",
}

// readStory reads a story file. Pictures are read by picture, whose argument is
// the file's own word for them.
func readStory(path string, text []byte, picture func(string) ([]byte, error)) (desk.Article, *storyFile, error) {
	f := &storyFile{path: path}
	if err := f.split(strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")); err != nil {
		return desk.Article{}, nil, err
	}
	a, err := f.article()
	if err != nil {
		return a, nil, err
	}
	if name := f.value("picture"); name != "" {
		if a.Picture, err = picture(name); err != nil {
			return a, nil, f.wrong("picture", unlabelled(err))
		}
	}
	return a, f, nil
}

// unlabelled takes the name of the system call off a file error.
func unlabelled(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", filepath.ToSlash(p.Path), p.Err)
	}
	return err
}

// split cuts the front matter from the body.
func (f *storyFile) split(text string) error {
	lines := strings.Split(text, "\n")
	for f.start < len(lines) && strings.TrimSpace(lines[f.start]) == "" {
		f.start++
	}
	if f.start == len(lines) {
		return badInput(f.path, 1, errors.New("the file is empty"))
	}
	fence := strings.TrimRight(lines[f.start], " \t")
	if fence != "+++" && fence != "---" {
		return badInput(f.path, f.start+1, errors.New("a story begins with a line of +++ or ---"))
	}
	f.start++
	end := slices.IndexFunc(lines[f.start:], func(l string) bool { return strings.TrimRight(l, " \t") == fence })
	if end < 0 {
		return badInput(f.path, f.start, fmt.Errorf("no second line of %s ends the front matter", fence))
	}
	matter := lines[f.start : f.start+end]
	f.body = strings.TrimSpace(strings.Join(lines[f.start+end+1:], "\n"))
	if fence == "+++" {
		return f.readTOML(matter)
	}
	return f.readPairs(matter)
}

// readTOML reads facts written as TOML.
func (f *storyFile) readTOML(lines []string) error {
	var values map[string]any
	if _, err := toml.Decode(strings.Join(lines, "\n"), &values); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return badInput(f.path, f.start+syntax.Position.Line, errors.New(syntax.Message))
		}
		return badInput(f.path, f.start, err)
	}
	f.fields = make(map[string]fact, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		line := f.start + lineOf(lines, key)
		text, err := factText(values[key])
		if err != nil {
			return badInput(f.path, line, fmt.Errorf("%s: %w", key, err))
		}
		if err := f.add(key, text, line); err != nil {
			return err
		}
	}
	return nil
}

// lineOf returns the number, from 1, of the line on which a key is set.
func lineOf(lines []string, key string) int {
	for i, line := range lines {
		name, _, found := strings.Cut(line, "=")
		if name = strings.TrimSpace(name); found && (name == key || strings.Trim(name, `"'`) == key) {
			return i + 1
		}
		if strings.TrimSpace(line) == "["+key+"]" {
			return i + 1
		}
	}
	return 0
}

// factText returns a TOML value as the text of a fact.
func factText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case time.Time:
		return v.Format(time.RFC3339), nil
	}
	return "", errors.New("a text in quotes or a date is needed")
}

// readPairs reads facts written as "key: value" lines.
func (f *storyFile) readPairs(lines []string) error {
	f.fields = make(map[string]fact, len(lines))
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, found := strings.Cut(line, ":")
		if !found {
			return badInput(f.path, f.start+i+1, errors.New("key: value is needed"))
		}
		value = strings.TrimSpace(value)
		if text, err := strconv.Unquote(value); err == nil && value[0] == '"' {
			value = text
		}
		if err := f.add(strings.TrimSpace(key), value, f.start+i+1); err != nil {
			return err
		}
	}
	return nil
}

func (f *storyFile) add(key, value string, line int) error {
	if _, known := storyKeys[key]; !known {
		return badInput(f.path, line, fmt.Errorf("there is no key %q; those there are: %s",
			key, strings.Join(slices.Sorted(maps.Keys(storyKeys)), ", ")))
	}
	if _, twice := f.fields[key]; twice {
		return badInput(f.path, line, fmt.Errorf("%s stands here twice", key))
	}
	f.fields[key] = fact{value: value, line: line}
	return nil
}

func (f *storyFile) value(key string) string { return f.fields[key].value }

// article makes a story of the facts. A file that names neither an id nor a
// canonical URL is known by its own name, so that adding it again updates it.
func (f *storyFile) article() (desk.Article, error) {
	a := desk.Article{
		ExternalID: f.value("id"), URL: f.value("canonical"), Headline: f.value("headline"), Lede: f.value("lede"),
		Byline: f.value("byline"), Section: f.value("section"), Lang: f.value("lang"), Body: f.body,
		PictureAlt: f.value("alt"), Caption: f.value("caption"), Credit: f.value("credit"),
		State: forum.StoryState(f.value("state")), StateReason: f.value("reason"),
	}
	if a.URL == "" {
		a.URL = f.value("url")
	}
	if a.ExternalID == "" && a.URL == "" {
		a.ExternalID = strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path))
	}
	if text := f.value("published"); text != "" {
		at, err := parseTime(text)
		if err != nil {
			return a, f.wrong("published", err)
		}
		a.PublishedAt = at
	}
	return a, nil
}

// parseTime reads an instant, or a day or minute in UTC.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2026-11-22T14:05:00Z", text)
}

// wrong says what is wrong with a fact of the file.
func (f *storyFile) wrong(key string, err error) error {
	line := f.fields[key].line
	if line == 0 {
		line = f.start
	}
	return badInput(f.path, line, fmt.Errorf("%s: %w", key, err))
}

// blame gives a refusal by the desk the line of the fact it is about.
func (f *storyFile) blame(err error) error {
	var refused *forum.Error
	if !errors.As(err, &refused) || refused.Field == "" {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(storyKeys)) {
		if _, stated := f.fields[key]; stated && storyKeys[key] == refused.Field {
			return f.wrong(key, err)
		}
	}
	return badInput(f.path, f.start, err)
}
