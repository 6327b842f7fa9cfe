package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// Keys and counters of comments that are held or rejected, of staff, newcomers and
// known readers.
func TestPost_countersByFate(t *testing.T) {
	forEach(t, func(t *testing.T, o *office) {
		o.rule(forum.StageOn, `{"text": {"row": 7}}`, `{"do": "hold"}`)
		o.rule(forum.StageOn, `{"text": {"longer": 200}}`, `{"do": "reject", "reason": "abuse"}`)
		words := map[string]string{"fine": "fine", "holdme": "zzzzzzzzzz", "rejectme": strings.Repeat("many a word ", 20)}
		known := o.guest()
		for who, by := range map[string]forum.Actor{"newcomer": {Network: "n"}, "known": known, "staff": o.owner} {
			for _, word := range []string{"fine", "holdme", "rejectme"} {
				for _, keyed := range []bool{true, false} {
					d := draftOf(o.story.ID, 0, fmt.Sprint(who, " ", words[word], " ", keyed))
					if !keyed {
						d.Key = ""
					}
					x, err := o.d.Post(ctx, o.site, by, d)
					if err != nil {
						t.Fatalf("%s %s: %v", who, word, err)
					}
					again, err := o.d.Post(ctx, o.site, by, d)
					if err != nil || !again.Repeat || again.Comment.ID != x.Comment.ID || again.Comment.State != x.Comment.State {
						t.Errorf("%s %s again: %+v %v", who, word, again, err)
					}
					want := map[string]forum.State{"fine": forum.Published, "holdme": forum.Held, "rejectme": forum.Rejected}[word]
					if who == "staff" {
						want = forum.Published
					}
					if x.Comment.State != want {
						t.Errorf("%s %s: %s", who, word, x.Comment.State)
					}
					story, _ := o.s.Story(ctx, o.site.ID, o.story.ID)
					if story.Comments != x.Story.Comments || story.Held != x.Story.Held {
						t.Errorf("%s %s: story told %d %d, is %d %d", who, word, x.Story.Comments, x.Story.Held, story.Comments, story.Held)
					}
					storetest.CheckCounters(t, o.s, o.site.ID)
				}
			}
		}
		o.site.Settings.HoldFirst = true
		x, err := o.d.Post(ctx, o.site, forum.Actor{Network: "m"}, draftOf(o.story.ID, 0, "first held"))
		if err != nil || x.Comment.State != forum.Held {
			t.Errorf("first of a newcomer: %s %v", x.Comment.State, err)
		}
		fresh := o.guest()
		if x, err = o.d.Post(ctx, o.site, fresh, draftOf(o.story.ID, 0, "first held too")); err != nil || x.Comment.State != forum.Held {
			t.Errorf("first of a known: %s %v", x.Comment.State, err)
		}
		if x, err = o.d.Post(ctx, o.site, known, draftOf(o.story.ID, 0, "not first")); err != nil || x.Comment.State != forum.Published {
			t.Errorf("not first: %s %v", x.Comment.State, err)
		}
		storetest.CheckCounters(t, o.s, o.site.ID)
	})
}

// Many at two nodes, under one story, with repeats, refusals and held ones, by newcomers
// and known readers.
func TestRace_twoNodesRepeat(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			url := storetest.URL(t, engine)
			o := newOffice(t, storetest.OpenAt(t, url))
			nodes := []*desk.Desk{o.d, o.d}
			if engine == "postgres" {
				nodes[1] = desk.New(storetest.OpenAt(t, url), func() time.Time { return o.clock.now().Add(time.Millisecond) })
			}
			o.rule(forum.StageOn, `{"text": {"row": 7}}`, `{"do": "hold"}`)
			var people []forum.Actor
			for range 6 {
				people = append(people, o.guest())
			}
			people = append(people, forum.Actor{Network: "a"}, forum.Actor{Network: "b"})
			root := o.post(people[0], 0, "root")
			second, _, err := o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "second", Headline: "second"})
			if err != nil {
				t.Fatal(err)
			}
			drafts := map[int]desk.Draft{}
			for k := range 40 {
				d := draftOf(o.story.ID, 0, fmt.Sprint("words number ", k))
				switch k % 5 {
				case 1:
					d.Parent = root.ID
				case 2:
					d.Text += " zzzzzzzzzzz"
				case 3:
					d.Story = second.ID
				case 4:
					d.Parent = 12345 // refused
				}
				if k%3 == 0 {
					d.Key = ""
				}
				drafts[k] = d
			}
			ids := make([]forum.ID, 240)
			errs := atOnce(240, func(i int) error {
				k := i / 6
				x, err := nodes[i%2].Post(ctx, o.site, people[k%len(people)], drafts[k])
				ids[i] = x.Comment.ID
				return err
			})
			for i, err := range errs {
				k := i / 6
				if k%5 == 4 {
					refused(t, fmt.Sprint(i), err, "error.parentGone", "parent")
					continue
				}
				if err != nil || ids[i] != ids[k*6] {
					t.Errorf("%d: %s, want %s, %v", i, ids[i], ids[k*6], err)
				}
			}
			storetest.CheckCounters(t, o.s, o.site.ID)
		})
	}
}
