package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"yingda/internal/platform/ident"
)

type entryKind struct{}

// EntryID identifies an entry. It is made of the entry's time, so ids are in the order of time.
type EntryID = ident.ID[entryKind]

// Object is what an action was done to.
type Object struct {
	Kind  string // "organization.staff"
	ID    string // as the domain's API shows it
	Label string // how people call it: a number, a code, a name of a thing; no personal data of customers
}

// Change is one field before and after. Values are written as JSON, so personal values are masked.
type Change struct {
	Field string `json:"field"`
	Old   any    `json:"old"`
	New   any    `json:"new"`
}

// Entry is one act. Who acted, and in which request, comes from the context.
type Entry struct {
	Action   string // domain.thing.act: "organization.staff.create"
	Object   Object
	Centre   uuid.UUID // where the object belongs; with no centre and no place it is the nation's
	Province string    // administrative division code, such as 440000
	City     string
	Reason   string // what the actor gave as reason; may be empty
	Changes  []Change
}

// Limits of an entry, in characters; longer text is cut and ends with an ellipsis, because a change must not
// fail for a long label.
const (
	maxLabel  = 200
	maxID     = 200
	maxReason = 2000
	maxValue  = 2000
	// maxChanges bounds the changes of one entry, in bytes of JSON.
	maxChanges = 256 << 10
)

// ValidAction reports whether a name can serve as an action: at least two lower-case words of letters, digits
// and _, joined by dots, at most 100 characters.
func ValidAction(name string) bool {
	if len(name) > 100 || !strings.Contains(name, ".") {
		return false
	}
	for word := range strings.SplitSeq(name, ".") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return false
		}
	}
	return true
}

// text makes s fit for a column: UTF-8, without NUL, at most limit characters.
func text(s string, limit int) string {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
	}
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == limit {
			if i+utf8.RuneLen(firstRune(s[i:])) == len(s) {
				return s
			}
			return s[:i] + "…"
		}
	}
	return s
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// encodeChanges gives the JSON that is stored and hashed.
func encodeChanges(changes []Change) (string, error) {
	if len(changes) == 0 {
		return "[]", nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	short := make([]Change, len(changes))
	for i, c := range changes {
		short[i] = Change{Field: text(c.Field, maxLabel), Old: shorten(c.Old), New: shorten(c.New)}
	}
	if err := e.Encode(short); err != nil {
		return "", fmt.Errorf("write the changes as JSON: %w", err)
	}
	if out.Len() > maxChanges {
		return fmt.Sprintf(`[{"field":"*","old":null,"new":"%d changes are too large to keep (%d bytes)"}]`, len(changes), out.Len()), nil
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// shorten cuts plain long strings; everything else stays as it is.
func shorten(v any) any {
	if s, ok := v.(string); ok {
		return text(s, maxValue)
	}
	return v
}
