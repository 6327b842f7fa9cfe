package forum

// Remains is what becomes of the comments of somebody who wants to be forgotten.
type Remains string

// The choices.
const (
	RemainsNothing  Remains = "delete"    // their texts go; answers to them stay
	RemainsNameless Remains = "anonymise" // their texts stay, without a name
)

// Valid reports whether r is a choice.
func (r Remains) Valid() bool { return r == RemainsNothing || r == RemainsNameless }
