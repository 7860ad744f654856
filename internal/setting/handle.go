package setting

import (
	"time"

	"github.com/google/uuid"
)

// Reader gives what holds at a centre without waiting; *[Service] is one. A nil Reader gives defaults.
type Reader interface {
	// Lookup gives the value of a key in force at a centre; false when this process does not know it yet.
	Lookup(key string, centre uuid.UUID) (Value, bool)
}

// Handle is a declared setting with its Go type: how a domain reads what it declared.
//
//	var Idle = setting.NewDuration(setting.Definition{Key: "identity.session.idle", ...})
//	...
//	d := Idle.Get(settings, staff.Centre)
type Handle[T any] struct{ definition Definition }

// Definition gives the declaration, for the registry.
func (h Handle[T]) Definition() Definition { return h.definition }

// Key is the setting's key.
func (h Handle[T]) Key() string { return h.definition.Key }

// Get gives what holds at the centre, or the default as long as r knows no better. It takes no lock and does no
// input or output. A slice that it gives must not be changed.
func (h Handle[T]) Get(r Reader, centre uuid.UUID) T {
	if r != nil {
		if v, ok := r.Lookup(h.definition.Key, centre); ok {
			if t, ok := v.(T); ok {
				return t
			}
		}
	}
	return h.definition.Default.(T)
}

// NewBool declares a yes or no.
func NewBool(d Definition) Handle[bool] { return handle[bool](d, Bool) }

// NewInt declares a whole number.
func NewInt(d Definition) Handle[int64] { return handle[int64](d, Int) }

// NewDecimal declares a number with at most six places.
func NewDecimal(d Definition) Handle[Decimals] { return handle[Decimals](d, Decimal) }

// NewDuration declares a length of time, in whole seconds.
func NewDuration(d Definition) Handle[time.Duration] { return handle[time.Duration](d, Duration) }

// NewText declares a line of text.
func NewText(d Definition) Handle[string] { return handle[string](d, Text) }

// NewChoice declares one of several options.
func NewChoice(d Definition) Handle[string] { return handle[string](d, Choice) }

// NewTexts declares a list of texts.
func NewTexts(d Definition) Handle[[]string] { return handle[[]string](d, Texts) }
