package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
	"parley/internal/storetest"
)

var ctx = context.Background()

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// office is a desk at work: a site with one story and an owner.
type office struct {
	t     testing.TB
	s     *store.Store
	d     *desk.Desk
	clock *clock
	site  forum.Site
	story forum.Story
	owner forum.Actor
	log   bytes.Buffer // what the operator is told
}

// forEach runs a test in an office of its own on each database. First comments
// are not held and nobody is slowed down unless the test says so.
func forEach(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	storetest.ForEach(t, func(t *testing.T, s *store.Store) { test(t, newOffice(t, s)) })
}

func newOffice(t testing.TB, s *store.Store) *office {
	t.Helper()
	o := &office{t: t, s: s, clock: &clock{at: storetest.Epoch}}
	o.d = desk.New(s, o.clock.now)
	settings := forum.DefaultSettings()
	settings.HoldFirst = false
	settings.NamelessPace, settings.ReaderPace = forum.Pace{}, forum.Pace{}
	settings.Origins = []string{"https://paper.example"}
	settings.Sections = []forum.Section{{Slug: "world", Name: "World"}}
	var err error
	if o.site, err = o.d.AddSite(ctx, "gazette", "The Gazette", settings); err != nil {
		t.Fatal(err)
	}
	if o.story, _, err = o.d.PutStory(ctx, o.site, desk.Article{ExternalID: "main", Headline: "Tanks"}); err != nil {
		t.Fatal(err)
	}
	o.owner = o.staff()
	return o
}

// staff signs in as an owner through a one-time link.
func (o *office) staff() forum.Actor {
	o.t.Helper()
	token, err := o.d.OwnerLink(ctx, o.site)
	if err != nil {
		o.t.Fatal(err)
	}
	g, err := o.d.Welcome(ctx, o.site, token)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.as(g)
}

// as returns the actor whom a grant signs in.
func (o *office) as(g *desk.Grant) forum.Actor {
	o.t.Helper()
	a, err := o.d.Authenticate(ctx, o.site, g.Token)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

// guest returns a fresh guest.
func (o *office) guest() forum.Actor {
	return forum.Actor{Account: storetest.Account(o.t, o.s, o.site.ID, forum.RoleGuest), Kind: forum.SessionPage}
}

// key numbers the drafts of a test, so that no two are the same request.
var key struct {
	sync.Mutex
	n int
}

func draftOf(story, parent forum.ID, text string) desk.Draft {
	key.Lock()
	defer key.Unlock()
	key.n++
	return desk.Draft{Story: story, Parent: parent, Byline: forum.BylineNone, Text: text, Key: fmt.Sprint("key", key.n)}
}

// post posts a nameless comment that must be accepted.
func (o *office) post(by forum.Actor, parent forum.ID, text string) forum.Comment {
	o.t.Helper()
	p, err := o.d.Post(ctx, o.site, by, draftOf(o.story.ID, parent, text))
	if err != nil {
		o.t.Fatalf("post %q: %v", text, err)
	}
	return p.Comment
}

// index makes what was posted findable, as a job does a moment after it.
func (o *office) index() {
	o.t.Helper()
	if err := o.d.Index(ctx, o.site.ID); err != nil {
		o.t.Fatal(err)
	}
}

// decide decides as the owner; it must succeed.
func (o *office) decide(c forum.Comment, verb forum.Verb) forum.Comment {
	o.t.Helper()
	r := desk.Ruling{Comment: c.ID, Verb: verb, From: o.reread(c).State}
	if verb == forum.Reject {
		r.Reason = "abuse"
	}
	c, err := o.d.Decide(ctx, o.site, o.owner, r)
	if err != nil {
		o.t.Fatalf("%s: %v", verb, err)
	}
	return c
}

func (o *office) reread(c forum.Comment) forum.Comment {
	o.t.Helper()
	c, err := o.s.Comment(ctx, o.site.ID, c.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// read reads a page of the story's discussion.
func (o *office) read(page forum.Page) desk.Discussion {
	o.t.Helper()
	story, err := o.d.Story(ctx, o.site.ID, o.story.ID)
	if err != nil {
		o.t.Fatal(err)
	}
	got, err := o.d.Discussion(ctx, story, page)
	if err != nil {
		o.t.Fatal(err)
	}
	return got
}

// outline draws nodes as text: "a(b c(d))", a tombstone as "†".
func outline(nodes []*desk.Node) string {
	text := ""
	for i, n := range nodes {
		if i > 0 {
			text += " "
		}
		if n.Tombstone() {
			text += "†"
		} else {
			text += n.Source
		}
		if len(n.Children) > 0 {
			text += "(" + outline(n.Children) + ")"
		}
		if n.More > 0 {
			text += fmt.Sprintf("+%d", n.More)
		}
	}
	return text
}

var oldest = forum.Page{View: forum.Threaded, Order: forum.Oldest, Size: 25}

// shows fails the test unless the discussion, oldest first, looks like want.
func (o *office) shows(want string) {
	o.t.Helper()
	if got := outline(o.read(oldest).Nodes); got != want {
		o.t.Errorf("the discussion shows %q, want %q", got, want)
	}
	storetest.CheckCounters(o.t, o.s, o.site.ID)
}

// refused fails the test unless err is a domain error of a code, at a field.
func refused(t testing.TB, what string, err error, code, field string) {
	t.Helper()
	var e *forum.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Errorf("%s: %v, want %s at %q", what, err, code, field)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Types of the functions that write a test's data.
type (
	ctxT = context.Context
	txT  = *store.Tx
)
