// Package box is the form in which a comment is written, answered or edited. The
// classes begin with "box". What a field's error says is decided elsewhere.
package box

import (
	"strings"

	"parley/frontend/locale"
	"parley/frontend/view"
	"parley/internal/forum"
)

// suffix tells apart the boxes of one page, so that every id is unique.
func suffix(b view.Box) string {
	switch {
	case b.Edit != 0:
		return "e-" + b.Edit.String()
	case b.Parent != nil:
		return "r-" + b.Parent.ID.String()
	}
	return "new"
}

// id returns the id of a part of the box.
func id(b view.Box, part string) string { return "box-" + part + "-" + suffix(b) }

// message returns what is wrong with a field: all its errors, or nothing.
func message(b view.Box, field string) string {
	var all []string
	for _, e := range b.Errors {
		if e.Field == field {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// loose returns the errors that stand at no field of the box.
func loose(b view.Box) string {
	var all []string
	for _, e := range b.Errors {
		if e.Field != "text" && e.Field != "name" && e.Field != "byline" {
			all = append(all, e.Text)
		}
	}
	return strings.Join(all, " ")
}

// title returns what the text of the box is: a comment, a reply or an edit.
func title(b view.Box, loc string) string {
	switch {
	case b.Edit != 0:
		return locale.T(loc, "box.edit")
	case b.Parent != nil:
		return locale.T(loc, "box.reply")
	}
	return locale.T(loc, "box.comment")
}

// invitation returns the placeholder of the text.
func invitation(b view.Box, loc string) string {
	if b.Parent != nil {
		return locale.T(loc, "box.replyPlaceholder")
	}
	return locale.T(loc, "box.placeholder")
}

// send returns the words of the button.
func send(b view.Box, loc string) string {
	switch {
	case b.Confirm:
		return locale.T(loc, "box.sendAnyway")
	case b.Edit != 0:
		return locale.T(loc, "box.save")
	case b.Parent != nil:
		return locale.T(loc, "box.sendReply")
	}
	return locale.T(loc, "box.send")
}

// help returns how text can be marked up.
func help(b view.Box, loc string) string {
	if b.Links {
		return locale.T(loc, "box.help")
	}
	return locale.T(loc, "box.helpPlain")
}

var bylineKeys = map[forum.BylineKind]string{
	forum.BylineName: "box.asName", forum.BylinePseudonym: "box.asPseudonym", forum.BylineNone: "box.asNone",
}

// bylineWords returns what a choice of byline says.
func bylineWords(b view.Box, kind forum.BylineKind, loc string) string {
	if kind == forum.BylineName && b.NameFixed && b.Name != "" {
		return locale.Isolate(b.Name)
	}
	return locale.T(loc, bylineKeys[kind])
}

// chosen returns the byline the box shows as chosen.
func chosen(b view.Box) forum.BylineKind {
	if b.Byline == "" && len(b.Bylines) > 0 {
		return b.Bylines[0]
	}
	return b.Byline
}

// typedName returns what stands in the name field: a fixed name is no longer
// typed.
func typedName(b view.Box) string {
	if b.NameFixed && chosen(b) != forum.BylinePseudonym {
		return ""
	}
	return b.Name
}

// nameless reports whether the site allows no names at all.
func nameless(b view.Box) bool {
	return len(b.Bylines) == 1 && b.Bylines[0] == forum.BylineNone
}

// invalid is the value of aria-invalid.
func invalid(message string) string {
	if message != "" {
		return "true"
	}
	return "false"
}
