package forum

import "slices"

// State is where a comment stands.
type State string

// The states of a comment.
const (
	Held      State = "held"      // awaits review; only its author and the desk see it
	Published State = "published" // everybody sees it
	Rejected  State = "rejected"  // removed by the desk or a rule
	Withdrawn State = "withdrawn" // removed by its author
)

// moves is the whole table of legal moves.
var moves = map[State][]State{
	Held:      {Published, Rejected, Withdrawn},
	Published: {Rejected, Withdrawn, Held},
	Rejected:  {Published, Held}, // appeal or undo; held when an undone rejection was of a held comment
	Withdrawn: {},
}

// MayMove reports whether a comment may go from one state to another.
func MayMove(from, to State) bool { return slices.Contains(moves[from], to) }

// States lists every state, for tests and tables.
func States() []State { return []State{Held, Published, Rejected, Withdrawn} }
