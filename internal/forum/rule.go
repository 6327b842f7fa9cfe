package forum

import "time"

// Stage says what a rule does with its verdicts.
type Stage string

// The stages of a rule. A rehearsal is not a stage: it can be run at any time.
const (
	StageOff    Stage = "off"
	StageShadow Stage = "shadow" // it runs and marks, and does nothing
	StageOn     Stage = "on"
)

// Effect is what a rule does to a draft.
type Effect string

// The effects, in rising order.
const (
	EffectThink  Effect = "think"   // ask the author to think again, once
	EffectSlow   Effect = "slow"    // ask the author to wait
	EffectSignIn Effect = "sign-in" // ask the author to sign in
	EffectHold   Effect = "hold"
	EffectReject Effect = "reject"
)

// Rule is what the desk decided beforehand. Its definition is read by package
// rule; each version of it is kept.
type Rule struct {
	SiteID     ID
	ID         ID
	Name       string
	Version    int
	Stage      Stage
	Definition string // JSON
	MadeBy     ID     // of this version
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Verdict is what one rule said about one comment.
type Verdict struct {
	SiteID    ID
	ID        ID
	CommentID ID
	RuleID    ID
	Version   int
	RuleName  string // as it is called now
	Stage     Stage
	Effect    Effect
	Acted     bool // it changed what became of the comment
	Why       Why
	CreatedAt time.Time
}

// Why is the reason of a verdict: a sentence of the catalogue with its
// arguments, and where in the source it looked.
type Why struct {
	Code  string         `json:"code"`
	Args  map[string]any `json:"args,omitempty"`
	Marks []Mark         `json:"marks,omitempty"`
	Also  []Why          `json:"also,omitempty"` // what held besides, without marks of its own
}

// Mark is a part of a comment's source, in bytes, half open.
type Mark struct {
	From int `json:"from"`
	To   int `json:"to"`
}
