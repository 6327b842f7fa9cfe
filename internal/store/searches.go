package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/internal/forum"
)

// SearchWords is the most words one search may have, the prefix included.
const SearchWords = 8

// Search is what to look for. Every word must be there; Prefix, if not empty,
// must begin a term that is there, and PrefixEnd is the smallest term beyond it.
type Search struct {
	Words     []string
	Prefix    string
	PrefixEnd string
	Story     forum.ID // zero: the whole site
	Before    forum.ID // zero: from the newest
	Limit     int
}

// Found is what a search found.
type Found struct {
	Comments []forum.Comment // the newest first
	Reached  forum.ID        // nothing older than this was looked at; zero: everything was
}

// A search goes back in time along the comments of one of its words, the one that
// the fewest have, and looks the other words up in each. It does so in strides of
// so many comments and ends after the last: what it costs does not depend on how
// many comments there are.
var strides = []int{64, 512, 1024}

// prefixTerms is to how many words a prefix may be completed for their comments to
// be gone along. One with more is looked up in the comments of another word or,
// where there is none, in all.
const prefixTerms = 16

// trail is one way to go back in time: along the comments that have one of some
// terms, or along all.
type trail struct {
	terms []string
	word  string   // whose trail it is; empty: the prefix's
	all   bool     // along all comments
	low   forum.ID // where its first stride ends; zero: it goes no further back
}

// searching is a search on its way.
type searching struct {
	r    Reader
	site forum.ID
	Search
}

// Search returns published comments that hold every word. A search for nothing
// finds nothing.
func (r Reader) Search(ctx context.Context, site forum.ID, s Search) (Found, error) {
	var found Found
	if len(s.Words) == 0 && s.Prefix == "" {
		return found, nil
	}
	on := searching{r, site, s}
	high := orMax(s.Before)
	t, err := on.choose(ctx, high)
	for i := 0; err == nil && i < len(strides); i++ {
		if i > 0 {
			if t.low, err = on.low(ctx, t, high, strides[i]); err != nil {
				return found, err
			}
		}
		err = on.stride(ctx, t, high, &found)
		if high = t.low; len(found.Comments) == s.Limit || high == 0 {
			return found, err
		}
	}
	found.Reached = high
	return found, err
}

// choose returns the trail whose first stride goes back furthest: the fewest
// comments are on it.
func (s searching) choose(ctx context.Context, high forum.ID) (trail, error) {
	trails := make([]trail, 0, SearchWords)
	for _, word := range s.Words {
		trails = append(trails, trail{terms: []string{word}, word: word})
	}
	if s.Prefix != "" {
		terms, err := s.complete(ctx)
		if err != nil {
			return trail{}, err
		}
		if len(terms) <= prefixTerms {
			trails = append(trails, trail{terms: terms})
		}
	}
	if len(trails) == 0 {
		trails = append(trails, trail{all: true})
	}
	for i := range trails {
		var err error
		if trails[i].low, err = s.low(ctx, trails[i], high, strides[0]); err != nil {
			return trail{}, err
		}
	}
	return slices.MinFunc(trails, func(a, b trail) int { return cmp.Compare(a.low, b.low) }), nil
}

// low returns the oldest comment of a stride of at most n along a trail, beginning
// below high; zero if the trail is no longer.
func (s searching) low(ctx context.Context, t trail, high forum.ID, n int) (forum.ID, error) {
	if t.all {
		return one(ctx, s.r, "find the end of a stride", scanOne[forum.ID], s.sql().all.nth, s.placed(s.site, high, n-1)...)
	}
	var low forum.ID
	for _, term := range t.terms {
		end, err := one(ctx, s.r, "find the end of a stride", scanOne[forum.ID], s.sql().term.nth, s.placed(s.site, high, n/len(t.terms)-1, term)...)
		if err != nil {
			return 0, err
		}
		low = max(low, end)
	}
	return low, nil
}

// stride adds what is found along a trail from below high to its low end.
func (s searching) stride(ctx context.Context, t trail, high forum.ID, found *Found) error {
	args := make([]any, 0, 6+SearchWords+2)
	args = append(args, s.site, high, t.low, s.Limit-len(found.Comments))
	if t.word != "" || t.all {
		args = append(args, s.Prefix, s.PrefixEnd)
	} else {
		args = append(args, "", "")
	}
	for i := range SearchWords {
		word := ""
		if i < len(s.Words) && s.Words[i] != t.word {
			word = s.Words[i]
		}
		args = append(args, word)
	}
	if t.all {
		more, err := many(ctx, s.r, "search", scanComment, s.sql().all.stride, s.placed(args...)...)
		found.Comments = append(found.Comments, more...)
		return err
	}
	var more []forum.Comment
	for _, term := range t.terms {
		some, err := many(ctx, s.r, "search", scanComment, s.sql().term.stride, s.placed(append(slices.Clone(args), term)...)...)
		if err != nil {
			return err
		}
		more = append(more, some...)
	}
	slices.SortStableFunc(more, func(a, b forum.Comment) int { return cmp.Compare(b.ID, a.ID) })
	more = slices.CompactFunc(more, func(a, b forum.Comment) bool { return a.ID == b.ID })
	found.Comments = append(found.Comments, more[:min(len(more), s.Limit-len(found.Comments))]...)
	return nil
}

// complete returns terms that begin with the prefix, one more than prefixTerms at
// most.
func (s searching) complete(ctx context.Context) ([]string, error) {
	return many(ctx, s.r, "complete word", scanOne[string], s.sql().complete, s.placed(s.site, s.Prefix, s.PrefixEnd, prefixTerms+1)...)
}

// placed adds the story of the search, if it has one, to the parameters of a
// statement.
func (s searching) placed(args ...any) []any {
	if s.Story != 0 {
		args = append(args, s.Story)
	}
	return args
}

// sql returns the statements of the search's place.
func (s searching) sql() searchSQL {
	if s.Story != 0 {
		return searchStory
	}
	return searchSite
}

// searchSQL are the statements of a search in a place: the whole site or one story.
type searchSQL struct {
	complete  string // the words that a prefix begins
	term, all trailSQL
}

// trailSQL goes along a trail.
type trailSQL struct {
	nth    string // the comment so many places back
	stride string // what is found between two comments
}

var searchSite, searchStory = newSearchSQL(""), newSearchSQL(" and t.story_id = $%d")

func newSearchSQL(place string) searchSQL {
	at := func(param int) string {
		if place == "" {
			return ""
		}
		return fmt.Sprintf(place, param)
	}
	const last = 6 + SearchWords // parameter of a stride that every trail has
	return searchSQL{
		complete: completeSQL(at(5)),
		term: trailSQL{
			nth: nthSQL("search_terms t", " and t.term = $4"+at(5)),
			stride: strideSQL("c", "search_terms t cross join comments c", fmt.Sprintf(` and t.term = $%d%s
				and c.site_id = $1 and c.comment_id = t.comment_id`, last+1, at(last+2))),
		},
		all: trailSQL{
			nth:    nthSQL("comments t", " and t.state = 'published'"+at(4)),
			stride: strideSQL("t", "comments t", at(last+1)),
		},
	}
}

// completeSQL leaps from each term to the next, however many comments have it.
func completeSQL(place string) string {
	least := `(select min(t.term) from search_terms t where t.site_id = $1` + place + ` and t.term < $3 and t.term `
	return statement(`with recursive begun (term) as (
			select ` + least + `>= $2)
			union all select ` + least + `> begun.term) from begun where begun.term is not null)
		select term from begun where term is not null limit $4`)
}

func nthSQL(from, where string) string {
	return statement(`select coalesce((select t.comment_id from ` + from + ` where t.site_id = $1 and t.comment_id < $2` + where + `
		order by t.comment_id desc limit 1 offset $3), 0)`)
}

// strideSQL looks up in each comment of a stride what else is searched for. Places
// without a word hold the empty text. Where it says exists, PostgreSQL prefers to
// gather every comment that has the word.
func strideSQL(row, from, where string) string {
	var b strings.Builder
	b.WriteString(`select ` + prefixed(row, commentColumns) + ` from ` + from + ` where t.site_id = $1 and t.comment_id < $2 and t.comment_id >= $3
		and ` + row + `.state = 'published'` + where + ` and ($5 = '' or 1 = (select 1 from search_terms p
			where p.site_id = $1 and p.comment_id = t.comment_id and p.term >= $5 and p.term < $6 limit 1))`)
	for i := range SearchWords {
		fmt.Fprintf(&b, ` and ($%d = '' or 1 = (select 1 from search_terms w
			where w.site_id = $1 and w.comment_id = t.comment_id and w.term = $%d))`, 7+i, 7+i)
	}
	b.WriteString(` order by t.comment_id desc limit $4`)
	return statement(b.String())
}
