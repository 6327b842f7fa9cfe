package forum

// Vote is a reader's judgement of a comment.
type Vote int

// The votes. None undoes an earlier one.
const (
	VoteUp   Vote = 1
	VoteDown Vote = -1
	VoteNone Vote = 0
)

// Valid reports whether v is one of the three.
func (v Vote) Valid() bool { return v >= VoteDown && v <= VoteUp }
