package main

import (
	"fmt"
	"os"
	"path/filepath"

	"parley/internal/desk"
	"parley/internal/forum"
)

// storyCommands are parley story ….
type storyCommands struct {
	Add storyAdd `cmd:"" help:"Publish or update stories from Markdown files with front matter."`
}

// storyAdd is parley story add.
type storyAdd struct {
	Files []string `arg:"" name:"file" help:"Story files: TOML between lines of +++ or key: value between lines of ---, then Markdown."`
	Site  string   `placeholder:"SLUG" help:"Site to publish on; the oldest if not set."`
}

// Run reads all files before it publishes the first, so that a wrong one is
// known while nothing has changed.
func (c *storyAdd) Run(p *program) error {
	articles := make([]desk.Article, len(c.Files))
	files := make([]*storyFile, len(c.Files))
	for i, path := range c.Files {
		text, err := os.ReadFile(path)
		if err != nil {
			return exitWith(exitInput, unlabelled(err))
		}
		beside := func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(path), name)
			}
			return os.ReadFile(name)
		}
		if articles[i], files[i], err = readStory(path, text, beside); err != nil {
			return err
		}
	}
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Site)
		if err != nil {
			return err
		}
		for i, a := range articles {
			if err := p.publish(s, site, a); err != nil {
				return files[i].blame(err)
			}
		}
		return nil
	})
}

// publish publishes or updates one story and prints where it is.
func (p *program) publish(s *session, site forum.Site, a desk.Article) error {
	story, added, err := s.desk.PutStory(p.ctx, site, a)
	if err != nil {
		return err
	}
	url, err := p.address(s, site, forum.StoryPath("", story))
	if err != nil {
		return err
	}
	verb := "updated"
	if added {
		verb = "published"
	}
	fmt.Fprintf(p.stdout, "%s %s\n", verb, url)
	return nil
}
