package forum

// BylineKind is what sort of name a comment shows.
type BylineKind string

// The kinds of byline.
const (
	BylineName      BylineKind = "name"      // the account's name
	BylinePseudonym BylineKind = "pseudonym" // a name for one story
	BylineNone      BylineKind = "none"      // nameless
)

// Byline is the name a comment shows; Name is empty for BylineNone.
type Byline struct {
	Kind BylineKind
	Name string
}

// Valid reports whether the kind is one of those known.
func (k BylineKind) Valid() bool {
	return k == BylineName || k == BylinePseudonym || k == BylineNone
}
