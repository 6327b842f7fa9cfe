package rules_test

import (
	"net/url"
	"strings"
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/rules"
	"parley/frontend/view"
	"parley/internal/forum"
)

func line() rules.Line {
	return rules.Line{
		Path: "/desk/rules/1", Name: "Insults", Stage: forum.StageShadow, Effect: forum.EffectHold, Caught: 31, Acted: 2, Decided: 9, Precision: 89,
	}
}

func example() rules.Example {
	return rules.Example{
		URL: "/c/1", Pieces: []rules.Piece{{Text: "You "}, {Text: "scum", Marked: true}, {Text: "!"}}, Why: []string{"banned: scum"},
		Ruling: forum.Publish, At: frontendtest.Noon,
	}
}

func edit(loc string) rules.Edit {
	said := example()
	said.Stage, said.Acted = forum.StageOn, true
	return rules.Edit{
		Shell: frontendtest.Shell(loc), May: true, Line: line(), Version: 3, Flash: "Saved", Since: "2026-11-15",
		Form: rules.Form{
			Action: "/desk/rules/1", Reasons: []view.Reason{{Code: "abuse", Words: "Insult"}, {Code: "spam", Words: "Spam"}}, Sections: []forum.Section{{Slug: "town", Name: "Town"}},
			Values: url.Values{
				"name": {"Insults"}, "banned": {"scum\nvermin"}, "language": {"tr"}, "bylines": {"none"}, "sections": {"town"}, "combine": {"any"},
				"do": {"reject"}, "reason": {"abuse"},
			},
		},
		Stage:      rules.StageForm{Action: "/desk/rules/1/stage", Words: "It did well", Wrong: "Say why."},
		Rehearsals: []rules.Rehearsal{rehearsal(loc), {Path: "/r/2", At: frontendtest.Noon}},
		Verdicts:   []rules.Example{said, {Why: []string{"gone"}, Stage: forum.StageShadow}},
		Versions:   []rules.Version{{Number: 3, By: "Maria", At: frontendtest.Noon, Definition: `{"format":1}`}},
	}
}

func rehearsal(loc string) rules.Rehearsal {
	return rules.Rehearsal{
		Shell: frontendtest.Shell(loc), RulePath: "/desk/rules/1", RuleName: "Insults", Path: "/desk/rules/1/rehearsals/2", At: frontendtest.Noon,
		Version: 3, Days: 30, Done: true, Seen: 100_000, Caught: 312, Agreed: 80, Disputed: 10, Undecided: 222, Missed: 40, Precision: 89, Recall: -1,
		Seconds: 14, Hook: true, Examples: []rules.Example{example()},
	}
}

func TestPages(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, rules.ListPage(rules.List{Shell: frontendtest.Shell(loc), May: true, Lines: []rules.Line{line(), {Path: "/x", Stage: forum.StageOff, Effect: forum.EffectSlow}}}))
		frontendtest.Check(t, rules.ListPage(rules.List{Shell: frontendtest.Shell(loc)}))
		frontendtest.Check(t, rules.EditPage(edit(loc)))
		frontendtest.Check(t, rules.RehearsalPage(rehearsal(loc)))
		running := rehearsal(loc)
		running.Done, running.Progress, running.Total = false, 30_000, 100_000
		frontendtest.Check(t, rules.RehearsalPage(running))
		frontendtest.Check(t, rules.UndoPage(rules.Undo{
			Shell: frontendtest.Shell(loc), Name: "Insults", Back: "/desk/rules/1", Action: "/desk/rules/1/undo", Since: "2026-11-15",
			Day: frontendtest.Noon, Count: 17,
		}))
	}
}

func TestPages_attack(t *testing.T) {
	frontendtest.CheckAttack(t, edit("en"), rules.EditPage)
	frontendtest.CheckAttack(t, rehearsal("en"), rules.RehearsalPage)
}

// What the fields cannot say is edited as JSON, and who may not write rules gets
// a form that cannot be sent.
func TestEditPage_expertAndReader(t *testing.T) {
	v := edit("en")
	v.Form.Expert = true
	if text := frontendtest.Check(t, rules.EditPage(v)); !strings.Contains(text, `name="json"`) || strings.Contains(text, `name="banned"`) {
		t.Error("an expert's rule is not shown as JSON")
	}
	v.May = false
	if text := frontendtest.Check(t, rules.EditPage(v)); strings.Contains(text, "data-rules-stage") || !strings.Contains(text, "disabled") {
		t.Error("a reader of rules is offered to change them")
	}
}
