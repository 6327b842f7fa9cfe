package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

// all pages through the discussion and returns the sources of what its pages
// show, roots or comments.
func (o *office) all(page forum.Page) []string {
	o.t.Helper()
	var got []string
	for range 1000 {
		d := o.read(page)
		for _, n := range d.Nodes {
			got = append(got, n.Source)
		}
		if d.Next == "" {
			return got
		}
		page.After = d.Next
	}
	o.t.Fatal("paging does not end")
	return nil
}

func TestPaging_everyCommentOnce(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.guest()
		comments := storetest.Grow(t, o.s, o.story, author.Account.ID, 130, func(i int) int {
			if i >= 110 {
				return i % 7
			}
			return -1
		})
		voters := []forum.Actor{o.guest(), o.guest()}
		for i, c := range comments[:110] { // three scores, so that most are ties
			for _, v := range voters[:i%3] {
				if _, _, err := o.d.Vote(ctx, o.site, v, c.ID, 1); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := o.d.RefreshScores(ctx, o.site.ID); err != nil {
			t.Fatal(err)
		}
		numbers := func(n int, order func(a, b int) int) []string {
			ids := make([]int, n)
			for i := range ids {
				ids[i] = i
			}
			slices.SortFunc(ids, order)
			all := make([]string, n)
			for i, id := range ids {
				all[i] = fmt.Sprint(id)
			}
			return all
		}
		up := func(a, b int) int { return a - b }
		down := func(a, b int) int { return b - a }
		useful := func(a, b int) int {
			if a%3 != b%3 {
				return b%3 - a%3
			}
			return b - a
		}
		for _, size := range forum.Sizes {
			for page, want := range map[forum.Page][]string{
				{View: forum.Threaded, Order: forum.Newest}:     numbers(110, down),
				{View: forum.Threaded, Order: forum.Oldest}:     numbers(110, up),
				{View: forum.Threaded, Order: forum.Useful}:     numbers(110, useful),
				{View: forum.Conversation, Order: forum.Newest}: numbers(130, down),
				{View: forum.Conversation, Order: forum.Oldest}: numbers(130, up),
			} {
				page.Size = size
				same(t, fmt.Sprintf("%+v", page), o.all(page), want)
			}
		}
		whole := o.read(forum.Page{View: forum.Threaded, Order: forum.Oldest, All: true})
		if len(whole.Nodes) != 110 || whole.Next != "" || len(whole.Nodes[0].Children) != 3 || whole.Latest != comments[129].ID {
			t.Errorf("all at once: %d roots, next %q, latest %s", len(whole.Nodes), whole.Next, whole.Latest)
		}
	})
}

// Picks come by when they were picked, each once, and only while they are
// published; what was picked at the same instant comes by age.
func TestPicks(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		if d := o.read(forum.Page{View: forum.Picks}); d.Picked || len(d.Nodes) != 0 {
			t.Errorf("picks of none: %+v", d)
		}
		comments := storetest.Grow(t, o.s, o.story, o.guest().Account.ID, 60, func(i int) int { return i - 1 - i%2 })
		var want []string
		for _, i := range []int{40, 7, 8} {
			if err := o.ruleAs(o.owner, comments[i], forum.Feature); err != nil {
				t.Fatal(err)
			}
			o.clock.pass(time.Minute)
			want = append(want, comments[i].Source)
		}
		err := o.s.Write(ctx, o.clock.now(), func(ctx context.Context, tx *store.Tx) error {
			for _, c := range comments[10:38] {
				if err := tx.SetFeatured(ctx, o.site.ID, c.ID, o.clock.now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range comments[10:38] {
			want = append(want, c.Source)
		}
		same(t, "first picks", o.all(forum.Page{View: forum.Picks, Order: forum.Oldest}), want)
		slices.Reverse(want)
		same(t, "last picks", o.all(forum.Page{View: forum.Picks}), want)
		if d := o.read(forum.Page{View: forum.Picks}); !d.Picked || d.Next == "" || len(d.Nodes[0].Children) != 0 || d.Parents[d.Nodes[0].ParentID].ID == 0 {
			t.Errorf("a page of picks: %+v", d)
		}
		o.decide(comments[8], forum.Reject)
		same(t, "one rejected", o.all(forum.Page{View: forum.Picks}), slices.DeleteFunc(want, func(s string) bool { return s == comments[8].Source }))
		for _, after := range []string{"x", comments[1].ID.String(), "00." + comments[1].ID.String()} {
			if _, err := o.d.Discussion(ctx, o.story, forum.Page{View: forum.Picks, After: after}); !forum.IsKind(err, forum.NotFound) {
				t.Errorf("cursor %q: %v", after, err)
			}
		}
	})
}

func TestLoadAll_cap(t *testing.T) {
	storetest.NoRace(t)
	forEach(t, func(t *testing.T, o *office) {
		// Three roots of 2,000 comments each and one of 6,000.
		comments := storetest.Grow(t, o.s, o.story, o.owner.Account.ID, 12_000, func(i int) int {
			switch {
			case i < 4:
				return -1
			case i < 6001:
				return i % 3
			}
			return 3
		})
		first := o.read(forum.Page{View: forum.Threaded, Order: forum.Oldest, All: true})
		if len(first.Nodes) != 2 || first.Next != comments[1].ID.String() {
			t.Errorf("%d roots of 2,000 fit, next %q", len(first.Nodes), first.Next)
		}
		second := o.read(forum.Page{View: forum.Threaded, Order: forum.Oldest, All: true, After: comments[2].ID.String()})
		if n := second.Nodes; len(n) != 1 || len(n[0].Children) != forum.MaxAll || n[0].More != 999 {
			t.Errorf("a root beyond the cap: %d roots", len(n))
		}
		flat := o.read(forum.Page{View: forum.Conversation, All: true})
		if len(flat.Nodes) != forum.MaxAll || flat.Next == "" {
			t.Errorf("conversation: %d, next %q", len(flat.Nodes), flat.Next)
		}
		if wrong, err := o.d.Recount(ctx, o.site.ID, false); err != nil || len(wrong) != 0 {
			t.Errorf("%v, %v", wrong, err)
		}
	})
}

func TestRepliesPaging(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		comments := storetest.Grow(t, o.s, o.story, o.owner.Account.ID, 131, func(i int) int {
			if i%2 == 0 && i > 0 {
				return i - 1 // every other one answers the one before it
			}
			return min(i, 1) - 1
		})
		first := o.read(oldest)
		if got := outline(first.Nodes); got != "0(1(2) 3)+127" {
			t.Errorf("first view %s", got)
		}
		root := first.Nodes[0]
		seen := []string{"1", "2", "3"}
		for after := root.MoreAfter; after != ""; {
			r, err := o.d.Replies(ctx, o.site, root.ID, after)
			if err != nil {
				t.Fatal(err)
			}
			var walk func(nodes []*desk.Node)
			walk = func(nodes []*desk.Node) {
				for _, n := range nodes {
					seen = append(seen, n.Source)
					if n.ParentID != 0 && r.Parents[n.ParentID].ID == 0 {
						t.Errorf("the parent of %s is not there", n.Source)
					}
					walk(n.Children)
				}
			}
			walk(r.Nodes)
			after = r.Next
		}
		var want []string
		for i := 1; i <= 130; i++ {
			want = append(want, fmt.Sprint(i))
		}
		same(t, "replies in reading order, each once", seen, want)
		r, err := o.d.Replies(ctx, o.site, comments[1].ID, "")
		if err != nil || outline(r.Nodes) != "2" || r.Top.ID != comments[1].ID {
			t.Errorf("replies below a reply: %s, %v", outline(r.Nodes), err)
		}
		if r, err = o.d.Replies(ctx, o.site, comments[1].ID, comments[129].Path); err != nil || outline(r.Nodes) != "2" {
			t.Errorf("after a path elsewhere: %s, %v", outline(r.Nodes), err)
		}
	})
}

func TestDeepThread(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		people := []forum.Actor{o.guest(), o.guest()}
		var line []forum.Comment
		parent := forum.ID(0)
		for i := range 150 {
			c := o.post(people[i%2], parent, fmt.Sprint(i))
			if want := min(i, forum.MaxDepth); c.Depth != want || c.ParentID != parent {
				t.Fatalf("level %d sits at depth %d below %s", i, c.Depth, c.ParentID)
			}
			parent, line = c.ID, append(line, c)
		}
		link, err := o.d.Permalink(ctx, o.site, forum.Actor{}, line[149].ID)
		if err != nil {
			t.Fatal(err)
		}
		n, depth := link.Nodes[0], 0
		for len(n.Children) > 0 {
			n = n.Children[0]
			depth++
		}
		if n.ID != line[149].ID || depth != forum.MaxDepth || link.Parents[line[148].ID].Source != "148" {
			t.Errorf("the permalink ends in %s at depth %d", n.Source, depth)
		}
		link, err = o.d.Permalink(ctx, o.site, forum.Actor{}, line[50].ID)
		if err != nil || link.Target.Source != "50" {
			t.Fatal(err)
		}
		for n = link.Nodes[0]; n.ID != line[50].ID; n = n.Children[0] {
			if len(n.Children) != 1 {
				t.Fatalf("%s has %d children on the way", n.Source, len(n.Children))
			}
		}
		if n.More != n.Descendants-forum.MoreReplies || n.MoreAfter == "" {
			t.Errorf("%d more below, %d in all", n.More, n.Descendants)
		}
		o.decide(line[120], forum.Reject)
		o.decide(line[60], forum.Reject)
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestPermalink_whatIsPublic(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		a := o.post(o.guest(), 0, "a")
		author := o.guest()
		b := o.post(author, a.ID, "b")
		c := o.post(o.guest(), b.ID, "c")
		o.decide(b, forum.Reject)
		link, err := o.d.Permalink(ctx, o.site, forum.Actor{}, c.ID)
		if err != nil || outline(link.Nodes) != "a(†(c))" || link.Story.ID != o.story.ID {
			t.Errorf("%s, %v", outline(link.Nodes), err)
		}
		if _, err := o.d.Permalink(ctx, o.site, forum.Actor{}, b.ID); err != nil {
			t.Errorf("a tombstone has no permalink: %v", err)
		}
		o.decide(c, forum.Reject)
		for what, id := range map[string]forum.ID{"rejected": c.ID, "rejected above it": b.ID, "unknown": 7} {
			_, err := o.d.Permalink(ctx, o.site, o.guest(), id)
			refused(t, what, err, "error.notFound", "")
			_, err = o.d.Replies(ctx, o.site, id, "")
			refused(t, what, err, "error.notFound", "")
		}
		if _, err := o.d.Permalink(ctx, o.site, author, b.ID); err != nil {
			t.Errorf("its author does not see it: %v", err)
		}
		mine, err := o.d.Mine(ctx, o.site, author, 0, 9)
		if err != nil || len(mine) != 1 || mine[0].Comment.State != forum.Rejected || mine[0].Parent.ID != a.ID {
			t.Errorf("mine: %+v, %v", mine, err)
		}
	})
}

func TestPulse(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		me, other := o.guest(), o.guest()
		mine := o.post(me, 0, "mine")
		pulse := func(since forum.ID, fresh, answers int) {
			t.Helper()
			p, err := o.d.Pulse(ctx, o.site, me, o.story.ID, since)
			if err != nil || p.New != fresh || p.Answers != answers {
				t.Errorf("%d new, %d answers, %v; want %d, %d", p.New, p.Answers, err, fresh, answers)
			}
		}
		pulse(mine.ID, 0, 0)
		o.post(other, 0, "x")
		o.post(other, mine.ID, "answer")
		o.post(me, mine.ID, "to myself")
		pulse(mine.ID, 3, 1)
		o.site.Settings.HoldFirst = true
		held := o.post(o.guest(), mine.ID, "held answer")
		pulse(mine.ID, 3, 1)
		o.decide(held, forum.Publish)
		pulse(mine.ID, 4, 2)
		pulse(held.ID, 0, 0)
		overlay, err := o.d.Overlay(ctx, me, o.story)
		if err != nil || len(overlay.Own) != 2 || overlay.Own[0].Source != "to myself" {
			t.Errorf("overlay: %+v, %v", overlay.Own, err)
		}
		_, err = o.d.Pulse(ctx, o.site, me, 7, 0)
		refused(t, "no story", err, "error.notFound", "")
	})
}

func TestSearch_sameAnswers(t *testing.T) {
	texts := []string{
		"Turkish tanks rolled in", "The TANK is naïve about Straße", "Танки и мир, Ёлка", "الدبابات في إسطنبول محمد", "İstanbul'da ılık bir gün",
		"李小龙 和 戦争と平和", "नरेन्द्र मोदी", "한국어를 배우다", "50% of 2²⁰ https://example.com/a", "שָׁלוֹם עולם", "tanker tanks tank", "emoji 🙂 only",
	}
	queries := map[string][]int{
		"tank": {10, 1, 0}, "tank ": {10, 1}, "TANKS ": {10, 0}, "naive strasse": {1}, "танки": {2}, "елка": {2}, "МИР ": {2}, "محمد": {3},
		"istanbul": {4}, "ISTANBUL ": {4}, "ILIK": {4}, "小龙": {5}, "平和": {5}, "मोदी": {6}, "한국": {7}, "example": {8}, "50": {8},
		"שלום": {9}, "tank tanker ": {10}, "": nil, "🙂": nil, "%": nil, "_": nil, "absent": nil, "' or 1=1": nil, "turkish absent ": nil, "t": nil,
	}
	forEach(t, func(t *testing.T, o *office) {
		for _, text := range texts {
			o.clock.pass(time.Second)
			o.post(o.guest(), 0, text)
		}
		gone := o.post(o.guest(), 0, "tank tanks tanker мир")
		o.decide(gone, forum.Reject)
		o.index()
		for query, want := range queries {
			for _, story := range []forum.ID{0, o.story.ID} {
				found, err := o.d.Search(ctx, o.site, story, query, 0)
				if err != nil {
					t.Errorf("%q: %v", query, err)
				}
				var got []int
				for _, h := range found.Hits {
					got = append(got, slices.Index(texts, h.Comment.Source))
				}
				same(t, fmt.Sprintf("%q", query), got, want)
			}
		}
		if found, _ := o.d.Search(ctx, o.site, 7, "tank", 0); len(found.Hits) != 0 {
			t.Error("another story's comments are found")
		}
		for i := range 60 {
			o.post(o.guest(), 0, fmt.Sprint("needle ", i))
		}
		o.index()
		var got []string
		for before := forum.ID(0); ; {
			found, err := o.d.Search(ctx, o.site, o.story.ID, "needle", before)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range found.Hits {
				got = append(got, h.Comment.Source)
			}
			if before = found.Next; before == 0 {
				break
			}
		}
		if slices.Sort(got); len(slices.Compact(got)) != 60 {
			t.Errorf("%d hits", len(got))
		}
	})
}

// The first view of a discussion reads as many rows whether there are a hundred
// comments or ten thousand.
func TestFirstView_rows(t *testing.T) {
	if testing.Short() {
		t.Skip("counts rows in the thousands")
	}
	storetest.NoRace(t)
	forEach(t, func(t *testing.T, o *office) {
		shapes := map[string]func(i int) int{
			"all roots": storetest.Roots,
			"one root":  func(i int) int { return min(i, 1) - 1 },
			"mixed": func(i int) int {
				if i < 40 {
					return -1
				}
				return (i * 7) % i
			},
		}
		for shape, parents := range shapes {
			for _, view := range []forum.View{forum.Threaded, forum.Conversation} {
				var rows []int64
				for _, n := range []int{100, 10_000} {
					story := storetest.Story(t, o.s, o.site.ID, shape)
					storetest.Grow(t, o.s, story, o.owner.Account.ID, n, parents)
					before := o.s.RowsRead()
					d, err := o.d.Discussion(ctx, story, forum.Page{View: view})
					if err != nil || len(d.Nodes) == 0 {
						t.Fatal(len(d.Nodes), err)
					}
					rows = append(rows, o.s.RowsRead()-before)
				}
				if rows[1] > rows[0]+forum.FirstReplies*25 || (shape != "mixed" && rows[1] > rows[0]) || rows[1] > 150 {
					t.Errorf("%s, %s: %d rows of 100 comments, %d of 10,000", shape, view, rows[0], rows[1])
				}
			}
		}
	})
}

func TestStories(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		put := func(a desk.Article) forum.Story {
			t.Helper()
			s, _, err := o.d.PutStory(ctx, o.site, a)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		find := func(ref desk.StoryRef, want forum.ID) {
			t.Helper()
			s, err := o.d.FindStory(ctx, o.site, ref)
			if want == 0 {
				refused(t, "unknown story", err, "error.notFound", "")
			} else if err != nil || s.ID != want {
				t.Errorf("%+v is %s, %v; want %s", ref, s.ID, err, want)
			}
		}
		a := put(desk.Article{URL: "https://paper.example/a?utm_source=x", Headline: " A ", Section: "world", Body: "*b* <script>"})
		if a.Headline != "A" || a.Lang != "en" || a.State != forum.StoryOpen || !a.Listed || strings.Contains(a.BodyHTML, "<script") || a.URL != "https://paper.example/a" {
			t.Errorf("%+v", a)
		}
		for _, url := range []string{"https://paper.example/a", "http://www.paper.example/a/#c", "https://paper.example:443/a?fbclid=1"} {
			find(desk.StoryRef{URL: url}, a.ID)
		}
		find(desk.StoryRef{URL: "https://paper.example/A"}, 0)
		find(desk.StoryRef{}, 0)
		// The newsroom begins to send its own id, and moves the page.
		b := put(desk.Article{ExternalID: "cms 7", URL: "https://paper.example/a", Headline: "B"})
		c := put(desk.Article{ExternalID: "cms 7", URL: "https://paper.example/moved", Headline: "C"})
		if b.ID != a.ID || c.ID != a.ID || c.Revision != 3 {
			t.Errorf("one story became several: %s %s %s, revision %d", a.ID, b.ID, c.ID, c.Revision)
		}
		find(desk.StoryRef{ExternalID: "cms 7"}, a.ID)
		find(desk.StoryRef{URL: "https://paper.example/moved"}, a.ID)
		find(desk.StoryRef{URL: "https://paper.example/a"}, a.ID)
		find(desk.StoryRef{ExternalID: "cms 8", URL: "https://paper.example/a"}, 0)
		// Another article under an address that was used before is not the first.
		d := put(desk.Article{ExternalID: "cms 8", URL: "https://paper.example/a", Headline: "D"})
		if got, _ := o.d.Story(ctx, o.site.ID, a.ID); d.ID == a.ID || got.Headline != "C" {
			t.Errorf("another article overwrote the first: %+v", got)
		}
		find(desk.StoryRef{ExternalID: "cms 8", URL: "https://paper.example/a"}, d.ID)
		find(desk.StoryRef{URL: "https://paper.example/a"}, a.ID)
		for field, bad := range map[string]desk.Article{
			"headline":   {Headline: " "},
			"section":    {Headline: "x", Section: "none"},
			"state":      {Headline: "x", State: "ajar"},
			"url":        {Headline: "x", URL: "javascript:alert(1)"},
			"externalId": {Headline: "x", ExternalID: "a\nb"},
			"caption":    {Headline: "x", Caption: "a\x00"},
			"lede":       {Headline: "x", Lede: strings.Repeat("a", 2001)},
			"picture":    {Headline: "x", Picture: []byte("<svg/>")},
		} {
			_, _, err := o.d.PutStory(ctx, o.site, bad)
			if !forum.IsKind(err, forum.Invalid) || !strings.Contains(err.Error(), "("+field+")") {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestEmbedded_unknownStory(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		post := func(ref desk.StoryRef) (desk.Posted, error) {
			d := draftOf(0, 0, "x")
			d.Ref = ref
			return o.d.Post(ctx, o.site, o.guest(), d)
		}
		for _, url := range []string{
			"https://evil.example/a", "http://paper.example/a", "https://paper.example:8443/a", "https://paper.example.evil.example/", "https://sub.paper.example/a",
		} {
			_, err := post(desk.StoryRef{URL: url})
			refused(t, url, err, "error.originRefused", "")
		}
		_, err := post(desk.StoryRef{URL: "https://paper.example@evil.example/"})
		refused(t, "credentials", err, "error.storyURL", "url")
		_, err = post(desk.StoryRef{})
		refused(t, "nothing", err, "error.storyURL", "url")
		for _, title := range []string{"Title", "", "a\x00b", "\xff", strings.Repeat("я", 400)} {
			p, err := post(desk.StoryRef{URL: "https://paper.example/" + fmt.Sprint(len(title)), Title: title})
			if err != nil || p.Story.Listed || p.Story.Comments != 1 || p.Story.Headline == "" || strings.Contains(p.Story.Headline, "\x00") || !utf8.ValidString(p.Story.Headline) || len([]rune(p.Story.Headline)) > 300 {
				t.Errorf("%.9q: %+v, %v", title, p.Story, err)
			}
		}
		p, err := post(desk.StoryRef{URL: "https://paper.example/5#again"})
		if err != nil || p.Story.Comments != 2 || p.Story.Headline != "Title" {
			t.Errorf("%+v, %v", p.Story, err)
		}
		lost, err := o.d.LostStories(ctx, o.site.ID)
		if err != nil || len(lost) != 0 {
			t.Errorf("lost stories: %v, %v", lost, err)
		}
	})
}

func TestImport(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		in := desk.Import{Article: desk.Article{URL: "https://old.example/tanks", Headline: "Old"}, DryRun: true, Comments: []desk.ImportedComment{
			{SourceID: "1", Parent: -1, Name: "Mitach", Text: "first"},
			{SourceID: "2", Parent: 0, Name: "teddy", Text: "second", Guessed: true},
			{SourceID: "3", Parent: -1, Text: "nameless", At: time.Date(2008, 1, 2, 0, 0, 0, 0, time.UTC)},
			{SourceID: "4", Parent: -1, Text: "nameless too", ParentName: "ghost"},
			{SourceID: "5", Parent: 1, Name: "Mitach", Text: "third"},
		}}
		got, err := o.d.Import(ctx, o.site, in)
		if err != nil || got.Added != 5 || !got.NewStory {
			t.Fatalf("dry run: %+v, %v", got, err)
		}
		if _, err := o.d.FindStory(ctx, o.site, desk.StoryRef{URL: in.Article.URL}); !forum.IsKind(err, forum.NotFound) {
			t.Errorf("a dry run kept the story: %v", err)
		}
		in.DryRun = false
		short := in
		short.Comments = in.Comments[:3]
		if got, err = o.d.Import(ctx, o.site, short); err != nil || got.Added != 3 || got.Story.Comments != 3 {
			t.Fatalf("first run: %+v, %v", got, err)
		}
		if got, err = o.d.Import(ctx, o.site, in); err != nil || got.Added != 2 || got.Known != 3 || got.NewStory || got.Story.Comments != 5 {
			t.Errorf("longer run: %+v, %v", got, err)
		}
		o.story = got.Story
		again, err := o.d.Import(ctx, o.site, in)
		if err != nil || again.Added != 0 || again.Known != 5 || again.Story.Revision != got.Story.Revision {
			t.Errorf("again: %+v, %v", again, err)
		}
		o.shows("first(second(third)) nameless nameless too")
		roots := o.read(oldest).Nodes
		second := roots[0].Children[0]
		if !roots[0].CreatedAt.IsZero() || roots[1].CreatedAt.Year() != 2008 || !second.Guessed || roots[2].ParentName != "ghost" {
			t.Errorf("%+v", roots)
		}
		if second.Children[0].AuthorKey != roots[0].AuthorKey || roots[1].AuthorKey == roots[2].AuthorKey || second.AuthorKey == roots[0].AuthorKey {
			t.Error("authors are mixed up")
		}
		// Nobody is kept from a name by an archive.
		d := draftOf(o.story.ID, roots[0].ID, "it is me")
		d.Byline, d.Name = forum.BylineName, "Mitach"
		if _, err := o.d.Post(ctx, o.site, o.guest(), d); err != nil {
			t.Errorf("a name of the archive: %v", err)
		}
		for what, bad := range map[string]desk.ImportedComment{
			"no id": {Parent: -1, Text: "x"}, "parent after it": {SourceID: "9", Parent: 1, Text: "x"}, "an id twice": {SourceID: "1", Parent: 0, Text: "x"},
			"bad name": {SourceID: "9", Parent: -1, Name: "\x00", Text: "x"}, "no text": {SourceID: "9", Parent: -1}, "parent far": {SourceID: "9", Parent: 99, Text: "x"},
		} {
			broken := desk.Import{Article: desk.Article{URL: "https://old.example/broken", Headline: "B"}, Comments: []desk.ImportedComment{in.Comments[0], bad}}
			if _, err := o.d.Import(ctx, o.site, broken); err == nil {
				t.Errorf("%s is imported", what)
			}
			if _, err := o.d.FindStory(ctx, o.site, desk.StoryRef{URL: "https://old.example/broken"}); !forum.IsKind(err, forum.NotFound) {
				t.Errorf("%s leaves a story behind: %v", what, err)
			}
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

func TestRecount_mends(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		c := o.post(o.guest(), 0, "a")
		storetest.Write(t, o.s, func(_ ctxT, tx txT) error { return tx.CountStanding(ctx, o.site.ID, c.AccountID, 5, 5) })
		if wrong, err := o.d.Recount(ctx, o.site.ID, true); err != nil || len(wrong) != 2 {
			t.Errorf("%v, %v", wrong, err)
		}
		if wrong, err := o.d.Recount(ctx, o.site.ID, false); err != nil || len(wrong) != 0 {
			t.Errorf("%v, %v", wrong, err)
		}
	})
}

// TestPermalink_revision edits a comment while its page is read. No page may hold a
// text that is older than the revision by which the page is kept.
func TestPermalink_revision(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		author := o.reader()
		c := o.post(author, 0, "text 0")
		o.post(author, c.ID, "An answer.")
		revision := func() int64 {
			x, err := o.s.Story(ctx, o.site.ID, o.story.ID)
			if err != nil {
				t.Error(err)
			}
			return x.Revision
		}
		newest := map[int64]int{revision(): 0} // by revision
		type page struct {
			revision int64
			texts    [2]string // of the permalink, and above its replies
		}
		var read []page
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 1; i <= 150; i++ {
				if _, err := o.d.Edit(ctx, o.site, author, c.ID, fmt.Sprint("text ", i), false); err != nil {
					t.Error(err)
					return
				}
				newest[revision()] = i
			}
		}()
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			one, err := o.d.Permalink(ctx, o.site, forum.Actor{}, c.ID)
			if err != nil {
				t.Fatal(err)
			}
			more, err := o.d.Replies(ctx, o.site, c.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, page{one.Story.Revision, [2]string{one.Target.Source, ""}}, page{more.Story.Revision, [2]string{"", more.Top.Source}})
		}
		for _, p := range read {
			for _, text := range p.texts {
				var i int
				if _, err := fmt.Sscanf(text, "text %d", &i); err == nil && i < newest[p.revision] {
					t.Fatalf("%q is read as revision %d, which has text %d", text, p.revision, newest[p.revision])
				}
			}
		}
		t.Logf("%d pages of %d revisions", len(read), len(newest))
	})
}
