// Package line reads a command line into a struct, and tells from the struct's
// tags what there is to say on it.
//
// A field with the tag cmd is a command and has a struct of its own; one with arg
// is an argument; every other exported field is an option, a flag for this command
// and all below it. What more the tags can say:
//
//	help         what it does or is
//	name         its name, if not that of the field
//	default      an option's value if nothing else sets it; for a command
//	             "withargs": it is meant where none is named
//	env          environment variable that sets an option
//	key          key that sets an option in a file
//	placeholder  what stands for an option's value in the help
//	required     an option that must be set
//	optional     an argument that may be missing
//	negatable    an option that --no-NAME sets to false
//	sep          "none": commas do not separate the elements of a list
//	hidden       a command or an option that no help lists
//
// Nothing here looks a method up by its name, which would make the linker keep
// every exported method in the program (ADR 29).
//
// What may never enter: an option of Parley's.
package line

import (
	"reflect"
	"strings"
	"unicode"
)

// Command is a command, or the whole program if it is below none.
type Command struct {
	Name string
	Help string
	// Target points to the struct of the command.
	Target any

	parent    *Command
	hidden    bool
	usual     *Command // the one below that is meant where none is named, if any
	options   []*Option
	arguments []*Option
	commands  []*Command
}

// New reads the commands and options of a program off the struct that target
// points to.
func New(name, help string, target any) *Command {
	c := &Command{Name: name, Help: help, Target: target}
	c.read(reflect.ValueOf(target).Elem())
	return c
}

// read adds what the fields of a struct are. An embedded struct's count as its own.
func (c *Command) read(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		_, command := field.Tag.Lookup("cmd")
		switch {
		case field.Anonymous:
			c.read(v.Field(i))
		case !field.IsExported():
		case command:
			c.add(field, v.Field(i))
		default:
			o := newOption(field, v.Field(i))
			if o.argument {
				c.arguments = append(c.arguments, o)
			} else {
				c.options = append(c.options, o)
			}
		}
	}
}

// add puts a command below.
func (c *Command) add(field reflect.StructField, v reflect.Value) {
	below := &Command{Name: nameOf(field), Help: field.Tag.Get("help"), Target: v.Addr().Interface(), parent: c}
	_, below.hidden = field.Tag.Lookup("hidden")
	below.read(v)
	if field.Tag.Get("default") == "withargs" {
		c.usual = below
	}
	c.commands = append(c.commands, below)
}

// path returns the command and those above it, the program first.
func (c *Command) path() []*Command {
	if c.parent == nil {
		return []*Command{c}
	}
	return append(c.parent.path(), c)
}

// Path returns the names of the command and of those above it, without the
// program's.
func (c *Command) Path() string {
	var names []string
	for _, x := range c.path()[1:] {
		names = append(names, x.Name)
	}
	return strings.Join(names, " ")
}

// All returns the command and all below it.
func (c *Command) All() []*Command {
	all := []*Command{c}
	for _, below := range c.commands {
		all = append(all, below.All()...)
	}
	return all
}

// Leaf reports whether no command is below this one.
func (c *Command) Leaf() bool { return len(c.commands) == 0 }

// Keys returns the options of the command and of all below it that a file can
// set, by their keys.
func (c *Command) Keys() map[string]*Option {
	keys := map[string]*Option{}
	for _, x := range c.All() {
		for _, o := range x.options {
			if o.Key != "" {
				keys[o.Key] = o
			}
		}
	}
	return keys
}

// nameOf returns the name of a field: its tag's, or its own as log-level for
// LogLevel.
func nameOf(field reflect.StructField) string {
	if name := field.Tag.Get("name"); name != "" {
		return name
	}
	var name strings.Builder
	small := false
	for _, r := range field.Name {
		if small && unicode.IsUpper(r) {
			name.WriteByte('-')
		}
		small = unicode.IsLower(r)
		name.WriteRune(unicode.ToLower(r))
	}
	return name.String()
}
