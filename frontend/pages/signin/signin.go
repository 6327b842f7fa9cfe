package signin

import (
	"strconv"
	"strings"

	"parley/frontend/view"
)

// at returns what is wrong with a field; the empty field has what stands at no
// other of those named.
func at(errors []view.FieldError, field string, fields ...string) string {
	var all []string
	for _, e := range errors {
		place := ""
		for _, f := range fields {
			if e.Field == f {
				place = f
			}
		}
		if place == field {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

func invalid(message string) string { return strconv.FormatBool(message != "") }
