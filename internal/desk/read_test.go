package desk_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

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
