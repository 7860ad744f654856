package privacy

import (
	"cmp"
	"context"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Plan knows where the personal values of one type sit. Make it once with [Compile]; it is safe for
// concurrent use.
type Plan struct {
	root    *node
	classes []Class // every class that occurs
	plain   bool    // some are plain strings, which do not mask themselves
}

// node says what to do with a value of one type at one place.
type node struct {
	shape  reflect.Kind // String for a personal value
	class  Class
	typed  bool // a Text, which masks itself
	fields []field
	elem   *node
}

type field struct {
	index int
	node  *node
}

// Compile walks the type and finds its personal fields. The error names every field at fault.
func Compile(t reflect.Type) (*Plan, error) {
	c := &compiler{done: map[site]*node{}, classes: map[Class]bool{}}
	root := c.walk(t, "", t.String())
	if len(c.faults) > 0 {
		return nil, errors.Join(c.faults...)
	}
	p := &Plan{root: root, plain: c.plain}
	for _, class := range Classes() {
		if c.classes[class] {
			p.classes = append(p.classes, class)
		}
	}
	return p, nil
}

// Empty reports a type without personal values; [Prepare] then does nothing.
func (p *Plan) Empty() bool { return len(p.classes) == 0 }

// Classes lists what occurs in the type.
func (p *Plan) Classes() []Class { return slices.Clone(p.classes) }

type site struct {
	t   reflect.Type
	tag string
}

type compiler struct {
	done    map[site]*node
	classes map[Class]bool
	plain   bool
	faults  []error
}

func (c *compiler) fault(format string, args ...any) *node {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
	return nil
}

// public marks a field as deliberately not personal.
const public = "-"

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	classedType   = reflect.TypeFor[classed]()
)

// walk gives the node of a type under a tag, or nil when nothing personal is in it.
func (c *compiler) walk(t reflect.Type, tag, path string) *node {
	at := site{t, tag}
	if n, ok := c.done[at]; ok {
		return n // also while the type is being walked: recursion meets itself
	}
	switch {
	case t.Kind() == reflect.String:
		return c.leaf(t, tag, path)
	case t.Kind() != reflect.Pointer && writesItself(t):
		return c.opaque(t, tag, path)
	}
	n := &node{shape: t.Kind()}
	switch t.Kind() {
	case reflect.Struct:
		if tag != "" && tag != public {
			return c.fault("%s: a struct cannot be masked as %q, tag its fields", path, tag)
		}
		c.done[at] = n
		c.walkStruct(n, t, path)
	case reflect.Pointer, reflect.Slice, reflect.Array:
		c.done[at] = n
		n.elem = c.walk(t.Elem(), tag, path)
	case reflect.Map:
		c.done[at] = n
		if t.Key().Implements(classedType) {
			return c.fault("%s: a personal value cannot be a map key", path)
		}
		n.elem = c.walk(t.Elem(), tag, path)
	default:
		if tag != "" && tag != public {
			return c.fault("%s: %s cannot be masked as %q", path, t, tag)
		}
		c.done[at] = nil
		return nil
	}
	return n
}

func writesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonMarshaler) || p.Implements(textMarshaler)
}

func (c *compiler) leaf(t reflect.Type, tag, path string) *node {
	class := Class(tag)
	switch own, typed := reflect.Zero(t).Interface().(classed); {
	case typed && tag == "":
		return c.fault("%s: personal type without a privacy tag", path)
	case typed && own.Class() != class:
		return c.fault("%s: tagged %q but its type is %q", path, tag, own.Class())
	case typed:
		c.classes[class] = true
		return &node{shape: reflect.String, class: class, typed: true}
	case tag == "" || tag == public:
		return nil
	case !slices.Contains(Classes(), class):
		return c.fault("%s: no privacy class %q", path, tag)
	default:
		c.classes[class] = true
		c.plain = true
		return &node{shape: reflect.String, class: class}
	}
}

// opaque types write their own JSON, so nothing inside them can be masked from here.
func (c *compiler) opaque(t reflect.Type, tag, path string) *node {
	if tag != "" && tag != public {
		return c.fault("%s: %s writes its own JSON and cannot be masked as %q", path, t, tag)
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if f := t.Field(i).Type; f.Kind() == reflect.String && f.Implements(classedType) {
				return c.fault("%s: %s writes its own JSON and holds personal values", path, t)
			}
		}
	}
	return nil
}

// personalNames are JSON names that mean a person's data even when the type is a plain string.
var personalNames = []string{
	"phone", "phone_number", "mobile", "mobile_number", "contact_phone", "caller_number",
	"recipient", "email", "id_number", "id_card", "home_address",
}

func (c *compiler) walkStruct(n *node, t reflect.Type, path string) {
	for i := range t.NumField() {
		f := t.Field(i)
		jsonName, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if jsonName == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		tag := f.Tag.Get("privacy")
		at := path + "." + f.Name
		if tag == "" && f.Type.Kind() == reflect.String && slices.Contains(personalNames, cmp.Or(jsonName, strings.ToLower(f.Name))) {
			if !f.Type.Implements(classedType) {
				c.fault("%s: looks personal; give it a type of package privacy and a tag, or tag it %q", at, public)
				continue
			}
		}
		if sub := c.walk(f.Type, tag, at); sub != nil {
			n.fields = append(n.fields, field{i, sub})
		}
	}
}

// Prepare gives the value as it may leave the process. Nothing is granted: plain tagged strings are
// masked in a copy, personal types mask themselves. Something is granted and the hook agrees: a copy
// in which those classes are revealed. The value given is never changed.
func Prepare[T any](ctx context.Context, p *Plan, v *T, hook Hook) (*T, error) {
	if v == nil || p.Empty() {
		return v, nil
	}
	var w writer
	if hook != nil {
		for _, c := range Granted(ctx) {
			if slices.Contains(p.classes, c) {
				w.granted = append(w.granted, c)
			}
		}
	}
	if len(w.granted) == 0 && !p.plain {
		return v, nil
	}
	out := *v
	w.rewrite(p.root, reflect.ValueOf(&out).Elem())
	if w.revealed > 0 {
		if err := hook(ctx, Revelation{Classes: w.granted, Values: w.revealed}); err != nil {
			return nil, fmt.Errorf("note the revelation: %w", err)
		}
	}
	return &out, nil
}

type writer struct {
	granted  []Class
	revealed int
}

// rewrite changes v in place, copying whatever v shares with others before it touches it.
func (w *writer) rewrite(n *node, v reflect.Value) {
	if n == nil {
		return
	}
	switch n.shape {
	case reflect.String:
		w.rewriteText(n, v)
	case reflect.Struct:
		for _, f := range n.fields {
			w.rewrite(f.node, v.Field(f.index))
		}
	case reflect.Array:
		for i := range v.Len() {
			w.rewrite(n.elem, v.Index(i))
		}
	case reflect.Slice:
		if v.IsNil() || n.elem == nil {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			w.rewrite(n.elem, own.Index(i))
		}
		v.Set(own)
	case reflect.Pointer:
		if v.IsNil() || n.elem == nil {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		w.rewrite(n.elem, own.Elem())
		v.Set(own)
	case reflect.Map:
		w.rewriteMap(n, v)
	}
}

func (w *writer) rewriteMap(n *node, v reflect.Value) {
	if v.IsNil() || n.elem == nil {
		return
	}
	own := reflect.MakeMapWithSize(v.Type(), v.Len())
	for it := v.MapRange(); it.Next(); {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(it.Value())
		w.rewrite(n.elem, value)
		own.SetMapIndex(it.Key(), value)
	}
	v.Set(own)
}

func (w *writer) rewriteText(n *node, v reflect.Value) {
	s := v.String()
	if s == "" {
		return
	}
	granted := slices.Contains(w.granted, n.class)
	switch {
	case granted && n.typed:
		w.revealed++
		v.SetString(marker + strings.TrimPrefix(s, marker))
	case granted:
		w.revealed++
	case n.typed:
		v.SetString(strings.TrimPrefix(s, marker)) // a value revealed to somebody else is masked again
	default:
		v.SetString(Mask(n.class, s))
	}
}
