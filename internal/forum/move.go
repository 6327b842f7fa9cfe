package forum

// Move says that a committed transaction changed something somebody may be
// looking at. It carries no content: who wants to know what changed reads it.
type Move struct {
	SiteID  ID `json:"site"`
	StoryID ID `json:"story,omitzero"` // zero: the site itself, its name or settings; with Desk, what waits there
	// Revision and Comments are those of the story after the change; both zero
	// where the transaction did not read them.
	Revision int64 `json:"revision,omitempty"`
	Comments int   `json:"comments,omitempty"`
	// Added is how many comments more the story has, published or held. Where it is
	// positive they only arrived; else something shown may have gone or changed.
	Added int `json:"added,omitempty"`
	// Listed says that front pages show the story; false where it was not read.
	Listed bool `json:"listed,omitempty"`
	// Desk says that only what the desk sees changed, what waits there or its rules,
	// not what readers see.
	Desk bool `json:"desk,omitempty"`
}

// Join adds a move to those of a transaction. The last one of a story says how it
// stands; readers see it if any of them did.
func Join(moves []Move, m Move) []Move {
	for i, have := range moves {
		if have.SiteID == m.SiteID && have.StoryID == m.StoryID {
			m.Desk = m.Desk && have.Desk
			m.Added += have.Added
			if m.Revision == 0 {
				m.Revision, m.Comments, m.Listed = have.Revision, have.Comments, have.Listed
			}
			moves[i] = m
			return moves
		}
	}
	return append(moves, m)
}
