package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"parley/internal/forum"
	"parley/internal/name"
	"parley/internal/store"
	"parley/internal/term"
)

// Filter is which comments of a queue the desk looks at. What is empty asks
// nothing; what else than a section or a story is asked is a search.
type Filter struct {
	Queue   QueueKind   `json:"queue"`
	Section string      `json:"section,omitempty"`
	Story   forum.ID    `json:"story,omitempty"`
	Text    string      `json:"text,omitempty"`   // words, all of which must be there
	Author  string      `json:"author,omitempty"` // id of an account, or its name
	Host    string      `json:"host,omitempty"`   // of a link
	Rule    forum.ID    `json:"rule,omitempty"`
	Verb    forum.Verb  `json:"verb,omitempty"` // of a decision
	Reason  string      `json:"reason,omitempty"`
	By      forum.ID    `json:"by,omitempty"`
	State   forum.State `json:"state,omitempty"`
	From    time.Time   `json:"from,omitzero"` // written at From or later, before To
	To      time.Time   `json:"to,omitzero"`
	Oldest  bool        `json:"oldest,omitempty"` // the oldest first
	After   forum.ID    `json:"-"`                // where the page before ended
}

// Searches reports whether the filter asks for more than a place.
func (f Filter) Searches() bool {
	return f.Text != "" || f.Author != "" || f.Host != "" || f.Rule != 0 || f.Verb != "" || f.Reason != "" || f.By != 0 || f.State != "" ||
		!f.From.IsZero() || !f.To.IsZero()
}

// errNothing is a filter that no comment can pass.
var errNothing = errors.New("nothing can be found")

// sieve turns a filter into one of the store, within what the actor may see. It
// returns errNothing for an author who does not exist.
func (d *Desk) sieve(ctx context.Context, r store.Reader, site forum.Site, actor forum.Actor, f Filter) (store.Filter, error) {
	out := store.Filter{
		Queue: f.Queue, Story: f.Story, Host: hostOf(f.Host), Rule: f.Rule, Verb: f.Verb, Reason: f.Reason, By: f.By, State: f.State,
		From: f.From, To: f.To, Oldest: f.Oldest, After: f.After,
	}
	if !f.Queue.Valid() {
		return out, forum.Fail(forum.NotFound, "error.notFound").Because("queue %q", f.Queue)
	}
	if !forum.May(actor, forum.ActQueue) || f.Searches() && !forum.May(actor, forum.ActSearch) {
		return out, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	out.Sections = slices.Clone(actor.Account.Sections)
	if f.Section != "" {
		if !actor.Account.In(f.Section) {
			return out, forum.Fail(forum.Forbidden, "error.forbidden").Because("section %q", f.Section)
		}
		out.Sections = []string{f.Section}
	}
	q := term.Parse(f.Text)
	if f.Text != "" && q.Empty() {
		return out, errNothing
	}
	out.Wording = wordingOf(q)
	var err error
	if f.Author != "" {
		out.Account, out.Named, err = authorNamed(ctx, r, site.ID, actor, f.Author)
	}
	return out, err
}

// authorNamed returns the account with an id or a name, and whether a name was
// asked for: what the account wrote under a mask is not found by its name.
func authorNamed(ctx context.Context, r store.Reader, site forum.ID, actor forum.Actor, text string) (account forum.ID, named bool, err error) {
	if !forum.May(actor, forum.ActHistory) {
		return 0, false, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	if id, err := forum.ParseID(text); err == nil {
		return id, false, nil
	}
	n, err := name.Check(text)
	if err != nil {
		return 0, true, errNothing
	}
	a, err := r.AccountBySkeleton(ctx, site, n.Skeleton)
	if forum.IsKind(err, forum.NotFound) {
		return 0, true, errNothing
	}
	return a.ID, true, err
}

// hostOf returns the host of what somebody typed as a domain or an address.
func hostOf(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, after, found := strings.Cut(text, "://"); found {
		text = after
	}
	host, _, _ := strings.Cut(text, "/")
	return strings.TrimPrefix(host, "www.")
}
