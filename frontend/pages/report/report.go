package report

import (
	"strconv"
	"strings"

	"parley/frontend/view"
)

// message returns what is wrong with a field; the empty field has what stands
// at no other.
func message(v view.Report, field string) string {
	var all []string
	for _, e := range v.Errors {
		at := e.Field
		if at != "reason" && at != "words" {
			at = ""
		}
		if at == field {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// invalid returns the value of a field's aria-invalid.
func invalid(v view.Report, field string) string {
	return strconv.FormatBool(message(v, field) != "")
}
