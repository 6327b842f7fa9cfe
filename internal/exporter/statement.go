package exporter

import (
	"encoding/json"
	"fmt"
	"io"
)

// Statement is one statement of reasons as the database takes it: the fields of
// its StatementStoreRequest. Empty optional fields are left out. Dates are days,
// written 2026-11-22.
type Statement struct {
	Puid string `json:"puid"` // the statement's own name on this platform: letters, digits, - and _

	DecisionVisibility      []string `json:"decision_visibility,omitempty"`
	DecisionVisibilityOther string   `json:"decision_visibility_other,omitempty"`
	DecisionMonetary        string   `json:"decision_monetary,omitempty"`
	DecisionMonetaryOther   string   `json:"decision_monetary_other,omitempty"`
	DecisionProvision       string   `json:"decision_provision,omitempty"`
	DecisionAccount         string   `json:"decision_account,omitempty"`
	AccountType             string   `json:"account_type,omitempty"`

	EndDateVisibility string `json:"end_date_visibility_restriction,omitempty"`
	EndDateMonetary   string `json:"end_date_monetary_restriction,omitempty"`
	EndDateService    string `json:"end_date_service_restriction,omitempty"`
	EndDateAccount    string `json:"end_date_account_restriction,omitempty"`

	DecisionGround                 string `json:"decision_ground"`
	DecisionGroundReferenceURL     string `json:"decision_ground_reference_url,omitempty"`
	IllegalContentLegalGround      string `json:"illegal_content_legal_ground,omitempty"`
	IllegalContentExplanation      string `json:"illegal_content_explanation,omitempty"`
	IncompatibleContentGround      string `json:"incompatible_content_ground,omitempty"`
	IncompatibleContentExplanation string `json:"incompatible_content_explanation,omitempty"`
	IncompatibleContentIllegal     string `json:"incompatible_content_illegal,omitempty"`
	DecisionFacts                  string `json:"decision_facts"`

	ContentType      []string          `json:"content_type"`
	ContentTypeOther string            `json:"content_type_other,omitempty"`
	ContentID        map[string]string `json:"content_id,omitempty"`
	ContentLanguage  string            `json:"content_language,omitempty"` // ISO 639-1, upper case
	ContentDate      string            `json:"content_date"`
	ApplicationDate  string            `json:"application_date"`

	Category                   string   `json:"category"`
	CategoryAddition           []string `json:"category_addition,omitempty"`
	CategorySpecification      []string `json:"category_specification,omitempty"`
	CategorySpecificationOther string   `json:"category_specification_other,omitempty"`
	TerritorialScope           []string `json:"territorial_scope,omitempty"`

	SourceType         string `json:"source_type"`
	SourceIdentity     string `json:"source_identity,omitempty"`
	AutomatedDetection string `json:"automated_detection"`
	AutomatedDecision  string `json:"automated_decision"`
}

// WriteStatement writes one statement as a line of JSON. A statement that the
// database would refuse is not written; the error is the one of Check.
func WriteStatement(w io.Writer, s Statement) error {
	if err := s.Check(); err != nil {
		return err
	}
	line, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode statement %s: %w", s.Puid, err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write statement %s: %w", s.Puid, err)
	}
	return nil
}
