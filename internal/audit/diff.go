package audit

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"yingda/internal/platform/privacy"
)

// Diff gives the fields that differ between two values of one struct type (or pointers to it), by their JSON
// names; fields of inner structs are named "outer.inner". A nil old (or new) means that the thing was created
// (or is gone): then all fields that are not zero are listed.
//
// Left out are fields tagged json:"-" or audit:"-". Personal values are compared as they are and written
// masked, plain strings with a privacy tag too. Two values of different types give one change named "*".
func Diff(old, new any) []Change {
	a, b := structOf(old), structOf(new)
	switch {
	case !a.IsValid() && !b.IsValid():
		return nil
	case !a.IsValid():
		a = reflect.Zero(b.Type())
		return diffStruct(nil, "", a, b, old == nil || isNilPointer(old), false)
	case !b.IsValid():
		b = reflect.Zero(a.Type())
		return diffStruct(nil, "", a, b, false, true)
	case a.Type() != b.Type():
		return []Change{{Field: "*", Old: a.Type().String(), New: b.Type().String()}}
	}
	return diffStruct(nil, "", a, b, false, false)
}

// structOf follows pointers; invalid for nil and for what is no struct.
func structOf(v any) reflect.Value {
	r := reflect.ValueOf(v)
	for r.Kind() == reflect.Pointer {
		r = r.Elem()
	}
	if r.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return r
}

func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// diffStruct appends what differs. created and removed say that one side is not there, which is written as null.
func diffStruct(list []Change, prefix string, a, b reflect.Value, created, removed bool) []Change {
	t := a.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		name, skip := fieldName(f)
		if skip {
			continue
		}
		x, y := a.Field(i), b.Field(i)
		if inner, ok := innerStruct(f.Type); ok && inner {
			p := prefix
			if !f.Anonymous || f.Tag.Get("json") != "" {
				p += name + "."
			}
			list = diffStruct(list, p, x, y, created, removed)
			continue
		}
		if same(x, y) {
			continue
		}
		c := Change{Field: prefix + name, Old: shown(f, x), New: shown(f, y)}
		if created {
			c.Old = nil
		}
		if removed {
			c.New = nil
		}
		list = append(list, c)
	}
	return list
}

// fieldName gives the JSON name; skip for what JSON does not show either.
func fieldName(f reflect.StructField) (name string, skip bool) {
	if !f.IsExported() || f.Tag.Get("audit") == "-" {
		return "", true
	}
	name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	switch name {
	case "-":
		return "", true
	case "":
		return f.Name, false
	}
	return name, false
}

var (
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
)

// innerStruct reports a struct whose fields are compared one by one.
func innerStruct(t reflect.Type) (inner, ok bool) {
	if t.Kind() != reflect.Struct {
		return false, false
	}
	for _, m := range []reflect.Type{textMarshaler, jsonMarshaler} {
		if t.Implements(m) || reflect.PointerTo(t).Implements(m) {
			return false, true
		}
	}
	return true, true
}

func same(x, y reflect.Value) bool {
	if t, ok := x.Interface().(time.Time); ok {
		u, _ := y.Interface().(time.Time)
		return t.Equal(u)
	}
	if t, ok := x.Interface().(*time.Time); ok {
		u, _ := y.Interface().(*time.Time)
		return t == u || t != nil && u != nil && t.Equal(*u)
	}
	if k := x.Kind(); (k == reflect.Slice || k == reflect.Map) && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(x.Interface(), y.Interface())
}

// shown gives the value as it may be written.
func shown(f reflect.StructField, v reflect.Value) any {
	if class := f.Tag.Get("privacy"); class != "" && class != "-" && v.Kind() == reflect.String {
		if _, masksItself := v.Interface().(encoding.TextMarshaler); !masksItself {
			return privacy.Mask(privacy.Class(class), v.String())
		}
	}
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return v.Interface()
}
