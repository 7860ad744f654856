package phone

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

// TextValue stores the number through pgx; none is the empty text.
func (p Phone) TextValue() (pgtype.Text, error) { return pgtype.Text{String: p.text, Valid: true}, nil }

// ScanText reads a text column through pgx; null and the empty text become "none". A text that is no number
// in its one form is an error: something else wrote it.
func (p *Phone) ScanText(v pgtype.Text) error {
	if !v.Valid || v.String == "" {
		*p = Phone{}
		return nil
	}
	read, err := Parse(v.String, At{})
	if err != nil || read.text != v.String {
		return fmt.Errorf("a stored telephone number of %d characters is not in its one form", len(v.String))
	}
	*p = read
	return nil
}
