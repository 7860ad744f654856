package interaction

import (
	"encoding/json"
	"fmt"

	"yingda/internal/platform/secret"
)

const (
	// purposeJournal seals the messages of the stream; contextJournal is where they stand.
	purposeJournal secret.Purpose = "interaction.journal"
	contextJournal string         = "contact"

	// maxEntries and maxMessage bound a message of the stream; NATS takes 1 MiB.
	maxEntries = 1000
	maxMessage = 512 << 10
)

// seal makes a message of as many of the entries as fit, and says how many. One that would not fit alone is sent alone:
// the stream then refuses it in words.
func seal(ring *secret.Ring, entries []Entry) (n int, sealed []byte, err error) {
	plain := []byte{'['}
	for i := range entries {
		one, err := json.Marshal(&entries[i])
		if err != nil {
			return 0, nil, fmt.Errorf("encode an entry of the contact journal: %w", err)
		}
		if n > 0 && len(plain)+len(one)+2 > maxMessage {
			break
		}
		if n > 0 {
			plain = append(plain, ',')
		}
		plain = append(plain, one...)
		n++
	}
	plain = append(plain, ']')
	sealed, err = ring.Seal(purposeJournal, contextJournal, plain)
	return n, sealed, err
}

// Unseal reads a message of the stream. When one of its entries cannot be read, entries is nil and raw has each as it was
// written; when the message cannot be read at all, both are nil.
func Unseal(ring *secret.Ring, sealed []byte) (entries []Entry, raw []json.RawMessage, err error) {
	plain, err := ring.Open(purposeJournal, contextJournal, sealed)
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(plain, &entries); err == nil {
		return entries, nil, nil
	}
	if err := json.Unmarshal(plain, &raw); err != nil {
		return nil, nil, fmt.Errorf("read a message of the contact journal: %w", err)
	}
	return nil, raw, nil
}
