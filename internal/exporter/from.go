package exporter

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/forum"
)

// The codes that Parley's decisions come out as.
const (
	GroundIllegal = "DECISION_GROUND_ILLEGAL_CONTENT"
	GroundTerms   = "DECISION_GROUND_INCOMPATIBLE_CONTENT"

	SourceArticle16 = "SOURCE_ARTICLE_16"
	SourceOther     = "SOURCE_TYPE_OTHER_NOTIFICATION"
	SourceVoluntary = "SOURCE_VOLUNTARY"
)

// Source says what brought a comment to the desk's attention.
type Source int

// The sources. The zero value is the desk's own initiative.
const (
	Own      Source = iota
	Reported        // a reader's report
	Notified        // a notice of illegal content (article 16)
)

// Automation says what part a machine had in a decision.
type Automation int

// The parts. A rule that holds a comment which a person then rejects decided
// partly.
const (
	ByPeople Automation = iota
	Partly
	Fully
)

// Measure is what a decision did to an account.
type Measure int

// The measures.
const (
	NoMeasure  Measure = iota
	Suspended          // until a day, or from all but reading
	Terminated         // without an end
	Supervised         // everything it writes waits for review
)

// Facts are the plain facts of one decision. There is no field for a person.
type Facts struct {
	Site     string   // its slug
	Decision forum.ID // names the statement, with the site

	Verb       forum.Verb // Reject or Hold on a comment; empty for an account alone
	Account    Measure
	AccountEnd time.Time // zero: no end

	Reason     string    // code of forum.RejectReasons, or a code of the site's own
	Category   string    // of the site's own list, without its prefix; empty: by the reason
	Illegal    bool      // the reason is the law
	Title      string    // the words of the reason, as the author was told; never a note to one author
	Law        string    // the provision relied on; only with Illegal
	TermsURL   string    // where the rules of the site stand
	Lang       string    // BCP 47 tag of the story
	WrittenAt  time.Time // zero: the day of the decision
	DecidedAt  time.Time
	Source     Source
	Detected   bool // a machine brought it up
	Automation Automation
	Countries  []string // where the decision holds; empty: wherever the site is read
}

// Words gives the text of a catalogue key, its placeholders filled.
type Words func(key string, args ...any) string

// StatementOf writes the facts of a decision as a statement. It says nothing
// that Facts does not hold, so nobody is named in it.
func StatementOf(f Facts, say Words) Statement {
	if f.Title == "" {
		f.Title = say("reject.other")
	}
	s := Statement{
		Puid:                       f.Site + "-" + f.Decision.String(),
		DecisionVisibility:         visibility(f.Verb),
		DecisionGroundReferenceURL: f.TermsURL,
		ContentType:                []string{"CONTENT_TYPE_TEXT"},
		ContentLanguage:            language(f.Lang),
		ContentDate:                day(written(f)),
		ApplicationDate:            day(f.DecidedAt),
		TerritorialScope:           slices.Clone(f.Countries),
		SourceType:                 [...]string{SourceVoluntary, SourceOther, SourceArticle16}[f.Source],
		AutomatedDetection:         answer(f.Detected),
		AutomatedDecision: [...]string{
			"AUTOMATED_DECISION_NOT_AUTOMATED", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_FULLY",
		}[f.Automation],
		DecisionFacts: facts(f, say),
	}
	account(&s, f)
	ground(&s, f, say)
	category(&s, f)
	return s
}

// account fills what was done to the account.
func account(s *Statement, f Facts) {
	if f.Account == NoMeasure {
		return
	}
	s.AccountType = "ACCOUNT_TYPE_PRIVATE"
	if f.Account == Supervised {
		s.DecisionProvision = "DECISION_PROVISION_PARTIAL_SUSPENSION"
		return
	}
	s.DecisionAccount = [...]string{"", "DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"}[f.Account]
	if f.Account == Suspended && !f.AccountEnd.IsZero() {
		s.EndDateAccount = day(f.AccountEnd)
	}
}

// ground fills on what the decision rests: the law if the reason says so, else
// the rules of the site.
func ground(s *Statement, f Facts, say Words) {
	if f.Illegal {
		s.DecisionGround = GroundIllegal
		s.IllegalContentLegalGround = cut(f.Law, maxShort)
		if s.IllegalContentLegalGround == "" {
			s.IllegalContentLegalGround = say("dsa.law")
		}
		s.IllegalContentExplanation = cut(say("dsa.illegal", "reason", f.Title), maxLong)
		return
	}
	s.DecisionGround = GroundTerms
	s.IncompatibleContentGround = cut(f.Title, maxShort)
	s.IncompatibleContentExplanation = cut(say("dsa.terms", "reason", f.Title), maxLong)
	s.IncompatibleContentIllegal = "No"
}

// facts are the circumstances: what was decided on and what brought it up.
func facts(f Facts, say Words) string {
	texts := []string{say(what(f))}
	texts = append(texts, say([...]string{"dsa.own", "dsa.reported", "dsa.notified"}[f.Source]))
	if f.Detected {
		texts = append(texts, say("dsa.detected"))
	}
	texts = append(texts, say([...]string{"dsa.people", "dsa.partly", "dsa.fully"}[f.Automation]))
	return strings.Join(texts, " ")
}

func what(f Facts) string {
	switch {
	case f.Account == Terminated:
		return "dsa.terminated"
	case f.Account == Supervised:
		return "dsa.supervised"
	case f.Account == Suspended:
		return "dsa.suspended"
	case f.Verb == forum.Hold:
		return "dsa.disabled"
	}
	return "dsa.removed"
}

// visibility says what became of the comment: a rejected one is removed, a held
// one is out of sight until somebody decides.
func visibility(v forum.Verb) []string {
	switch v {
	case forum.Reject:
		return []string{"DECISION_VISIBILITY_CONTENT_REMOVED"}
	case forum.Hold:
		return []string{"DECISION_VISIBILITY_CONTENT_DISABLED"}
	}
	return nil
}

// kinds are the category and keyword of each reason. A reason of the site's own
// is a violation of its terms.
var kinds = map[string]struct{ category, keyword string }{
	"abuse":         {"STATEMENT_CATEGORY_CYBER_VIOLENCE", "KEYWORD_CYBER_BULLYING_INTIMIDATION"},
	"hate":          {"STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "KEYWORD_HATE_SPEECH"},
	"threat":        {"STATEMENT_CATEGORY_VIOLENCE", "KEYWORD_INCITEMENT_VIOLENCE_HATRED"},
	"private":       {"STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "KEYWORD_MISSING_PROCESSING_GROUND"},
	"spam":          {"STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_HIDDEN_ADVERTISEMENT"},
	"off-topic":     {"STATEMENT_CATEGORY_OTHER_VIOLATION_TC", ""},
	"false":         {"STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "KEYWORD_MISINFORMATION_DISINFORMATION"},
	"illegal":       {"STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", ""},
	"impersonation": {"STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING"},
	"language":      {"STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "KEYWORD_LANGUAGE_REQUIREMENTS"},
}

func category(s *Statement, f Facts) {
	kind, ok := kinds[f.Reason]
	if !ok {
		kind.category = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
	}
	if own := "STATEMENT_CATEGORY_" + f.Category; f.Category != "" && own != kind.category {
		kind.category, kind.keyword = own, ""
	}
	s.Category = kind.category
	if kind.keyword != "" {
		s.CategorySpecification = []string{kind.keyword}
	}
}

// language returns the ISO 639-1 code of a tag, or nothing if it has none.
func language(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	if code := strings.ToUpper(base); slices.Contains(languages, code) {
		return code
	}
	return ""
}

// written returns when the content was written. Comments of archives may be
// older than the database takes; the day of the decision stands in for them.
func written(f Facts) time.Time {
	if f.WrittenAt.IsZero() || day(f.WrittenAt) < firstContent {
		return f.DecidedAt
	}
	return f.WrittenAt
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func answer(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

// cut shortens a text to so many characters.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
