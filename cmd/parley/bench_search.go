package main

import (
	"fmt"
	"net/url"
	"slices"

	"parley/internal/desk"
	"parley/internal/forum"
)

// A search is measured with so many queries, each of two words among so many: the first of
// the crowd's, which many say, and the last, some of which nobody says together.
const (
	searchQueries = 20
	searchWords   = 80
)

// searches returns searches that find as much in two sites, or in their first
// stories: a full page in each, or nothing in either. In their paths {story} stands
// for the path of the story.
func (l *lab) searches(words []string, one, other *benchSite) (all []asked, err error) {
	a, err := l.searcher(one)
	if err != nil {
		return nil, err
	}
	defer a.close(&err)
	b, err := l.searcher(other)
	if err != nil {
		return nil, err
	}
	defer b.close(&err)
	if more := len(words) - searchWords; more > 0 {
		words = slices.Concat(words[:searchWords/2], words[searchWords/2+more:])
	}
	inSite, err := l.alike("search of the site", "/search?q=", words, a.page, b.page)
	if err != nil {
		return nil, err
	}
	inStory, err := l.alike("search of the story", "{story}/search?q=", words, a.pageOfStory, b.pageOfStory)
	return append(inSite, inStory...), err
}

// alike tries two words after two until there are enough searches that find a full
// page in two places, and enough that find nothing in either.
func (l *lab) alike(what, path string, words []string, a, b func(l *lab, query string) (desk.Found, error)) ([]asked, error) {
	full, vain := asked{what: what}, asked{what: what + " in vain"}
	for i := range len(words) * len(words) {
		if len(full.requests) >= searchQueries && len(vain.requests) >= searchQueries {
			break
		}
		query := words[i%len(words)] + " " + words[(i+i/len(words))%len(words)]
		inA, err := a(l, query)
		if err != nil {
			return nil, err
		}
		inB, err := b(l, query)
		if err != nil {
			return nil, err
		}
		request := get(path + url.QueryEscape(query))
		switch {
		case len(inA.Hits) != len(inB.Hits):
		case len(inA.Hits) == 0 && len(vain.requests) < searchQueries:
			vain.requests = append(vain.requests, request)
		case inA.Next != 0 && inB.Next != 0 && len(full.requests) < searchQueries:
			full.requests = append(full.requests, request)
		}
	}
	if len(full.requests) == 0 || len(vain.requests) == 0 {
		return nil, fmt.Errorf("%s: no two words fill a page of both sites, or none find nothing in either", what)
	}
	return []asked{full, vain}, nil
}

// searcher searches a seeded site without a server.
type searcher struct {
	*session
	site  forum.Site
	story forum.ID
}

func (l *lab) searcher(s *benchSite) (searcher, error) {
	db, err := l.p.openAt(s.database)
	if err != nil {
		return searcher{}, err
	}
	site, err := db.desk.SiteBySlug(l.p.ctx, benchSlug)
	if err != nil {
		db.close(&err)
		return searcher{}, err
	}
	story, err := forum.ParseID(s.stories[0].id)
	return searcher{db, site, story}, err
}

func (s searcher) page(l *lab, query string) (desk.Found, error) {
	return s.desk.Search(l.p.ctx, s.site, 0, query, 0)
}

func (s searcher) pageOfStory(l *lab, query string) (desk.Found, error) {
	return s.desk.Search(l.p.ctx, s.site, s.story, query, 0)
}
