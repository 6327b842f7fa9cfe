package frontendtest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Attack is a text that does harm wherever it is not escaped.
const Attack = `"'><script>attack()</script><img src=x onerror=attack()>{{attack}}`

// Render returns the HTML of a component.
func Render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatalf("render: %v", err)
	}
	return b.String()
}

// Parse returns the nodes of a page or of a part of one.
func Parse(t *testing.T, text string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return doc
}

// Check renders a component and reports what no page may have: an id twice,
// a field without a label, style or script in place, or a broken reference.
// It returns the HTML.
func Check(t *testing.T, c templ.Component) string {
	t.Helper()
	text := Render(t, c)
	doc := Parse(t, text)
	ids := map[string]int{}
	for n := range doc.Descendants() {
		if id, ok := Attr(n, "id"); ok {
			ids[id]++
		}
	}
	for id, n := range ids {
		if n > 1 || id == "" {
			t.Errorf("id %q stands %d times", id, n)
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		checkInPlace(t, n)
		checkLabel(t, doc, n)
		checkReferences(t, ids, n)
	}
	return text
}

// checkInPlace reports style and script that a strict policy refuses.
func checkInPlace(t *testing.T, n *html.Node) {
	t.Helper()
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
			t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
		}
	}
	if n.DataAtom == atom.Style {
		t.Error("a style element")
	}
	if n.DataAtom != atom.Script {
		return
	}
	_, external := Attr(n, "src")
	kind, _ := Attr(n, "type")
	if !external && kind != "application/json" && kind != "application/ld+json" {
		t.Errorf("a script in place: type %q", kind)
	}
}

// checkLabel reports a field that nothing names.
func checkLabel(t *testing.T, doc, n *html.Node) {
	t.Helper()
	if !slices.Contains([]atom.Atom{atom.Input, atom.Textarea, atom.Select}, n.DataAtom) {
		return
	}
	if kind, _ := Attr(n, "type"); kind == "hidden" {
		return
	}
	if label, _ := Attr(n, "aria-label"); label != "" {
		return
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Label {
			return
		}
	}
	id, _ := Attr(n, "id")
	for l := range doc.Descendants() {
		if to, ok := Attr(l, "for"); ok && l.DataAtom == atom.Label && to == id {
			return
		}
	}
	name, _ := Attr(n, "name")
	t.Errorf("<%s name=%q> has no label", n.Data, name)
}

// checkReferences reports references to ids that are not there.
func checkReferences(t *testing.T, ids map[string]int, n *html.Node) {
	t.Helper()
	for _, key := range []string{"for", "aria-labelledby", "aria-describedby"} {
		value, _ := Attr(n, key)
		for _, id := range strings.Fields(value) {
			if ids[id] == 0 {
				t.Errorf("<%s %s=%q>: no such id", n.Data, key, id)
			}
		}
	}
}

// Attr returns an attribute of a node.
func Attr(n *html.Node, key string) (string, bool) {
	if n.Type != html.ElementNode {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// CheckAttack fills every text of a page with an attack, renders it, and
// reports what the attack became if it is anything but text. T is a view whose
// fields are texts; HTML that markup made, and codes, keep their values.
func CheckAttack[T any](t *testing.T, page T, show func(T) templ.Component) {
	t.Helper()
	poison(reflect.ValueOf(&page).Elem())
	text := Render(t, show(page))
	if !strings.Contains(text, "attack()") {
		t.Error("no text of the page was shown")
	}
	for n := range Parse(t, text).Descendants() {
		if n.DataAtom == atom.Script && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, "attack") {
			t.Errorf("a script runs: %.60s", n.FirstChild.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Key, "attack") {
				t.Errorf("<%s %s> came out of a text", n.Data, a.Key)
			}
		}
	}
}

// keep are fields that are no text of a person: the language, and the page's
// data, which arrives escaped.
var keep = []string{"Locale", "JSONLD", "Theme", "Queue"}

func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if !slices.Contains(keep, v.Type().Field(i).Name) {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.String:
		// Codes and HTML have types of their own.
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(Attack)
		}
	}
}
