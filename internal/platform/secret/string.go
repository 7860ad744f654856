package secret

import (
	"fmt"
	"log/slog"
)

const hidden = "[secret]"

// String is a secret in configuration or memory (a password, an API key) that no print, log or JSON shows.
// The zero value is the empty secret.
type String struct{ value string }

// Hide makes a secret of v.
func Hide(v string) String { return String{v} }

// Reveal gives the value. Call it where the value is used, never to store or print it.
func (s String) Reveal() string { return s.value }

// IsZero reports an empty secret.
func (s String) IsZero() bool { return s.value == "" }

// String, and every other form below, gives "[secret]", or nothing when the secret is empty.
func (s String) String() string {
	if s.value == "" {
		return ""
	}
	return hidden
}

// Format covers every verb of fmt, %x and %#v too.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue serves slog.
func (s String) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText serves JSON, YAML and flags.
func (s String) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the value from configuration.
func (s *String) UnmarshalText(b []byte) error {
	s.value = string(b)
	return nil
}
