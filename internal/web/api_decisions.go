package web

import (
	"net/http"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// decisions registers what authors and the desk do about decisions.
func (a *api) decisions() {
	const one = "/api/v1/decisions/{decision}"
	register(a, operation{"GET", one, "readDecision", "Read what was decided and why.", 0, []int{401, 404}, false}, apiStatementOf)
	register(a, operation{
		"POST", one + "/appeal", "appeal", "Ask for a decision on oneself to be looked at again.", http.StatusCreated,
		[]int{401, 403, 404, 409, 415, 422},
		false,
	}, apiAppeal)
	register(a, operation{"POST", one + "/read", "readWarning", "Say that one has read a warning.", 0, []int{401, 404}, false}, apiReadWarning)
	register(a, operation{"POST", one + "/lift", "lift", "End a sanction.", 0, []int{401, 403, 404, 409, 415, 422}, false}, apiLift)
	register(a, operation{
		"POST", "/api/v1/authors/{account}/sanctions", "sanction", "Sanction the author of comments.", http.StatusCreated,
		[]int{401, 403, 404, 409, 415, 422},
		false,
	}, apiSanction)
	register(a, operation{"GET", "/api/v1/appeals", "listAppeals", "List the appeals that wait.", 0, []int{401, 403}, false}, apiAppeals)
	register(a, operation{
		"POST", "/api/v1/appeals/{appeal}/answer", "answerAppeal", "Decide an appeal.", 0, []int{401, 403, 404, 409, 415, 422}, false,
	}, apiAnswer)
}

// decisionInput names a decision.
type decisionInput struct {
	Decision string `path:"decision"`
}

// apiStatement is a statement of reasons.
type apiStatement struct {
	ID          string       `json:"id"`
	URL         string       `json:"url"`
	Verb        forum.Verb   `json:"verb" enum:"publish,reject,hold,dismiss,feature,unfeature,undo,warn,always-hold,suspend,ban,lift"`
	At          time.Time    `json:"at"`
	Comment     string       `json:"comment,omitempty" doc:"What it is about; absent where it is about no comment."`
	HTML        string       `json:"html,omitempty" doc:"The comment, in full."`
	Reason      string       `json:"reason,omitempty" doc:"The code of the site's reason."`
	ReasonWords string       `json:"reasonWords,omitempty" doc:"The same in words, in the reader's language."`
	Ground      string       `json:"ground,omitempty" enum:"terms,law"`
	Source      string       `json:"source,omitempty" enum:"report,notice,rule,own" doc:"What brought it up."`
	Note        string       `json:"note,omitempty"`
	Rule        string       `json:"rule,omitempty" doc:"The automatic rule that had a part in it."`
	Detected    bool         `json:"detected" doc:"A machine brought it up."`
	Automated   bool         `json:"automated" doc:"A machine decided."`
	By          string       `json:"by" doc:"In which role somebody decided; rule: nobody did."`
	Until       *time.Time   `json:"until,omitempty" doc:"When a sanction ends; absent: it does not, or there is none."`
	UndoneAt    *time.Time   `json:"undoneAt,omitempty"`
	AppealUntil *time.Time   `json:"appealUntil,omitempty" doc:"Until when its author may appeal; absent: not, or not any more."`
	Appeal      *apiAppealOf `json:"appeal,omitempty"`
}

// apiAppealOf is an appeal and what became of it.
type apiAppealOf struct {
	ID        string        `json:"id"`
	Words     string        `json:"words"`
	At        time.Time     `json:"at"`
	Outcome   forum.Outcome `json:"outcome,omitempty" enum:"upheld,reversed" doc:"Absent while it waits."`
	Answer    string        `json:"answer,omitempty"`
	DecidedAt *time.Time    `json:"decidedAt,omitempty"`
}

type statementOutput struct{ Body apiStatement }

func apiStatementOf(c *call, in *decisionInput) (*statementOutput, error) {
	id, err := forum.ParseID(in.Decision)
	if err != nil {
		return nil, err
	}
	x, err := c.server.Desk.Statement(c.Context(), c.site, c.actor, id)
	if err != nil {
		return nil, err
	}
	return &statementOutput{c.server.apiStatement(c.request, x)}, nil
}

func (s *server) apiStatement(r *request, x desk.Statement) apiStatement {
	d := x.Decision
	out := apiStatement{
		ID: d.ID.String(), URL: s.BaseURL + decisionPath(r, d.ID), Verb: d.Verb, At: d.CreatedAt, Reason: d.Reason,
		ReasonWords: reasonWords(r.site, r.locale, d.Reason), Note: d.Note, Rule: x.Rule, Detected: x.Detected, Automated: d.Automated,
		By: strings.TrimPrefix(deciderRole(d), "statement.by."), Until: knownTime(d.Until), AppealUntil: knownTime(x.AppealUntil),
	}
	if x.Comment != nil {
		out.Comment = x.Comment.ID.String()
		if x.Comment.State != forum.Withdrawn {
			out.HTML = x.Comment.HTML
		}
	}
	if d.Verb.Restricts() {
		out.Ground = strings.TrimPrefix(ground(r, d), "statement.")
		out.Source = strings.TrimPrefix(source(x), "statement.source.")
	}
	if x.Undone != nil {
		out.UndoneAt = knownTime(x.Undone.CreatedAt)
	}
	if x.Appeal != nil {
		out.Appeal = appealOf(*x.Appeal)
	}
	return out
}

func appealOf(a forum.Appeal) *apiAppealOf {
	return &apiAppealOf{
		ID: a.ID.String(), Words: a.Words, At: a.CreatedAt, Outcome: a.Outcome, Answer: a.Answer, DecidedAt: knownTime(a.DecidedAt),
	}
}

type appealInput struct {
	Decision string `path:"decision"`
	Body     struct {
		Words string `json:"words" minLength:"10" maxLength:"2000"`
	}
}

type appealOutput struct{ Body apiAppealOf }

func apiAppeal(c *call, in *appealInput) (*appealOutput, error) {
	id, err := forum.ParseID(in.Decision)
	if err != nil {
		return nil, err
	}
	a, err := c.server.Desk.Appeal(c.Context(), c.site, c.actor, id, normalText(in.Body.Words))
	if err != nil {
		return nil, err
	}
	return &appealOutput{*appealOf(a)}, nil
}

func apiReadWarning(c *call, in *decisionInput) (*statementOutput, error) {
	id, err := forum.ParseID(in.Decision)
	if err != nil {
		return nil, err
	}
	if err := c.server.Desk.Acknowledge(c.Context(), c.site, c.actor, id); err != nil {
		return nil, err
	}
	return apiStatementOf(c, in)
}

type liftInput struct {
	Decision string `path:"decision"`
	Body     struct {
		Note string `json:"note,omitempty" maxLength:"1000" doc:"Words for the author."`
	}
}

func apiLift(c *call, in *liftInput) (*statementOutput, error) {
	id, err := forum.ParseID(in.Decision)
	if err != nil {
		return nil, err
	}
	if _, err := c.server.Desk.Lift(c.Context(), c.site, c.actor, id, normalText(in.Body.Note)); err != nil {
		return nil, err
	}
	return apiStatementOf(c, &decisionInput{in.Decision})
}

type sanctionInput struct {
	Author string `path:"account"`
	Body   struct {
		Kind       forum.Verb `json:"kind" enum:"warn,always-hold,suspend,ban"`
		Until      *time.Time `json:"until,omitempty" doc:"Absent: without an end. A suspension has one, a warning none."`
		Reason     string     `json:"reason" doc:"One of the site's reasons."`
		Note       string     `json:"note,omitempty" maxLength:"1000" doc:"Words for the author."`
		Comment    string     `json:"comment,omitempty" doc:"For which comment of theirs."`
		Everywhere bool       `json:"everywhere,omitempty" doc:"Also on the other sites where both have an account."`
		Sweep      bool       `json:"sweep,omitempty" doc:"With a ban: reject all that stands of the author."`
		Confirm    string     `json:"confirm,omitempty" doc:"With sweep: the author's name, or \"spam\" if they have none."`
	}
}

type sanctionOutput struct {
	Body struct {
		Decision string   `json:"decision,omitempty" doc:"Absent where it waits for a second person."`
		Proposal string   `json:"proposal,omitempty"`
		Sites    []string `json:"sites,omitempty" doc:"The other sites where it holds or waits."`
	}
}

func apiSanction(c *call, in *sanctionInput) (*sanctionOutput, error) {
	b := in.Body
	p := desk.Penalty{Kind: b.Kind, Reason: b.Reason, Note: normalText(b.Note), Sweep: b.Sweep, Confirm: b.Confirm, Everywhere: b.Everywhere}
	var err error
	if p.Account, err = forum.ParseID(in.Author); err != nil {
		return nil, err
	}
	if p.Comment, err = optionalID(b.Comment); err != nil {
		return nil, err
	}
	if b.Until != nil {
		p.Until = *b.Until
	}
	done, err := c.server.Desk.Sanction(c.Context(), c.site, c.actor, p)
	if err != nil {
		return nil, err
	}
	out := &sanctionOutput{}
	out.Body.Sites = done.Sites
	if done.Decision != 0 {
		out.Body.Decision = done.Decision.String()
	}
	if done.Proposal != 0 {
		out.Body.Proposal = done.Proposal.String()
	}
	return out, nil
}

type appealsInput struct {
	After string `query:"after" doc:"The last appeal of the page before."`
}

type appealsOutput struct {
	Body struct {
		Appeals []apiAppealCard `json:"appeals"`
		Waiting int             `json:"waiting" doc:"In all."`
	}
}

// apiAppealCard is an appeal with the statement it is against.
type apiAppealCard struct {
	Statement apiStatement `json:"statement" doc:"With the appeal in it."`
	MayAnswer bool         `json:"mayAnswer" doc:"Not by who had a part in the decision."`
}

func apiAppeals(c *call, in *appealsInput) (*appealsOutput, error) {
	after, err := optionalID(in.After)
	if err != nil {
		return nil, err
	}
	cards, n, err := c.server.Desk.Appeals(c.Context(), c.site, c.actor, after, queueSize)
	if err != nil {
		return nil, err
	}
	out := &appealsOutput{}
	out.Body.Waiting, out.Body.Appeals = n, []apiAppealCard{}
	for _, x := range cards {
		out.Body.Appeals = append(out.Body.Appeals, apiAppealCard{c.server.apiStatement(c.request, x.Statement), x.MayAnswer})
	}
	return out, nil
}

type answerInput struct {
	Appeal string `path:"appeal"`
	Body   struct {
		Outcome forum.Outcome `json:"outcome" enum:"upheld,reversed"`
		Answer  string        `json:"answer" minLength:"10" maxLength:"2000" doc:"The reason, for the author."`
	}
}

func apiAnswer(c *call, in *answerInput) (*appealOutput, error) {
	id, err := forum.ParseID(in.Appeal)
	if err != nil {
		return nil, err
	}
	err = c.server.Desk.AnswerAppeal(c.Context(), c.site, c.actor, id, in.Body.Outcome, normalText(in.Body.Answer))
	if err != nil {
		return nil, err
	}
	card, err := c.server.Desk.AppealByID(c.Context(), c.site, c.actor, id)
	if err != nil {
		return nil, err
	}
	return &appealOutput{*appealOf(card.Appeal)}, nil
}
