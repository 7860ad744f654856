package postgres

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes that stores and this package act upon (PostgreSQL documentation, appendix A).
const (
	codeNotNull       = "23502"
	codeForeignKey    = "23503"
	codeUnique        = "23505"
	codeCheck         = "23514"
	codeExclusion     = "23P01"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
)

// Code gives the SQLSTATE of a PostgreSQL error in err's chain, or "".
func Code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// ConstraintName gives the name of the constraint that err reports as violated, or "". Stores switch
// over it to say in the words of the domain what is wrong; names are unique within a schema.
func ConstraintName(err error) string {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return ""
	}
	switch e.Code {
	case codeNotNull, codeForeignKey, codeUnique, codeCheck, codeExclusion:
		return e.ConstraintName
	}
	return ""
}

// IsUnique reports that a row with the same key is there already.
func IsUnique(err error) bool { return Code(err) == codeUnique }

// IsForeignKey reports a reference to a row that is not there, or the removal of one still referred to.
func IsForeignKey(err error) bool { return Code(err) == codeForeignKey }

// IsCheck reports a value that a check constraint refuses.
func IsCheck(err error) bool { return Code(err) == codeCheck }

// IsExclusion reports an overlap that an exclusion constraint refuses.
func IsExclusion(err error) bool { return Code(err) == codeExclusion }

// IsSerialization reports that the transaction lost against a concurrent one and may be run again.
func IsSerialization(err error) bool {
	c := Code(err)
	return c == codeSerialization || c == codeDeadlock
}

// IsAway reports that the server went away or refused to talk, so that the same request may work later.
func IsAway(err error) bool {
	code := Code(err)
	if strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") { // shutdown, crash of a neighbour, connection
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok || pgconn.SafeToRetry(err) {
		return true
	}
	for _, lost := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, lost) {
			return true
		}
	}
	return false
}

// IsNoRows reports that a query for one row found none.
func IsNoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
