package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/importer"
)

// importCommand is parley import ….
type importCommand struct {
	Archive importArchive `cmd:"" help:"Bring in a news page saved as plain text: caption, headline, paragraphs, comments as bullets."`
}

// importArchive is parley import archive.
type importArchive struct {
	File   string `arg:"" help:"The saved page, UTF-8 text."`
	Site   string `required:"" placeholder:"SLUG" help:"Site to bring it into; made if it does not exist."`
	DryRun bool   `help:"Do everything, report it, and keep nothing."`
	JSON   bool   `name:"json" help:"Report as JSON."`
}

// importReport is what an import says it did.
type importReport struct {
	Caption    string `json:"caption"`
	Headline   string `json:"headline"`
	Paragraphs int    `json:"paragraphs"`
	Comments   int    `json:"comments"`
	Nameless   int    `json:"nameless"`
	Replies    int    `json:"replies"`
	Names      int    `json:"names"` // distinct names
	URL        string `json:"url"`   // empty in a dry run of a page that is not here yet
	New        int    `json:"new"`   // comments this run brought in
	Known      int    `json:"known"` // comments an earlier run had brought in
	DryRun     bool   `json:"dry_run"`
}

// Run reads the page, brings it in whole or not at all, and reports.
func (c *importArchive) Run(p *program) error {
	file, err := os.Open(c.File)
	if err != nil {
		return exitWith(exitInput, unlabelled(err))
	}
	defer file.Close()
	page, err := importer.ParseArchive(file)
	if err != nil {
		return badInput(c.File, 0, err)
	}
	report := importReport{
		Caption: page.Caption, Headline: page.Headline, Paragraphs: len(page.Paragraphs),
		Comments: len(page.Comments), Names: len(page.Names()), DryRun: c.DryRun,
	}
	for _, x := range page.Comments {
		if x.Name == "" {
			report.Nameless++
		}
		if x.Parent >= 0 || x.ParentName != "" {
			report.Replies++
		}
	}
	in := page.Import()
	in.DryRun = c.DryRun
	if err := c.bring(p, in, &report); err != nil {
		if forum.IsKind(err, forum.Invalid) {
			return badInput(c.File, 0, err)
		}
		return err
	}
	return report.print(p, c.JSON)
}

// bring takes the page into the database. A dry run for which there is no site
// yet happens in a scratch database.
func (c *importArchive) bring(p *program, in desk.Import, report *importReport) (err error) {
	if !c.DryRun || p.databaseExists() {
		s, err := p.open()
		if err != nil {
			return err
		}
		defer s.close(&err)
		site, err := s.desk.SiteBySlug(p.ctx, c.Site)
		if err == nil {
			return p.bringInto(s, site, in, report)
		}
		if !forum.IsKind(err, forum.NotFound) {
			return err
		}
		if !c.DryRun {
			return c.bringIntoNew(p, s, in, report)
		}
	}
	s, done, err := p.scratch()
	if err != nil {
		return err
	}
	defer done(&err)
	return c.bringIntoNew(p, s, in, report)
}

// bringIntoNew is bringInto for a site that does not exist yet.
func (c *importArchive) bringIntoNew(p *program, s *session, in desk.Import, report *importReport) error {
	site, err := s.desk.AddSite(p.ctx, c.Site, c.Site, forum.DefaultSettings())
	if err != nil {
		return err
	}
	return p.bringInto(s, site, in, report)
}

func (p *program) bringInto(s *session, site forum.Site, in desk.Import, report *importReport) error {
	done, err := s.desk.Import(p.ctx, site, in)
	if err != nil {
		return err
	}
	report.New, report.Known = done.Added, done.Known
	if in.DryRun && done.NewStory {
		return nil
	}
	report.URL, err = p.address(s, site, forum.StoryPath("", done.Story))
	return err
}

// print writes the report for a program or for a person.
func (r importReport) print(p *program, asJSON bool) error {
	if asJSON {
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return errors.Join(errors.New("report"), err)
		}
		_, err = fmt.Fprintf(p.stdout, "%s\n", text)
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s\n%d paragraphs, %d comments (%d nameless, %d replies) by %d names\n",
		r.Headline, r.Paragraphs, r.Comments, r.Nameless, r.Replies, r.Names)
	if err != nil {
		return err
	}
	verb := "brought in"
	if r.DryRun {
		verb = "would bring in"
	}
	_, err = fmt.Fprintf(p.stdout, "%s %d comments, %d were here already\n", verb, r.New, r.Known)
	if err == nil && r.URL != "" {
		_, err = fmt.Fprintln(p.stdout, r.URL)
	}
	return err
}
