// Package name holds the policy for bylines: which names may be shown, and which
// two look alike.
//
// It takes Unicode's advice (UTS #39) where that fits the names of people, and
// is judged by both: real names of any living script pass, imitations do not.
// What must never enter: who holds a name, and the database that knows it.
package name

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"parley/internal/forum"
)

// The length of a name. Characters are those a reader counts: grapheme clusters.
const (
	MinLength = 2
	MaxLength = 40
	maxBytes  = 160
)

// Name is a byline that [Check] let pass.
type Name struct {
	// Shown is the name as readers see it: NFC, single blanks, none around.
	Shown string
	// Skeleton is equal for names that look alike. It is for comparing and is
	// never shown.
	Skeleton string
}

// Check reads a name as it was typed. The error stands at the field "name" and
// says what is wrong with it: error.nameShort, error.nameLong,
// error.nameCharacters, error.nameMixed or error.nameLink.
func Check(raw string) (Name, error) {
	if len(raw) > 4*maxBytes {
		return Name{}, refuse("error.nameLong").With("max", MaxLength)
	}
	if !utf8.ValidString(raw) {
		return Name{}, refuse("error.nameCharacters")
	}
	shown := tidy(raw)
	length := uniseg.GraphemeClusterCount(shown)
	switch {
	case length > MaxLength || len(shown) > maxBytes:
		return Name{}, refuse("error.nameLong").With("max", MaxLength)
	case length < MinLength:
		return Name{}, refuse("error.nameShort").With("min", MinLength)
	case !wellFormed(shown):
		return Name{}, refuse("error.nameCharacters")
	case mixed(shown):
		return Name{}, refuse("error.nameMixed")
	case linkLike(shown):
		return Name{}, refuse("error.nameLink")
	}
	skeleton := Skeleton(shown)
	if skeleton == "" { // letters that all look like punctuation
		return Name{}, refuse("error.nameCharacters")
	}
	return Name{Shown: shown, Skeleton: skeleton}, nil
}

func refuse(code string) *forum.Error { return forum.Fail(forum.Invalid, code).At("name") }

// tidy brings the full and half widths of Japanese keyboards to the usual ones,
// white space to single blanks, and the whole to NFC.
func tidy(raw string) string {
	return norm.NFC.String(strings.Join(strings.Fields(width.Fold.String(raw)), " "))
}
