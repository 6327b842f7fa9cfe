package line

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// HelpWidth is how many characters a line of help has at most.
const HelpWidth = 80

// WriteHelp writes what a command is for and what can be said behind it.
func (c *Command) WriteHelp(w io.Writer) error {
	t := &sheet{}
	t.line("Usage: " + c.usage())
	if c.Help != "" {
		t.line("")
		t.lines(wrap(c.Help, HelpWidth))
	}
	if len(c.arguments) > 0 {
		t.line("\nArguments:")
		t.table(rows(c.arguments, (*Option).long))
	}
	t.line("\nFlags:")
	t.table(c.flagRows())
	if len(c.commands) > 0 {
		t.line("\nCommands:")
		t.table(c.commandRows())
	}
	if c.parent == nil {
		t.line(fmt.Sprintf("\nRun %q for more information on a command.", c.Name+" <command> --help"))
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// usage returns the command in one line, with what must be behind it.
func (c *Command) usage() string {
	var words []string
	for _, x := range c.path() {
		words = append(words, x.Name)
	}
	for _, o := range slices.Concat(c.groups()...) {
		if o.required {
			words = append(words, o.long())
		}
	}
	for _, o := range c.arguments {
		words = append(words, o.long())
	}
	if len(c.arguments) == 0 && len(c.commands) > 0 {
		words = append(words, "<command>")
	}
	return strings.Join(append(words, "[flags]"), " ")
}

// row is a line of a table: what it is about, and words about it.
type row struct{ left, right string }

func rows(options []*Option, left func(*Option) string) []row {
	var all []row
	for _, o := range options {
		if !o.hidden {
			all = append(all, row{left(o), o.describe()})
		}
	}
	return all
}

// flagRows returns a row for each flag, and an empty one where those of the next
// command begin.
func (c *Command) flagRows() []row {
	all := []row{{"-h, --help", "Show context-sensitive help."}}
	for i, group := range c.groups() {
		flags := rows(group, (*Option).flag)
		if i > 0 && len(flags) > 0 {
			all = append(all, row{})
		}
		all = append(all, flags...)
	}
	return all
}

func (c *Command) commandRows() []row {
	var all []row
	for _, below := range c.commands {
		if !below.hidden {
			all = append(all, row{below.Path(), below.Help})
		}
	}
	return all
}

// short returns the option as messages name it.
func (o *Option) short() string {
	if o.argument {
		return "<" + o.Name + ">"
	}
	return "--" + o.Name
}

// long returns the option with what stands for its value.
func (o *Option) long() string {
	switch {
	case o.argument && o.IsList():
		return o.short() + " ..."
	case o.argument && o.optional:
		return "[" + o.short() + "]"
	case o.argument || o.IsBool():
		return o.short()
	case o.IsList() && !o.whole:
		return o.short() + "=" + o.stand() + ",..."
	}
	return o.short() + "=" + o.stand()
}

// stand returns what stands for the option's value.
func (o *Option) stand() string { return cmp.Or(o.placeholder, o.usual, strings.ToUpper(o.Name)) }

// flag returns the option as the help lists it.
func (o *Option) flag() string {
	if o.negatable {
		return "    --[no-]" + o.Name
	}
	return "    " + o.long()
}

// describe returns the option's help, and how else it can be set.
func (o *Option) describe() string {
	var facts []string
	if o.usual != "" && o.Key != "" {
		facts = append(facts, "default "+o.usual)
	}
	if o.Env != "" {
		facts = append(facts, "$"+o.Env)
	}
	if o.Key != "" {
		facts = append(facts, "key "+o.Key)
	}
	if len(facts) == 0 {
		return o.help
	}
	return o.help + " [" + strings.Join(facts, ", ") + "]"
}

// sheet is a text in lines.
type sheet struct{ strings.Builder }

func (t *sheet) line(s string) {
	t.WriteString(s)
	t.WriteByte('\n')
}

func (t *sheet) lines(all []string) {
	for _, s := range all {
		t.line(s)
	}
}

// table writes rows in two columns. What is too long for the left one has a line
// of its own.
func (t *sheet) table(all []row) {
	const longest = HelpWidth * 3 / 8
	column := 0
	for _, r := range all {
		if n := utf8.RuneCountInString(r.left); n < longest {
			column = max(column, n)
		}
	}
	for _, r := range all {
		right := wrap(r.right, HelpWidth-column-6)
		left := "  " + r.left
		for i, s := range right {
			if i == 0 && utf8.RuneCountInString(r.left) > column {
				t.line(left)
				left = ""
			}
			t.line(fmt.Sprintf("%-*s    %s", column+2, left, s))
			left = ""
		}
		if len(right) == 0 {
			t.line(strings.TrimRight(left, " "))
		}
	}
}

// wrap cuts a text into lines of at most so many characters, at its spaces.
func wrap(s string, width int) []string {
	var lines []string
	var line string
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
