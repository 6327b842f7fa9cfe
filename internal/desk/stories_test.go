package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

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
