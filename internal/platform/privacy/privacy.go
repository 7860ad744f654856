package privacy

import (
	"crypto/rand"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// Class is what kind of personal value something is; grants and masks go by it.
type Class string

// The classes. The comment shows the mask.
const (
	ClassPhone     Class = "phone"     // 138****5678, ****5678 for fixed lines
	ClassName      Class = "name"      // 李**
	ClassAddress   Class = "address"   // 广东省深圳市********, never more than a third
	ClassEmail     Class = "email"     // z***@example.com
	ClassIDNumber  Class = "id_number" // 110***********1234
	ClassAccount   Class = "account"   // ************6789
	ClassRecipient Class = "recipient" // where a message went, phone or mail: all but the last 4
	ClassText      Class = "text"      // free words of or about a person: nothing of it
)

// Classes lists every class, for tests and for the page that explains them.
func Classes() []Class {
	return []Class{ClassPhone, ClassName, ClassAddress, ClassEmail, ClassIDNumber, ClassAccount, ClassRecipient, ClassText}
}

// Text is a personal value of one kind. Convert a string to it where the value enters; take it out
// with Plain. The zero value is "none" and shows as nothing.
type Text[K kind] string

// kind closes the list of personal types.
type kind interface{ class() Class }

type (
	phone     struct{}
	name      struct{}
	address   struct{}
	email     struct{}
	idNumber  struct{}
	account   struct{}
	recipient struct{}
	freeText  struct{}
)

func (phone) class() Class     { return ClassPhone }
func (name) class() Class      { return ClassName }
func (address) class() Class   { return ClassAddress }
func (email) class() Class     { return ClassEmail }
func (idNumber) class() Class  { return ClassIDNumber }
func (account) class() Class   { return ClassAccount }
func (recipient) class() Class { return ClassRecipient }
func (freeText) class() Class  { return ClassText }

// The personal types.
type (
	Phone     = Text[phone]
	Name      = Text[name]
	Address   = Text[address] // a postal address
	Email     = Text[email]
	IDNumber  = Text[idNumber]
	Account   = Text[account]
	Recipient = Text[recipient]
	FreeText  = Text[freeText]
)

// marker opens a revealed value. It is made anew in each process and never leaves it.
var marker = "\x00" + rand.Text()

// Class tells the kind of value.
func (t Text[K]) Class() Class {
	var k K
	return k.class()
}

// Plain gives the real value. Calling it is the decision to handle personal data.
func (t Text[K]) Plain() string {
	raw, _ := strings.CutPrefix(string(t), marker)
	return raw
}

// Masked gives what may be shown to anybody who may see the record.
func (t Text[K]) Masked() string { return Mask(t.Class(), t.Plain()) }

// String is the mask, so that printing a value is safe.
func (t Text[K]) String() string { return t.Masked() }

// Format masks under every verb, %#v and %x included.
func (t Text[K]) Format(f fmt.State, verb rune) {
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), t.Masked())
}

// LogValue is the mask.
func (t Text[K]) LogValue() slog.Value { return slog.StringValue(t.Masked()) }

// MarshalText serves JSON: the mask, or the value itself where the edge has revealed it.
func (t Text[K]) MarshalText() ([]byte, error) {
	if raw, ok := strings.CutPrefix(string(t), marker); ok {
		return []byte(raw), nil
	}
	return appendMask(make([]byte, 0, len(t)+4), t.Class(), string(t)), nil
}

// Value stores the real value through database/sql.
func (t Text[K]) Value() (driver.Value, error) { return t.Plain(), nil }

// TextValue stores the real value through pgx.
func (t Text[K]) TextValue() (pgtype.Text, error) {
	return pgtype.Text{String: t.Plain(), Valid: true}, nil
}

// ScanText reads a text column through pgx; null becomes "none".
func (t *Text[K]) ScanText(v pgtype.Text) error {
	*t = Text[K](v.String)
	return nil
}

// classed is how the plan recognises a personal type.
type classed interface{ Class() Class }
