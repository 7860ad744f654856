package setting

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Registry is every setting that this program knows. It does not change once made.
type Registry struct {
	list  []*Definition // in the order declared
	byKey map[string]*Definition
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)

// NewRegistry checks the declarations and puts them together. It panics on what a test run must find: a key
// twice, a default out of bounds, an order that does not fit the type, a title missing in a language.
func NewRegistry(lists ...[]Definition) *Registry {
	r := &Registry{byKey: map[string]*Definition{}}
	for _, list := range lists {
		for _, d := range list {
			if err := d.prepare(); err != nil {
				panic(fmt.Sprintf("setting %q: %v", d.Key, err))
			}
			if r.byKey[d.Key] != nil {
				panic(fmt.Sprintf("setting %q is declared twice", d.Key))
			}
			r.list = append(r.list, &d)
			r.byKey[d.Key] = &d
		}
	}
	return r
}

// Definition gives the declaration of a key.
func (r *Registry) Definition(key string) (*Definition, bool) {
	d, ok := r.byKey[key]
	return d, ok
}

// All gives the declarations in the order they were made. The slice is the caller's, the elements are not.
func (r *Registry) All() []*Definition { return slices.Clone(r.list) }

// Keys gives every key, sorted.
func (r *Registry) Keys() []string { return slices.Sorted(maps.Keys(r.byKey)) }

// prepare brings the values into their one Go type and checks the declaration.
func (d *Definition) prepare() error {
	if !keyForm.MatchString(d.Key) || d.ZH == "" || d.EN == "" || d.HelpZH == "" || d.HelpEN == "" || d.Group.Key == "" {
		return fmt.Errorf("key, titles, helps and group are needed")
	}
	want, ok := goTypes[d.Type]
	if !ok {
		return fmt.Errorf("unknown type %q", d.Type)
	}
	if d.Pattern != "" {
		p, err := regexp.Compile(`^(?:` + d.Pattern + `)$`)
		if err != nil {
			return err
		}
		d.pattern = p
	}
	bound := want
	if d.Type == Text || d.Type == Texts {
		bound = goTypes[Int]
	}
	d.Default, d.Min, d.Max = widen(d.Default), widen(d.Min), widen(d.Max)
	if reflect.TypeOf(d.Default) != want {
		return fmt.Errorf("the default is a %T, not a %s", d.Default, want)
	}
	for _, b := range []Value{d.Min, d.Max} {
		if b != nil && reflect.TypeOf(b) != bound {
			return fmt.Errorf("a bound is a %T, not a %s", b, bound)
		}
	}
	if err := d.fits(); err != nil {
		return err
	}
	if f := d.check(d.Default); f != nil {
		return fmt.Errorf("the default %s", f.Message)
	}
	return nil
}

// fits checks that order, choices and type go together.
func (d *Definition) fits() error {
	switch {
	case (d.Type == Choice) != (len(d.Choices) > 1):
		return fmt.Errorf("a choice has at least two options, and nothing else has any")
	case d.Stricter == Listed && d.Type != Choice,
		(d.Stricter == Lower || d.Stricter == Higher) && slices.Contains([]Type{Text, Texts, Choice}, d.Type):
		return fmt.Errorf("the order %q does not fit the type %q", d.Stricter, d.Type)
	case d.Type == Duration && d.Default.(time.Duration)%time.Second != 0:
		return fmt.Errorf("a duration is whole seconds")
	case strings.ContainsRune(d.Pattern, 0):
		return fmt.Errorf("the pattern has a NUL")
	}
	return nil
}

var goTypes = map[Type]reflect.Type{
	Bool: reflect.TypeFor[bool](), Int: reflect.TypeFor[int64](), Decimal: reflect.TypeFor[Decimals](), Duration: reflect.TypeFor[time.Duration](),
	Text: reflect.TypeFor[string](), Choice: reflect.TypeFor[string](), Texts: reflect.TypeFor[[]string](),
}

func widen(v Value) Value {
	if n, ok := v.(int); ok {
		return int64(n)
	}
	return v
}

// handle makes the handle of a declaration. It panics like [NewRegistry].
func handle[T any](d Definition, t Type) Handle[T] {
	d.Type = t
	if err := d.prepare(); err != nil {
		panic("setting " + d.Key + ": " + err.Error())
	}
	return Handle[T]{d}
}
