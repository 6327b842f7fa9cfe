package rule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/forum"
)

// a rule of one condition that holds what it finds.
func holding(t *testing.T, condition string) *Compiled {
	t.Helper()
	d, err := Decode([]byte(`{"format":1,"when":` + condition + `,"then":{"do":"hold"}}`))
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	c, err := Compile(d)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return c
}

func text(s string) Facts { return Facts{Text: Read(s, "en")} }

func TestJudge(t *testing.T) {
	const day = 24 * time.Hour
	link := func(hosts ...string) Facts {
		f := text("see there")
		for _, h := range hosts {
			f.Links = append(f.Links, Link{Host: h, Mark: forum.Mark{To: 3}})
		}
		return f
	}
	author := func(a Author) Facts { return Facts{Text: Read("x", ""), Author: a} }
	story := func(s Story) Facts { return Facts{Text: Read("x", ""), Story: s} }
	first := link("a.example")
	first.FirstLink = true
	hook := Hook{URL: "https://hook.example/judge", Deadline: 800 * time.Millisecond}
	for _, c := range []struct {
		condition string
		facts     Facts
		want      string // the codes of the reasons; empty: it does not fire
	}{
		{`{"words":{"lists":[{"grade":"banned","entries":["scum"]}]}}`, text("You scum"), "rule.why.banned"},
		{`{"words":{"lists":[{"grade":"suspect","entries":["scum"]}]}}`, text("You scum scum"), "rule.why.suspect"},
		{`{"words":{"lists":[{"grade":"suspect","entries":["scum"]}],"at_least":2}}`, text("You scum scum"), ""},
		{`{"words":{"lists":[{"grade":"suspect","entries":["scum","fool"]}],"at_least":2}}`, text("scum fool"), "rule.why.suspect rule.why.suspect"},

		{`{"links":{"at_least":2}}`, link("a.example"), ""},
		{`{"links":{"at_least":2}}`, link("a.example", "b.example"), "rule.why.links"},
		{`{"links":{"at_least":2,"except":["b.example"]}}`, link("a.example", "www.b.example"), ""},
		{`{"links":{"domains":["spam.example"]}}`, link("shop.spam.example"), "rule.why.domain"},
		{`{"links":{"domains":["spam.example"]}}`, link("notspam.example"), ""},
		{`{"links":{"domains":["Пример.рф"]}}`, link("xn--e1afmkfd.xn--p1ai"), "rule.why.domain"},
		{`{"links":{"domains":["https://www.casino.com/x"]}}`, text("go to Casino.com, now"), "rule.why.domain"},
		{`{"links":{"domains":["casino.com"]}}`, text("mycasino.com is fine. casino.company too"), ""},
		{`{"links":{"first":true}}`, first, "rule.why.firstLink"},
		{`{"links":{"first":true}}`, link("a.example"), ""},

		{`{"author":{"younger":86400}}`, author(Author{Age: day - 1}), "rule.why.young"},
		{`{"author":{"younger":86400}}`, author(Author{Age: day}), ""},
		{`{"author":{"accepted_below":3}}`, author(Author{Accepted: 2}), "rule.why.accepted"},
		{`{"author":{"accepted_below":3}}`, author(Author{Accepted: 3}), ""},
		{`{"author":{"rejected_share":0.5}}`, author(Author{Accepted90: 2, Rejected90: 3}), "rule.why.rejected"},
		{`{"author":{"rejected_share":0.5}}`, author(Author{Rejected90: 4}), ""}, // too few to judge
		{`{"author":{"bylines":["none","pseudonym"]}}`, author(Author{Byline: "none"}), "rule.why.byline.none"},
		{`{"author":{"bylines":["none"]}}`, author(Author{Byline: "name"}), ""},
		{`{"author":{"reports":2}}`, author(Author{Reports: 2}), "rule.why.reported"},
		{`{"author":{"guest":true}}`, author(Author{Guest: true}), "rule.why.guest"},
		{`{"author":{"guest":true,"younger":3600}}`, author(Author{Guest: true, Age: day}), ""},

		{`{"text":{"shorter":5}}`, text("good"), "rule.why.length"},
		{`{"text":{"shorter":5}}`, text("fünf!"), ""},
		{`{"text":{"longer":5}}`, text("longer"), "rule.why.length"},
		{`{"text":{"capitals":0.7}}`, text("THIS IS AN OUTRAGE, sir"), "rule.why.capitals"},
		{`{"text":{"capitals":0.7}}`, text("NATO and the EU agree"), ""},
		{`{"text":{"capitals":0.7}}`, text("ЭТО ПОЗОР, сэр"), "rule.why.capitals"},
		{`{"text":{"capitals":0.7}}`, text("OK WHY"), ""}, // too short to judge
		{`{"text":{"repetition":0.5}}`, text(strings.Repeat("buy now ", 6)), "rule.why.repetition"},
		{`{"text":{"repetition":0.5}}`, text("the cat and the dog saw the bird in a tree"), ""},
		{`{"text":{"row":5}}`, text("nooooo"), "rule.why.row"},
		{`{"text":{"row":5}}`, text("well     then"), ""},

		{`{"copies":{"within":3600,"by":"anyone"}}`, Facts{Copies: map[Window]int{{ByAnyone, time.Hour}: 1}}, "rule.why.copies"},
		{`{"copies":{"within":3600,"by":"author"}}`, Facts{Copies: map[Window]int{{ByAnyone, time.Hour}: 1}}, ""},
		{`{"pace":{"at_least":3,"within":60,"by":"author"}}`, Facts{Pace: map[Window]int{{ByAuthor, time.Minute}: 3}}, "rule.why.pace.author"},
		{`{"pace":{"at_least":3,"within":60,"by":"anyone"}}`, Facts{Pace: map[Window]int{{ByAnyone, time.Minute}: 2}}, ""},

		{`{"story":{"sections":["world"]}}`, story(Story{Section: "world"}), "rule.why.story"},
		{`{"story":{"sections":["world"]}}`, story(Story{Section: "sport"}), ""},
		{`{"story":{"older":86400}}`, story(Story{Age: day}), "rule.why.story"},
		{`{"story":{"younger":86400}}`, story(Story{Age: day}), ""},
		{`{"story":{"temperatures":["hot"]}}`, story(Story{Temperature: "hot"}), "rule.why.story"},

		{`{"reports":{"at_least":2.5}}`, Facts{Reports: 2.5}, "rule.why.reports"},
		{`{"reports":{"at_least":2.5}}`, Facts{Reports: 2}, ""},

		{`{"hook":{"url":"https://hook.example/judge"}}`, Facts{Opinions: map[Hook]Opinion{hook: {Holds: true, Words: "toxic"}}}, "rule.why.hook"},
		{`{"hook":{"url":"https://hook.example/judge"}}`, Facts{Opinions: map[Hook]Opinion{hook: {}}}, ""},
		// Silence is no opinion, whichever way it is asked.
		{`{"hook":{"url":"https://hook.example/judge"}}`, Facts{}, ""},
		{`{"not":{"hook":{"url":"https://hook.example/judge"}}}`, Facts{}, ""},
		{`{"not":{"hook":{"url":"https://hook.example/judge"}}}`, Facts{Opinions: map[Hook]Opinion{hook: {}}}, "rule.why.matches"},
		{`{"any":[{"hook":{"url":"https://hook.example/judge"}},{"text":{"shorter":5}}]}`, text("hm"), "rule.why.length"},
		{`{"all":[{"hook":{"url":"https://hook.example/judge"}},{"text":{"shorter":5}}]}`, text("hm"), ""},

		{`{"all":[{"text":{"shorter":5}},{"links":{"at_least":1}}]}`, text("hm"), ""},
		{`{"all":[{"text":{"shorter":20}},{"links":{"at_least":1}}]}`, link("a.example"), "rule.why.length rule.why.links"},
		{`{"any":[{"text":{"shorter":20}},{"links":{"at_least":1}}]}`, link("a.example"), "rule.why.length rule.why.links"},
		{`{"any":[{"all":[{"text":{"shorter":20}},{"links":{"at_least":9}}]},{"links":{"at_least":1}}]}`, link("a.example"), "rule.why.links"},
		{`{"not":{"text":{"shorter":5}}}`, text("long enough"), "rule.why.matches"},
	} {
		v, fires := holding(t, c.condition).Judge(c.facts)
		codes := make([]string, len(v.Reasons))
		for i, r := range v.Reasons {
			codes[i] = r.Code
		}
		if got := strings.Join(codes, " "); got != c.want || fires != (c.want != "") {
			t.Errorf("%s: fires %t because %q, want %q", c.condition, fires, got, c.want)
		}
	}
}

// What matched is marked in the source.
func TestJudge_marks(t *testing.T) {
	source := "You sc\u200bum, go to casino.com"
	c := holding(t, `{"all":[
		{"words":{"lists":[{"grade":"banned","entries":["scum"]}]}},
		{"links":{"domains":["casino.com"]}}]}`)
	v, _ := c.Judge(Facts{Text: Read(source, "en")})
	var marked []string
	for _, s := range v.Marks {
		marked = append(marked, source[s.From:s.To])
	}
	if diff := cmp.Diff([]string{"sc\u200bum", "casino.com"}, marked); diff != "" {
		t.Error(diff)
	}
}

func TestCompile_needs(t *testing.T) {
	c := holding(t, `{"all":[
		{"pace":{"at_least":1,"within":60,"by":"author"}},
		{"any":[{"copies":{"within":60,"by":"anyone"}},{"links":{"first":true}},{"author":{"reports":1}}]},
		{"not":{"hook":{"url":"https://h.example/","deadline_ms":100}}},
		{"reports":{"at_least":1}}]}`)
	want := Needs{
		FirstLink: true, Record: true, Reports: true,
		Pace: []Window{{ByAuthor, time.Minute}}, Copies: []Window{{ByAnyone, time.Minute}},
		Hooks: []Hook{{URL: "https://h.example/", Deadline: 100 * time.Millisecond}},
	}
	if diff := cmp.Diff(want, c.Needs()); diff != "" {
		t.Error(diff)
	}
}

func TestDefinition_refused(t *testing.T) {
	short := `{"text":{"shorter":5}}`
	deep := strings.Repeat(`{"not":`, 5) + short + strings.Repeat("}", 5)
	for _, c := range []struct{ when, then, want string }{
		{`{}`, `{"do":"hold"}`, "error.ruleCondition (when)"},
		{`{"all":[]}`, `{"do":"hold"}`, "error.ruleCondition (when.all)"},
		{`{"text":{"shorter":5},"links":{"at_least":1}}`, `{"do":"hold"}`, "error.ruleCondition (when)"},
		{`{"any":[` + short + `,{}]}`, `{"do":"hold"}`, "error.ruleCondition (when.any.1)"},
		{`{"not":{"any":[{"text":{"capitals":2}}]}}`, `{"do":"hold"}`, "error.ruleShare (when.not.any.0.text.capitals)"},
		{`{"any":[{"words":{"lists":[{"grade":"banned","entries":["a","!"]}]}}]}`, `{"do":"hold"}`, "error.ruleWordEmpty (when.any.0.words.lists.0.entries.1)"},
		{`{"links":{"domains":["not a domain"]}}`, `{"do":"hold"}`, "error.ruleDomain (when.links.domains)"},
		{`{"links":{}}`, `{"do":"hold"}`, "error.ruleEmpty (when.links)"},
		{`{"author":{}}`, `{"do":"hold"}`, "error.ruleEmpty (when.author)"},
		{`{"author":{"bylines":["boss"]}}`, `{"do":"hold"}`, "error.ruleByline (when.author.bylines)"},
		{`{"pace":{"at_least":1,"within":0,"by":"author"}}`, `{"do":"hold"}`, "error.ruleSpan (when.pace.within)"},
		{`{"copies":{"within":60,"by":"nobody"}}`, `{"do":"hold"}`, "error.ruleBy (when.copies.by)"},
		{`{"hook":{"url":"http://h.example/"}}`, `{"do":"hold"}`, "error.ruleHook (when.hook.url)"},
		{`{"hook":{"url":"https://h.example/","deadline_ms":9000}}`, `{"do":"hold"}`, "error.ruleDeadline (when.hook.deadline_ms)"},
		{`{"reports":{"at_least":0}}`, `{"do":"hold"}`, "error.ruleNumber (when.reports.at_least)"},
		{deep, `{"do":"hold"}`, "error.ruleTooDeep (when.not.not.not.not.not)"},
		{`{"any":[` + strings.Repeat(short+",", 50) + short + `]}`, `{"do":"hold"}`, "error.ruleTooDeep (when.any.49)"},
		{short, `{"do":"delete"}`, "error.ruleEffect (then.do)"},
		{short, `{"do":"reject"}`, "error.ruleReason (then.reason)"},
		{short, `{"do":"hold","reason":"spam"}`, "error.ruleReason (then.reason)"},
		{short, `{"do":"slow"}`, "error.ruleSeconds (then.seconds)"},
	} {
		d, err := Decode([]byte(`{"format":1,"when":` + c.when + `,"then":` + c.then + `}`))
		if err == nil {
			_, err = Compile(d)
		}
		if fmt.Sprint(err) != c.want || !forum.IsKind(err, forum.Invalid) {
			t.Errorf("%s: %v, want %s", c.when, err, c.want)
		}
	}
}

func TestDecode_strict(t *testing.T) {
	const good = `{"format":1,"when":{"text":{"shorter":5}},"then":{"do":"hold"}}`
	for _, s := range []string{
		"", "null", "[]", good + good, strings.Replace(good, `"shorter"`, `"smaller"`, 1),
		strings.Replace(good, `"format":1`, `"format":2`, 1), strings.Replace(good, "5", `"5"`, 1),
	} {
		if _, err := Decode([]byte(s)); !forum.IsKind(err, forum.Invalid) {
			t.Errorf("%s: %v", s, err)
		}
	}
	d, err := Decode([]byte(good))
	if err != nil || string(d.Encode()) != good {
		t.Errorf("%s, %v", d.Encode(), err)
	}
}

func TestEffect_stronger(t *testing.T) {
	order := []Effect{{Do: forum.EffectThink}, {Do: forum.EffectSlow, Seconds: 5}, {Do: forum.EffectSlow, Seconds: 9}, {Do: forum.EffectSignIn}, {Do: forum.EffectHold}, {Do: forum.EffectReject}}
	for i := range order {
		for j := range order {
			if got := order[i].Stronger(order[j]); got != (i > j) {
				t.Errorf("%+v stronger than %+v: %t", order[i], order[j], got)
			}
		}
	}
}
