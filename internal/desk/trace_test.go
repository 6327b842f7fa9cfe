package desk_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// player plays a trace on one database. Comments and people are known by the
// number in which they came, so that two players can be compared.
type player struct {
	*office
	people   []forum.Actor
	comments []forum.Comment
	number   map[forum.ID]int
}

func newPlayer(t *testing.T, engine string) *player {
	p := &player{office: newOffice(t, storetest.Open(t, engine)), number: map[forum.ID]int{}}
	p.site.Settings.HoldFirst = true
	p.site.Settings.ReaderPace = forum.Pace{Gap: 1, Count: 40, Window: 600}
	for range 12 {
		p.people = append(p.people, p.guest())
	}
	return p
}

// act is one thing somebody does.
type act struct {
	kind, who, what, parent, choice int
	pause                           time.Duration
}

func (a act) String() string {
	return fmt.Sprintf("kind %d by %d on %d (%d, choice %d)", a.kind, a.who, a.what, a.parent, a.choice)
}

func randomAct(r *rand.Rand) act {
	return act{
		kind: r.IntN(20), who: r.IntN(12), what: r.IntN(1 << 20), parent: r.IntN(1 << 20), choice: r.IntN(60),
		pause: time.Duration(1+r.IntN(4000)) * time.Millisecond,
	}
}

// play carries out an act and returns the code of what went wrong.
func (p *player) play(a act) string {
	p.clock.pass(a.pause)
	err := p.perform(a)
	if err == nil {
		return ""
	}
	var e *forum.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return e.Code
}

func (p *player) perform(a act) error {
	who := p.people[a.who]
	if a.kind < 7 || len(p.comments) == 0 {
		return p.write(who, a)
	}
	// Mostly what is recent: threads get deep, and acts meet.
	c := p.comments[a.what%len(p.comments)]
	if n := len(p.comments); a.choice%3 > 0 && n > 20 {
		c = p.comments[n-1-a.what%20]
	}
	switch a.kind {
	case 7, 8, 9, 10:
		_, _, err := p.d.Vote(ctx, p.site, who, c.ID, forum.Vote(a.choice%3-1))
		return err
	case 11, 12:
		_, err := p.d.Edit(ctx, p.site, p.authorOr(c, who, a), c.ID, fmt.Sprintf("edited %d", a.what%50), false)
		return err
	case 13:
		_, err := p.d.Withdraw(ctx, p.site, p.authorOr(c, who, a), c.ID)
		return err
	case 14:
		reasons := append(forum.Reasons(), forum.ReasonDisagree)
		_, _, err := p.d.Report(ctx, p.site, who, c.ID, reasons[a.choice%7], "")
		return err
	case 15:
		_, err := p.d.RefreshScores(ctx, p.site.ID)
		return err
	}
	verbs := []forum.Verb{forum.Publish, forum.Publish, forum.Publish, forum.Reject, forum.Hold, forum.Dismiss}
	ruling := desk.Ruling{Comment: c.ID, Verb: verbs[a.choice%6], From: p.reread(c).State, Reason: "spam"}
	if a.choice == 0 {
		ruling.From = forum.Held
	}
	_, err := p.d.Decide(ctx, p.site, p.owner, ruling)
	return err
}

// authorOr is mostly the comment's author, and sometimes somebody else.
func (p *player) authorOr(c forum.Comment, who forum.Actor, a act) forum.Actor {
	if a.choice%5 == 0 {
		return who
	}
	return forum.Actor{Account: forum.Account{ID: c.AccountID, Role: forum.RoleGuest}, Kind: forum.SessionPage}
}

func (p *player) write(who forum.Actor, a act) error {
	d := desk.Draft{Story: p.story.ID, Text: fmt.Sprintf("words %d of %d", a.what%30, a.choice), Key: fmt.Sprint("k", a.what%5000)}
	d.Byline = []forum.BylineKind{forum.BylineNone, forum.BylineName, forum.BylinePseudonym}[a.choice%3]
	d.Name = fmt.Sprintf("Person %s", strings.Repeat("abc", 1+a.choice%9))
	if n := len(p.comments); n > 0 && a.parent%3 > 0 {
		d.Parent = p.comments[a.parent%n].ID
		if n > 10 && a.parent%2 == 0 {
			d.Parent = p.comments[n-1-a.parent%10].ID
		}
	}
	posted, err := p.d.Post(ctx, p.site, who, d)
	if err == nil && !posted.Repeat {
		p.number[posted.Comment.ID] = len(p.comments)
		p.comments = append(p.comments, posted.Comment)
	}
	return err
}

// view draws everything that is public, comments by number.
func (p *player) view() string {
	var b strings.Builder
	var draw func(nodes []*desk.Node, depth int)
	draw = func(nodes []*desk.Node, depth int) {
		for _, n := range nodes {
			fmt.Fprintf(&b, "%s#%d ", strings.Repeat(" ", depth), p.number[n.ID])
			if n.Tombstone() {
				fmt.Fprintf(&b, "† %s", n.State)
			} else {
				fmt.Fprintf(&b, "%s %q %s %t %s", n.Byline.Kind, n.Byline.Name, n.Source, n.EditedAt.IsZero(), n.PublishedAt)
			}
			fmt.Fprintf(&b, " %s to #%d %d/%d +%d −%d shown +%d −%d %v, %d reports, more %d\n", n.Path, p.number[n.ParentID],
				n.Replies, n.Descendants, n.Up, n.Down, n.ShownUp, n.ShownDown, n.Score, n.Reports, n.More)
			draw(n.Children, depth+1)
		}
	}
	for _, page := range []forum.Page{
		{Order: forum.Newest}, {Order: forum.Oldest}, {Order: forum.Useful}, {View: forum.Conversation, Order: forum.Newest}, {Order: forum.Oldest, All: true},
	} {
		for range 40 {
			d := p.read(page)
			fmt.Fprintf(&b, "%s %s revision %d, %d comments, %d held\n", page.View, page.Order, d.Story.Revision, d.Story.Comments, d.Story.Held)
			draw(d.Nodes, 0)
			if page.After = d.Next; d.Next == "" {
				break
			}
		}
	}
	return b.String()
}

// Whatever happens, the two databases show the same discussion and every counter
// is right.
func TestTrace_bothDatabasesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("counts rows in the thousands")
	}
	const seed = 20260301
	acts := 3000
	if storetest.Race {
		acts = 600
	}
	r := rand.New(rand.NewPCG(seed, seed))
	players := make([]*player, len(storetest.Engines))
	for i, engine := range storetest.Engines {
		players[i] = newPlayer(t, engine)
	}
	codes := map[string]int{}
	for i := range acts {
		a := randomAct(r)
		want := players[0].play(a)
		codes[want]++
		for _, p := range players[1:] {
			if got := p.play(a); got != want {
				t.Fatalf("act %d, %s: %q on %s, %q on %s", i, a, want, players[0].s.Engine(), got, p.s.Engine())
			}
		}
		if i%600 == 599 {
			for _, p := range players {
				storetest.CheckCounters(t, p.s, p.site.ID)
				same(t, fmt.Sprintf("the discussion after %d acts", i+1), p.view(), players[0].view())
			}
		}
		if t.Failed() {
			t.Fatalf("after act %d", i)
		}
	}
	if storetest.Race {
		return
	}
	// A trace that is mostly refused, or never, proves little.
	for _, code := range []string{"", "error.parentGone", "error.tooFast", "error.conflict", "error.editOver", "error.ownVote", "error.nameTaken", "error.keyReused"} {
		if codes[code] == 0 {
			t.Errorf("no act ended in %q: %v", code, codes)
		}
	}
	if codes[""] < acts/4 {
		t.Errorf("only %d acts were accepted: %v", codes[""], codes)
	}
	t.Log(len(players[0].comments), codes)
}
