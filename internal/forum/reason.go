package forum

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// RejectReason is one of a site's reasons for a rejection or a sanction. A
// decision keeps its code; the words are looked up when somebody reads it, in
// the reader's language.
type RejectReason struct {
	Code string `json:"code"`
	// Words has the site's own words by language. Where a language is missing, a
	// reason of RejectReasons has those of the catalogues.
	Words map[string]string `json:"words,omitempty"`
	// Category is one of StatementCategories, for statements of reasons.
	Category string `json:"category"`
	// Illegal says that the reason is the law; otherwise it is the site's terms
	// (Regulation (EU) 2022/2065, Article 17(3)(d) and (e)).
	Illegal bool `json:"illegal,omitempty"`
	// Retired ones stay readable on old decisions and are offered no more.
	Retired bool `json:"retired,omitempty"`
}

// RejectReasons are the reasons a rejection names at a new site, in the order
// shown. Their words are in the locale catalogues.
func RejectReasons() []string {
	return []string{
		"abuse", "hate", "threat", "private", "spam", "off-topic", "false",
		"illegal", "impersonation", "language", "other",
	}
}

// StatementCategories are what was wrong, as the Transparency Database of the
// European Union sorts it, without the prefix STATEMENT_CATEGORY_.
func StatementCategories() []string {
	return strings.Fields(`OTHER_VIOLATION_TC CYBER_VIOLENCE CYBER_VIOLENCE_AGAINST_WOMEN ILLEGAL_OR_HARMFUL_SPEECH VIOLENCE
		DATA_PROTECTION_AND_PRIVACY_VIOLATIONS SCAMS_AND_FRAUD NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS
		PROTECTION_OF_MINORS SELF_HARM RISK_FOR_PUBLIC_SECURITY INTELLECTUAL_PROPERTY_INFRINGEMENTS
		UNSAFE_AND_PROHIBITED_PRODUCTS CONSUMER_INFORMATION ANIMAL_WELFARE NOT_SPECIFIED_NOTICE`)
}

// otherCategory is that of what breaks the site's terms and nothing else.
const otherCategory = "OTHER_VIOLATION_TC"

var defaultCategories = map[string]string{
	"abuse": "CYBER_VIOLENCE", "hate": "ILLEGAL_OR_HARMFUL_SPEECH", "threat": "VIOLENCE",
	"private": "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "spam": "SCAMS_AND_FRAUD",
	"false": "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "illegal": "ILLEGAL_OR_HARMFUL_SPEECH",
	"impersonation": "SCAMS_AND_FRAUD",
}

// DefaultReasons are the reasons of a site that has not set its own.
func DefaultReasons() []RejectReason {
	codes := RejectReasons()
	all := make([]RejectReason, len(codes))
	for i, code := range codes {
		all[i] = RejectReason{Code: code, Category: otherCategory, Illegal: code == "illegal"}
		if c, ok := defaultCategories[code]; ok {
			all[i].Category = c
		}
	}
	return all
}

// AllReasons returns a site's reasons in the order shown, retired ones too.
func (s Settings) AllReasons() []RejectReason {
	if len(s.Reasons) == 0 {
		return DefaultReasons()
	}
	return slices.Clone(s.Reasons)
}

// OpenReasons returns the codes that decisions may name today, in the order
// shown.
func (s Settings) OpenReasons() []string {
	var codes []string
	for _, r := range s.AllReasons() {
		if !r.Retired {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// Reason returns a site's reason by its code, also a retired one.
func (s Settings) Reason(code string) (RejectReason, bool) {
	all := s.AllReasons()
	if i := slices.IndexFunc(all, func(r RejectReason) bool { return r.Code == code }); i >= 0 {
		return all[i], true
	}
	return RejectReason{}, false
}

// Limits of a site's list of reasons.
const (
	MaxReasons     = 60
	MaxReasonWords = 120 // characters
)

var reasonCode = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$`)

// goodReasons reports whether a list of reasons can be worked with: at least one
// is offered, no code stands twice, and each has words in some language.
func goodReasons(all []RejectReason) bool {
	seen := map[string]bool{}
	open := 0
	for _, r := range all {
		if !r.good() || seen[r.Code] {
			return false
		}
		seen[r.Code] = true
		if !r.Retired {
			open++
		}
	}
	return len(all) == 0 || (open > 0 && len(all) <= MaxReasons)
}

func (r RejectReason) good() bool {
	for lang, words := range r.Words {
		if !slices.Contains(Locales(), lang) || strings.TrimSpace(words) == "" || utf8.RuneCountInString(words) > MaxReasonWords {
			return false
		}
	}
	return reasonCode.MatchString(r.Code) && slices.Contains(StatementCategories(), r.Category) &&
		(len(r.Words) > 0 || slices.Contains(RejectReasons(), r.Code))
}

// ReasonCode makes a code for a new reason of its words, one that no other of the
// list has.
func ReasonCode(words map[string]string, all []RejectReason) string {
	base := ""
	for _, r := range strings.ToLower(words["en"]) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			base += string(r)
		case base != "" && !strings.HasSuffix(base, "-"):
			base += "-"
		}
	}
	base = strings.Trim(base[:min(len(base), 30)], "-")
	if base == "" {
		base = "reason"
	}
	code := base
	for n := 2; slices.ContainsFunc(all, func(r RejectReason) bool { return r.Code == code }); n++ {
		code = base + "-" + strconv.Itoa(n)
	}
	return code
}
