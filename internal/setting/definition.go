package setting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yingda/internal/platform/fault"
)

// Type is the kind of a setting's values.
type Type string

// The types, with how a value is written in JSON.
const (
	Bool     Type = "bool"     // true
	Int      Type = "int"      // 15
	Decimal  Type = "decimal"  // "0.125", at most 6 places, as text so that nothing rounds it
	Duration Type = "duration" // whole seconds: 900
	Text     Type = "text"     // "…"
	Choice   Type = "choice"   // "strict", one of Choices
	Texts    Type = "texts"    // ["a", "b"]
)

// Order says which of two values is stricter, for locked floors (H-14).
type Order string

// The orders.
const (
	NoOrder Order = ""       // none: a floor cannot be set, only a fixed value
	Lower   Order = "lower"  // the lower number or shorter time is stricter; of bool, false
	Higher  Order = "higher" // the higher number or longer time is stricter; of bool, true
	Listed  Order = "listed" // a choice is stricter the later it stands in Choices
)

// Decimals is a decimal value in millionths: exact, comparable, ±9 million million.
type Decimals int64

// millionths is one whole.
const millionths = 1_000_000

// String gives the shortest form: "0.125".
func (d Decimals) String() string {
	s := new(big.Rat).SetFrac64(int64(d), millionths).FloatString(6)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Float gives it as a number for reckoning.
func (d Decimals) Float() float64 { return float64(d) / millionths }

var decimalForm = regexp.MustCompile(`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`)

// ParseDecimals reads "0.125".
func ParseDecimals(s string) (Decimals, error) {
	r, ok := new(big.Rat).SetString(s)
	if !decimalForm.MatchString(s) || !ok {
		return 0, fmt.Errorf("%q is not a decimal number of at most 6 places", s)
	}
	return Decimals(r.Mul(r, big.NewRat(millionths, 1)).Num().Int64()), nil
}

// Option is one choice.
type Option struct {
	Value  string `json:"value"`
	ZH, EN string
}

// Group is a heading under which settings are shown.
type Group struct {
	Key, ZH, EN string
}

// Value is a checked value of a setting: bool, int64, [Decimals], time.Duration, string or []string, by its type.
// nil is none.
type Value any

// Definition declares a setting. The domain that acts by it declares it in code.
type Definition struct {
	Key     string // "identity.session.idle"; never changes once released
	Type    Type
	Unit    string // of Int and Decimal, as an i18n key of the page: "characters", "rows", "percent"; may be empty
	Default Value  // int and untyped numbers are taken for Int
	// Min and Max bound Int, Decimal and Duration, both inclusive; of Text the number of characters, of Texts the
	// number of texts. nil: no bound (Text: at most 1,000 characters, Texts: at most 100).
	Min, Max Value
	Choices  []Option
	Pattern  string // a regular expression that a Text, or each of Texts, must match whole

	ZH, EN         string // title
	HelpZH, HelpEN string // what it does, and what happens at the edges
	Group          Group
	// Important settings change only by one person's request and another's approval.
	Important bool
	Stricter  Order
	// Nationwide settings hold for the whole installation: only the nation sets them.
	Nationwide bool

	pattern *regexp.Regexp
}

// Codes of wrong values.
const (
	fieldType       = "setting.wrong_type"
	fieldTooSmall   = "setting.too_small"
	fieldTooLarge   = "setting.too_large"
	fieldChoice     = "setting.no_such_choice"
	fieldPattern    = "setting.bad_format"
	fieldRequired   = "setting.required"
	fieldTooLong    = "setting.too_long"
	fieldCharacters = "setting.bad_characters"
	fieldLock       = "setting.lock_without_order"
	fieldUnknown    = "setting.unknown"
	fieldLocked     = "setting.locked_above"
	fieldFloor      = "setting.below_floor"
	fieldNation     = "setting.only_nation"
)

// Parse reads a value from JSON and checks it; what is wrong is one field at the location.
func (d *Definition) Parse(raw json.RawMessage, location string) (Value, *fault.Field) {
	v, err := d.decode(raw)
	if err != nil {
		return nil, &fault.Field{Location: location, Code: fieldType, Message: "is not a value of type " + string(d.Type)}
	}
	if s, ok := v.(string); ok && d.Type == Text {
		v = strings.TrimSpace(s)
	}
	if f := d.check(v); f != nil {
		f.Location = location
		return nil, f
	}
	return v, nil
}

// decode reads the form of the type without judging the value.
func (d *Definition) decode(raw json.RawMessage) (Value, error) {
	switch d.Type {
	case Bool:
		return decodeAs[bool](raw)
	case Int:
		return decodeAs[int64](raw)
	case Duration:
		n, err := decodeAs[int64](raw)
		if err != nil || n < -maxSeconds || n > maxSeconds {
			return nil, fmt.Errorf("not a number of seconds: %w", err)
		}
		return time.Duration(n) * time.Second, nil
	case Decimal:
		s, err := decodeAs[string](raw)
		if err != nil { // a plain number is taken, too
			s = string(bytes.TrimSpace(raw))
		}
		return ParseDecimals(s)
	case Text, Choice:
		return decodeAs[string](raw)
	case Texts:
		return decodeAs[[]string](raw)
	}
	return nil, fmt.Errorf("setting %s: unknown type %q", d.Key, d.Type)
}

// maxSeconds is a hundred years, far within time.Duration.
const maxSeconds = 100 * 366 * 24 * 3600

func decodeAs[T any](raw json.RawMessage) (T, error) {
	var p *T // null is no value
	if err := json.Unmarshal(raw, &p); err != nil || p == nil {
		var zero T
		return zero, fmt.Errorf("not a value: %w", err)
	}
	return *p, nil
}

// check judges a value of the right Go type.
func (d *Definition) check(v Value) *fault.Field {
	switch v := v.(type) {
	case bool:
	case int64:
		return d.bounds(v, func(bound Value) int64 { return bound.(int64) })
	case Decimals:
		return d.bounds(int64(v), func(bound Value) int64 { return int64(bound.(Decimals)) })
	case time.Duration:
		return d.bounds(int64(v), func(bound Value) int64 { return int64(bound.(time.Duration)) })
	case string:
		if d.Type == Choice {
			if !slices.ContainsFunc(d.Choices, func(o Option) bool { return o.Value == v }) {
				return &fault.Field{Code: fieldChoice, Message: "is not one of the choices"}
			}
			return nil
		}
		if f := d.text(v); f != nil {
			return f
		}
		return d.bounds(int64(utf8.RuneCountInString(v)), func(bound Value) int64 { return bound.(int64) })
	case []string:
		for _, s := range v {
			if f := d.text(s); f != nil {
				return f
			}
			if s == "" {
				return &fault.Field{Code: fieldRequired, Message: "has an empty entry"}
			}
		}
		return d.bounds(int64(len(v)), func(bound Value) int64 { return bound.(int64) })
	default:
		return &fault.Field{Code: fieldType, Message: "is not a value of type " + string(d.Type)}
	}
	return nil
}

// maxText bounds one text, in characters.
const maxText = 1000

func (d *Definition) text(s string) *fault.Field {
	switch {
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return &fault.Field{Code: fieldCharacters, Message: "has characters that cannot be stored"}
	case utf8.RuneCountInString(s) > maxText:
		return &fault.Field{Code: fieldTooLong, Message: "is too long"}
	case d.pattern != nil && s != "" && !d.pattern.MatchString(s):
		return &fault.Field{Code: fieldPattern, Message: "has not the form that is asked for"}
	}
	return nil
}

func (d *Definition) bounds(n int64, of func(Value) int64) *fault.Field {
	switch {
	case d.Min != nil && n < of(d.Min):
		return &fault.Field{Code: fieldTooSmall, Message: "is less than " + d.Show(d.Min)}
	case d.Max != nil && n > of(d.Max):
		return &fault.Field{Code: fieldTooLarge, Message: "is more than " + d.Show(d.Max)}
	}
	return nil
}

// Encode gives the value as JSON, the inverse of Parse; none is null.
func (d *Definition) Encode(v Value) json.RawMessage {
	switch x := v.(type) {
	case nil:
		return json.RawMessage("null")
	case time.Duration:
		v = int64(x / time.Second)
	case Decimals:
		v = x.String()
	case []string:
		if x == nil {
			v = []string{}
		}
	}
	raw, err := json.Marshal(v)
	if err != nil { // values of the six Go types always encode
		return json.RawMessage("null")
	}
	return raw
}

// Show writes the value for people who read logs, spreadsheets and requests.
func (d *Definition) Show(v Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(v)
	case []string:
		return strings.Join(v, "\n")
	case time.Duration:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// Read reads what Show wrote, or what people write in a spreadsheet: 15m, 是, 3.5, lines of texts.
func (d *Definition) Read(s, location string) (Value, *fault.Field) {
	s = strings.TrimSpace(s)
	var raw any = s
	switch d.Type {
	case Bool:
		switch strings.ToLower(s) {
		case "true", "yes", "1", "是":
			raw = true
		case "false", "no", "0", "否":
			raw = false
		}
	case Int:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			raw = n
		}
	case Duration:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			raw = n
		} else if dur, err := time.ParseDuration(s); err == nil && dur%time.Second == 0 {
			raw = int64(dur / time.Second)
		}
	case Texts:
		raw = slices.DeleteFunc(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), func(s string) bool { return strings.TrimSpace(s) == "" })
	case Text, Choice, Decimal:
	}
	b, err := json.Marshal(raw)
	if err != nil {
		return nil, &fault.Field{Location: location, Code: fieldType, Message: "is not a value of type " + string(d.Type)}
	}
	return d.Parse(b, location)
}

// compare gives the order of strictness: positive when a is stricter; nil for settings without one.
func (d *Definition) compare() func(a, b Value) int {
	sign := 1
	switch d.Stricter {
	case NoOrder:
		return nil
	case Lower:
		sign = -1
	case Higher, Listed:
	}
	return func(a, b Value) int { return sign * compareNumbers(d.rank(a), d.rank(b)) }
}

func compareNumbers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rank gives a number by which values of the type are ordered.
func (d *Definition) rank(v Value) int64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case int64:
		return v
	case Decimals:
		return int64(v)
	case time.Duration:
		return int64(v)
	case string:
		return int64(slices.IndexFunc(d.Choices, func(o Option) bool { return o.Value == v }))
	}
	return 0
}
