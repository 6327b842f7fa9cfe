package line

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Option is an option or an argument of a command. Its field is a string, bool,
// int, float64 or time.Duration, a pointer to one of these, which is nil if nobody
// sets it, or a list of them.
type Option struct {
	Name string
	Env  string // environment variable; empty: none
	Key  string // key in a file; empty: none

	help, placeholder, usual                               string
	argument, required, optional, negatable, whole, hidden bool

	value reflect.Value
	set   bool
}

func newOption(field reflect.StructField, v reflect.Value) *Option {
	o := &Option{
		Name: nameOf(field), Env: field.Tag.Get("env"), Key: field.Tag.Get("key"),
		help: field.Tag.Get("help"), placeholder: field.Tag.Get("placeholder"), usual: field.Tag.Get("default"),
		whole: field.Tag.Get("sep") == "none", value: v,
	}
	_, o.argument = field.Tag.Lookup("arg")
	_, o.required = field.Tag.Lookup("required")
	_, o.optional = field.Tag.Lookup("optional")
	_, o.hidden = field.Tag.Lookup("hidden")
	_, o.negatable = field.Tag.Lookup("negatable")
	return o
}

// IsBool reports whether the option is on or off.
func (o *Option) IsBool() bool {
	t := o.value.Type()
	return t.Kind() == reflect.Bool || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Bool
}

// IsList reports whether the option can have several values.
func (o *Option) IsList() bool { return o.value.Kind() == reflect.Slice }

// Set gives the option its value, or a list its elements.
func (o *Option) Set(texts ...string) error {
	if o.IsList() {
		o.value.SetZero()
	}
	for _, text := range texts {
		if err := o.add(text); err != nil {
			return err
		}
	}
	o.set = true
	return nil
}

// Texts returns the values that are meant where only one text has room: on the
// command line, in the environment, in a tag. Commas are between a list's elements;
// \, is a comma.
func (o *Option) Texts(text string) []string {
	if o.IsList() && !o.whole && !o.argument {
		return split(text)
	}
	return []string{text}
}

// read takes a value from the command line. A flag that is there again adds to a
// list.
func (o *Option) read(text string) error {
	if !o.set {
		return o.Set(o.Texts(text)...)
	}
	for _, text := range o.Texts(text) {
		if err := o.add(text); err != nil {
			return err
		}
	}
	return nil
}

// add sets the value, or adds an element to a list.
func (o *Option) add(text string) error {
	v := o.value
	if o.IsList() {
		v = reflect.New(v.Type().Elem()).Elem()
	}
	if err := decode(v, text); err != nil {
		return fmt.Errorf("%s: %w", o.short(), err)
	}
	if o.IsList() {
		o.value.Set(reflect.Append(o.value, v))
	}
	return nil
}

// decode sets a field by what a text says.
func decode(v reflect.Value, text string) (err error) {
	if v.Kind() == reflect.Pointer {
		fresh := reflect.New(v.Type().Elem())
		v.Set(fresh)
		v = fresh.Elem()
	}
	switch x := v.Addr().Interface().(type) {
	case *string:
		*x = text
	case *bool:
		*x, err = decodeBool(text)
	case *int:
		if *x, err = strconv.Atoi(text); err != nil {
			err = fmt.Errorf("%q is not a whole number", text)
		}
	case *float64:
		if *x, err = strconv.ParseFloat(text, 64); err != nil {
			err = fmt.Errorf("%q is not a number", text)
		}
	case *time.Duration:
		if *x, err = time.ParseDuration(text); err != nil {
			err = fmt.Errorf("%q is not a time like 90s or 1h30m", text)
		}
	default:
		err = fmt.Errorf("no text becomes a %T", x)
	}
	return err
}

func decodeBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes":
		return true, nil
	case "false", "0", "no":
		return false, nil
	}
	return false, fmt.Errorf("%q is not true, yes, 1, false, no or 0", text)
}

// split returns the elements of a list. A comma behind the last begins no other.
func split(text string) []string {
	if text == "" {
		return nil
	}
	const comma = "\x00"
	parts := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, `\,`, comma), ","), ",")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, comma, ",")
	}
	return parts
}
