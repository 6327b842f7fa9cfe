package store

import (
	"context"
	"time"

	"parley/internal/forum"
)

// AuthorNote is what somebody of the desk wrote down about an author.
type AuthorNote struct {
	SiteID    forum.ID
	ID        forum.ID
	AccountID forum.ID // about whom
	ActorID   forum.ID // by whom
	Words     string
	CreatedAt time.Time
}

var sqlAddNote = statement(`insert into author_notes (site_id, note_id, account_id, actor_id, words, created_at) values ($1, $2, $3, $4, $5, $6)`)

// AddAuthorNote adds a note about an author.
func (t *Tx) AddAuthorNote(ctx context.Context, n AuthorNote) error {
	_, err := t.exec(ctx, "add note", sqlAddNote, n.SiteID, n.ID, n.AccountID, n.ActorID, n.Words, micros(t.Now))
	return err
}

const noteColumns = `site_id, note_id, account_id, actor_id, words, created_at`

func scanNote(s scanner) (AuthorNote, error) {
	var n AuthorNote
	var at int64
	err := s.Scan(&n.SiteID, &n.ID, &n.AccountID, &n.ActorID, &n.Words, &at)
	n.CreatedAt = instant(at)
	return n, err
}

var sqlNotes = statement(`select ` + noteColumns + ` from author_notes
	where site_id = $1 and account_id = $2 order by note_id desc limit $3`)

// AuthorNotes returns the notes about an author, the newest first.
func (r Reader) AuthorNotes(ctx context.Context, site, account forum.ID, limit int) ([]AuthorNote, error) {
	return many(ctx, r, "read notes", scanNote, sqlNotes, site, account, limit)
}

var sqlDropNote = statement(`delete from author_notes where site_id = $1 and account_id = $2 and note_id = $3`)

// DropAuthorNote removes a note about an author.
func (t *Tx) DropAuthorNote(ctx context.Context, site, account, note forum.ID) error {
	n, err := t.exec(ctx, "drop note", sqlDropNote, site, account, note)
	if err == nil && n == 0 {
		return forum.Fail(forum.NotFound, "error.notFound")
	}
	return err
}
