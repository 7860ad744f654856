package phone

import (
	"fmt"

	"yingda/internal/platform/fault"
)

// Reason is why a text is not a telephone number; stable, translated by the page.
type Reason string

// The reasons.
const (
	Empty        Reason = "empty"
	Letters      Reason = "letters"
	BadCharacter Reason = "bad_character"
	TooShort     Reason = "too_short"
	TooLong      Reason = "too_long"
	NeedsArea    Reason = "needs_area"    // a local number, and nobody said of which area
	NoSuchShape  Reason = "no_such_shape" // digits, but no number of the plan
	HasExtension Reason = "has_extension" // where only a number may stand
	Withheld     Reason = "withheld"      // where a number is needed
)

// Wrong is the error of [Read] and [Parse].
type Wrong struct {
	Reason  Reason
	Message string // in English, safe to show: it repeats at most one character of what was given
}

// Error is the message.
func (w *Wrong) Error() string { return w.Message }

// Fault gives the error for an answer that names the place, such as "body.number".
func (w *Wrong) Fault(location string) error {
	var f fault.Fields
	f.Add(location, string(w.Reason), w.Message)
	return f.Err("numbering.invalid_number", "this is not a telephone number: "+w.Message)
}

func wrong(r Reason, format string, args ...any) *Wrong {
	return &Wrong{Reason: r, Message: fmt.Sprintf(format, args...)}
}
