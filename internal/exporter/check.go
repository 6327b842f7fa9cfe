package exporter

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// FieldError says which field of a statement the database would refuse, and why.
type FieldError struct {
	Puid  string
	Field string
	Why   string
}

// Error returns the fault as one line for a log.
func (e *FieldError) Error() string {
	return fmt.Sprintf("statement %q: %s %s", e.Puid, e.Field, e.Why)
}

// Check refuses a statement that the database would refuse, or of which it would
// drop a part; the error is the first *FieldError found.
func (s Statement) Check() error {
	c := checker{puid: s.Puid}
	s.checkName(&c)
	s.checkMeasures(&c)
	s.checkEnds(&c)
	s.checkGround(&c)
	s.checkContent(&c)
	s.checkCategory(&c)
	s.checkSource(&c)
	if c.first == nil {
		return nil
	}
	return c.first
}

// The lengths of texts, in characters.
const (
	maxShort = 500
	maxLong  = 2000
	maxFacts = 5000
)

var puidForm = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func (s Statement) checkName(c *checker) {
	c.required("puid", s.Puid)
	c.atMost("puid", s.Puid, maxShort)
	c.must(s.Puid == "" || puidForm.MatchString(s.Puid), "puid", "has other characters than letters, digits, - and _")
}

// checkMeasures checks what was done: at least one measure, each of a kind that
// is known, and words exactly where the kind is "other".
func (s Statement) checkMeasures(c *checker) {
	c.must(len(s.DecisionVisibility) > 0 || s.DecisionMonetary != "" || s.DecisionProvision != "" || s.DecisionAccount != "",
		"decision_visibility", "is required when there is no decision on payments, service or account")
	c.listed("decision_visibility", visibilities, s.DecisionVisibility...)
	c.wordsIf(slices.Contains(s.DecisionVisibility, "DECISION_VISIBILITY_OTHER"), "decision_visibility_other", s.DecisionVisibilityOther, maxShort)
	c.listed("decision_monetary", monetaries, s.DecisionMonetary)
	c.wordsIf(s.DecisionMonetary == "DECISION_MONETARY_OTHER", "decision_monetary_other", s.DecisionMonetaryOther, maxShort)
	c.listed("decision_provision", provisions, s.DecisionProvision)
	c.listed("decision_account", accountDecisions, s.DecisionAccount)
	c.listed("account_type", accountTypes, s.AccountType)
}

// checkEnds checks when measures end: a day each, and only of a measure taken.
func (s Statement) checkEnds(c *checker) {
	ends := []struct {
		field, day string
		taken      bool
	}{
		{"end_date_visibility_restriction", s.EndDateVisibility, len(s.DecisionVisibility) > 0},
		{"end_date_monetary_restriction", s.EndDateMonetary, s.DecisionMonetary != ""},
		{"end_date_service_restriction", s.EndDateService, s.DecisionProvision != ""},
		{"end_date_account_restriction", s.EndDateAccount, s.DecisionAccount != ""},
	}
	for _, e := range ends {
		if e.day == "" {
			continue
		}
		c.day(e.field, e.day, firstApplication)
		c.must(e.taken, e.field, "ends a measure that was not taken")
	}
}

// checkGround checks the ground: the law with its provision, or the terms.
func (s Statement) checkGround(c *checker) {
	illegal := s.DecisionGround == GroundIllegal
	terms := s.DecisionGround == GroundTerms
	c.required("decision_ground", s.DecisionGround)
	c.listed("decision_ground", grounds, s.DecisionGround)
	c.wordsIf(illegal, "illegal_content_legal_ground", s.IllegalContentLegalGround, maxShort)
	c.wordsIf(illegal, "illegal_content_explanation", s.IllegalContentExplanation, maxLong)
	c.wordsIf(terms, "incompatible_content_ground", s.IncompatibleContentGround, maxShort)
	c.wordsIf(terms, "incompatible_content_explanation", s.IncompatibleContentExplanation, maxLong)
	c.listed("incompatible_content_illegal", yesNo, s.IncompatibleContentIllegal)
	c.must(terms || s.IncompatibleContentIllegal == "", "incompatible_content_illegal", "is dropped under this ground")
	c.atMost("decision_ground_reference_url", s.DecisionGroundReferenceURL, maxShort)
	c.must(s.DecisionGroundReferenceURL == "" || isURL(s.DecisionGroundReferenceURL), "decision_ground_reference_url", "is no address")
	c.required("decision_facts", s.DecisionFacts)
	c.atMost("decision_facts", s.DecisionFacts, maxFacts)
}

// The first days that the database takes, and the last.
const (
	firstContent     = "2000-01-01"
	firstApplication = "2020-01-01"
	lastDay          = "2038-01-01"
)

func (s Statement) checkContent(c *checker) {
	c.must(len(s.ContentType) > 0, "content_type", "is required")
	c.listed("content_type", contentTypes, s.ContentType...)
	c.wordsIf(slices.Contains(s.ContentType, "CONTENT_TYPE_OTHER"), "content_type_other", s.ContentTypeOther, maxShort)
	for kind := range s.ContentID {
		c.must(kind == "EAN-13", "content_id", "has a kind of number that is not known: "+kind)
	}
	c.listed("content_language", languages, s.ContentLanguage)
	c.required("content_date", s.ContentDate)
	c.day("content_date", s.ContentDate, firstContent)
	c.required("application_date", s.ApplicationDate)
	c.day("application_date", s.ApplicationDate, firstApplication)
}

func (s Statement) checkCategory(c *checker) {
	c.required("category", s.Category)
	c.listed("category", categories, s.Category)
	c.listed("category_addition", categories, s.CategoryAddition...)
	c.must(s.Category == "" || !slices.Contains(s.CategoryAddition, s.Category), "category_addition", "repeats category")
	c.listed("category_specification", keywords, s.CategorySpecification...)
	c.must(s.CategorySpecificationOther == "" || slices.Contains(s.CategorySpecification, "KEYWORD_OTHER"),
		"category_specification_other", "is dropped without KEYWORD_OTHER")
	c.atMost("category_specification_other", s.CategorySpecificationOther, maxShort)
	c.listed("territorial_scope", countries, s.TerritorialScope...)
}

func (s Statement) checkSource(c *checker) {
	c.required("source_type", s.SourceType)
	c.listed("source_type", sourceTypes, s.SourceType)
	c.must(s.SourceIdentity == "" || s.SourceType != SourceVoluntary, "source_identity", "is dropped under this source_type")
	c.atMost("source_identity", s.SourceIdentity, maxShort)
	c.required("automated_detection", s.AutomatedDetection)
	c.listed("automated_detection", yesNo, s.AutomatedDetection)
	c.required("automated_decision", s.AutomatedDecision)
	c.listed("automated_decision", automatedDecisions, s.AutomatedDecision)
}

// checker keeps the first fault found.
type checker struct {
	puid  string
	first *FieldError
}

func (c *checker) must(ok bool, field, why string) {
	if !ok && c.first == nil {
		c.first = &FieldError{Puid: c.puid, Field: field, Why: why}
	}
}

func (c *checker) required(field, value string) { c.must(value != "", field, "is required") }

func (c *checker) atMost(field, value string, limit int) {
	c.must(utf8.ValidString(value), field, "is not UTF-8")
	c.must(utf8.RuneCountInString(value) <= limit, field, fmt.Sprintf("is longer than %d characters", limit))
}

// wordsIf checks words that are required under a condition and dropped without.
func (c *checker) wordsIf(asked bool, field, value string, limit int) {
	c.must(!asked || value != "", field, "is required")
	c.must(asked || value == "", field, "is dropped here")
	c.atMost(field, value, limit)
}

// listed checks that every value, if there is one, is in a list, and that none
// stands twice.
func (c *checker) listed(field string, known []string, values ...string) {
	for i, v := range values {
		c.must(v == "" && len(values) == 1 || slices.Contains(known, v), field, "has a value that is not known: "+v)
		c.must(!slices.Contains(values[:i], v), field, "has a value twice: "+v)
	}
}

// day checks a day and its bounds; days written alike compare as texts.
func (c *checker) day(field, value, first string) {
	if value == "" {
		return
	}
	_, err := time.Parse(time.DateOnly, value)
	c.must(err == nil, field, "is no day: "+value)
	c.must(value >= first && value <= lastDay, field, "lies outside "+first+" to "+lastDay)
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
