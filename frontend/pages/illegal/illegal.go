// Package illegal has the pages about notices of illegal content: the form, what
// becomes of a notice, and the desk's side of it. The classes begin with
// "illegal". Who filed a notice enters the desk's page only once revealed.
package illegal

import (
	"strconv"
	"strings"

	"parley/frontend/view"
)

// fields are those of the form and of the answer, which have their errors beside
// them.
var fields = []string{"kind", "explanation", "law", "url", "name", "email", "good_faith", "reason", "words"}

// message returns what is wrong with a field; the empty field has what stands at
// no other.
func message(errors []view.FieldError, field string) string {
	var all []string
	for _, e := range errors {
		at := ""
		for _, f := range fields {
			if f == e.Field {
				at = f
			}
		}
		if at == field {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// invalid is the value of aria-invalid.
func invalid(errors []view.FieldError, field string) string {
	return strconv.FormatBool(message(errors, field) != "")
}
