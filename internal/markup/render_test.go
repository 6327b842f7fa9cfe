package markup

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"parley/internal/forum"
)

const rel = ` rel="nofollow ugc noopener"`

// tight removes the line ends that make HTML readable, so that a golden line is
// one line.
var tight = strings.NewReplacer(">\n", ">")

func TestRender(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"paragraphs", "one\n\ntwo", `<p dir="auto">one</p><p dir="auto">two</p>`},
		{"lines", "one\r\ntwo  \nthree\\\nfour\rfive", `<p dir="auto">one<br>two<br>three<br>four<br>five</p>`},
		{"emphasis", "*a* _b_ **c** ***d***", `<p dir="auto"><em>a</em> <em>b</em> <strong>c</strong> <em><strong>d</strong></em></p>`},
		{"no emphasis", `f**** 2*3*4 snake_case_name \*x\*`, `<p dir="auto">f**** 2<em>3</em>4 snake_case_name *x*</p>`},
		{"long runs", "****a**** ____", `<p dir="auto">****a**** ____</p>`},
		{"quote", "> they said\n> this\n\nI say", `<blockquote dir="auto"><p>they said<br>this</p></blockquote><p dir="auto">I say</p>`},
		{"quote in quote", "> a\n>> b", `<blockquote dir="auto"><p>a</p><blockquote dir="auto"><p>b</p></blockquote></blockquote>`},
		{"list", "- a\n- b", `<ul><li dir="auto">a</li><li dir="auto">b</li></ul>`},
		{"loose list", "- a\n\n- b\n\n  c", `<ul><li dir="auto"><p>a</p></li><li dir="auto"><p>b</p><p dir="auto">c</p></li></ul>`},
		{"numbers", "3. a\n4. b", `<ol start="3"><li dir="auto">a</li><li dir="auto">b</li></ol>`},
		{"list in list", "- a\n  - b", `<ul><li dir="auto">a<ul><li dir="auto">b</li></ul></li></ul>`},
		{"list first in quote", "> - a\n> - b", `<blockquote dir="auto"><ul><li>a</li><li dir="auto">b</li></ul></blockquote>`},
		{"a plus is a comment", "+", `<p dir="auto">+</p>`},
		{"a row of dashes", "- - -", `<ul><li dir="auto">- -</li></ul>`},
		{"code", "`a<b`\n\n```go\nx := <y>\n\n  z\n```", `<p dir="auto"><code>a&lt;b</code></p><pre dir="auto"><code>x := &lt;y&gt;` + "\n\n  z\n" + `</code></pre>`},
		{"indented is no code", "    pasted\n        text", `<p dir="auto">pasted<br>text</p>`},
		{"heading is text", "# One\nTwo\n===", `<p dir="auto"># One<br>Two<br>===</p>`},
		{"rule is text", "a\n\n---\n\nb", `<p dir="auto">a</p><p dir="auto">---</p><p dir="auto">b</p>`},
		{"table is text", "|a|\n|-|\n|b|", `<p dir="auto">|a|<br>|-|<br>|b|</p>`},
		{"html is text", "<b onclick=alert(1)>x</b>\n<script>y</script>", `<p dir="auto">&lt;b onclick=alert(1)&gt;x&lt;/b&gt;<br>&lt;script&gt;y&lt;/script&gt;</p>`},
		{"entities are text", "AT&T &lt; &#x41;", `<p dir="auto">AT&amp;T &amp;lt; &amp;#x41;</p>`},
		{"reference is text", "[a]: http://b.c \"t\"\n[a]", `<p dir="auto">[a]: <a href="http://b.c"` + rel + `>http://b.c</a> &#34;t&#34;<br>[a]</p>`},
		{"arabic", "> مرحبا\n\nحسنا", `<blockquote dir="auto"><p>مرحبا</p></blockquote><p dir="auto">حسنا</p>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Render(c.source, Rules{Links: true})
			if err != nil || tight.Replace(strings.TrimSpace(string(got))) != c.want {
				t.Errorf("%q\n got %s (%v)\nwant %s", c.source, tight.Replace(string(got)), err, c.want)
			}
		})
	}
}

func TestRender_links(t *testing.T) {
	link := func(href, text string) string { return `<a href="` + href + `"` + rel + `>` + text + `</a>` }
	for _, c := range []struct{ source, want string }{
		{"see https://example.com/a_b_c, ok", "see " + link("https://example.com/a_b_c", "https://example.com/a_b_c") + ", ok"},
		{"(https://en.example.org/wiki/A_(b))", "(" + link("https://en.example.org/wiki/A_(b)", "https://en.example.org/wiki/A_(b)") + ")"},
		{"**https://a.bc**", "<strong>" + link("https://a.bc", "https://a.bc") + "</strong>"},
		{"见https://a.bc。", "见" + link("https://a.bc", "https://a.bc") + "。"},
		{"<http://a.bc/?x=1&y=2>", link("http://a.bc/?x=1&amp;y=2", "http://a.bc/?x=1&amp;y=2")},
		{"[text](https://a.bc/d)", link("https://a.bc/d", "text") + " (a.bc)"},
		{"[*t*](https://a.bc 'title')", link("https://a.bc", "<em>t</em>") + " (a.bc)"},
		{"[a.bc](https://a.bc/d)", link("https://a.bc/d", "a.bc")},
		{"[https://bank.example](https://evil.test)", link("https://evil.test", "https://bank.example") + " (evil.test)"},
		{"[https://bank.example/evil.test](https://evil.test)", link("https://evil.test", "https://bank.example/evil.test") + " (evil.test)"},
		{"x [](https://evil.test)", "x " + link("https://evil.test", "https://evil.test")},
		{"![pic](https://a.bc/x.png)", link("https://a.bc/x.png", "pic") + " (a.bc)"},
		{"[![pic](https://a.bc)](https://d.ef)", link("https://d.ef", "pic") + " (d.ef)"},
		{"[see https://a.bc now](https://d.ef)", link("https://d.ef", "see https://a.bc now") + " (d.ef)"},
		{"[mail](mailto:a@b.cd?cc=x@y.z)", link("mailto:a@b.cd", "mail") + " (a@b.cd)"},
		{"https://пример.рф/п", link("https://xn--e1afmkfd.xn--p1ai/%D0%BF", "https://пример.рф/п")},
		{"https://müller.de", link("https://xn--mller-kva.de", "https://müller.de")},
		{"https://еxample.com", link("https://xn--xample-2of.com", "https://еxample.com") + " (xn--xample-2of.com)"},
		{"https://ɡoogle.com", link("https://xn--oogle-qmc.com", "https://ɡoogle.com") + " (xn--oogle-qmc.com)"},
		{"http\n://a.bc", "http<br>\n://a.bc"},
		{"https://раураl.com", link("https://xn--l-7sba6dbr.com", "https://раураl.com") + " (xn--l-7sba6dbr.com)"},
		{"http://[::FFFF:7f00:1]/", "http://[::FFFF:7f00:1]/"},
		{"[x](http://[2001:db8::1]/) [y](http://10.0.0.1:80/)", "[x](http://[2001:db8::1]/) " + link("http://10.0.0.1:80/", "y") + " (10.0.0.1)"},
		{"[x](javascript:alert(1))", "[x](javascript:alert(1))"},
		{"[x](JaVaScRiPt&colon;alert(1))", "[x](JaVaScRiPt&amp;colon;alert(1))"},
		{"[x](/local) [x](//evil.test) [x](#a)", "[x](/local) [x](//evil.test) [x](#a)"},
		{"[x](https://user@evil.test)", "[x](https://user@evil.test)"},
		{"[x](https://example.com\\\\@evil.test)", "[x](https://example.com\\@evil.test)"},
		{"[x](http://0x7f.1/)", "[x](http://0x7f.1/)"},
		{"<javascript:alert(1)> <a@b.cd>", "&lt;javascript:alert(1)&gt; &lt;a@b.cd&gt;"},
		{"ftp://a.bc data:text/html,x xhttps://a.bc http://", "ftp://a.bc data:text/html,x xhttps://a.bc http://"},
	} {
		got, err := Render(c.source, Rules{Links: true})
		want := `<p dir="auto">` + c.want + "</p>\n"
		if err != nil || string(got) != want {
			t.Errorf("%q\n got %s (%v)\nwant %s", c.source, got, err, want)
		}
	}
}

func TestRender_refuses(t *testing.T) {
	for _, c := range []struct {
		source, code string
		rules        Rules
	}{
		{"", "error.textEmpty", Rules{}},
		{"[](https://evil.test)", "error.textEmpty", Rules{Links: true}},
		{" \n\t\u200b\u2800\u3164", "error.textEmpty", Rules{}},
		{"> \n>", "error.textEmpty", Rules{}},
		{"```\n```", "error.textEmpty", Rules{}},
		{"a\x00b", "error.textCharacters", Rules{}},
		{"a\x1b[31m", "error.textCharacters", Rules{}},
		{"a\u009bb", "error.textCharacters", Rules{}},
		{"a\xffb", "error.textCharacters", Rules{}},
		{strings.Repeat("я", 5001), "error.textLong", Rules{}},
		{strings.Repeat("я", 11), "error.textLong", Rules{MaxLength: 10}},
		{strings.Repeat("a", 1<<20), "error.textLong", Rules{}},
		{"see https://a.bc", "error.linkNotAllowed", Rules{}},
		{"[a](http://b.c)", "error.linkNotAllowed", Rules{}},
		{"![a](http://b.c)", "error.linkNotAllowed", Rules{}},
		{"<http://b.c>", "error.linkNotAllowed", Rules{}},
	} {
		got, err := Render(c.source, c.rules)
		var e *forum.Error
		if got != "" || !errors.As(err, &e) || e.Code != c.code || e.Kind != forum.Invalid || e.Field != "text" {
			t.Errorf("%.30q: %q, %v, want %s", c.source, got, err, c.code)
		}
	}
	_, err := Render(strings.Repeat("a\r\n", 6), Rules{MaxLength: 11})
	var e *forum.Error
	if !errors.As(err, &e) || e.Args["max"] != 11 || e.Args["length"] != 12 {
		t.Errorf("the sentence of %v lacks its numbers", err)
	}
}

func TestRender_allowsWithoutLinks(t *testing.T) {
	for _, source := range []string{
		strings.Repeat("я", 5000), strings.Repeat("a\r\n", 2500), "`https://a.bc` [x](javascript:1) a@b.cd http://", "a\tb\vc\fd",
	} {
		if _, err := Render(source, Rules{}); err != nil {
			t.Errorf("%.40q: %v", source, err)
		}
	}
}

func TestRender_decent(t *testing.T) {
	marks := strings.Repeat("\u0301\u0316", 10)
	for source, want := range map[string]string{
		"a" + marks + "b":      "a" + marks[:16] + "b",
		"abc\u202edef\u202c":   "abcdef",
		"a \u2067b\u2069 c":    "a \u2067b\u2069 c",
		"a \u2067b\nc\u2069 d": "a b<br>\nc d",
		"\u2066\u2066x\u2069":  "\u2066x\u2069",
		"नरेन्द्र สมชายน้ำ مُحَمَّد Nguyễn": "नरेन्द्र สมชายน้ำ مُحَمَّد Nguyễn",
		"\u200fأهلا\u200e":                      "\u200fأهلا\u200e",
		"a" + strings.Repeat("\u200d\u0301", 9): "a" + strings.Repeat("\u200d\u0301", 8) + "\u200d",
	} {
		got, err := Render(source, Rules{})
		if err != nil || string(got) != `<p dir="auto">`+want+"</p>\n" {
			t.Errorf("%+q: %+q, %v", source, got, err)
		}
	}
}

func TestRender_capsNesting(t *testing.T) {
	for source, want := range map[string]struct {
		tag   string
		count int
	}{
		strings.Repeat(">", 50) + "a":  {"<blockquote", maxQuoteDepth},
		strings.Repeat("> x\n\n", 500): {"<blockquote", 100},
		nestedList(20):                 {"<ul", maxListDepth},
		strings.Repeat("*a **a ", 50) + "b" + strings.Repeat(" a** a*", 50): {"<em", 4},
		strings.Repeat("*a* ", 900):                                         {"<em", 200},
	} {
		got, err := Render(source, Rules{})
		if n := strings.Count(string(got), want.tag); err != nil || n != want.count {
			t.Errorf("%.20q…: %d × %s, want %d (%v)", source, n, want.tag, want.count, err)
		}
	}
}

func nestedList(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return b.String()
}

func TestStory(t *testing.T) {
	source := "# One\n\n#### Four\n##### Five\n\nText *with*\na [link](https://a.bc) and [ours](/s/1?x=2), not [theirs](//evil.test).\n\n> q\n\n- l\n\n<img src=x onerror=alert(1)> [x](javascript:1) https://a.bc"
	want := `<h2 dir="auto">One</h2><h4 dir="auto">Four</h4><h4 dir="auto">Five</h4><p dir="auto">Text <em>with</em>` + "\n" +
		`a <a href="https://a.bc" rel="noopener">link</a> and <a href="/s/1?x=2" rel="noopener">ours</a>, not [theirs](//evil.test).</p>` +
		`<blockquote dir="auto"><p>q</p></blockquote><ul><li dir="auto">l</li></ul>` +
		`<p dir="auto">&lt;img src=x onerror=alert(1)&gt; [x](javascript:1) <a href="https://a.bc" rel="noopener">https://a.bc</a></p>`
	got, err := Story(source)
	if got := strings.ReplaceAll(tight.Replace(strings.TrimSpace(string(got))), "</em>a ", "</em>\na "); err != nil || got != want {
		t.Errorf("got %s (%v)\nwant %s", got, err, want)
	}
	var e *forum.Error
	if _, err := Story(strings.Repeat("a", MaxStory+1)); !errors.As(err, &e) || e.Code != "error.textLong" || e.Field != "body" {
		t.Errorf("a story too long: %v", err)
	}
}

func BenchmarkRender(b *testing.B) {
	source := strings.Repeat("I *think* so, see https://example.com/a.\n> and you?\n\n- well\n- yes\n\n", 10)
	for b.Loop() {
		if _, err := Render(source, Rules{Links: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// The grammar and the policies are shared by all requests.
func TestRender_concurrently(t *testing.T) {
	const source = "> *a* [b](https://c.de)\n\n- `f`"
	want, err := Render(source, Rules{Links: true})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got, err := Render(source, Rules{Links: true}); err != nil || got != want {
					t.Errorf("got %s, %v", got, err)
				}
			}
		})
	}
	group.Wait()
}
