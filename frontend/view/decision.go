package view

// Reason is one of the site's reasons that a decision may name.
type Reason struct {
	Code  string
	Words string // in the reader's language
}
