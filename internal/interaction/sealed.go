package interaction

import (
	"github.com/google/uuid"

	"yingda/internal/platform/secret"
)

// What seals and hashes personal data in the records; see [secret.Purpose].
const (
	PurposeCaller    secret.Purpose = "interaction.caller"
	PurposeCallerMAC secret.Purpose = "interaction.caller_mac"
	PurposeNote      secret.Purpose = "interaction.note"
)

// CallerContext is where a caller's number stands.
func CallerContext(contact uuid.UUID) string {
	return "interaction.contact/" + contact.String() + "/caller"
}

// NoteContext is where a note stands.
func NoteContext(contact, by uuid.UUID) string {
	return "interaction.contact_note/" + contact.String() + "/" + by.String()
}
