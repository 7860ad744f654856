package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// result is how an attempt ended.
type result string

const (
	delivered result = "delivered"
	temporary result = "temporary" // certainly not taken; again later
	permanent result = "permanent" // certainly not taken, and never will be
	uncertain result = "uncertain" // perhaps taken
)

// outcome is the result with what is recorded of it.
type outcome struct {
	result    result
	code      string // stable; empty when delivered
	words     string // what the other side said, or we of it; shown to people after cleaning
	reference string // of the other side, when delivered
}

// Codes of messages that did not go out.
const (
	codeEmailNotConfigured = "notify.email_not_configured"
	codeSMSNotConfigured   = "notify.sms_not_configured"
	codeRefused            = "notify.refused"         // the server or gateway does not take this message
	codeBusy               = "notify.busy"            // it asks to come back
	codeUnreachable        = "notify.unreachable"     // no connection, or it broke
	codeTimeout            = "notify.timeout"         // no answer in time
	codeSignIn             = "notify.sign_in_refused" // user name or password
	codeInsecure           = "notify.insecure"        // no TLS, or a certificate that is not trusted
	codeUnknown            = "notify.outcome_unknown" // see package comment
	codeSealed             = "notify.cannot_open"     // the master key is missing
)

const maxWords = 300 // characters of another server that are kept

// tidy makes another server's words fit to be kept and shown: without the recipient, without control characters, short.
func tidy(words string, recipient string) string {
	if !utf8.ValidString(words) {
		words = strings.ToValidUTF8(words, "?")
	}
	for _, form := range formsOf(recipient) {
		words = replaceFold(words, form, "***")
	}
	var b strings.Builder
	n := 0
	for _, r := range words {
		if n == maxWords {
			b.WriteRune('…')
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
		n++
	}
	return strings.TrimSpace(b.String())
}

// formsOf lists how a server may repeat the recipient, longest first.
func formsOf(recipient string) []string {
	if recipient == "" {
		return nil
	}
	forms := []string{recipient}
	if number, ok := strings.CutPrefix(recipient, "+"); ok {
		forms = append(forms, number)
		if national, ok := strings.CutPrefix(number, "86"); ok {
			forms = append(forms, national)
		}
	} else if local, _, ok := strings.Cut(recipient, "@"); ok && len(local) >= 3 {
		forms = append(forms, local)
	}
	return forms
}

// replaceFold replaces ASCII text whatever its case.
func replaceFold(s, old, with string) string {
	lower, old := asciiLower(s), asciiLower(old)
	var b strings.Builder
	for {
		i := strings.Index(lower, old)
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i] + with)
		s, lower = s[i+len(old):], lower[i+len(old):]
	}
}

// asciiLower keeps every byte's position, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
