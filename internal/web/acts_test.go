package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"parley/internal/forum"
)

// door is one way of doing every act: as forms, or as JSON.
type door struct {
	name     string
	post     func(b *browser, story, parent forum.ID, byline forum.BylineKind, name, text string) (forum.ID, answer)
	edit     func(b *browser, id forum.ID, text string) answer
	withdraw func(b *browser, id forum.ID) answer
	vote     func(b *browser, id forum.ID, v forum.Vote) answer
	report   func(b *browser, id forum.ID, reason forum.Reason, words string) answer
	decide   func(b *browser, id forum.ID, verb forum.Verb, from forum.State, reason, note string) answer
	preview  func(b *browser, text string) answer
}

// quoted writes a text as JSON.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

var doors = []door{
	{
		name: "form",
		post: func(b *browser, story, parent forum.ID, byline forum.BylineKind, name, text string) (forum.ID, answer) {
			form := url.Values{"story": {story.String()}, "byline": {string(byline)}, "name": {name}, "text": {text}}
			if parent != 0 {
				form.Set("parent", parent.String())
			}
			a := b.post("/comments", form)
			_, last, _ := strings.Cut(a.path, "/c/")
			id, _ := forum.ParseID(last)
			return id, a
		},
		edit: func(b *browser, id forum.ID, text string) answer {
			return b.post("/c/"+id.String()+"/edit", url.Values{"text": {text}})
		},
		withdraw: func(b *browser, id forum.ID) answer { return b.post("/c/"+id.String()+"/withdraw", nil) },
		vote: func(b *browser, id forum.ID, v forum.Vote) answer {
			name := map[forum.Vote]string{forum.VoteUp: "up", forum.VoteDown: "down", forum.VoteNone: "undo"}[v]
			return b.post("/votes", url.Values{name: {id.String()}})
		},
		report: func(b *browser, id forum.ID, reason forum.Reason, words string) answer {
			return b.post("/c/"+id.String()+"/report", url.Values{"reason": {string(reason)}, "words": {words}})
		},
		decide: func(b *browser, id forum.ID, verb forum.Verb, from forum.State, reason, note string) answer {
			return b.post("/desk/decisions", url.Values{
				"comment": {id.String()}, "verb": {string(verb)}, "from": {string(from)}, "reason": {reason}, "note": {note},
			})
		},
		preview: func(b *browser, text string) answer {
			return b.post("/preview", url.Values{"story": {b.story.ID.String()}, "byline": {"none"}, "text": {text}})
		},
	},
	{
		name: "json",
		post: func(b *browser, story, parent forum.ID, byline forum.BylineKind, name, text string) (forum.ID, answer) {
			above := ""
			if parent != 0 {
				above = parent.String()
			}
			a := b.json(http.MethodPost, "/api/v1/comments", fmt.Sprintf(`{"story":%q,"parent":%q,"byline":%q,"name":%s,"text":%s}`,
				story, above, byline, quoted(name), quoted(text)))
			var made struct {
				ID forum.ID `json:"id"`
			}
			_ = json.Unmarshal([]byte(a.body), &made)
			return made.ID, a
		},
		edit: func(b *browser, id forum.ID, text string) answer {
			return b.json(http.MethodPatch, "/api/v1/comments/"+id.String(), `{"text":`+quoted(text)+`}`)
		},
		withdraw: func(b *browser, id forum.ID) answer {
			return b.json(http.MethodPost, "/api/v1/comments/"+id.String()+"/withdraw", "{}")
		},
		vote: func(b *browser, id forum.ID, v forum.Vote) answer {
			return b.json(http.MethodPut, "/api/v1/comments/"+id.String()+"/vote", fmt.Sprintf(`{"value":%d}`, v))
		},
		report: func(b *browser, id forum.ID, reason forum.Reason, words string) answer {
			return b.json(http.MethodPost, "/api/v1/comments/"+id.String()+"/reports", fmt.Sprintf(`{"reason":%q,"words":%s}`, reason, quoted(words)))
		},
		decide: func(b *browser, id forum.ID, verb forum.Verb, from forum.State, reason, note string) answer {
			return b.json(http.MethodPost, "/api/v1/comments/"+id.String()+"/decisions",
				fmt.Sprintf(`{"verb":%q,"from":%q,"reason":%q,"note":%s}`, verb, from, reason, quoted(note)))
		},
		preview: func(b *browser, text string) answer {
			return b.json(http.MethodPost, "/api/v1/preview", `{"text":`+quoted(text)+`}`)
		},
	},
}

// eachDoor runs a test once through forms and once through JSON.
func eachDoor(t *testing.T, f func(t *testing.T, d door)) {
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) { f(t, d) })
	}
}

// ok fails the test unless the answer is a success.
func ok(t *testing.T, a answer) {
	t.Helper()
	if a.status < 200 || a.status > 299 {
		t.Fatalf("status %d\n%s", a.status, excerpt(a.body))
	}
}

// refusedWith fails the test unless the answer is the refusal: its status, and
// its words on the page or in the problem.
func refusedWith(t *testing.T, a answer, status int, words string) {
	t.Helper()
	if a.status != status || !strings.Contains(textOf(a.body), words) {
		t.Errorf("status %d, want %d and %q\n%s", a.status, status, words, excerpt(a.body))
	}
}

func (h *house) comment(id forum.ID) forum.Comment {
	h.t.Helper()
	c, err := h.store.Comment(context.Background(), h.site.ID, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func TestActs_heldPublishedAnswered(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t, func(s *forum.Settings) { s.HoldFirst = true })
		author, owner, reader := h.browser(), h.owner(h.site), h.browser()
		id, a := d.post(author, h.story.ID, 0, forum.BylineName, "Mara Lind", "Held for **now**.")
		ok(t, a)
		author.get("/c/"+id.String()).want(http.StatusOK).has("Held for now.", "Awaiting review")
		reader.get("/c/" + id.String()).want(http.StatusNotFound)
		reader.get(forum.StoryPath("", h.story)).lacks("Held for now.")
		owner.get("/desk/held").want(http.StatusOK).has("Held for now.", "Mara Lind")

		ok(t, d.decide(owner, id, forum.Publish, forum.Held, "", ""))
		reader.get(forum.StoryPath("", h.story)).has("Held for now.", "Mara Lind", "1 comment")
		reply, a := d.post(reader, h.story.ID, id, forum.BylineNone, "", "I answer, nameless.")
		ok(t, a)
		ok(t, d.decide(owner, reply, forum.Publish, forum.Held, "", ""))
		author.get(forum.StoryPath("", h.story)).has("I answer, nameless.", "in reply to", "2 comments")

		refusedWith(t, d.decide(owner, reply, forum.Publish, forum.Held, "", ""), http.StatusConflict, "Somebody changed this meanwhile")
		refusedWith(t, d.decide(owner, reply, forum.Reject, forum.Published, "", ""), http.StatusUnprocessableEntity, "Choose a reason")
		ok(t, d.decide(owner, id, forum.Reject, forum.Published, "abuse", "Please mind the tone."))
		reader.get(forum.StoryPath("", h.story)).lacks("Held for now.", "Mara Lind").has("Removed by a moderator", "I answer, nameless.")
		author.get("/me").has("Held for now.", "Removed by a moderator")
		owner.get("/desk/decided").has("Held for now.", "Please mind the tone.")
	})
}

func TestActs_editWithdraw(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t)
		author, other := h.browser(), h.browser()
		id, a := d.post(author, h.story.ID, 0, forum.BylineNone, "", "The first text.")
		ok(t, a)
		ok(t, d.edit(author, id, "The second text."))
		author.get("/c/"+id.String()).has("The second text.", "edited").lacks("The first text.")
		_, a = d.post(other, h.story.ID, 0, forum.BylineNone, "", "To have an account.")
		ok(t, a)
		if a := d.edit(other, id, "Taken over."); a.status != http.StatusNotFound {
			t.Errorf("edit by another: %d", a.status)
		}
		if a := d.withdraw(other, id); a.status != http.StatusNotFound {
			t.Errorf("withdraw by another: %d", a.status)
		}
		refusedWith(t, d.edit(author, id, "  "), http.StatusUnprocessableEntity, "Write something first")
		ok(t, d.withdraw(author, id))
		ok(t, d.withdraw(author, id)) // a second time changes nothing
		other.get("/c/" + id.String()).want(http.StatusNotFound)
		if c := h.comment(id); c.State != forum.Withdrawn || c.Source != "" || c.HTML != "" {
			t.Errorf("withdrawn comment keeps its text: %+v", c)
		}
	})
}

func TestActs_vote(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t)
		author, reader := h.browser(), h.browser()
		id, a := d.post(author, h.story.ID, 0, forum.BylineNone, "", "Judge me.")
		ok(t, a)
		for _, step := range []struct {
			vote     forum.Vote
			up, down int
		}{{forum.VoteUp, 1, 0}, {forum.VoteUp, 1, 0}, {forum.VoteDown, 0, 1}, {forum.VoteNone, 0, 0}, {forum.VoteUp, 1, 0}} {
			ok(t, d.vote(reader, id, step.vote))
			if c := h.comment(id); c.Up != step.up || c.Down != step.down {
				t.Errorf("after %d: %d up, %d down; want %d, %d", step.vote, c.Up, c.Down, step.up, step.down)
			}
		}
		refusedWith(t, d.vote(author, id, forum.VoteUp), http.StatusForbidden, "You cannot vote on your own comment")
	})
}

func TestActs_report(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t)
		author, reader, third, owner := h.browser(), h.browser(), h.browser(), h.owner(h.site)
		id, a := d.post(author, h.story.ID, 0, forum.BylineNone, "", "Something foul.")
		ok(t, a)
		ok(t, d.report(third, id, forum.ReasonDisagree, "No!"))
		owner.get("/desk/reported").lacks("Something foul.")
		ok(t, d.report(reader, id, forum.ReasonAbuse, "It insults my street."))
		ok(t, d.report(reader, id, forum.ReasonSpam, "Again."))
		owner.get("/desk/reported").has("Something foul.", "It insults my street.").lacks("Again.")
		refusedWith(t, d.report(author, id, forum.ReasonSpam, ""), http.StatusForbidden, "You cannot report your own comment")
		refusedWith(t, d.report(reader, id, "dislike", ""), http.StatusUnprocessableEntity, "Choose a reason")
		ok(t, d.decide(owner, id, forum.Dismiss, forum.Published, "", ""))
		owner.get("/desk/reported").lacks("Something foul.")
		reader.get("/c/" + id.String()).has("Something foul.")
	})
}

func TestActs_refusals(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t, func(s *forum.Settings) {
			s.MaxLength, s.Links = 200, false
			s.Bylines = []forum.BylineKind{forum.BylineName, forum.BylineNone}
		})
		b := h.browser()
		_, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "A fine start.")
		ok(t, a)
		try := func(status int, words string, parent forum.ID, byline forum.BylineKind, name, text string) {
			t.Helper()
			_, a := d.post(h.browser(), h.story.ID, parent, byline, name, text)
			refusedWith(t, a, status, words)
			if d.name == "form" && text != "" && !strings.Contains(a.body, text[:4]) {
				t.Errorf("the text is lost\n%s", excerpt(a.body))
			}
		}
		try(http.StatusUnprocessableEntity, "Write something first", 0, forum.BylineNone, "", "")
		try(http.StatusUnprocessableEntity, "at most 200", 0, forum.BylineNone, "", strings.Repeat("long ", 50))
		try(http.StatusUnprocessableEntity, "Links are not allowed", 0, forum.BylineNone, "", "look: https://example.org/x")
		try(http.StatusUnprocessableEntity, "does not allow that kind of name", 0, forum.BylinePseudonym, "Somebody", "Under a pseudonym.")
		try(http.StatusUnprocessableEntity, "newsroom", 0, forum.BylineName, "Moderator", "I am not.")
		try(http.StatusGone, "removed meanwhile", 1<<60, forum.BylineNone, "", "To nobody.")

		owner := h.owner(h.site)
		_, a = d.post(owner, h.story.ID, 0, forum.BylineName, "Coco Hax", "From the desk.")
		ok(t, a)
		try(http.StatusConflict, "Somebody else writes under this name", 0, forum.BylineName, "Сосо Нах", "All in Cyrillic letters.")
		try(http.StatusConflict, "Somebody else writes under this name", 0, forum.BylineName, "coco  hax", "In small letters.")
		try(http.StatusUnprocessableEntity, "mixes letters", 0, forum.BylineName, "Cосо Hax", "One letter of it.")

		h.setState(forum.StoryClosed, "Settled out of court.")
		try(http.StatusForbidden, "discussion is closed", 0, forum.BylineNone, "", "Too late.")
		b.get(forum.StoryPath("", h.story)).has("This discussion is closed.", "Settled out of court.")
	})
}

// setState closes or opens the story.
func (h *house) setState(state forum.StoryState, reason string) {
	h.t.Helper()
	ctx := context.Background()
	if err := h.store.Write(ctx, h.desk.Now(), storySetter(h, state, reason)); err != nil {
		h.t.Fatal(err)
	}
}

func TestActs_tooFast(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t, func(s *forum.Settings) { s.NamelessPace = forum.Pace{Gap: 30, Count: 3, Window: 600} })
		b := h.browser()
		_, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "One.")
		ok(t, a)
		_, a = d.post(b, h.story.ID, 0, forum.BylineNone, "", "Two, at once.")
		refusedWith(t, a, http.StatusTooManyRequests, "too fast")
		if a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	})
}

func TestActs_sendingTwicePostsOnce(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t)
		b := h.browser()
		_, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "To have an account.")
		ok(t, a)
		first, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "Only once.")
		ok(t, a)
		second, a := d.post(b, h.story.ID, 0, forum.BylineNone, "", "Only once.")
		ok(t, a)
		if first != second {
			t.Errorf("posted twice: %s and %s", first, second)
		}
	})
}

func TestActs_preview(t *testing.T) {
	eachDoor(t, func(t *testing.T, d door) {
		h := newHouse(t)
		a := d.preview(h.browser(), "Some *words* <script>alert(1)</script>")
		ok(t, a)
		body := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(a.body)
		if !strings.Contains(body, "<em>words</em>") || strings.Contains(body, "<script>alert") {
			t.Errorf("preview\n%s", excerpt(a.body))
		}
		if n := h.count(); n != 0 {
			t.Errorf("preview kept %d comments", n)
		}
	})
}

func (h *house) count() int {
	h.t.Helper()
	x, err := h.store.Story(context.Background(), h.site.ID, h.story.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return x.Comments
}

// TestActs_badBodies sends what is no request at all; it is refused with 4xx and
// changes nothing.
func TestActs_badBodies(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	big := strings.Repeat("x", 64<<10)
	for name, x := range map[string]struct{ path, kind, body string }{
		"64 kB form":          {"/comments", "application/x-www-form-urlencoded", "story=" + h.story.ID.String() + "&text=" + big},
		"64 kB JSON":          {"/api/v1/comments", "application/json", `{"text":"` + big + `"}`},
		"broken UTF-8 form":   {"/comments", "application/x-www-form-urlencoded", "story=" + h.story.ID.String() + "&byline=none&text=%ff%fe"},
		"broken UTF-8 JSON":   {"/api/v1/comments", "application/json", "{\"story\":\"" + h.story.ID.String() + "\",\"byline\":\"none\",\"text\":\"\xff\xfe\"}"},
		"broken escape":       {"/comments", "application/x-www-form-urlencoded", "story=%zz"},
		"NUL":                 {"/comments", "application/x-www-form-urlencoded", "story=" + h.story.ID.String() + "&byline=none&text=a%00b"},
		"JSON as a form":      {"/comments", "application/json", `{"text":"x"}`},
		"form as JSON":        {"/api/v1/comments", "application/x-www-form-urlencoded", "text=x"},
		"multipart":           {"/comments", "multipart/form-data; boundary=x", "--x--"},
		"a story that is not": {"/comments", "application/x-www-form-urlencoded", "story=zzzzzzzzzzzzz&byline=none&text=x"},
		"truncated JSON":      {"/api/v1/comments", "application/json", `{"text":"x`},
	} {
		t.Run(name, func(t *testing.T) {
			b.t = t
			a := b.do(http.MethodPost, x.path, strings.NewReader(x.body), http.Header{"Content-Type": {x.kind}})
			if a.status < 400 || a.status > 499 {
				t.Errorf("status %d\n%s", a.status, excerpt(a.body))
			}
		})
	}
	if n := h.count(); n != 0 {
		t.Errorf("%d comments were kept", n)
	}
}
