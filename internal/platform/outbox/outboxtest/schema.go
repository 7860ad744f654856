package outboxtest

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Schema is the part of JSON Schema (draft 2020-12) that encoding/json can produce.
type Schema struct {
	Title      string             `json:"title,omitempty"`
	Type       string             `json:"type,omitempty"` // empty: anything
	Format     string             `json:"format,omitempty"`
	Properties map[string]*Schema `json:"properties,omitempty"`
	Required   []string           `json:"required,omitempty"` // always present
	Items      *Schema            `json:"items,omitempty"`
	Values     *Schema            `json:"additionalProperties,omitempty"` // of a map
}

var (
	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	textType = reflect.TypeFor[encoding.TextMarshaler]()
	jsonType = reflect.TypeFor[json.Marshaler]()
)

// SchemaOf describes the JSON of a Go type. A type with a MarshalJSON of its own, or one that contains
// itself, cannot be described and is an error: write a plain struct for what is published.
func SchemaOf(t reflect.Type) (*Schema, error) { return describe(t, nil) }

func describe(t reflect.Type, inside []reflect.Type) (*Schema, error) {
	switch {
	case t == timeType:
		return &Schema{Type: "string", Format: "date-time"}, nil
	case t == rawType:
		return &Schema{}, nil
	case t.Kind() == reflect.Pointer:
		return describe(t.Elem(), inside)
	case t.Implements(textType):
		return &Schema{Type: "string"}, nil
	case t.Implements(jsonType):
		return nil, fmt.Errorf("%s has a MarshalJSON of its own", t)
	}
	switch t.Kind() {
	case reflect.Bool:
		return &Schema{Type: "boolean"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &Schema{Type: "integer"}, nil
	case reflect.Float32, reflect.Float64:
		return &Schema{Type: "number"}, nil
	case reflect.String:
		return &Schema{Type: "string"}, nil
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return &Schema{Type: "string", Format: "byte"}, nil // base64
		}
		items, err := describe(t.Elem(), inside)
		return &Schema{Type: "array", Items: items}, err
	case reflect.Map:
		values, err := describe(t.Elem(), inside)
		return &Schema{Type: "object", Values: values}, err
	case reflect.Struct:
		return describeStruct(t, inside)
	}
	return nil, fmt.Errorf("%s has no place in an event", t)
}

func describeStruct(t reflect.Type, inside []reflect.Type) (*Schema, error) {
	if slices.Contains(inside, t) {
		return nil, fmt.Errorf("%s contains itself", t)
	}
	inside = append(slices.Clone(inside), t)
	s := &Schema{Type: "object", Properties: map[string]*Schema{}}
	for _, f := range reflect.VisibleFields(t) {
		name, options, tagged := strings.Cut(f.Tag.Get("json"), ",")
		inlined := f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct
		if !f.IsExported() || name == "-" && !tagged || inlined || len(f.Index) > 1 && !promoted(t, f) {
			continue
		}
		if name == "" {
			name = f.Name
		}
		field, err := describe(f.Type, inside)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, f.Name, err)
		}
		s.Properties[name] = field
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			s.Required = append(s.Required, name)
		}
	}
	slices.Sort(s.Required)
	return s, nil
}

// promoted reports whether a field of an embedded struct stands in the outer object: the embedded field has
// no name of its own.
func promoted(t reflect.Type, f reflect.StructField) bool {
	for i := 1; i < len(f.Index); i++ {
		outer := t.FieldByIndex(f.Index[:i])
		if name, _, _ := strings.Cut(outer.Tag.Get("json"), ","); name != "" || outer.Type.Kind() != reflect.Struct {
			return false
		}
	}
	return true
}

// Breaks lists what a reader of the old form would miss in the new one. Nothing listed: the change is additive.
func Breaks(from, to *Schema) []string { return breaks("", from, to) }

func breaks(path string, from, to *Schema) []string {
	at := path
	if at == "" {
		at = "payload"
	}
	if from.Type != to.Type || from.Format != to.Format {
		return []string{fmt.Sprintf("%s was %s and is %s", at, kind(from), kind(to))}
	}
	var list []string
	for name, field := range from.Properties {
		now, ok := to.Properties[name]
		if !ok {
			list = append(list, fmt.Sprintf("%s.%s is gone", at, name))
			continue
		}
		list = append(list, breaks(at+"."+name, field, now)...)
		if slices.Contains(from.Required, name) && !slices.Contains(to.Required, name) {
			list = append(list, fmt.Sprintf("%s.%s was always present and may now be absent", at, name))
		}
	}
	list = append(list, nested(at+"[]", from.Items, to.Items)...)
	list = append(list, nested(at+"{}", from.Values, to.Values)...)
	slices.Sort(list)
	return list
}

func nested(at string, from, to *Schema) []string {
	switch {
	case from == nil && to == nil:
		return nil
	case from == nil || to == nil:
		return []string{at + " changed between struct, map and list"}
	}
	return breaks(at, from, to)
}

func kind(s *Schema) string {
	switch {
	case s.Type == "":
		return "anything"
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}
