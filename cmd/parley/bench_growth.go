package main

import (
	"fmt"
	"strings"

	"parley/internal/bench"
)

// benchGrowth is parley bench growth.
type benchGrowth struct {
	Comments int `default:"400000" placeholder:"N" help:"Comments of the large site; 10000000 take 13 GB and half an hour to seed."`
	Story    int `default:"100000" placeholder:"N" help:"Comments of its largest story."`
	Small    int `default:"10000" placeholder:"N" help:"Comments of the small site."`
	large    *benchSite
	small    *benchSite
	words    []string
	searches []asked
}

// The largest story of the small site, and for how many other comments of a site
// there is a story.
const (
	smallStory   = 100
	growthOthers = 100
)

// Run measures a large site beside a small one.
func (c *benchGrowth) Run(p *program, b *benchCommands) error {
	return b.growth(p, c)
}

// growth reports how much dearer the large site is.
func (o *benchOptions) growth(p *program, c *benchGrowth) error {
	r, err := o.measure(p, "growth", c)
	if err != nil {
		return err
	}
	return o.report(p, flat(r))
}

// flat says of a report how much dearer a first view is, and what grew most.
func flat(r bench.Report) bench.Report {
	r.ColdRatio = r.Results[0].CPURatio
	for _, x := range r.Results {
		r.WorstRatio = max(r.WorstRatio, x.CPURatio)
	}
	return r
}

func (c *benchGrowth) prepare(l *lab) error {
	if err := checkSizes([]int{c.Story, c.Small, max(1, c.Comments/1000)}); err != nil {
		return err
	}
	var err error
	if c.words, err = l.words(); err != nil {
		return err
	}
	if c.small, err = l.site("growth", growthShape(smallStory, max(c.Small, smallStory))); err != nil {
		return err
	}
	if c.large, err = l.site("growth", growthShape(c.Story, max(c.Comments, c.Story))); err != nil {
		return err
	}
	c.searches, err = l.searches(c.words, c.small, c.large)
	return err
}

// growthShape is a site of so many comments with one story that was asked for.
func growthShape(story, comments int) seedShape {
	rest := comments - story
	return seedShape{sizes: []int{story}, others: rest / growthOthers, rest: rest}
}

func (c *benchGrowth) run(l *lab) (results []bench.Result, err error) {
	large, err := l.serve(c.large.database, "--cache-bytes", "off")
	if err != nil {
		return nil, err
	}
	defer l.end(large, &err)
	small, err := l.serve(c.small.database, "--cache-bytes", "off")
	if err != nil {
		return nil, err
	}
	defer l.end(small, &err)
	of := fmt.Sprintf("%s in %s beside %d in %s", counted(c.Story), counted(max(c.Comments, c.Story)), smallStory, counted(max(c.Small, smallStory)))
	theirs := c.small.everything(c.searches)
	for i, x := range c.large.everything(c.searches) {
		r, err := l.beside(x.what, of, side{large, c.filled(x)}, side{small, c.filled(theirs[i])})
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// asked is something a reader or a moderator asks for, of different things each time.
type asked struct {
	what     string
	requests []bench.Request
}

func (c *benchGrowth) filled(x asked) bench.Plan {
	p := plan(1, x.requests...)
	p.Words = c.words
	return p
}

// everything is what growth is measured by. In the path of a search {story} stands
// for the path of the story.
func (s *benchSite) everything(searches []asked) []asked {
	story := s.stories[0]
	permalink, voting := asked{what: "permalink"}, asked{what: "vote"}
	for _, id := range story.comments {
		permalink.requests = append(permalink.requests, get("/c/"+id))
		voting.requests = append(voting.requests, vote(id, s.cookie))
	}
	all := []asked{
		{"cold first view", []bench.Request{get(story.path)}},
		{"conversation view", []bench.Request{get(story.path + "?view=conversation")}},
		permalink,
		{"front page", []bench.Request{get("/")}},
	}
	for _, x := range searches {
		own := asked{what: x.what}
		for _, r := range x.requests {
			r.Path = strings.ReplaceAll(r.Path, "{story}", "/s/"+story.id)
			own.requests = append(own.requests, r)
		}
		all = append(all, own)
	}
	return append(
		all,
		asked{"the desk's held queue", []bench.Request{get("/desk/held", s.cookie)}},
		asked{"the desk's unseen queue", []bench.Request{get("/desk/unseen", s.cookie)}},
		voting,
		asked{"post", []bench.Request{post(story.id)}},
	)
}
