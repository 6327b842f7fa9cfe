package security

import (
	"strconv"
	"strings"

	"parley/frontend/view"
)

// message returns what is wrong with a field; the empty field has what stands
// at no other.
func message(v view.Security, field string) string {
	var all []string
	for _, e := range v.Errors {
		if (e.Field == "email") == (field == "email") {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// invalid returns the value of a field's aria-invalid.
func invalid(v view.Security, field string) string {
	return strconv.FormatBool(message(v, field) != "")
}
