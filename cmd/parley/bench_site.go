package main

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"parley/internal/desk"
	"parley/internal/forum"
)

// seedShape is what a seeded site consists of.
type seedShape struct {
	sizes  []int // comments of the stories that are asked for by size
	others int   // further stories
	each   int   // comments of each of them; 0: rest is spread by popularity
	rest   int   // comments of all of them together
}

// total returns how many comments the site has.
func (s seedShape) total() int {
	n := s.rest
	if s.each > 0 {
		n = s.others * s.each
	}
	for _, size := range s.sizes {
		n += size
	}
	return n
}

// seedCrowd writes the discussions of a seeded site.
type seedCrowd struct {
	rand  *rand.Rand
	texts []string
	names []string // in Latin script, of which more are made
	now   time.Time
	many  int // authors with a name
}

func newSeedCrowd(w crowdWords, now time.Time, comments int) *seedCrowd {
	c := &seedCrowd{
		rand: rand.New(rand.NewPCG(1854, uint64(comments))), texts: seedTexts(w, min(benchTexts, 200+comments)), now: now,
		many: 10 + comments/8,
	}
	for _, name := range w.Names {
		if scriptOf(name) == unicode.Latin {
			c.names = append(c.names, name)
		}
	}
	return c
}

// stories yields the stories of a shape, the oldest first: the others one an hour,
// then those asked for by size.
func (c *seedCrowd) stories(s seedShape) iter.Seq[desk.SeedStory] {
	return func(yield func(desk.SeedStory) bool) {
		for i, n := range c.spread(s) {
			at := c.now.Add(-crowdSpan - time.Duration(s.others-i)*time.Hour)
			if !yield(c.story(fmt.Sprint("other-", i), n, at)) {
				return
			}
		}
		for _, n := range s.sizes {
			if !yield(c.story(benchKey(n), n, c.now.Add(-crowdSpan))) {
				return
			}
		}
	}
}

// spread returns how many comments each of the other stories has: all the same, or
// by popularity (Zipf's law), in no order.
func (c *seedCrowd) spread(s seedShape) []int {
	sizes := make([]int, s.others)
	sum := 0.0
	for i := range sizes {
		sum += 1 / math.Pow(float64(i+1), 0.9)
	}
	for i := range sizes {
		if sizes[i] = s.each; s.each == 0 {
			sizes[i] = int(float64(s.rest) / sum / math.Pow(float64(i+1), 0.9))
		}
	}
	c.rand.Shuffle(len(sizes), func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	return sizes
}

// story makes a story of n comments.
func (c *seedCrowd) story(key string, n int, at time.Time) desk.SeedStory {
	t := &crowdTalk{rand: c.rand, depth: make([]int, n)}
	times := t.times(n, at)
	answered := make([]bool, n)
	talk := make([]desk.SeedComment, n)
	for i := range talk {
		parent := t.parent(i)
		if t.depth[i] = t.depthBelow(parent); parent >= 0 {
			answered[parent] = true
		}
		talk[i] = desk.SeedComment{
			Parent: parent, Byline: c.byline(), Text: c.texts[c.rand.IntN(len(c.texts))], At: times[i], State: forum.Published,
		}
	}
	for i := range talk {
		if talk[i].Up = int(0.4 * c.rand.ExpFloat64() * c.rand.ExpFloat64()); !answered[i] && c.rand.IntN(150) == 0 {
			talk[i].State, talk[i].Up = forum.Held, 0
		}
	}
	c.favour(talk)
	return desk.SeedStory{
		Article: desk.Article{
			ExternalID: key, Headline: fmt.Sprintf("A discussion of %d comments", n), PublishedAt: at,
			Body: strings.Repeat("A paragraph of a story is about this long, or a little longer, and there are several of them.\n\n", 8),
		},
		Comments: talk,
	}
}

// favour gives a few comments many votes.
func (c *seedCrowd) favour(talk []desk.SeedComment) {
	for rank := range min(len(talk)/10, 100) {
		i := c.rand.IntN(len(talk))
		if talk[i].State == forum.Published {
			talk[i].Up, talk[i].Down = 80/(rank+1), c.rand.IntN(1+40/(rank+1))
		}
	}
}

// byline picks who writes: a few write much, many once, and some without a name.
func (c *seedCrowd) byline() forum.Byline {
	if c.rand.Float64() < crowdNameless {
		return forum.Byline{Kind: forum.BylineNone}
	}
	n := int(float64(c.many) * math.Pow(c.rand.Float64(), 2.5))
	name := c.names[n%len(c.names)]
	if n >= len(c.names) {
		surname := rareWord(n / len(c.names))
		first, _, _ := strings.Cut(name, " ")
		name = first + " " + strings.ToUpper(surname[:1]) + surname[1:]
	}
	return forum.Byline{Kind: forum.BylineName, Name: name}
}
