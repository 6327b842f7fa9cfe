package field

import "parley/frontend/view"

// id is the id of a field.
func id(prefix string, f view.Field) string { return prefix + "-" + f.Name }

// help names what describes a field.
func help(prefix string, f view.Field) string {
	return id(prefix, f) + "-hint " + id(prefix, f) + "-error"
}

// invalid is a field's aria-invalid.
func invalid(f view.Field) string {
	if f.Error != "" {
		return "true"
	}
	return "false"
}
