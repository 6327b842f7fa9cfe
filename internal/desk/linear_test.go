package desk_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// step is one act on a comment: a decision, a withdrawal, a vote or a look.
type step struct {
	verb  forum.Verb // of a decision; empty: none
	from  forum.State
	leave bool
	voter int // of a vote; 0: none
	vote  forum.Vote
}

// outcome is what the actor was told.
type outcome struct {
	refused  bool
	state    forum.State
	up, down int
}

// model is a comment as one thread would see it: its state, whether the desk has
// looked at it, and the votes of three readers.
type model struct {
	state    forum.State
	reviewed bool
	votes    [4]forum.Vote
}

func (m model) tally() (up, down int) {
	for _, v := range m.votes {
		switch v {
		case forum.VoteUp:
			up++
		case forum.VoteDown:
			down++
		}
	}
	return up, down
}

// after is the model after a step, and whether the step is refused.
func (m model) after(s step) (model, bool) {
	switch {
	case s.verb != "":
		to, _ := s.verb.Target()
		same := to == m.state
		if m.state != s.from || same && (s.verb != forum.Publish || m.reviewed) || !same && !forum.MayMove(m.state, to) {
			return m, true
		}
		m.state, m.reviewed = to, true
	case s.leave:
		if m.state != forum.Withdrawn && !forum.MayMove(m.state, forum.Withdrawn) {
			return m, true
		}
		m.state = forum.Withdrawn
	case s.voter > 0:
		if m.state != forum.Published {
			return m, true
		}
		m.votes[s.voter] = s.vote
	}
	return m, false
}

// comments is the model for the checker.
var comments = porcupine.Model{
	Init: func() any { return model{state: forum.Published} },
	Step: func(state, input, output any) (bool, any) {
		in, out := input.(step), output.(outcome)
		m, refused := state.(model).after(in)
		if refused || out.refused {
			return refused == out.refused, state
		}
		up, down := m.tally()
		ok := out.state == m.state
		if in.verb == "" && !in.leave {
			ok = ok && out.up == up && out.down == down
		}
		return ok, m
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}

// play is one reader or moderator of a history.
func (o *office) play(people []forum.Actor, author forum.Actor, c forum.ID, s step) outcome {
	var got forum.Comment
	var err error
	switch {
	case s.verb != "":
		r := desk.Ruling{Comment: c, Verb: s.verb, From: s.from}
		if s.verb == forum.Reject {
			r.Reason = "abuse"
		}
		got, err = o.d.Decide(ctx, o.site, o.owner, r)
	case s.leave:
		got, err = o.d.Withdraw(ctx, o.site, author, c)
	case s.voter > 0:
		got, _, err = o.d.Vote(ctx, o.site, people[s.voter], c, s.vote)
	default:
		got, err = o.s.Comment(ctx, o.site.ID, c)
	}
	if err != nil && !forum.IsKind(err, forum.Conflict) && !forum.IsKind(err, forum.NotFound) {
		o.t.Errorf("%+v: %v", s, err)
	}
	return outcome{refused: err != nil, state: got.State, up: got.Up, down: got.Down}
}

func randomStep(r *rand.Rand) step {
	states := []forum.State{forum.Published, forum.Published, forum.Held, forum.Rejected}
	switch r.IntN(8) {
	case 0, 1, 2:
		verbs := []forum.Verb{forum.Publish, forum.Reject, forum.Hold}
		return step{verb: verbs[r.IntN(3)], from: states[r.IntN(4)]}
	case 3:
		return step{leave: r.IntN(3) == 0}
	case 4, 5, 6:
		return step{voter: 1 + r.IntN(3), vote: forum.Vote(r.IntN(3) - 1)}
	}
	return step{}
}

const (
	clients   = 4
	stepsEach = 2
)

// histories is how many short histories are played on each database.
func histories() int {
	if os.Getenv("PARLEY_SOAK") != "" {
		return 2000
	}
	return 150
}

// What moderators, authors and voters are told, in short histories on each
// database, could have been told one after the other (Herlihy and Wing 1990).
// PARLEY_SOAK plays 2,000.
func TestLinearizable(t *testing.T) {
	storetest.NoRace(t)
	forEach(t, func(t *testing.T, o *office) {
		people := []forum.Actor{{}, o.guest(), o.guest(), o.guest()}
		author := o.guest()
		r := rand.New(rand.NewPCG(3, 14))
		began := time.Now() //nolint:forbidigo // real time orders what really overlaps
		for n := range histories() {
			c := o.post(author, 0, fmt.Sprint("history ", n))
			history := o.history(r, people, author, c.ID, began)
			if !porcupine.CheckOperations(comments, history) {
				t.Fatalf("history %d is of no order: %+v", n, history)
			}
		}
		t.Logf("%d histories", histories())
	})
}

// history lets clients act on one comment at once and notes what they were told.
func (o *office) history(r *rand.Rand, people []forum.Actor, author forum.Actor, c forum.ID, began time.Time) []porcupine.Operation {
	var mu sync.Mutex
	var all []porcupine.Operation
	var group sync.WaitGroup
	for client := range clients {
		steps := make([]step, stepsEach)
		for i := range steps {
			steps[i] = randomStep(r)
		}
		group.Go(func() {
			for _, s := range steps {
				call := int64(time.Since(began))
				out := o.play(people, author, c, s)
				end := int64(time.Since(began))
				mu.Lock()
				all = append(all, porcupine.Operation{ClientId: client, Input: s, Call: call, Output: out, Return: end})
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return all
}
