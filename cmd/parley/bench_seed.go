package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// benchSlug is the slug of every seeded site.
const benchSlug = "bench"

func benchKey(n int) string { return fmt.Sprint("bench-", n) }

// benchSeed is parley bench seed.
type benchSeed struct {
	Stories  int   `default:"1000" placeholder:"N" help:"Stories over which the comments are spread by popularity."`
	Comments int   `default:"100000" placeholder:"N" help:"Comments of these stories together."`
	Sizes    []int `placeholder:"N" help:"Comments of further stories, one for each number."`
}

// Run fills the database of --db.
func (c *benchSeed) Run(p *program) (err error) {
	if c.Stories < 1 || c.Comments < c.Stories || c.Comments > 1_000_000_000 {
		return exitWith(exitUsage, errors.New("at least one story and one comment for each are needed"))
	}
	if len(c.Sizes) > 0 {
		if err := checkSizes(c.Sizes); err != nil {
			return err
		}
	}
	db, err := p.open()
	if err != nil {
		return err
	}
	defer db.close(&err)
	began := time.Now()
	done, err := p.seed(db, seedShape{sizes: c.Sizes, others: c.Stories, rest: c.Comments})
	if err != nil {
		return err
	}
	took := time.Since(began)
	_, err = fmt.Fprintf(p.stdout, "%s in %s rows, %s rows a second, %s\n", comments(done.Comments), counted(done.Rows),
		counted(int(float64(done.Rows)/took.Seconds())), took.Round(time.Second))
	return err
}

// benchSettings are those of the demo, and no flood of new accounts, such as a load
// is, closes a discussion to them.
func benchSettings() forum.Settings {
	s := demoSettings()
	s.Temperature.Most = forum.AutoNone
	return s
}

// seed adds the stories of a shape to the seeded site of a database.
func (p *program) seed(db *session, shape seedShape) (desk.Seeded, error) {
	words, err := readCrowd()
	if err != nil {
		return desk.Seeded{}, err
	}
	site, err := db.desk.SiteBySlug(p.ctx, benchSlug)
	if forum.IsKind(err, forum.NotFound) {
		site, err = db.desk.AddSite(p.ctx, benchSlug, "Bench", benchSettings())
	}
	if err != nil {
		return desk.Seeded{}, err
	}
	return db.desk.SeedMany(p.ctx, site, newSeedCrowd(words, p.now(), shape.total()).stories(shape))
}

// benchSite is a seeded database, and where to look in it.
type benchSite struct {
	database string
	cookie   string // header of a session of the newsroom's
	stories  []benchStory
	others   []string // paths of stories
}

// benchStory is a story that was asked for by size.
type benchStory struct {
	id, path string
	comments []string // ids of some of its roots, the oldest first
}

// site makes a database of a shape in the lab, or finds the one an earlier run has
// left there under the same name.
func (l *lab) site(name string, shape seedShape) (*benchSite, error) {
	file := filepath.Join(l.folder, fmt.Sprintf("%s-%s.db", name, shape.name()))
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		// Under its own name it is whole.
		if err := l.fill(file+".part", shape); err != nil {
			return nil, err
		}
		if err := os.Rename(file+".part", file); err != nil {
			return nil, err
		}
	}
	return l.find(file, shape)
}

// name tells a shape apart from others in the name of a file.
func (s seedShape) name() string {
	parts := make([]string, 0, 1+len(s.sizes))
	for _, n := range s.sizes {
		parts = append(parts, fmt.Sprint(n))
	}
	if s.others > 0 {
		parts = append(parts, fmt.Sprintf("%dof%d", s.others, s.total()))
	}
	return strings.Join(parts, "-")
}

// fill makes a database of a shape.
func (l *lab) fill(place string, shape seedShape) (err error) {
	db, err := l.p.openAt(place)
	if err != nil {
		return err
	}
	defer db.close(&err)
	_, err = l.p.seed(db, shape)
	return err
}

// find notes where the stories of a seeded database are, and makes a session of its
// newsroom's.
func (l *lab) find(place string, shape seedShape) (s *benchSite, err error) {
	db, err := l.p.openAt(place)
	if err != nil {
		return nil, err
	}
	defer db.close(&err)
	site, err := db.desk.SiteBySlug(l.p.ctx, benchSlug)
	if err != nil {
		return nil, err
	}
	s = &benchSite{database: place}
	grant, err := ownSite(l.p.ctx, db.desk, site)
	if err != nil {
		return nil, err
	}
	s.cookie = "Cookie: parley-" + benchSlug + "=" + grant.Token
	for _, n := range shape.sizes {
		story, err := l.story(db, site, n)
		if err != nil {
			return nil, err
		}
		s.stories = append(s.stories, story)
	}
	for i := range shape.others {
		story, err := db.desk.FindStory(l.p.ctx, site, desk.StoryRef{ExternalID: fmt.Sprint("other-", i)})
		if err != nil {
			return nil, err
		}
		s.others = append(s.others, forum.StoryPath("", story))
	}
	return s, nil
}

// benchSample is how many comments of a story requests name.
const benchSample = 200

// story finds the story of a size.
func (l *lab) story(db *session, site forum.Site, n int) (benchStory, error) {
	story, err := db.desk.FindStory(l.p.ctx, site, desk.StoryRef{ExternalID: benchKey(n)})
	if err != nil {
		return benchStory{}, err
	}
	found := benchStory{id: story.ID.String(), path: forum.StoryPath("", story)}
	roots, err := db.store.Roots(l.p.ctx, site.ID, story.ID, forum.Oldest, store.Cursor{}, benchSample)
	for _, c := range roots {
		if c.State == forum.Published {
			found.comments = append(found.comments, c.ID.String())
		}
	}
	return found, err
}
