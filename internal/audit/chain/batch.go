package chain

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String is the usual hexadecimal form.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText serves JSON.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads the hexadecimal form.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return errors.New("a hash has 64 hexadecimal digits")
	}
	_, err := hex.Decode(h[:], b)
	return err
}

const (
	entryLabel = "yingda.audit.entry.v1"
	batchLabel = "yingda.audit.batch.v1"
	itemSize   = 16 + sha256.Size
	none       = 0xffffffff
)

// Gone is listed for an entry that had been announced and was not there when its batch was made.
var Gone Hash

// HashEntry hashes the columns of an entry, each in its canonical bytes; nil is none.
func HashEntry(columns [][]byte) Hash {
	buf := make([]byte, 0, 1024)
	buf = append(buf, entryLabel...)
	for _, c := range columns {
		if c == nil {
			buf = binary.BigEndian.AppendUint32(buf, none)
			continue
		}
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(c)))
		buf = append(buf, c...)
	}
	return sha256.Sum256(buf)
}

// Item is one entry of a batch's list.
type Item struct {
	ID   uuid.UUID
	Hash Hash
}

// Batch is one link of the chain. Its list stays packed, as it is stored.
type Batch struct {
	Number    int64
	MadeAt    time.Time
	Size      int
	List      []byte
	Previous  Hash
	Head      Hash
	KeyID     string
	Signature []byte
}

// Seal makes the batch that follows previous; number 1 follows the zero hash. Times count in microseconds.
func Seal(number int64, previous Hash, madeAt time.Time, items []Item, key ed25519.PrivateKey) Batch {
	b := Batch{Number: number, MadeAt: madeAt.UTC().Truncate(time.Microsecond), Size: len(items), Previous: previous, List: make([]byte, 0, len(items)*itemSize)}
	for _, i := range items {
		b.List = append(append(b.List, i.ID[:]...), i.Hash[:]...)
	}
	b.KeyID = KeyID(key.Public().(ed25519.PublicKey))
	b.Head = b.head(number)
	b.Signature = ed25519.Sign(key, b.Head[:])
	return b
}

// head computes what the head must be at a place in the chain.
func (b Batch) head(number int64) Hash {
	digest := sha256.Sum256(b.List)
	buf := make([]byte, 0, 256)
	buf = append(buf, batchLabel...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(number))
	buf = binary.BigEndian.AppendUint64(buf, uint64(b.MadeAt.UnixMicro()))
	buf = binary.BigEndian.AppendUint32(buf, uint32(b.Size))
	buf = append(buf, b.Previous[:]...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(b.KeyID)))
	buf = append(buf, b.KeyID...)
	buf = append(buf, digest[:]...)
	return sha256.Sum256(buf)
}

// items gives the list; what does not divide into items is left out.
func (b Batch) items(each func(Item)) {
	for list := b.List; len(list) >= itemSize; list = list[itemSize:] {
		var i Item
		copy(i.ID[:], list)
		copy(i.Hash[:], list[16:])
		each(i)
	}
}

// First is the id of the first listed entry.
func (b Batch) First() (id uuid.UUID) {
	copy(id[:], b.List)
	return id
}

// KeyID names a key: the first 16 hexadecimal digits of its SHA-256.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:8])
}

const keyPrefix = "ed25519:"

// FormatKey writes a public key as people note it down: "ed25519:" and base64.
func FormatKey(key ed25519.PublicKey) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParseKey reads what FormatKey wrote.
func ParseKey(s string) (ed25519.PublicKey, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(s), keyPrefix)
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) != ed25519.PublicKeySize || strings.ContainsAny(text, "\r\n") { // which the decoder skips
		return nil, errors.New(`a public key is "ed25519:" and 44 characters of base64, as yingda audit key prints it`)
	}
	return raw, nil
}
