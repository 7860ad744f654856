package telemetry

import (
	"log/slog"
	"slices"
	"strings"
)

// Masked stands in a log line where a value was taken out.
const Masked = "***"

// Redactor is a value that knows how it may be shown, such as a key or a phone number type.
// It is written as Redacted says, whatever the attribute's key.
type Redactor interface{ Redacted() string }

// secretWords mask an attribute when any word of its key matches: "api_token", "password_hash".
var secretWords = []string{
	"password", "passwd", "passcode", "secret", "token", "authorization", "cookie", "credential", "credentials",
	"apikey", "totp",
}

// personalWords mask an attribute when the last words of its key match: "caller_phone" but not "phone_id".
var personalWords = []string{
	"phone", "phone_number", "mobile", "msisdn", "caller", "callee", "caller_number", "called_number", "ani",
	"recipient", "email", "id_number", "id_card", "certificate_number", "postal_address", "home_address",
	"customer_name", "full_name",
}

// redact is the ReplaceAttr of both handlers. It sees every attribute once, after its LogValuer was resolved.
func redact(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.Time(a.Key, a.Value.Time().UTC())
	}
	if slices.ContainsFunc(groups, sensitive) || sensitive(a.Key) {
		return slog.String(a.Key, Masked)
	}
	if a.Value.Kind() == slog.KindAny {
		if r, ok := a.Value.Any().(Redactor); ok {
			return slog.String(a.Key, r.Redacted())
		}
	}
	return a
}

func sensitive(key string) bool {
	key = strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == ' ' {
			return '_'
		}
		return r
	}, strings.ToLower(key))
	for _, word := range personalWords {
		if key == word || strings.HasSuffix(key, "_"+word) {
			return true
		}
	}
	for word := range strings.SplitSeq(key, "_") {
		if slices.Contains(secretWords, word) {
			return true
		}
	}
	return false
}
