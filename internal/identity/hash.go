package identity

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// HashParams are the costs of argon2id (RFC 9106). They stand in every hash, so they can be raised: a hash under
// others is made anew when its owner signs in.
type HashParams struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultHash follows the second recommendation of the OWASP password storage cheat sheet: 19 MiB, 2 passes.
func DefaultHash() HashParams { return HashParams{Memory: 19 << 10, Time: 2, Threads: 1} }

const (
	saltLength = 16
	keyLength  = 32
	// hashesWaiting bounds who waits for the memory of a hash; beyond that ErrBusy.
	hashesWaiting = 500
)

// errHash is a stored hash that cannot be read: a defect, or somebody's edit of the database.
var errHash = errors.New("password hash is not readable")

// hasher makes and checks hashes, a few at a time, because each needs HashParams.Memory.
type hasher struct {
	params  HashParams
	slots   chan struct{}
	waiting atomic.Int64
	dummy   string // of a password that nobody has; unknown numbers are checked against it
}

func newHasher(p HashParams) (*hasher, error) {
	d := DefaultHash()
	p.Memory, p.Time, p.Threads = cmp.Or(p.Memory, d.Memory), cmp.Or(p.Time, d.Time), cmp.Or(p.Threads, d.Threads)
	h := &hasher{params: p, slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	var err error
	h.dummy, err = h.make(context.Background(), rand.Text())
	return h, err
}

// enter waits for the memory of one hash.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	if h.waiting.Add(1) > hashesWaiting {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ErrBusy.WithCause(ctx.Err())
	}
}

// make gives the PHC string of a password.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey(canonical(password), salt, h.params.Time, h.params.Memory, h.params.Threads, keyLength)
	return encodeHash(h.params, salt, key), nil
}

// verify reports whether the password is that of the hash, and whether the hash has other costs than new ones.
func (h *hasher) verify(ctx context.Context, hash, password string) (ok, outdated bool, err error) {
	p, salt, key, err := decodeHash(hash)
	if err != nil {
		return false, false, err
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	got := argon2.IDKey(canonical(password), salt, p.Time, p.Memory, p.Threads, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, p != h.params, nil
}

// canonical lets a password typed on another keyboard be the same: one form for composed characters (RFC 8265,
// section 4.2.2).
func canonical(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

// encodeHash writes the PHC string format.
func encodeHash(p HashParams, salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads, b64(salt), b64(key))
}

// decodeHash reads what encodeHash wrote. Costs are bounded, so that an edited row cannot take the machine's memory.
func decodeHash(hash string) (p HashParams, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errHash
	}
	n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads)
	if err != nil || n != 3 || p.Memory < 8 || p.Memory > 1<<20 || p.Time < 1 || p.Time > 64 || p.Threads < 1 {
		return p, nil, nil, errHash
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return p, nil, nil, errHash
	}
	return p, salt, key, nil
}
