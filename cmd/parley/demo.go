package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

//go:embed demo
var demoFiles embed.FS

const (
	demoSlug      = "demo"
	demoName      = "The Meridian"
	demoModerator = "Desk"
	demoSecond    = "Night desk"
	// demoFresh is how long before the start the demo's last comment came in.
	demoFresh = 7 * time.Minute
)

// demoCrowd is how many published comments the largest discussion has.
var demoCrowd = 1200

// demoSettings are those of the demo's site: nobody has to wait.
func demoSettings() forum.Settings {
	s := forum.DefaultSettings()
	s.HoldFirst = false
	s.NamelessPace, s.ReaderPace = forum.Pace{}, forum.Pace{}
	for _, slug := range []string{"world", "politics", "city", "science", "culture", "sport"} {
		s.Sections = append(s.Sections, forum.Section{Slug: slug, Name: strings.ToUpper(slug[:1]) + slug[1:]})
	}
	return s
}

// fillDemo fills an empty database with the demo, or goes on where an earlier
// start was interrupted. A database with any other site is left alone.
func (p *program) fillDemo(d *desk.Desk) error {
	sites, err := d.Sites(p.ctx)
	if err != nil {
		return err
	}
	if len(sites) > 1 || (len(sites) == 1 && sites[0].Slug != demoSlug) {
		return nil
	}
	if len(sites) == 0 {
		site, err := d.AddSite(p.ctx, demoSlug, demoName, demoSettings())
		if err != nil {
			return err
		}
		sites = []forum.Site{site}
	}
	seed, err := demoSeed(d.Now())
	if err != nil {
		return err
	}
	crowd, err := readCrowd()
	if err != nil {
		return err
	}
	// The past comes first, so that the log tells it in its order.
	seed.Second, seed.Stories = demoSecond, append(crowd.past(d.Now()), seed.Stories...)
	_, err = d.Seed(p.ctx, sites[0], seed)
	return err
}

// demoSeed reads the demo's files and moves its stories to the days before now.
func demoSeed(now time.Time) (desk.Seed, error) {
	seed := desk.Seed{Moderator: demoModerator}
	crowd, err := readCrowd()
	if err != nil {
		return seed, err
	}
	files, err := fs.Glob(demoFiles, "demo/stories/*.md")
	if err != nil {
		return seed, err
	}
	for _, file := range files {
		story, err := demoStory(file)
		if err != nil {
			return seed, err
		}
		if path.Base(file) == crowd.Story {
			// Its own discussion comes on top of what the crowd is asked for.
			crowd.join(&story, demoCrowd)
		}
		seed.Stories = append(seed.Stories, story)
	}
	shiftTo(&seed, now.Add(-demoFresh))
	return seed, nil
}

// shiftTo moves all times of a seed together, so that its last comment came in
// at an instant.
func shiftTo(seed *desk.Seed, last time.Time) {
	var latest time.Time
	for _, s := range seed.Stories {
		for _, c := range s.Comments {
			if c.At.After(latest) {
				latest = c.At
			}
		}
	}
	by := last.Sub(latest)
	for i := range seed.Stories {
		s := &seed.Stories[i]
		s.Article.PublishedAt = s.Article.PublishedAt.Add(by).Truncate(time.Minute)
		for j := range s.Comments {
			s.Comments[j].At = s.Comments[j].At.Add(by)
		}
	}
}

// demoStory reads a story of the demo with the discussion written for it.
func demoStory(file string) (desk.SeedStory, error) {
	text, err := demoFiles.ReadFile(file)
	if err != nil {
		return desk.SeedStory{}, err
	}
	article, _, err := readStory(file, text, func(name string) ([]byte, error) {
		return demoFiles.ReadFile(path.Join("demo/pictures", name))
	})
	if err != nil {
		return desk.SeedStory{}, err
	}
	talk := "demo/discussions/" + strings.TrimSuffix(path.Base(file), ".md") + ".json"
	comments, err := demoTalk(talk, article.PublishedAt)
	return desk.SeedStory{Article: article, Comments: comments}, err
}

// demoComment is a comment as the demo's files write it.
type demoComment struct {
	Ref     string           `json:"ref"`
	Parent  string           `json:"parent"` // ref of the parent; empty: a root
	Byline  forum.BylineKind `json:"byline"`
	Name    string           `json:"name"`
	Minutes int              `json:"minutes"` // after the story
	Text    string           `json:"text"`
	Up      int              `json:"up"`
	Down    int              `json:"down"`
	State   forum.State      `json:"state"` // published if empty
	Reports []struct {
		Reason forum.Reason `json:"reason"`
		Words  string       `json:"words"`
	} `json:"reports"`
}

// demoTalk reads a discussion of the demo; a story may have none.
func demoTalk(file string, published time.Time) ([]desk.SeedComment, error) {
	var talk []demoComment
	if err := readDemo(file, &talk); err != nil {
		return nil, err
	}
	slices.SortStableFunc(talk, func(a, b demoComment) int { return a.Minutes - b.Minutes })
	place := map[string]int{"": -1}
	comments := make([]desk.SeedComment, len(talk))
	for i, c := range talk {
		parent, ok := place[c.Parent]
		if !ok {
			return nil, fmt.Errorf("%s: %s answers %s, which is not there before it", file, c.Ref, c.Parent)
		}
		place[c.Ref] = i
		// The seconds keep comments of the same minute in their order.
		at := published.Add(time.Duration(c.Minutes)*time.Minute + time.Duration(i%60)*time.Second)
		comments[i] = c.seed(parent, at)
	}
	return comments, nil
}

func (c demoComment) seed(parent int, at time.Time) desk.SeedComment {
	s := desk.SeedComment{
		Parent: parent, Byline: forum.Byline{Kind: c.Byline, Name: c.Name}, Text: c.Text, At: at,
		Up: c.Up, Down: c.Down, State: c.State,
	}
	for _, r := range c.Reports {
		s.Reports = append(s.Reports, desk.SeedReport{Reason: r.Reason, Words: r.Words})
	}
	if c.State == "" {
		s.State = forum.Published
	}
	if c.State == forum.Rejected && len(c.Reports) > 0 {
		s.Reason = string(c.Reports[0].Reason)
	}
	return s
}

// readDemo reads a JSON file of the demo, refusing what its reader would drop.
func readDemo(file string, into any) error {
	f, err := demoFiles.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	from := json.NewDecoder(f)
	from.DisallowUnknownFields()
	if err := from.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
