package chain

import (
	"time"

	"github.com/google/uuid"
)

// Wrong is a closed list of what can be wrong.
type Wrong string

// What can be wrong with an entry.
const (
	EntryChanged   Wrong = "entry_changed"   // its hash is another one than was sealed
	EntryMissing   Wrong = "entry_missing"   // sealed, and gone
	EntryInserted  Wrong = "entry_inserted"  // there, and neither sealed nor waiting to be
	EntryBackdated Wrong = "entry_backdated" // its time is long before batches that were made without it
	EntryUnsealed  Wrong = "entry_unsealed"  // its batch is missing, or was cut off
	EntryTwice     Wrong = "entry_twice"     // listed in two batches
)

// What can be wrong with a batch.
const (
	BatchChanged   Wrong = "batch_changed"   // its head does not fit its content
	BatchMissing   Wrong = "batch_missing"   // the numbers have a gap
	BatchReordered Wrong = "batch_reordered" // it was made with another number
	BatchUnlinked  Wrong = "batch_unlinked"  // it follows another head than that of the batch before it
	SignatureWrong Wrong = "signature_wrong" // it was not signed by the key it names
)

// What can be wrong with keys and with the heads that are kept elsewhere.
const (
	KeyChanged   Wrong = "key_changed"   // the key under an id is not the one that the id was made of
	KeyUnknown   Wrong = "key_unknown"   // a batch names a key that is not there
	KeyForeign   Wrong = "key_foreign"   // a batch is signed by a key that the verifier does not trust
	ChainCut     Wrong = "chain_cut"     // a head that was kept belongs to a batch behind the last one
	HeadDiffers  Wrong = "head_differs"  // a head that was kept is not the one of the batch
	HeadMissing  Wrong = "head_missing"  // no head was kept of the newest batches
	HeadDamaged  Wrong = "head_damaged"  // a kept head cannot be read
	PendingStale Wrong = "pending_stale" // an entry has waited to be sealed for far too long
)

// Finding is one thing that is wrong, named exactly.
type Finding struct {
	Wrong Wrong     `json:"wrong"`
	Entry string    `json:"entry,omitempty"` // id
	Batch int64     `json:"batch,omitempty"` // number
	At    time.Time `json:"at"`              // of the entry, the batch or the head; zero when unknown
	Text  string    `json:"text"`            // what is wrong, in one sentence
}

// entryTime reads the time out of an entry's id.
func entryTime(id uuid.UUID) time.Time {
	ms := int64(id[0])<<40 | int64(id[1])<<32 | int64(id[2])<<24 | int64(id[3])<<16 | int64(id[4])<<8 | int64(id[5])
	return time.UnixMilli(ms).UTC()
}
