// Package fault is the one vocabulary of errors that people and programs outside may see.
//
// A [Fault] says what kind of failure it is (a closed list), carries a stable code such as
// "workorder.already_closed", a message that is safe to show, the fields at fault, and a hidden
// cause for the log. Every other error is internal: its text never leaves the process.
// The edges (platform/httpapi, the job error handler, the bus subscriber) are the only places
// that turn faults into answers and log lines.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind is the closed list of failures. The edge decides the answer (an HTTP status, a SIP code) by kind alone.
type Kind string

// The kinds, from the caller's mistake to ours.
const (
	Invalid         Kind = "invalid"         // the request itself is wrong; see Fields
	Unauthenticated Kind = "unauthenticated" // nobody is signed in
	Denied          Kind = "denied"          // signed in, but not allowed
	NotFound        Kind = "not_found"       // no such thing, or none that the asker may see
	Conflict        Kind = "conflict"        // the thing is in another state than the request assumes
	Limit           Kind = "limit"           // too much, too large, too often; later or smaller works
	Unavailable     Kind = "unavailable"     // a part is away; the same request may work later
	Internal        Kind = "internal"        // our defect; never made by hand, only reported by KindOf
)

// Retryable reports whether sending the same request again later can succeed.
func (k Kind) Retryable() bool { return k == Limit || k == Unavailable }

// Field names one wrong value of a request.
type Field struct {
	Location string // where: "body.recipient", "query.limit"
	Code     string // stable reason: "required", "too_long"
	Message  string // safe, in English; the page translates by code
}

// Fault is an error that may be shown. Build it with the constructor of its kind.
type Fault struct {
	Kind    Kind
	Code    string // domain.reason, never changed once released
	Message string // what happened, to what; safe to show
	Remedy  string // what to do next; may be empty
	Fields  []Field
	cause   error
}

// Error gives the code and message, and the cause for the log.
func (f *Fault) Error() string {
	if f.cause != nil {
		return fmt.Sprintf("%s: %s: %v", f.Code, f.Message, f.cause)
	}
	return f.Code + ": " + f.Message
}

// Unwrap gives the hidden cause.
func (f *Fault) Unwrap() error { return f.cause }

// Is reports two faults equal when their codes are, so that a fault can serve as a sentinel.
func (f *Fault) Is(target error) bool {
	t, ok := target.(*Fault)
	return ok && t.Code == f.Code
}

// New makes a fault. The message must be safe to show.
func New(kind Kind, code, format string, args ...any) *Fault {
	return &Fault{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithCause returns a copy that carries the error for the log.
func (f *Fault) WithCause(err error) *Fault {
	c := *f
	c.cause = err
	return &c
}

// WithRemedy returns a copy that says what to do next.
func (f *Fault) WithRemedy(format string, args ...any) *Fault {
	c := *f
	c.Remedy = fmt.Sprintf(format, args...)
	return &c
}

// WithFields returns a copy that names the wrong values.
func (f *Fault) WithFields(fields ...Field) *Fault {
	c := *f
	c.Fields = append(append([]Field(nil), f.Fields...), fields...)
	return &c
}

// As finds the fault in err's chain.
func As(err error) (*Fault, bool) { return errors.AsType[*Fault](err) }

// KindOf classifies any error: the fault's kind, Unavailable for a deadline, Internal otherwise.
func KindOf(err error) Kind {
	if f, ok := As(err); ok {
		return f.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}
