package notify

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
	"yingda/internal/platform/secret"
)

type messageKind struct{}

// MessageID identifies a message.
type MessageID = ident.ID[messageKind]

// Channel is the way to a person.
type Channel string

// The channels.
const (
	Email Channel = "email"
	SMS   Channel = "sms"
)

// State is where a message stands; see the package comment.
type State string

// The states.
const (
	Queued  State = "queued"
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed"
	Unknown State = "unknown"
)

// Limits of a message.
const (
	maxSubject   = 200       // characters
	maxSMSBody   = 1000      // characters: 15 parts of a long Chinese text message
	maxEmailBody = 256 << 10 // bytes
	maxPurpose   = 100
	maxKey       = 200
)

// Purposes under which addresses and bodies are sealed.
const (
	sealRecipient = secret.Purpose("notify.recipient")
	sealBody      = secret.Purpose("notify.body")
)

// Message is what is to be sent.
type Message struct {
	Channel   Channel
	Recipient privacy.Recipient // an e-mail address, or a phone number in E.164 or a usual Chinese form
	Subject   string            // shown in lists for both channels, so without personal data; a text message does not carry it
	Body      string            // plain text
	Purpose   string            // why: lower-case words joined by dots, such as "identity.sign_in_code"; "" is "manual"

	// IdempotencyKey makes sending the same thing again give the first message's id; "": every Send is new.
	IdempotencyKey string
}

// normalise checks everything at once and brings the recipient into its one form.
func (m Message) normalise() (Message, error) {
	var f fault.Fields
	if m.Purpose == "" {
		m.Purpose = "manual"
	}
	var to string
	var ok bool
	switch m.Channel {
	case Email:
		to, ok = ParseEmail(m.Recipient.Plain())
		f.Check(ok, "body.recipient", "notify.bad_recipient", "is not an e-mail address that mail can be sent to")
	case SMS:
		to, ok = ParsePhone(m.Recipient.Plain())
		f.Check(ok, "body.recipient", "notify.bad_recipient", "is not a mobile number of the mainland or an international number with +")
	default:
		f.Add("body.channel", "notify.bad_channel", "is not email or sms")
	}
	m.Recipient = privacy.Recipient(to)
	m.checkText(&f)
	f.Check(validPurpose(m.Purpose), "body.purpose", "notify.bad_purpose", "is not lower-case words joined by dots")
	f.Check(len(m.IdempotencyKey) <= maxKey, "body.idempotency_key", "notify.too_long", "is longer than 200 bytes")
	return m, f.Err("notify.invalid_message", "the message cannot be sent as it is")
}

func (m Message) checkText(f *fault.Fields) {
	f.Check(utf8.RuneCountInString(m.Subject) <= maxSubject, "body.subject", "notify.too_long", "is longer than 200 characters")
	f.Check(clean(m.Subject, ""), "body.subject", "notify.bad_characters", "has line breaks or control characters")
	f.Check(m.Channel != Email || strings.TrimSpace(m.Subject) != "", "body.subject", "notify.required", "is missing")
	f.Check(strings.TrimSpace(m.Body) != "", "body.body", "notify.required", "is missing")
	f.Check(clean(m.Body, "\n\r\t"), "body.body", "notify.bad_characters", "has control characters or is not UTF-8")
	switch m.Channel {
	case SMS:
		f.Check(utf8.RuneCountInString(m.Body) <= maxSMSBody, "body.body", "notify.too_long", "is longer than 1000 characters")
	case Email:
		f.Check(len(m.Body) <= maxEmailBody, "body.body", "notify.too_long", "is longer than 256 KiB")
	}
}

// clean reports UTF-8 without control characters other than those allowed, and without the line separators and the
// bidirectional overrides that make a text show otherwise than it is.
func clean(s, allowed string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case strings.ContainsRune(allowed, r):
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return false
		}
	}
	return true
}

func validPurpose(s string) bool {
	if s == "" || len(s) > maxPurpose || s[0] == '.' || s[len(s)-1] == '.' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// place binds a sealed value to its row and column.
func place(id MessageID, column string) string { return "notify.message/" + id.String() + "/" + column }

// hint is what lists show of a recipient: the last 4 characters, at most half.
func hint(recipient string) string {
	r := []rune(recipient)
	return string(r[len(r)-min(4, len(r)/2):])
}

// Hint is what may be shown of an address: stars, and never more than its last four characters. It is made
// when the message is written and holds nothing that could be unmasked, so it is no personal value.
type Hint string

// Item is a message as lists show it; lists open nothing that is sealed.
type Item struct {
	ID        MessageID
	Channel   Channel
	Recipient Hint
	Subject   string
	State     State
	Attempts  int
	ErrorCode string
	Error     string
	CreatedAt time.Time
	SentAt    *time.Time
}

// Content is a message with what is sealed.
type Content struct {
	Channel   Channel
	Recipient privacy.Recipient
	Subject   string
	Body      string
}
