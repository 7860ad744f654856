// Package privacy keeps personal data masked until somebody is allowed to see it.
//
// # Types
//
// A personal value has its own string type ([Phone], [Name], [IDNumber], ...). Whatever prints it
// (fmt, log/slog, encoding/json) prints the mask; the database gets the real value; code that truly
// needs it calls Plain. So a forgotten log line or an event for the page cannot leak it. Two holes
// remain that Go does not let us close: fmt prints unexported struct fields without asking them, and
// encoding/json writes string map keys as they are. Personal values belong in exported fields, never in
// keys; [Compile] refuses the latter.
//
// # Tags and plans
//
// Response types tag every personal field with its [Class]: `privacy:"phone"`. [Compile] walks a type
// once, when the route is registered, and refuses a personal type without a tag, a tag on something
// that cannot be masked, and a plain string whose JSON name is known to be personal ("phone",
// "recipient") unless it is tagged, with `privacy:"-"` where it is deliberately public.
//
// # Revealing
//
// The mask falls only when the request's context carries a grant for the class ([Reveal]) and the
// edge has a [Hook] that has taken note of it; the hook is where the gate's reason and the audit entry
// live. Without a hook, or when it fails, nothing is revealed. A revealed value is marked with a secret
// of this process, so no input and no stored row can pass itself off as revealed.
//
// # Masks
//
// Masks never show more than their documented number of characters, where a character is what a
// person sees as one (a base letter with its marks). Characters that cannot be printed, and values
// that do not look like what they claim to be, show as asterisks.
package privacy
