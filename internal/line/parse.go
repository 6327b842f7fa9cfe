package line

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrHelp is returned with a command when the line asks what it is for.
var ErrHelp = errors.New("help is asked for")

// Parse reads the arguments of a program, sets what flags and arguments say, and
// returns the command that they name.
func (c *Command) Parse(args []string) (*Command, error) {
	p := parser{at: c, args: args}
	for len(p.args) > 0 {
		word := p.args[0]
		p.args = p.args[1:]
		if err := p.word(word); err != nil {
			return nil, err
		}
	}
	if p.help {
		return p.at, ErrHelp
	}
	if p.at.usual != nil {
		return p.at.usual, nil
	}
	return p.at, nil
}

// parser is how far a line is read.
type parser struct {
	at       *Command
	args     []string // what is still to be read
	read     int      // arguments of the command that have been read
	help     bool
	flagless bool // "--" was there
}

func (p *parser) word(word string) error {
	switch {
	case p.flagless || word == "-" || !strings.HasPrefix(word, "-"):
		return p.plain(word)
	case word == "--":
		p.flagless = true
		return nil
	case word == "--help" || word == "-h":
		p.help = true
		return nil
	}
	return p.flag(word)
}

// plain reads a word that is no flag: the name of a command, or an argument.
func (p *parser) plain(word string) error {
	if i := slices.IndexFunc(p.at.commands, func(c *Command) bool { return c.Name == word }); i >= 0 {
		p.at = p.at.commands[i]
		return nil
	}
	if p.read == len(p.at.arguments) {
		var names []string
		for _, c := range p.at.commands {
			names = append(names, c.Name)
		}
		return fmt.Errorf("unexpected argument %s%s", word, likely(word, names))
	}
	o := p.at.arguments[p.read]
	if !o.IsList() {
		p.read++
	}
	return o.read(word)
}

// flag reads a flag, with its value if it takes one.
func (p *parser) flag(word string) error {
	name, value, given := strings.Cut(word, "=")
	o, off := p.find(name)
	switch {
	case o == nil:
		return fmt.Errorf("unknown flag %s%s", name, likely(name, p.flags()))
	case o.IsBool():
		return o.turn(off, value, given)
	case !given && len(p.args) == 0:
		return fmt.Errorf("%s needs a value", name)
	case !given && len(p.args[0]) > 1 && p.args[0][0] == '-':
		return fmt.Errorf("%s needs a value; one that begins with - is written %s=%s", name, name, p.args[0])
	case !given:
		value, p.args = p.args[0], p.args[1:]
	}
	return o.read(value)
}

// turn sets an option that is on or off; off: by its negation.
func (o *Option) turn(off bool, value string, given bool) error {
	on := true
	if given {
		var err error
		if on, err = decodeBool(value); err != nil {
			return fmt.Errorf("%s: %w", o.short(), err)
		}
	}
	return o.Set(strconv.FormatBool(on != off))
}

// find returns the option of a flag, and whether the flag negates it.
func (p *parser) find(flag string) (o *Option, off bool) {
	for _, o := range p.inForce() {
		switch {
		case flag == "--"+o.Name:
			return o, false
		case o.negatable && flag == "--no-"+o.Name:
			return o, true
		}
	}
	return nil, false
}

// inForce returns the options that can stand here.
func (p *parser) inForce() []*Option {
	at := p.at
	if at.usual != nil {
		at = at.usual
	}
	return slices.Concat(at.groups()...)
}

func (p *parser) flags() []string {
	flags := []string{"--help", "-h"}
	for _, o := range p.inForce() {
		flags = append(flags, "--"+o.Name)
	}
	return flags
}

// groups returns the options that hold for a command, those of the program first.
func (c *Command) groups() [][]*Option {
	var groups [][]*Option
	for _, x := range c.path() {
		groups = append(groups, x.options)
	}
	return groups
}

// Fill sets those options of a command that nothing has set yet to what a source
// says of them, if it says anything.
func (c *Command) Fill(source func(*Option) (texts []string, found bool)) error {
	for _, o := range slices.Concat(c.groups()...) {
		if o.set {
			continue
		}
		if texts, found := source(o); found {
			if err := o.Set(texts...); err != nil {
				return err
			}
		}
	}
	return nil
}

// Environment is a source of options: the variables that lookup knows.
func Environment(lookup func(string) (string, bool)) func(*Option) ([]string, bool) {
	return func(o *Option) ([]string, bool) {
		text, found := lookup(o.Env)
		if !found || o.Env == "" {
			return nil, false
		}
		return o.Texts(text), true
	}
}

// Defaults is a source of options: what their tags say.
func Defaults(o *Option) ([]string, bool) { return o.Texts(o.usual), o.usual != "" }

// Complete refuses a command line on which something is missing.
func (c *Command) Complete() error {
	var flags []string
	for _, o := range slices.Concat(c.groups()...) {
		if o.required && !o.set {
			flags = append(flags, o.long())
		}
	}
	if len(flags) > 0 {
		return fmt.Errorf("missing flags: %s", strings.Join(flags, ", "))
	}
	switch next := c.awaited(); {
	case len(next) == 1:
		return fmt.Errorf("expected %s", next[0])
	case len(next) > 1:
		return fmt.Errorf("expected one of %s", strings.Join(next, ", "))
	}
	return nil
}

// awaited returns what a command still needs behind it, quoted: its missing
// arguments together, or the commands below it, of which five are enough.
func (c *Command) awaited() []string {
	var arguments, names []string
	for _, o := range c.arguments {
		if !o.optional && !o.set {
			arguments = append(arguments, o.long())
		}
	}
	if len(arguments) > 0 {
		return []string{strconv.Quote(strings.Join(arguments, " "))}
	}
	for _, below := range c.commands {
		if !below.hidden {
			names = append(names, strconv.Quote(below.Name))
		}
	}
	if len(names) > 5 {
		names = append(names[:5], "...")
	}
	return names
}
