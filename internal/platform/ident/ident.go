// Package ident makes and carries identifiers.
//
// Every kind of row has its own id type, so that a queue's id cannot be passed where a
// customer's is wanted:
//
//	type messageKind struct{}
//	type MessageID = ident.ID[messageKind]
//
// Ids are UUID version 7 (RFC 9562, section 5.7): they rise with time, so that indexes grow at one
// end and rows of several centres merge without clashes. Readable numbers (see [Number]) are for
// people who speak them; they never serve as keys.
package ident

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// ID is the identifier of one kind of thing. The zero value means "none".
type ID[Kind any] struct{ u uuid.UUID }

// New makes a new id. It panics only when the machine has no randomness, which is a start-up fault.
func New[Kind any]() ID[Kind] { return ID[Kind]{uuid.Must(uuid.NewV7())} }

// Parse reads the usual text form.
func Parse[Kind any](s string) (ID[Kind], error) {
	if len(s) != 36 { // uuid.Parse also takes urn:, braces and bare hex; one form is enough outside
		return ID[Kind]{}, fmt.Errorf("id %q is not a UUID", s)
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return ID[Kind]{}, fmt.Errorf("id %q is not a UUID", s)
	}
	return ID[Kind]{u}, nil
}

// From takes a UUID that came from elsewhere (another system, a header).
func From[Kind any](u uuid.UUID) ID[Kind] { return ID[Kind]{u} }

// UUID gives the bare value.
func (id ID[Kind]) UUID() uuid.UUID { return id.u }

// IsZero reports "none".
func (id ID[Kind]) IsZero() bool { return id.u == uuid.Nil }

// String is the usual text form.
func (id ID[Kind]) String() string { return id.u.String() }

// MarshalText serves JSON and map keys.
func (id ID[Kind]) MarshalText() ([]byte, error) { return id.u.MarshalText() }

// UnmarshalText reads the usual text form only.
func (id *ID[Kind]) UnmarshalText(b []byte) error {
	v, err := Parse[Kind](string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// ScanUUID lets pgx read a uuid column; null becomes "none".
func (id *ID[Kind]) ScanUUID(v pgtype.UUID) error {
	if !v.Valid {
		*id = ID[Kind]{}
		return nil
	}
	id.u = v.Bytes
	return nil
}

// UUIDValue lets pgx write a uuid column; "none" becomes null.
func (id ID[Kind]) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: id.u, Valid: !id.IsZero()}, nil
}

// Value serves database/sql users such as migration tests.
func (id ID[Kind]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id.u.String(), nil
}
