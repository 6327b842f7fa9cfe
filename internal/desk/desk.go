// Package desk has the verbs of Parley: read, post, edit, vote, report, decide.
// Every door goes through it, so a rule that holds here holds for a form, for
// JSON and for the command line alike.
//
// What may never enter: SQL (store), HTTP and HTML pages (web), and anything
// that waits for a clock of its own (jobs).
package desk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"parley/internal/audit"
	"parley/internal/egress"
	"parley/internal/forum"
	"parley/internal/mail"
	"parley/internal/store"
)

// Desk performs the verbs on one database. It is safe for concurrent use.
type Desk struct {
	store *store.Store
	now   func() time.Time
	ids   forum.Minter
	out   Outside
	rules compiledRules
	pasts pasts

	logins   logins
	silences silences
	seen     seen
	trusted  round
	heads    *Heads // nil: nothing is kept of what is read
}

// Outside is what the desk reaches beyond its database. The zero value reaches
// nothing.
type Outside struct {
	BaseURL string         // scheme://host[:port] under which readers reach this installation
	Mail    *mail.Sender   // nil: no mail is sent
	Web     *egress.Egress // nil: nothing is called
	Heads   *audit.Keeper  // signs the ends of the logs; nil: they are not signed
	Log     *slog.Logger   // is told what only the operator can mend; nil: nothing is said
	// Secret reads a secret of the installation by its name.
	Secret func(name string) ([]byte, error)
	// NoteErasure keeps the wish of somebody to be forgotten beyond the database, so
	// that a backup brought back learns of it; it may be told the same twice. Nil:
	// only the database knows.
	NoteErasure func(site string, e Erasure) error
}

// Connect gives the desk what it reaches beyond its database. It must be called
// before the desk is used by several at once.
func (d *Desk) Connect(o Outside) { d.out = o }

// New returns the desk of a store. The clock is a parameter so that tests own it.
func New(s *store.Store, now func() time.Time) *Desk {
	return &Desk{store: s, now: now}
}

// Watch has f called after every commit with what it moved; see store.Store.Watch.
func (d *Desk) Watch(f func([]forum.Move)) { d.store.Watch(f) }

// Now returns the desk's present instant.
func (d *Desk) Now() time.Time { return d.now().UTC() }

// mint returns a fresh id for the present.
func (d *Desk) mint() forum.ID { return d.ids.Mint(d.now()) }

// write runs f in a transaction at the present instant.
func (d *Desk) write(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	return d.store.Write(ctx, d.now(), f)
}

// writeMany is write for a transaction of many rows.
func (d *Desk) writeMany(ctx context.Context, f func(context.Context, *store.Tx) error) error {
	return d.store.WriteMany(ctx, d.now(), f)
}

// storyTries is how often a write that may add a story is tried: another may add
// the same story at the same moment.
const storyTries = 3

// writeStory is write for a transaction about a story, which it may add. If another
// one added the same story meanwhile, it is tried again and finds that one. What names
// the story gathers those who write under it at the same time; see
// [store.Store.WriteUnder], also for why f may be run more than once.
func (d *Desk) writeStory(ctx context.Context, name string, f func(context.Context, *store.Tx) error) error {
	return againIfRaced(func() error { return d.store.WriteUnder(ctx, d.now(), name, f) })
}

func againIfRaced(write func() error) error {
	for try := 1; ; try++ {
		err := write()
		if try == storyTries || !errors.Is(err, errStoryRaced) {
			return err
		}
	}
}

// goodText reports whether both databases can store a text.
func goodText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// Grant is a new session: the token goes to the browser once and is never stored.
type Grant struct {
	Token   string
	Session forum.Session
	// Tab is for a page on another site whose browser keeps no cookies: it holds it
	// in memory. It ends soon and is renewed while the page lives. Empty on our own
	// pages.
	Tab string
}

const (
	sessionLife = 180 * 24 * time.Hour // how long a browser stays known
	strongLife  = 12 * time.Hour       // how long a strong session is proof enough for the desk
	tabLife     = 15 * time.Minute     // how long a page's token in memory works
	tabRenewal  = 5 * time.Minute      // how old it is when the page gets the next one
	seenStep    = time.Hour            // how exactly it is kept when a session was last used
)

// secret returns a fresh random token of at least 128 bits, in letters and
// digits.
func secret() string { return rand.Text() }

// digest is what is stored of a token, and how requests are compared.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		// The length keeps "ab","c" apart from "a","bc".
		h.Write([]byte{byte(len(p) >> 24), byte(len(p) >> 16), byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// grant adds a session for an account in an actor's browser. A strong one was
// begun with proof enough for the desk.
func (d *Desk) grant(ctx context.Context, tx *store.Tx, actor forum.Actor, account forum.Account, strong bool) (*Grant, error) {
	kind := actor.Kind
	if kind == "" {
		kind = forum.SessionPage
	}
	g := &Grant{Token: secret(), Session: forum.Session{
		SiteID: account.SiteID, ID: d.mint(), AccountID: account.ID, Kind: kind, Device: actor.Device, CreatedAt: tx.Now,
		ExpiresAt: tx.Now.Add(sessionLife),
	}}
	if strong && kind == forum.SessionPage {
		g.Session.StrongUntil = tx.Now.Add(strongLife)
	}
	if err := tx.AddSession(ctx, g.Session, digest(g.Token)); err != nil || kind == forum.SessionPage {
		return g, err
	}
	var err error
	g.Tab, err = tabToken(ctx, tx, g.Session)
	return g, err
}

// tabToken adds a token of a session for the memory of one page.
func tabToken(ctx context.Context, tx *store.Tx, s forum.Session) (string, error) {
	token := secret()
	s.ExpiresAt, s.StrongUntil = tx.Now.Add(tabLife), time.Time{}
	return token, tx.AddSession(ctx, s, digest(token))
}

// authorKey returns a fresh key that tells an author apart and says nothing.
func authorKey() string { return rand.Text()[:13] }

// account returns the actor's account, adding a guest and its session for a
// browser that has none. The account is read again inside the transaction, so
// that what is decided on it is current.
func (d *Desk) account(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor) (forum.Account, *Grant, error) {
	if actor.Known() {
		a, err := tx.Account(ctx, site.ID, actor.Account.ID)
		return a, nil, err
	}
	return d.newGuest(ctx, tx, site, actor, 0)
}

// newGuest adds a guest who has so many accepted comments, and its session.
func (d *Desk) newGuest(ctx context.Context, tx *store.Tx, site forum.Site, actor forum.Actor, accepted int) (forum.Account, *Grant, error) {
	a := forum.Account{
		SiteID: site.ID, ID: d.mint(), Role: forum.RoleGuest, AuthorKey: authorKey(), CreatedAt: tx.Now, Accepted: accepted,
	}
	if err := tx.AddAccount(ctx, a, ""); err != nil {
		return a, nil, err
	}
	g, err := d.grant(ctx, tx, actor, a, false)
	return a, g, err
}
