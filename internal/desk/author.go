package desk

import (
	"context"
	"strings"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/store"
)

// AuthorNote is a note about an author, with who wrote it.
type AuthorNote struct {
	store.AuthorNote
	By forum.Account
}

// maxNotes is how many notes about one author are shown.
const maxNotes = 100

// notes returns the latest notes about an author.
func (d *Desk) notes(ctx context.Context, site, account forum.ID, limit int) ([]AuthorNote, error) {
	notes, err := d.store.AuthorNotes(ctx, site, account, limit)
	if err != nil || len(notes) == 0 {
		return nil, err
	}
	people := make([]forum.ID, len(notes))
	for i, n := range notes {
		people[i] = n.ActorID
	}
	by, err := d.store.AccountsByID(ctx, site, people)
	out := make([]AuthorNote, len(notes))
	for i, n := range notes {
		out[i] = AuthorNote{n, by[n.ActorID]}
	}
	return out, err
}

// NoteAuthor writes a note about an author for the desk.
func (d *Desk) NoteAuthor(ctx context.Context, site forum.Site, actor forum.Actor, account forum.ID, words string) error {
	words = strings.TrimSpace(words)
	switch {
	case !forum.May(actor, forum.ActNote):
		return forum.Fail(forum.Forbidden, "error.forbidden")
	case words == "":
		return forum.Fail(forum.Invalid, "error.textEmpty").At("words")
	case !goodText(words):
		return forum.Fail(forum.Invalid, "error.textEncoding").At("words")
	case utf8.RuneCountInString(words) > maxNote:
		return forum.Fail(forum.Invalid, "error.wordsLong").With("max", maxNote).At("words")
	}
	return d.write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Account(ctx, site.ID, account); err != nil {
			return err
		}
		n := store.AuthorNote{SiteID: site.ID, ID: d.mint(), AccountID: account, ActorID: actor.Account.ID, Words: words}
		if err := tx.AddAuthorNote(ctx, n); err != nil {
			return err
		}
		return d.log(ctx, tx, site.ID, actor, act{Action: "account.note", Object: about("account", account), Value: words})
	})
}

// History is what the desk sees of one account across its bylines.
type History struct {
	Account    forum.Account
	Record     store.Record // in 90 days
	Held       Counted      // comments that wait
	Neighbours int          // other accounts on the same networks
	Standing   []StandingLine
	Notes      []AuthorNote
	Comments   QueuePage // the newest first, of every state
}

// History returns the history of an account: its record and every comment it
// wrote under whatever byline, in the sections the actor works for.
func (d *Desk) History(ctx context.Context, site forum.Site, actor forum.Actor, id forum.ID, state forum.State, before forum.ID, limit int) (History, error) {
	if !forum.May(actor, forum.ActHistory) {
		return History{}, forum.Fail(forum.Forbidden, "error.forbidden")
	}
	account, err := d.store.Account(ctx, site.ID, id)
	if err != nil {
		return History{}, err
	}
	out := History{Account: account}
	about, err := d.authors(ctx, site.ID, []forum.ID{id})
	if err != nil {
		return out, err
	}
	out.Record, out.Neighbours = about[id].record, about[id].neighbours
	if out.Notes, err = d.notes(ctx, site.ID, id, maxNotes); err != nil {
		return out, err
	}
	if out.Standing, err = d.standingLines(ctx, site, actor, id); err != nil {
		return out, err
	}
	f := Filter{Queue: QueueAll, Author: id.String(), State: state, After: before}
	if out.Comments, err = d.Queue(ctx, site, actor, f, limit); err != nil {
		return out, err
	}
	// Of the queue of what is held only a part would be looked at.
	out.Held, err = d.Count(ctx, site, actor, Filter{Queue: QueueAll, Author: id.String(), State: forum.Held}, MaxCount)
	return out, err
}
