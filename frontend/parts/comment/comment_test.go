package comment_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/parts/comment"
	"parley/frontend/view"
	"parley/internal/forum"
)

func context(comments []view.Comment) comment.Context {
	return comment.Context{Locale: "en", State: forum.StoryOpen, Back: comment.Links(comments)}
}

func TestItem(t *testing.T) {
	all := frontendtest.Thread()
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		x := context(all)
		x.Locale = loc
		frontendtest.Check(t, comment.List(all, x))
	}
}

func TestItem_parentIsShownAndLeadsBack(t *testing.T) {
	all := frontendtest.Thread()
	text := frontendtest.Check(t, comment.List(all, context(all)))
	reply, parent := all[0].Children[0].ID.String(), all[0].ID.String()
	for _, want := range []string{
		`<a href="#b-` + reply + `">`, `id="b-` + reply + `" href="#c-` + reply + `"`,
		"Show comment", `<li class="comment d0" id="c-` + parent + `"`, "12 Show", "Show 9 more replies", "date unknown",
	} {
		if strings.Contains(text, want) == (want == "12 Show") {
			t.Errorf("%q: wrongly there or missing", want)
		}
	}
}

func TestItem_pick(t *testing.T) {
	c := frontendtest.Thread()[0]
	for loc, want := range map[string]string{"en": "Picked by the newsroom", "ar": "من اختيار التحرير", "tr": "Editörün seçimi", "ru": "Выбор редакции"} {
		x := context(nil)
		x.Locale = loc
		for _, c.Pick = range []bool{false, true} {
			if text := frontendtest.Check(t, comment.Item(c, x)); strings.Contains(text, want) != c.Pick {
				t.Errorf("%s: picked is %t, and the comment says otherwise", loc, c.Pick)
			}
		}
	}
}

func TestItem_removedIsNeverQuoted(t *testing.T) {
	all := frontendtest.Thread()
	reply := all[0].Children[1].Children[0]
	if reply.Parent.Gone == "" {
		t.Fatal("the sample has changed: no reply to a removed comment")
	}
	reply.Parent.HTML, reply.Parent.Name = "<p>the removed words</p>", "Removed Name"
	text := frontendtest.Check(t, comment.Item(reply, context(nil)))
	if strings.Contains(text, "removed words") || strings.Contains(text, "Removed Name") {
		t.Errorf("a removed parent is quoted: %s", text)
	}
}

func TestItem_personal(t *testing.T) {
	all := frontendtest.Personal()
	x := context(all)
	x.Personal = true
	text := frontendtest.Check(t, comment.List(all, x))
	for _, want := range []string{
		"Awaiting review", "until \u206812:05 UTC\u2069", "/withdraw", `name="undo"`, `aria-pressed="true"`,
		`name="mute"`, `name="unmute"`, "You muted this author", "data-new",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	own := frontendtest.Render(t, comment.Item(all[1], x))
	for _, never := range []string{`name="up"`, `name="down"`, "data-report", `name="mute"`} {
		if strings.Contains(own, never) {
			t.Errorf("one's own comment offers %s", never)
		}
	}
}

func TestItem_closed(t *testing.T) {
	all := frontendtest.Thread()
	x := context(all)
	x.State = forum.StoryClosed
	text := frontendtest.Check(t, comment.List(all, x))
	for _, never := range []string{"<button", "data-reply"} {
		if strings.Contains(text, never) {
			t.Errorf("a closed discussion offers %s", never)
		}
	}
}

func TestItem_attack(t *testing.T) {
	frontendtest.CheckAttack(t, frontendtest.Personal(), func(all []view.Comment) templ.Component {
		x := context(all)
		x.Personal = true
		return comment.List(all, x)
	})
}
