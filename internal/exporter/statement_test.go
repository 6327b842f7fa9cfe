package exporter

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/frontend/locale"
	"parley/internal/fixture"
	"parley/internal/forum"
)

// fixture reads a file of the database's own test data.
func readFixture(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(fixture.Path(t, "standards", "dsa", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// names returns the values of a published list, which is an array or an object
// of their titles.
func names(t *testing.T, list json.RawMessage) []string {
	t.Helper()
	var all []string
	if json.Unmarshal(list, &all) == nil {
		return all
	}
	var titled map[string]string
	if err := json.Unmarshal(list, &titled); err != nil {
		t.Fatal(err)
	}
	for name := range titled {
		all = append(all, name)
	}
	return all
}

func TestCodes_published(t *testing.T) {
	var published map[string]json.RawMessage
	readFixture(t, "enums.json", &published)
	for list, ours := range map[string][]string{
		"ACCOUNT_TYPES": accountTypes, "SOURCE_TYPES": sourceTypes, "CONTENT_TYPES": contentTypes,
		"AUTOMATED_DETECTIONS": yesNo, "AUTOMATED_DECISIONS": automatedDecisions, "DECISION_GROUNDS": grounds,
		"INCOMPATIBLE_CONTENT_ILLEGALS": yesNo, "DECISION_VISIBILITIES": visibilities, "DECISION_MONETARIES": monetaries,
		"DECISION_PROVISIONS": provisions, "DECISION_ACCOUNTS": accountDecisions, "STATEMENT_CATEGORIES": categories,
		"KEYWORDS": keywords, "EUROPEAN_COUNTRY_CODES": countries,
	} {
		theirs := names(t, published[list])
		slices.Sort(theirs)
		if sorted := slices.Sorted(slices.Values(ours)); !slices.Equal(sorted, theirs) {
			t.Errorf("%s:\nours   %v\ntheirs %v", list, sorted, theirs)
		}
	}
}

// TestStatement_example reads the database's examples, finds them acceptable,
// and writes them with nothing lost.
func TestStatement_example(t *testing.T) {
	var many struct {
		Statements []json.RawMessage `json:"statements"`
	}
	readFixture(t, "example_multi_statements.json", &many)
	var one json.RawMessage
	readFixture(t, "example_statement.json", &one)
	for _, text := range append(many.Statements, one) {
		var s Statement
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteStatement(&b, s); err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		want, got := said(t, text), said(t, b.Bytes())
		// The answer of the database, which a request does not have.
		delete(want, "platform_name")
		delete(want, "permalink")
		if len(want) != len(got) {
			t.Errorf("%d fields, want %d", len(got), len(want))
		}
		for field, value := range want {
			if got[field] != value {
				t.Errorf("%s is %s, want %s", field, got[field], value)
			}
		}
	}
}

// said returns what a statement says: null and an empty list say nothing.
func said(t *testing.T, text []byte) map[string]string {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for field, value := range fields {
		if v := string(value); v != "null" && v != "[]" {
			all[field] = v
		}
	}
	return all
}

func good() Statement {
	return Statement{
		Puid: "main-1", DecisionVisibility: []string{"DECISION_VISIBILITY_CONTENT_REMOVED"},
		DecisionGround: GroundTerms, IncompatibleContentGround: "Insult", IncompatibleContentExplanation: "It insults.",
		DecisionFacts: "A comment was removed.", ContentType: []string{"CONTENT_TYPE_TEXT"}, ContentLanguage: "EN",
		ContentDate: "2026-11-20", ApplicationDate: "2026-11-21", Category: "STATEMENT_CATEGORY_CYBER_VIOLENCE",
		SourceType: SourceVoluntary, AutomatedDetection: "No", AutomatedDecision: "AUTOMATED_DECISION_NOT_AUTOMATED",
	}
}

func TestCheck(t *testing.T) {
	if err := good().Check(); err != nil {
		t.Fatal(err)
	}
	long := func(n int) string { return strings.Repeat("ب", n) }
	for _, x := range []struct {
		field string
		spoil func(*Statement)
	}{
		{"puid", func(s *Statement) { s.Puid = "" }},
		{"puid", func(s *Statement) { s.Puid = "a b" }},
		{"puid", func(s *Statement) { s.Puid = strings.Repeat("a", 501) }},
		{"decision_visibility", func(s *Statement) { s.DecisionVisibility = nil }},
		{"decision_visibility", func(s *Statement) { s.DecisionVisibility = []string{"REMOVED"} }},
		{"decision_visibility", func(s *Statement) { s.DecisionVisibility = append(s.DecisionVisibility, s.DecisionVisibility...) }},
		{"decision_visibility_other", func(s *Statement) { s.DecisionVisibility = []string{"DECISION_VISIBILITY_OTHER"} }},
		{"decision_visibility_other", func(s *Statement) { s.DecisionVisibilityOther = "dimmed" }},
		{"decision_monetary", func(s *Statement) { s.DecisionMonetary = "x" }},
		{"decision_monetary_other", func(s *Statement) { s.DecisionMonetary = "DECISION_MONETARY_OTHER" }},
		{"decision_monetary_other", func(s *Statement) { s.DecisionMonetaryOther = "x" }},
		{"decision_provision", func(s *Statement) { s.DecisionProvision = "x" }},
		{"decision_account", func(s *Statement) { s.DecisionAccount = "x" }},
		{"account_type", func(s *Statement) { s.AccountType = "PRIVATE" }},
		{"end_date_account_restriction", func(s *Statement) { s.EndDateAccount = "2026-12-01" }},
		{"end_date_visibility_restriction", func(s *Statement) { s.EndDateVisibility = "2019-11-20" }},
		{"end_date_visibility_restriction", func(s *Statement) { s.EndDateVisibility = "2026-13-20" }},
		{"decision_ground", func(s *Statement) { s.DecisionGround = "" }},
		{"decision_ground", func(s *Statement) { s.DecisionGround = "x" }},
		{"illegal_content_legal_ground", func(s *Statement) { s.DecisionGround = GroundIllegal }},
		{"illegal_content_explanation", func(s *Statement) { s.IllegalContentExplanation = "x" }},
		{"incompatible_content_ground", func(s *Statement) { s.IncompatibleContentGround = "" }},
		{"incompatible_content_ground", func(s *Statement) { s.IncompatibleContentGround = long(501) }},
		{"incompatible_content_explanation", func(s *Statement) { s.IncompatibleContentExplanation = long(2001) }},
		{"incompatible_content_illegal", func(s *Statement) { s.IncompatibleContentIllegal = "yes" }},
		{"decision_ground_reference_url", func(s *Statement) { s.DecisionGroundReferenceURL = "javascript:alert(1)" }},
		{"decision_facts", func(s *Statement) { s.DecisionFacts = "" }},
		{"decision_facts", func(s *Statement) { s.DecisionFacts = long(5001) }},
		{"decision_facts", func(s *Statement) { s.DecisionFacts = "\xff" }},
		{"content_type", func(s *Statement) { s.ContentType = nil }},
		{"content_type", func(s *Statement) { s.ContentType = []string{"TEXT"} }},
		{"content_type_other", func(s *Statement) { s.ContentType = []string{"CONTENT_TYPE_OTHER"} }},
		{"content_id", func(s *Statement) { s.ContentID = map[string]string{"ISBN": "1"} }},
		{"content_language", func(s *Statement) { s.ContentLanguage = "en" }},
		{"content_date", func(s *Statement) { s.ContentDate = "" }},
		{"content_date", func(s *Statement) { s.ContentDate = "1999-12-31" }},
		{"content_date", func(s *Statement) { s.ContentDate = "2026-02-30" }},
		{"application_date", func(s *Statement) { s.ApplicationDate = "2019-12-31" }},
		{"application_date", func(s *Statement) { s.ApplicationDate = "2038-01-02" }},
		{"category", func(s *Statement) { s.Category = "" }},
		{"category_addition", func(s *Statement) { s.CategoryAddition = []string{s.Category} }},
		{"category_specification", func(s *Statement) { s.CategorySpecification = []string{"KEYWORD_SPAM"} }},
		{"category_specification_other", func(s *Statement) { s.CategorySpecificationOther = "x" }},
		{"territorial_scope", func(s *Statement) { s.TerritorialScope = []string{"EU"} }},
		{"source_type", func(s *Statement) { s.SourceType = "" }},
		{"source_identity", func(s *Statement) { s.SourceIdentity = "x" }},
		{"automated_detection", func(s *Statement) { s.AutomatedDetection = "" }},
		{"automated_detection", func(s *Statement) { s.AutomatedDetection = "true" }},
		{"automated_decision", func(s *Statement) { s.AutomatedDecision = "" }},
	} {
		s := good()
		x.spoil(&s)
		err := s.Check()
		if fault, ok := errors.AsType[*FieldError](err); !ok || fault.Field != x.field {
			t.Errorf("%v, want a fault of %s", err, x.field)
		}
		if WriteStatement(&bytes.Buffer{}, s) == nil {
			t.Errorf("a statement with a fault of %s was written", x.field)
		}
	}
}

// TestStatementOf makes a statement of every kind of decision in every language
// and finds each acceptable.
func TestStatementOf(t *testing.T) {
	base := Facts{
		Site: "main", Decision: 77, Title: "Title", Lang: "tr-TR", TermsURL: "https://news.example/rules",
		WrittenAt: time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC), DecidedAt: time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC),
	}
	measures := []struct {
		verb    forum.Verb
		account Measure
		end     time.Time
	}{
		{forum.Reject, NoMeasure, time.Time{}},
		{forum.Hold, NoMeasure, time.Time{}},
		{"", Suspended, base.DecidedAt.AddDate(0, 1, 0)},
		{"", Terminated, time.Time{}},
		{"", Supervised, time.Time{}},
	}
	for _, loc := range locale.Supported() {
		say := func(key string, args ...any) string {
			if !locale.Has(key) {
				t.Errorf("no text for %s", key)
			}
			return locale.T(loc, key, args...)
		}
		for _, reason := range append(forum.RejectReasons(), "house-rule-7") {
			for _, m := range measures {
				for _, source := range []Source{Own, Reported, Notified} {
					for _, machine := range []Automation{ByPeople, Partly, Fully} {
						f := base
						f.Reason, f.Verb, f.Account, f.AccountEnd, f.Source, f.Automation = reason, m.verb, m.account, m.end, source, machine
						f.Detected = machine == Fully
						if own, ok := forum.DefaultSettings().Reason(reason); ok {
							f.Category, f.Illegal = own.Category, own.Illegal
						}
						if err := StatementOf(f, say).Check(); err != nil {
							t.Errorf("%s %+v: %v", loc, f, err)
						}
					}
				}
			}
		}
	}
}

func TestStatementOf_fields(t *testing.T) {
	say := func(key string, _ ...any) string { return key }
	s := StatementOf(Facts{
		Site: "main", Decision: 1, Account: Suspended, AccountEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Reason: "illegal", Illegal: true, Category: "SELF_HARM", Title: "Against the law", Law: "§ 1", Lang: "xx", Source: Notified, Automation: Partly,
		WrittenAt: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), DecidedAt: time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC),
	}, say)
	for what, pair := range map[string][2]string{
		"puid":     {s.Puid, "main-" + forum.ID(1).String()},
		"account":  {s.DecisionAccount + s.EndDateAccount, "DECISION_ACCOUNT_SUSPENDED2026-12-01"},
		"ground":   {s.DecisionGround + s.IllegalContentLegalGround, GroundIllegal + "§ 1"},
		"language": {s.ContentLanguage, ""},
		"written":  {s.ContentDate, "2026-11-21"},
		"category": {s.Category, "STATEMENT_CATEGORY_SELF_HARM"},
		"source":   {s.SourceType + s.AutomatedDecision, "SOURCE_ARTICLE_16AUTOMATED_DECISION_PARTIALLY"},
		"facts":    {s.DecisionFacts, "dsa.suspended dsa.notified dsa.partly"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}
