package phone

import (
	"database/sql/driver"
	"fmt"
	"io"
	"log/slog"

	"yingda/internal/platform/privacy"
)

// Phone is one telephone number in its one form; see the package comment. The zero value is "none". It is
// comparable and may be the key of a map.
type Phone struct{ text string }

// Kind is what sort of number it is.
type Kind string

// The kinds.
const (
	None    Kind = ""
	Mobile  Kind = "mobile"  // a person's mobile number
	Machine Kind = "machine" // a card in a machine: thirteen digits
	Fixed   Kind = "fixed"   // a fixed line of an area
	Service Kind = "service" // a service number or short code
	Foreign Kind = "foreign" // of another country, Hong Kong, Macau and Taiwan included
)

const home = "+86"

// Kind tells what sort of number p is.
func (p Phone) Kind() Kind {
	switch {
	case p.text == "":
		return None
	case p.text[0] != '+':
		return Service
	case len(p.text) < len(home) || p.text[:len(home)] != home:
		return Foreign
	case isMobile(p.text[len(home):]):
		return Mobile
	case isMachine(p.text[len(home):]):
		return Machine
	}
	return Fixed
}

// IsZero reports "none".
func (p Phone) IsZero() bool { return p.text == "" }

// Plain gives the text of the number. Calling it is the decision to handle personal data.
func (p Phone) Plain() string { return p.text }

// Private gives the number as answers carry it.
func (p Phone) Private() privacy.Phone { return privacy.Phone(p.text) }

// Area gives the area code, without its 0, of a fixed line or of a service number of one area; else "".
func (p Phone) Area() string {
	switch p.Kind() {
	case Fixed:
		area, _ := splitArea(p.text[len(home):])
		return area
	case Service:
		if p.text[0] == '0' {
			area, _ := splitArea(p.text[1:])
			return area
		}
	case None, Mobile, Machine, Foreign:
	}
	return ""
}

// Service gives the number without the area that it was dialled in: 12345 for 02012345. For other kinds it
// gives p itself.
func (p Phone) Service() Phone {
	if p.text != "" && p.text[0] == '0' {
		_, rest := splitArea(p.text[1:])
		return Phone{rest}
	}
	return p
}

// Segment gives the first seven digits of a mobile number or of a card in a machine, by which its home is
// found; ok is false for other kinds. It allocates nothing.
func (p Phone) Segment() (prefix uint32, ok bool) {
	n := len(p.text) - len(home)
	if n != mobileDigits && n != machineDigits || p.text[0] != '+' || p.text[1] != '8' || p.text[2] != '6' || p.text[3] != '1' {
		return 0, false
	}
	for _, c := range []byte(p.text[len(home) : len(home)+7]) {
		prefix = prefix*10 + uint32(c-'0')
	}
	// A fixed line of area 10 has ten digits, so eleven or thirteen that begin with 1 are one or the other.
	return prefix, true
}

// Digits11 gives a person's mobile number as a number of eleven digits; ok is false for other kinds.
func (p Phone) Digits11() (n uint64, ok bool) {
	if len(p.text) != len(home)+mobileDigits || p.Kind() != Mobile {
		return 0, false
	}
	for _, c := range []byte(p.text[len(home):]) {
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

// masked is what may be printed. Service numbers are public.
func (p Phone) masked() string {
	if p.Kind() == Service {
		return p.text
	}
	return privacy.Phone(p.text).Masked()
}

// String is the mask, so that printing a number is safe.
func (p Phone) String() string { return p.masked() }

// Format masks under every verb.
func (p Phone) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.masked()) }

// LogValue is the mask.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.masked()) }

// MarshalText serves JSON and is the mask; answers that may show the number carry [Phone.Private].
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.masked()), nil }

// Value stores the number through database/sql.
func (p Phone) Value() (driver.Value, error) { return p.text, nil }
