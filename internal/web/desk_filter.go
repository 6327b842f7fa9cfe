package web

import (
	"net/url"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
)

// dateForm is how a date field writes a day.
const dateForm = "2006-01-02"

// readFilter reads what a list of the desk is narrowed to from its address.
func readFilter(r *request) (desk.Filter, error) {
	queue := desk.QueueKind(r.PathValue("queue"))
	if queue == "" || queue == "search" {
		queue = desk.QueueAll
	}
	return parseFilter(queue, r.URL.Query())
}

// parseFilter reads a filter as encoded writes it.
func parseFilter(queue desk.QueueKind, q url.Values) (desk.Filter, error) {
	if named := desk.QueueKind(q.Get("queue")); named != "" {
		queue = named
	}
	f := desk.Filter{
		Queue: queue, Section: q.Get("section"), Text: q.Get("q"), Author: q.Get("author"), Host: q.Get("host"),
		Verb: forum.Verb(q.Get("verb")), Reason: q.Get("reason"), State: forum.State(q.Get("state")),
	}
	for name, at := range map[string]*forum.ID{"story": &f.Story, "rule": &f.Rule, "by": &f.By, "after": &f.After} {
		id, err := optionalID(q.Get(name))
		if err != nil {
			return f, err
		}
		*at = id
	}
	var err error
	if f.From, err = day(q.Get("from"), 0); err != nil {
		return f, err
	}
	if f.To, err = day(q.Get("to"), 1); err != nil {
		return f, err
	}
	f.Oldest = oldestFirst(queue)
	if order := q.Get("order"); order != "" {
		f.Oldest = order == "oldest"
	}
	return f, nil
}

// oldestFirst reports whether a queue shows those first that wait longest.
func oldestFirst(q desk.QueueKind) bool { return q == desk.QueueHeld || q == desk.QueueReported }

// day reads a date; plus moves it by days, so that a last day is counted whole.
func day(text string, plus int) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(dateForm, text)
	if err != nil {
		return at, forum.Fail(forum.Invalid, "error.badRequest").Because("%w", err)
	}
	return at.AddDate(0, 0, plus), nil
}

// encoded writes a whole filter as a query. Where the page before ended is left
// out.
func encoded(f desk.Filter) string {
	q := criteria(f)
	q.Set("queue", string(f.Queue))
	return q.Encode()
}

// place writes a filter as the query of a page whose path names the queue, with
// its question mark; empty for one that asks nothing.
func place(f desk.Filter) string {
	q := criteria(f)
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func criteria(f desk.Filter) url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("section", f.Section)
	set("q", f.Text)
	set("author", f.Author)
	set("host", f.Host)
	set("verb", string(f.Verb))
	set("reason", f.Reason)
	set("state", string(f.State))
	for name, id := range map[string]forum.ID{"story": f.Story, "rule": f.Rule, "by": f.By} {
		if id != 0 {
			q.Set(name, id.String())
		}
	}
	if !f.From.IsZero() {
		q.Set("from", f.From.Format(dateForm))
	}
	if !f.To.IsZero() {
		q.Set("to", f.To.AddDate(0, 0, -1).Format(dateForm))
	}
	if f.Queue.Valid() && f.Oldest != oldestFirst(f.Queue) {
		q.Set("order", map[bool]string{true: "oldest", false: "newest"}[f.Oldest])
	}
	return q
}
