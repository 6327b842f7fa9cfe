package main

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"
	"unicode"

	"parley/internal/desk"
	"parley/internal/forum"
)

// crowdWords is what a crowd says: the texts of which a large discussion is
// made, the same at every start.
type crowdWords struct {
	Story     string   `json:"story"` // file name of the story it gathers under
	Past      string   `json:"past"`  // headline of what it wrote in the weeks before
	Names     []string `json:"names"`
	Openers   []string `json:"openers"`   // roots
	Replies   []string `json:"replies"`   // answers that say something
	Followups []string `json:"followups"` // short answers, deeper down
	// Continues has answers that belong to one text, in their order.
	Continues map[string][]string `json:"continues"`
}

// readCrowd reads the demo's crowd.
func readCrowd() (crowdWords, error) {
	var w crowdWords
	return w, readDemo("demo/discussions/crowd.json", &w)
}

// The shape of a crowd, as on the large news sites: not quite half of the
// comments answer the story, one in five is nameless, and one quarrel goes deep.
const (
	crowdRoots    = 0.62 // of the comments that answer nothing in particular
	crowdNameless = 0.18
	crowdSpan     = 48 * time.Hour
	quarrelEvery  = 31 // every so many comments, the quarrel goes one deeper
	quarrelDepth  = 15
	topVotes      = 120
)

// join lets the crowd gather under a story, until the story has n published
// comments.
func (w crowdWords) join(s *desk.SeedStory, n int) {
	for _, c := range s.Comments {
		if c.State == forum.Published {
			n--
		}
	}
	s.Comments = merge(s.Comments, w.talk(n, s.Article.PublishedAt))
}

// merge puts two discussions of a story in the order of their times.
func merge(a, b []desk.SeedComment) []desk.SeedComment {
	all := slices.Clone(a)
	for _, c := range b {
		if c.Parent >= 0 {
			c.Parent += len(a)
		}
		all = append(all, c)
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return all[x].At.Compare(all[y].At) })
	place := make([]int, len(all))
	merged := make([]desk.SeedComment, len(all))
	for to, from := range order {
		place[from] = to
		merged[to] = all[from]
	}
	for i := range merged {
		if merged[i].Parent >= 0 {
			merged[i].Parent = place[merged[i].Parent]
		}
	}
	return merged
}

// talk returns a discussion of n published comments that begins with the story.
func (w crowdWords) talk(n int, from time.Time) []desk.SeedComment {
	t := &crowdTalk{words: w, rand: rand.New(rand.NewPCG(1851, uint64(n))), depth: make([]int, n), said: map[string]bool{}, spent: map[*int]bool{}}
	t.shuffle()
	times := t.times(n, from)
	for i := range n {
		t.add(i, times[i])
	}
	t.vote()
	return t.comments
}

// crowdTalk is a discussion while it grows.
type crowdTalk struct {
	words    crowdWords
	rand     *rand.Rand
	comments []desk.SeedComment
	depth    []int
	owed     []owed          // answers that belong to what was said
	said     map[string]bool // pairs of texts
	quarrel  []int           // indexes of the deep branch, from its root
	// How often each list was used, so that no text comes again before all have
	// been said.
	openers, replies, followups int
	// spent are the lists, by their counter, of which every pair has been said.
	spent map[*int]bool
	// general are the openers that anybody could have said.
	general []string
	// names are those who write in a script.
	names map[*unicode.RangeTable][]string
}

// owed is an answer that waits for its turn.
type owed struct {
	to   int // index of the comment it answers
	text string
}

// shuffle puts the texts in an order of this crowd's own.
func (t *crowdTalk) shuffle() {
	for _, list := range []*[]string{&t.words.Openers, &t.words.Replies, &t.words.Followups, &t.words.Names} {
		*list = slices.Clone(*list)
		t.rand.Shuffle(len(*list), func(i, j int) { (*list)[i], (*list)[j] = (*list)[j], (*list)[i] })
	}
	t.words.Continues = maps.Clone(t.words.Continues)
	t.general = slices.DeleteFunc(slices.Clone(t.words.Openers), personal.MatchString)
	t.names = map[*unicode.RangeTable][]string{}
	for _, name := range t.words.Names {
		t.names[scriptOf(name)] = append(t.names[scriptOf(name)], name)
	}
}

// times returns n instants, dense after the story and thinner later.
func (t *crowdTalk) times(n int, from time.Time) []time.Time {
	times := make([]time.Time, n)
	for i := range times {
		u := t.rand.Float64()
		times[i] = from.Add(2*time.Minute + time.Duration(u*u*float64(crowdSpan-2*time.Minute))).Truncate(time.Second)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// add adds the i-th comment.
func (t *crowdTalk) add(i int, at time.Time) {
	parent, text := t.owing(i)
	if text == "" {
		parent = t.parent(i)
		text = t.text(t.depthBelow(parent))
	}
	t.depth[i] = t.depthBelow(parent)
	t.comments = append(t.comments, desk.SeedComment{
		Parent: parent, Byline: t.byline(parent, text), Text: text, At: at, State: forum.Published,
	})
	for _, answer := range t.words.Continues[text] {
		t.owed = append(t.owed, owed{to: i, text: answer})
	}
	delete(t.words.Continues, text)
}

// depthBelow returns the depth of a reply to a comment.
func (t *crowdTalk) depthBelow(parent int) int {
	if parent < 0 {
		return 0
	}
	return t.depth[parent] + 1
}

// owing returns an answer whose turn has come, if the i-th comment is one.
func (t *crowdTalk) owing(i int) (parent int, text string) {
	if len(t.owed) == 0 || i%quarrelEvery == 0 || t.rand.Float64() > 0.3 {
		return -1, ""
	}
	first := t.owed[0]
	t.owed = t.owed[1:]
	return first.to, first.text
}

// parent returns what the i-th comment answers; −1 for the story itself.
func (t *crowdTalk) parent(i int) int {
	if i > 0 && i%quarrelEvery == 0 && len(t.quarrel) <= quarrelDepth {
		at := -1
		if len(t.quarrel) > 0 {
			at = t.quarrel[len(t.quarrel)-1]
		}
		t.quarrel = append(t.quarrel, i)
		return at
	}
	if i == 0 || t.rand.Float64() < crowdRoots {
		return -1
	}
	for {
		// Most answer what stands near the top, some dig up what is old.
		back := int(t.rand.ExpFloat64() * 25)
		if p := i - 1 - back; p >= 0 && t.rand.Float64() < 1/float64(1+t.depth[p]) {
			return p
		}
	}
}

// byline picks who writes a text: a few write much, many once, and nobody
// answers oneself.
func (t *crowdTalk) byline(parent int, text string) forum.Byline {
	if t.rand.Float64() < crowdNameless {
		return forum.Byline{Kind: forum.BylineNone}
	}
	names := t.names[scriptOf(text)]
	if len(names) == 0 {
		names = t.words.Names
	}
	at := int(float64(len(names)) * math.Pow(t.rand.Float64(), 1.6))
	if parent >= 0 && t.comments[parent].Byline.Name == names[at] {
		at = (at + 1) % len(names)
	}
	return forum.Byline{Kind: forum.BylineName, Name: names[at]}
}

// scriptOf returns the script a text begins in.
func scriptOf(text string) *unicode.RangeTable {
	for _, r := range text {
		for _, script := range []*unicode.RangeTable{unicode.Arabic, unicode.Cyrillic} {
			if unicode.Is(script, r) {
				return script
			}
		}
		if unicode.IsLetter(r) {
			break
		}
	}
	return unicode.Latin
}

// text picks what is said at a depth.
func (t *crowdTalk) text(depth int) string {
	switch {
	case depth == 0:
		return t.next(t.words.Openers, t.general, &t.openers, "\n\n")
	case depth > 1 && t.rand.Float64() < 0.35:
		return t.next(t.words.Followups, t.words.Followups, &t.followups, " ")
	}
	return t.next(t.words.Replies, t.words.Followups, &t.replies, " ")
}

// next returns the text whose turn it is. From the second round through the
// list on, it brings along another in the same script with which it was not said
// yet; one that has none left is passed over. A crowd larger than its words says
// them again.
func (t *crowdTalk) next(list, others []string, used *int, between string) string {
	for tries := 0; ; tries++ {
		i, round := *used%len(list), *used/len(list)
		*used++
		if tries == len(list) {
			t.spent[used] = true
		}
		if round == 0 || t.spent[used] {
			return list[i]
		}
		for step := range len(others) {
			other := others[(i+round+step)%len(others)]
			text := list[i] + between + other
			if other != list[i] && !t.said[text] && scriptOf(other) == scriptOf(list[i]) {
				t.said[text] = true
				return text
			}
		}
	}
}

// personal begins what only one person can say of oneself.
var personal = regexp.MustCompile(`(?i)\b(?:I|I'm|I'd|I've|me|my|we|our)\b`)

// vote gives a few comments many votes and most of them few (Zipf's law), and
// roots more than replies. Some divide the readers.
func (t *crowdTalk) vote() {
	weight := make([]float64, len(t.comments))
	rank := make([]int, len(t.comments))
	for i := range rank {
		rank[i] = i
		weight[i] = t.rand.Float64() / float64(1+t.depth[i])
	}
	slices.SortFunc(rank, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	for r, i := range rank {
		c := &t.comments[i]
		c.Up = int(topVotes / math.Pow(float64(1+r), 0.72))
		c.Down = t.rand.IntN(2 + c.Up/8)
		if t.rand.Float64() < 0.07 {
			c.Up, c.Down = c.Up/2, c.Up/2+t.rand.IntN(4)
		}
	}
}
