package app

import (
	"encoding/json"
	"strings"
	"time"
)

// schemas are the components that samples refer to.
var schemas map[string]json.RawMessage

// schemaOf is what samples are made by.
type schemaOf struct {
	Ref        string                     `json:"$ref"`
	Type       any                        `json:"type"` // a word, or a list of them
	Format     string                     `json:"format"`
	Enum       []any                      `json:"enum"`
	Minimum    *float64                   `json:"minimum"`
	MinLength  int                        `json:"minLength"`
	MinItems   int                        `json:"minItems"`
	Pattern    string                     `json:"pattern"`
	Required   []string                   `json:"required"`
	Properties map[string]json.RawMessage `json:"properties"`
	Items      json.RawMessage            `json:"items"`
	Default    any                        `json:"default"`
}

// sample makes a value that fits a schema, so that a request comes past its checks.
func sample(raw json.RawMessage) any {
	var s schemaOf
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return nil
	}
	if s.Ref != "" {
		return sample(schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]])
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch kindOf(s.Type) {
	case "object":
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = sampleNamed(name, s.Properties[name])
		}
		if out["password"] != nil && out["code"] != nil { // one of both proves who one is
			out["code"] = ""
		}
		return out
	case "array":
		list := make([]any, s.MinItems)
		for i := range list {
			list[i] = sample(s.Items)
		}
		return list
	case "integer", "number":
		if s.Minimum != nil {
			return int(*s.Minimum)
		}
		return 1
	case "boolean":
		return true
	}
	switch s.Format {
	case "date-time":
		return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	case "date":
		return "2026-11-21"
	}
	return strings.Repeat("x", max(s.MinLength, 1))
}

// sampleNamed knows what strings of some names must be.
func sampleNamed(name string, raw json.RawMessage) any {
	value := sample(raw)
	if text, ok := value.(string); ok {
		switch {
		case name == "id" || strings.HasSuffix(name, "_id"):
			return nobody
		case name == "reason" || name == "comment" || name == "text" || name == "why":
			return "权限矩阵测试的理由，足够长"
		case name == "password":
			return matrixPassword
		case name == "verdict":
			return "keep"
		case strings.HasPrefix(text, "x") && strings.HasSuffix(name, "_on"), strings.HasSuffix(name, "_from"), strings.HasSuffix(name, "_until"), name == "day":
			return "2026-11-21"
		}
	}
	return value
}

func kindOf(t any) string {
	switch v := t.(type) {
	case string:
		return v
	case []any:
		for _, one := range v {
			if one != "null" {
				return one.(string)
			}
		}
	}
	return ""
}
