// Package frontendtest has invented pages with every shape that a template must
// survive, and checks of the HTML that came out. Only tests may use it.
package frontendtest

import (
	"fmt"
	"time"

	"parley/frontend/view"
	"parley/internal/forum"
	"parley/internal/markup"
)

// Noon is the instant at which the invented pages are made.
var Noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// ID returns the n-th invented id.
func ID(n int) forum.ID {
	id, err := forum.MintAt(Noon.Add(-time.Duration(1000-n)*time.Minute), n)
	if err != nil {
		panic(err)
	}
	return id
}

// Shell returns the surroundings of a page in a language.
func Shell(loc string) view.Shell {
	return view.Shell{
		SiteName: "The Harbour Courier", SiteSlug: "harbour", BaseURL: "https://courier.example", Locale: loc,
		Title: "The ferries will run at night again", Path: "/s/1/ferries",
		Sections: []forum.Section{
			{Slug: "town", Name: "Town"},
			{Slug: "world", Name: "World"},
			{Slug: "science", Name: "Science"},
			{Slug: "culture", Name: "Culture"},
			{Slug: "opinion", Name: "Opinion"},
		},
		Section: "town", Styles: "/assets/site.css", Script: "/assets/site.js",
		Head: view.Head{
			Canonical: "https://courier.example/s/1/ferries", Description: "A trial of six months begins in December.",
			Image: "https://courier.example/media/1", Type: "article", Published: Noon,
			JSONLD: `{"@context":"https://schema.org","@type":"NewsArticle"}`,
			Atom:   "https://courier.example/feed.atom", JSONFeed: "https://courier.example/feed.json",
		},
	}
}

// comment returns the n-th comment with a text.
func comment(n int, name, text string) view.Comment {
	id := ID(n)
	c := view.Comment{
		ID: id, Path: "/c/" + id.String(), Name: name, Kind: forum.BylineName, Author: fmt.Sprintf("a%d", n),
		HTML: markup.HTML("<p>" + text + "</p>"), Lang: "en", At: Noon.Add(-time.Duration(1000-n) * time.Minute),
		State: forum.Published, Up: n % 14, Down: n % 3,
	}
	if name == "" {
		c.Kind = forum.BylineNone
	}
	return c
}

// below hangs replies under a comment and names their parent.
func below(parent view.Comment, replies ...view.Comment) view.Comment {
	for i := range replies {
		p := &view.Parent{
			ID: parent.ID, Path: parent.Path, Anchor: "#c-" + parent.ID.String(), Name: parent.Name,
			HTML: parent.HTML, Author: parent.Author, Gone: parent.Gone,
		}
		if p.Name == "" && p.Gone == "" {
			p.Excerpt = "Nobody asked the people who"
		}
		if p.Gone != "" {
			p.HTML, p.Name = "", ""
		}
		replies[i].Parent = p
		parent.Hidden += 1 + replies[i].Hidden
		deepen(&replies[i], parent.Depth+1)
	}
	parent.Children = append(parent.Children, replies...)
	return parent
}

func deepen(c *view.Comment, depth int) {
	c.Depth = depth
	for i := range c.Children {
		deepen(&c.Children[i], depth+1)
	}
}

// Thread returns comments of every shape: scripts, tombstones, deep branches,
// the personal marks, and text that tries to leave its place.
func Thread() []view.Comment {
	staff := comment(40, "Mara Lindqvist", "Thank you for asking. The timetable is a draft; the harbour office publishes the final one on Friday, and we will link it here.")
	staff.Staff = true
	edited := comment(41, "Tomasz W.", "My shift ends at one. For two years that has meant a taxi or a bench.</p><p>Six months is short, but it is a start, and I would rather have an imperfect boat than a perfect study.")
	edited.Edited = true
	rejected := comment(30, "", "")
	rejected.Gone, rejected.State, rejected.HTML, rejected.Author = view.GoneRejected, forum.Rejected, "", ""
	withdrawn := comment(31, "", "")
	withdrawn.Gone, withdrawn.State, withdrawn.HTML, withdrawn.Author = view.GoneWithdrawn, forum.Withdrawn, "", ""
	nameless := comment(20, "", "Nobody asked the people who live on the quay whether they want engines at three in the morning.")
	unknown := comment(10, "wanderer_1959", "I remember the old night boat. You could smell the coffee from the pier.")
	unknown.At = time.Time{}
	unknown.Parent = &view.Parent{Name: "cast235", Guessed: true}
	zalgo := comment(11, "Z̷̢͉̈a̶l̸̝͆g̵o", "T̵̡̛͎͖͈͗̈́̅o̷̡̳̱͛̅ ̷̜̆i̸͇̊n̷̝̍v̷̠̒o̸k̶e̷ ̶t̸h̷e̸ ̷h̷i̷v̵e̷ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	arabic := comment(12, "ليلى حداد", "أعمل في المستشفى ليلًا، وهذا الخط يعني لي ساعة نوم إضافية كل يوم.")
	arabic.Lang = "ar"
	russian := comment(13, "Ирина Соколова", "А кто будет платить, если пассажиров окажется мало? В статье об этом ни слова.")
	russian.Lang = "ru"
	more := below(comment(50, "Elif Yıldız", "The last line of the article is the important one: the trial ends <em>before</em> the summer, when the boats would be full.</p><blockquote><p>the trial will end in May</p></blockquote><p>So it is measured in the worst months. Draw your own conclusions."),
		below(edited, below(staff, below(comment(42, "Tomasz W.", "Good. Please ask them about the winter storms too."), deep(43)))),
		below(rejected, comment(32, "Jonas", "I do not agree, but it was worth saying calmly.")),
		below(withdrawn, comment(33, "Odile", "Why withdraw it? It was the best point so far.")),
	)
	more.More, more.MoreURL = 9, "/c/"+more.ID.String()+"/replies?after=11"
	more.Hidden += 9
	return []view.Comment{more, below(nameless, russian, arabic), unknown, zalgo}
}

// deep returns a comment with a chain of replies below it, past the level at
// which indentation ends.
func deep(n int) view.Comment {
	c := comment(n, fmt.Sprintf("Reader %d", n), "And then there is the question of the pier lights, which nobody has answered yet.")
	if n < 47 {
		return below(c, deep(n+1))
	}
	return c
}

// Personal returns the thread as one reader sees it.
func Personal() []view.Comment {
	all := Thread()
	all[0].New, all[0].Vote = true, forum.VoteUp
	all[0].Children[0].Vote = forum.VoteDown
	all[2].Muted = true
	own := comment(60, "You", "My own words, not yet seen by anybody else.")
	own.Own, own.State, own.Editable, own.MayWithdraw = true, forum.Held, Noon.Add(5*time.Minute), true
	mine := comment(61, "You", "My own words, seen by everybody.")
	mine.Own, mine.MayWithdraw = true, true
	return append([]view.Comment{own, mine}, all...)
}

// Box returns the form of a new comment.
func Box() view.Box {
	return view.Box{
		Action: "/comments", Preview: "/preview", StoryID: ID(1),
		Bylines: []forum.BylineKind{forum.BylineName, forum.BylinePseudonym, forum.BylineNone},
		Byline:  forum.BylineName, MaxLength: 5000, Links: true,
		Guidelines: "Be kind to people and hard on arguments.",
	}
}

// WrongBox returns a reply's form with an error at every field.
func WrongBox() view.Box {
	b := Box()
	p := comment(20, "", "Nobody asked the people who live on the quay.")
	b.Parent = &view.Parent{ID: p.ID, Path: p.Path, Anchor: p.Path, Excerpt: "Nobody asked", HTML: p.HTML}
	b.Text, b.Name, b.Key = "Have a look at https://spam.example and tell me", "The Harbour Courier", "key-1"
	b.PreviewOf = "<p>Have a look at https://spam.example and tell me</p>"
	b.Errors = []view.FieldError{
		{Field: "text", Text: "Links are not allowed here."},
		{Field: "name", Text: "This name looks like one of the newsroom. Choose another."},
		{Field: "byline", Text: "This site does not allow that kind of name."},
		{Text: "That was too fast. Try again in 12 seconds."},
	}
	return b
}

// Discussion returns a whole discussion in a language.
func Discussion(loc string) view.Discussion {
	return view.Discussion{
		StoryID: ID(1), StoryURL: "/s/" + ID(1).String() + "/ferries", Locale: loc, Lang: "en",
		Headline: "The ferries will run at night again", Revision: 7, Count: 1234, Latest: ID(60),
		State: forum.StoryOpen, Page: forum.DefaultPage(), Comments: Thread(),
		Next: "/s/1/ferries?after=x", All: "/s/1/ferries?all=1", Search: "/s/1/search",
		Feeds: view.Feeds{Atom: "/s/1/feed.atom", JSON: "/s/1/feed.json"}, Box: Box(),
	}
}

// Story returns a story page in a language.
func Story(loc string) view.Story {
	return view.Story{
		Shell: Shell(loc), ID: ID(1), Headline: "The ferries will run at night again",
		Lede:   "From December, boats leave the old harbour every forty minutes until dawn. The trial costs less than one mile of road.",
		Byline: "Mara Lindqvist", Section: "Town", SectionURL: "/section/town", Lang: "en",
		At: Noon, Updated: Noon.Add(time.Hour), Picture: Picture(),
		Body:       `<p>The last night boat left the old harbour eleven years ago, half empty and an hour late. Next month its successor casts off at a quarter past midnight, and every forty minutes after that until the bakers open.</p><p>“We counted who was walking home,” says the harbour master. “It was nurses, cooks and people who had missed the last bus. Nobody had ever counted them before.”</p><h2>What it costs</h2><p>The trial runs until May. Two boats, built for tourists and idle all winter, are being fitted with heating and lights that do not shine into bedrooms.</p><blockquote><p>A boat is the only road that needs no repair.</p></blockquote><p>Residents of the quay have asked for quieter engines. The office has promised to publish the measurements every week.</p>`,
		Discussion: Discussion(loc),
	}
}

// Picture returns a picture with its words.
func Picture() view.Picture {
	return view.Picture{
		Src: "/media/1", Width: 1600, Height: 1067, Alt: "A ferry at a quay before sunrise",
		Caption: "The Sandpiper at the old quay, an hour before sunrise.", Credit: "Photograph: Odile Marchetti",
	}
}

// Front returns a front page in a language.
func Front(loc string) view.Front {
	words := [][4]string{
		{"Town", "The ferries will run at night again", "From December, boats leave the old harbour every forty minutes until dawn. The trial costs less than one mile of road.", "en"},
		{"Science", "A seed bank opens its doors to gardeners", "Three hundred kinds of beans are looking for a windowsill.", "en"},
		{"مدينة", "مكتبة الحيّ تفتح أبوابها حتى منتصف الليل", "قرّاء الليل يحصلون على ما طلبوه منذ أعوام: ضوء هادئ وكرسي فارغ.", "ar"},
		{"Dünya", "Köy okulunun çatısında rüzgâr ölçülüyor", "Öğrencilerin yaptığı ölçüm aleti, adanın ilk rüzgâr haritasını çıkardı.", "tr"},
		{"Культура", "Оркестр без дирижёра играет второй сезон", "Музыканты договариваются взглядами, а публика учится слушать паузы.", "ru"},
		{"Opinion", "Leave the weeds in the cracks", "A tidy pavement is a dead one, and we have enough of those.", "en"},
		{"Culture", "The clockmaker who stopped at noon", "", "en"},
	}
	f := view.Front{Shell: Shell(loc), More: "/?after=x"}
	for i, w := range words {
		t := view.Teaser{
			ID: ID(i + 1), Path: "/s/" + ID(i+1).String() + "/story", Section: w[0], Headline: w[1], Lede: w[2], Lang: w[3],
			Byline: "Mara Lindqvist", At: Noon.Add(-time.Duration(i) * time.Hour), Comments: []int{1234, 18, 0, 2, 45, 1, 7}[i],
			Picture: Picture(),
		}
		if i == 5 {
			t.Picture = view.Picture{}
		}
		t.Picture.Src = picture(t.Picture.Src, i)
		f.Stories = append(f.Stories, t)
	}
	return f
}

func picture(src string, i int) string {
	if src == "" {
		return ""
	}
	return fmt.Sprintf("/media/%d", i+1)
}

// Reasons returns what a rejection may name.
func Reasons() []view.Reason {
	return []view.Reason{{Code: "abuse", Words: "Insult or harassment"}, {Code: "spam", Words: "Advertising or spam"}}
}

// Desk returns a queue of the desk.
func Desk(loc string) view.Desk {
	held := comment(70, "Sofia Brandt", "I have lived on the quay for thirty years and I will say this once: buy curtains.")
	held.State = forum.Held
	reported := comment(71, "", "You people have no idea. Visit my page for the truth about the harbour office.")
	reported.Parent = &view.Parent{ID: ID(20), Path: "/c/x", Name: "Jonas", HTML: "<p>The office should answer in public.</p>"}
	decided := comment(72, "Odile", "Removed words.")
	decided.State = forum.Rejected
	reasons := []view.Reason{{Code: "abuse", Words: "Insult or harassment"}, {Code: "spam", Words: "Advertising or spam"}}
	return view.Desk{
		Shell: Shell(loc), Queue: "held", Tabs: []view.DeskTab{
			{Queue: "reported", Path: "/desk/reported", Count: view.Figure{N: 3, Shown: true}},
			{Queue: "held", Path: "/desk/held", Count: view.Figure{N: 1000, Many: true, Shown: true}},
			{Queue: "decided", Path: "/desk/decided"},
		},
		Action: "/desk/decisions", Back: "/desk/held", Bulk: "/desk/bulk", Reasons: reasons, Next: "/desk/held?after=x",
		Flash: "The comment is published.", Total: view.Figure{N: 1000, Many: true, Shown: true}, Pulse: "/desk/pulse?queue=held",
		May: view.DeskRights{Feature: true, Sanction: true, History: true, Search: true, Bulk: true, Note: true},
		Filter: view.DeskFilter{
			Action: "/desk/held", Sections: Shell(loc).Sections, Section: "city", Story: ID(1), Headline: "The ferries will run at night again",
			WithoutStory: "/desk/held", Oldest: true, Encoded: "queue=held",
		},
		Cards: []view.Card{
			{
				Comment: held, Headline: "The ferries will run at night again", StoryURL: "/s/1/f", Section: "City", Only: "/desk/held?story=1",
				Why: []string{"First comment: this site reviews it before it appears"}, Seen: "k1", Claimed: "Anna",
				Marked: []view.Span{{Text: "… say this once: "}, {Text: "buy", Mark: "match"}, {Text: " curtains."}}, Matches: []string{"buy"},
				Rules: []view.RuleLine{{Name: "Shops", Text: "The words: buy", Acted: true}, {Name: "Links", Text: "Was not run"}},
			},
			{
				Comment: reported, Headline: "The ferries will run at night again", StoryURL: "/s/1/f", Why: []string{"Reported by 2 readers"},
				Accepted: 14, Rejected: 2, Total: 16, Author: "/desk/authors/x", Sanction: "/desk/authors/x/sanction", Featured: true,
				Sanctions: []string{"Warned"}, Neighbours: view.Figure{N: 2, Shown: true},
				Notes:   []view.NoteLine{{ID: ID(8), Words: "Was polite on the phone.", By: "Mara Lindqvist", At: Noon}},
				Reports: []view.ReportLine{{Reason: forum.ReasonSpam, Words: "Same link under every story.", At: Noon, Accuracy: "3 of 4 were right"}, {Reason: forum.ReasonAbuse, At: Noon, Apart: true}},
				History: []view.Edition{{Changes: []view.Span{{Text: "You people have no "}, {Text: "clue", Mark: "gone"}, {Text: "idea", Mark: "new"}, {Text: "."}}, At: Noon}}, Seen: "k2",
			},
			{
				Comment: decided, Headline: "Leave the weeds in the cracks", StoryURL: "/s/2/w", Accepted: 3, Rejected: 1, Newest: 100, Total: 104,
				Decision: &view.DecisionLine{Verb: forum.Reject, Reason: "Insult or harassment", Note: "Please argue without the insult.", By: "Mara Lindqvist", At: Noon},
				Undo:     ID(9),
			},
		},
	}
}

// Hits returns comments that a search found.
func Hits() []view.Hit {
	var hits []view.Hit
	for _, c := range Thread()[1:] {
		c.Children = nil
		hits = append(hits, view.Hit{Comment: c, Headline: "The ferries will run at night again", StoryURL: "/s/1/f"})
	}
	return hits
}

// Report returns the page on which a comment is reported, with an error.
func Report(loc string) view.Report {
	return view.Report{
		Shell: Shell(loc), Comment: Thread()[1], Action: "/c/x/report", StoryURL: "/s/1/f", Words: "Look at it.",
		Errors: []view.FieldError{{Field: "reason", Text: "Choose a reason."}, {Field: "words", Text: "Too long."}},
	}
}

// Focused returns a discussion as a permalink page shows it.
func Focused(loc string) view.Discussion {
	d := Discussion(loc)
	d.Comments = d.Comments[:1]
	d.Comments[0].Children = d.Comments[0].Children[:1]
	d.Comments[0].Children[0].Focused = true
	d.Focus = &view.Focus{Comment: d.Comments[0].Children[0].ID, Whole: d.StoryURL + "#c-" + d.Comments[0].Children[0].ID.String()}
	d.Next, d.All = "", ""
	return d
}
