package web

import (
	"net/http"
	"time"
	"unicode/utf8"

	"parley/internal/desk"
	"parley/internal/forum"
)

// comments registers what readers and the desk do to comments.
func (a *api) comments() {
	const one = "/api/v1/comments/{comment}"
	register(a, operation{
		"POST", "/api/v1/comments", "postComment", "Post a comment or a reply.", http.StatusCreated,
		[]int{401, 403, 404, 409, 410, 413, 415, 422, 429},
		false,
	}, apiPost)
	register(a, operation{"GET", one, "readComment", "Read a comment.", 0, []int{404}, false}, apiRead)
	register(a, operation{"PATCH", one, "editComment", "Edit one's own comment.", 0, []int{401, 403, 404, 409, 410, 415, 422}, false}, apiEdit)
	register(a, operation{"POST", one + "/withdraw", "withdrawComment", "Withdraw one's own comment.", 0, []int{401, 404, 409}, false}, apiWithdraw)
	register(a, operation{"PUT", one + "/vote", "vote", "Set one's vote on a comment.", 0, []int{403, 404, 415, 422, 429}, false}, apiVote)
	register(a, operation{"POST", one + "/reports", "report", "Report a comment.", 0, []int{403, 404, 415, 422, 429}, false}, apiReport)
	register(a, operation{"POST", one + "/decisions", "decide", "Decide on a comment.", 0, []int{401, 403, 404, 409, 415, 422}, false}, apiDecide)
	register(a, operation{
		"POST", "/api/v1/notices", "fileNotice", "File a notice of illegal content.", http.StatusCreated, []int{403, 413, 415, 422, 429}, false,
	}, apiNotice)
	register(a, operation{"POST", one + "/undo", "undoDecision", "Take back one's own last decision on a comment.", 0, []int{401, 403, 404, 409}, false}, apiUndo)
	register(a, operation{"POST", "/api/v1/preview", "preview", "Render a text as a comment would show it.", 0, []int{413, 415, 422, 429}, false}, apiPreview)
}

// maxKey is the length of an idempotency key.
const maxKey = 200

type postInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"Repeating a request with its key posts once."`
	Body struct {
		Story    string           `json:"story,omitempty" doc:"The story's id, unless storyRef names it."`
		StoryRef *storyRef        `json:"storyRef,omitempty"`
		Parent   string           `json:"parent,omitempty" doc:"The comment answered; absent for a root."`
		Byline   forum.BylineKind `json:"byline,omitempty" enum:"name,pseudonym,none" doc:"The site's first kind if absent."`
		Name     string           `json:"name,omitempty" doc:"For name and pseudonym, unless the account has one."`
		Text     string           `json:"text" doc:"In the Markdown of comments."`
		// Confirmed answers the problem error.thinkAgain.
		Confirmed bool `json:"confirmed,omitempty" doc:"Set after the problem error.thinkAgain, when the author wants to send the text anyway."`
	}
}

// storyRef names a story on another page, which is added when first written under.
type storyRef struct {
	ExternalID string `json:"externalId,omitempty"`
	URL        string `json:"url"`
	Title      string `json:"title,omitempty"`
}

type postOutput struct {
	Status   int
	Location string `header:"Location"`
	Body     struct {
		ID            string      `json:"id"`
		Story         string      `json:"story"`
		State         forum.State `json:"state" enum:"published,held,rejected"`
		URL           string      `json:"url"`
		EditableUntil time.Time   `json:"editableUntil"`
	}
}

// apiPost posts a comment. A repeat of a request is answered like the first,
// with status 200.
func apiPost(c *call, in *postInput) (*postOutput, error) {
	draft, err := in.draft(c)
	if err != nil {
		return nil, err
	}
	posted, err := c.server.Desk.Post(c.Context(), c.site, c.writer(), draft)
	if err != nil {
		return nil, err
	}
	c.server.remember(c.w, c.request, posted.Grant)
	out := &postOutput{Status: http.StatusCreated}
	if posted.Repeat {
		out.Status = http.StatusOK
	}
	p := posted.Comment
	out.Body.ID, out.Body.Story, out.Body.State, out.Body.URL = p.ID.String(), p.StoryID.String(), p.State, c.server.commentURL(c.request, p.ID)
	out.Body.EditableUntil = p.EditableUntil(c.site.Settings.EditWindow.Duration())
	out.Location = out.Body.URL
	return out, nil
}

// draft reads what a reader wants to publish.
func (in *postInput) draft(c *call) (desk.Draft, error) {
	b := in.Body
	d := desk.Draft{Byline: b.Byline, Name: b.Name, Text: normalText(b.Text), Key: in.Key, Confirmed: b.Confirmed}
	if len(in.Key) > maxKey || !utf8.ValidString(in.Key) {
		return d, forum.Fail(forum.Invalid, "error.badRequest").Because("idempotency key of %d bytes", len(in.Key))
	}
	if d.Byline == "" {
		d.Byline = c.site.Settings.Bylines[0]
	}
	if b.StoryRef != nil {
		d.Ref = desk.StoryRef{ExternalID: b.StoryRef.ExternalID, URL: b.StoryRef.URL, Title: b.StoryRef.Title}
	}
	var err error
	if d.Story, err = optionalID(b.Story); err != nil {
		return d, err
	}
	d.Parent, err = optionalID(b.Parent)
	return d, err
}

// optionalID reads an id; an absent one is zero.
func optionalID(text string) (forum.ID, error) {
	if text == "" {
		return 0, nil
	}
	return forum.ParseID(text)
}

// commentInput names a comment.
type commentInput struct {
	Comment string `path:"comment"`
}

type commentOutput struct{ Body apiComment }

func apiRead(c *call, in *commentInput) (*commentOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	d, err := c.server.Desk.Permalink(c.Context(), c.site, c.actor, id)
	if err != nil {
		return nil, err
	}
	_, staff := d.Staff[d.Target.AccountID]
	own := c.actor.Known() && c.actor.Account.ID == d.Target.AccountID
	return &commentOutput{c.server.apiComment(c.request, d.Target, staff, own)}, nil
}

type editInput struct {
	Comment string `path:"comment"`
	Body    struct {
		Text      string `json:"text"`
		Confirmed bool   `json:"confirmed,omitempty" doc:"Set after the problem error.thinkAgain, when the author wants to save the text anyway."`
	}
}

func apiEdit(c *call, in *editInput) (*commentOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	if _, err := c.server.Desk.Edit(c.Context(), c.site, c.actor, id, normalText(in.Body.Text), in.Body.Confirmed); err != nil {
		return nil, err
	}
	return apiRead(c, &commentInput{in.Comment})
}

type stateOutput struct {
	Body struct {
		ID    string      `json:"id"`
		State forum.State `json:"state" enum:"held,published,rejected,withdrawn"`
	}
}

func stateOf(x forum.Comment) *stateOutput {
	out := &stateOutput{}
	out.Body.ID, out.Body.State = x.ID.String(), x.State
	return out
}

func apiWithdraw(c *call, in *commentInput) (*stateOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	x, err := c.server.Desk.Withdraw(c.Context(), c.site, c.actor, id)
	return stateOf(x), err
}

type voteInput struct {
	Comment string `path:"comment"`
	Body    struct {
		Value *forum.Vote `json:"value" enum:"1,-1,0" doc:"1: worth reading, -1: not worth reading, 0: undo."`
	}
}

type voteOutput struct {
	Body struct {
		Up    int        `json:"up"`
		Down  int        `json:"down"`
		Value forum.Vote `json:"value"`
	}
}

func apiVote(c *call, in *voteInput) (*voteOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	if in.Body.Value == nil {
		return nil, forum.Fail(forum.Invalid, "error.badRequest").At("value")
	}
	x, grant, err := c.server.Desk.Vote(c.Context(), c.site, c.writer(), id, *in.Body.Value)
	if err != nil {
		return nil, err
	}
	c.server.remember(c.w, c.request, grant)
	out := &voteOutput{}
	out.Body.Up, out.Body.Down, out.Body.Value = x.Up, x.Down, *in.Body.Value
	return out, nil
}

type reportInput struct {
	Comment string `path:"comment"`
	Body    struct {
		Reason forum.Reason `json:"reason" enum:"abuse,hate,spam,private,false,off-topic,disagree"`
		Words  string       `json:"words,omitempty" maxLength:"1000"`
	}
}

// apiReport files a report. A second one by the same reader changes nothing and
// is answered like the first.
func apiReport(c *call, in *reportInput) (*stateOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	x, grant, err := c.server.Desk.Report(c.Context(), c.site, c.writer(), id, in.Body.Reason, in.Body.Words)
	if err != nil {
		return nil, err
	}
	c.server.remember(c.w, c.request, grant)
	return stateOf(x), nil
}

type decideInput struct {
	Comment string `path:"comment"`
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"Repeating a request with its key decides once."`
	Body    struct {
		Verb   forum.Verb  `json:"verb" enum:"publish,reject,hold,dismiss,feature,unfeature" doc:"To publish what is published means that the desk has seen it."`
		From   forum.State `json:"from" enum:"held,published,rejected,withdrawn" doc:"The state the moderator saw; another one now is a conflict."`
		Reason string      `json:"reason,omitempty" doc:"Required to reject."`
		Note   string      `json:"note,omitempty" maxLength:"1000" doc:"Words for the author."`
		Seen   string      `json:"seen,omitempty" doc:"Names the text the moderator read, as the desk's pages have it; another text now is a conflict."`
	}
}

func apiDecide(c *call, in *decideInput) (*stateOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	b := in.Body
	x, err := c.server.Desk.Decide(c.Context(), c.site, c.actor, desk.Ruling{
		Comment: id, Verb: b.Verb, From: b.From, Reason: b.Reason, Note: b.Note, Seen: b.Seen, Key: in.Key,
	})
	return stateOf(x), err
}

type undoInput struct {
	Comment string `path:"comment"`
	Key     string `header:"Idempotency-Key" maxLength:"200" doc:"Repeating a request with its key takes one decision back."`
}

// apiUndo takes back the caller's own last decision on a comment.
func apiUndo(c *call, in *undoInput) (*stateOutput, error) {
	id, err := forum.ParseID(in.Comment)
	if err != nil {
		return nil, err
	}
	x, err := c.server.Desk.Undo(c.Context(), c.site, c.actor, desk.TakeBack{Comment: id, Key: in.Key})
	return stateOf(x), err
}

type previewInput struct {
	Body struct {
		Text string `json:"text"`
	}
}

type previewOutput struct {
	Body struct {
		HTML string `json:"html"`
	}
}

func apiPreview(c *call, in *previewInput) (*previewOutput, error) {
	html, err := c.server.Desk.Preview(c.site, normalText(in.Body.Text))
	out := &previewOutput{}
	out.Body.HTML = string(html)
	return out, err
}
