package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"
)

// A nonce is the base64 of: issue time in milliseconds (8 bytes), generation (4), random (8), HMAC (12).
const (
	nonceBody = 20
	nonceSize = nonceBody + 12
)

type nonceKey [nonceBody]byte

// nonces issues nonces and remembers the counts of those in use.
type nonces struct {
	key      []byte
	realm    string
	lifetime time.Duration
	max      int

	mu         sync.Mutex
	generation uint32
	now, prior map[nonceKey]*window // of this generation, of the one before
}

func newNonces(c Config) *nonces {
	return &nonces{
		key: c.Key, realm: c.Realm, lifetime: c.Lifetime, max: c.MaxNonces,
		now: make(map[nonceKey]*window), prior: make(map[nonceKey]*window),
	}
}

func (n *nonces) issue(now time.Time) string {
	var b [nonceSize]byte
	n.mu.Lock()
	generation := n.generation
	n.mu.Unlock()
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixMilli())) // after 1970
	binary.BigEndian.PutUint32(b[8:], generation)
	_, _ = rand.Read(b[12:nonceBody]) // never fails
	copy(b[nonceBody:], n.mac(b[:nonceBody]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (n *nonces) mac(body []byte) []byte {
	h := hmac.New(sha256.New, n.key)
	h.Write(body)
	h.Write([]byte(n.realm))
	return h.Sum(nil)[:nonceSize-nonceBody]
}

// use spends one count of a nonce after the password was found right.
func (n *nonces) use(nonce string, count uint32, now time.Time) Result {
	var b [nonceSize]byte
	if len(nonce) != base64.RawURLEncoding.EncodedLen(nonceSize) {
		return Wrong
	}
	if _, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(nonce)); err != nil {
		return Wrong
	}
	if !hmac.Equal(b[nonceBody:], n.mac(b[:nonceBody])) {
		return Stale // of another process or before a restart; the password was right
	}
	issued := time.UnixMilli(int64(binary.BigEndian.Uint64(b[:]))) // our own value
	if age := now.Sub(issued); age > n.lifetime || age < 0 {
		return Stale
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.spend(nonceKey(b[:nonceBody]), binary.BigEndian.Uint32(b[8:]), count)
}

// spend keeps the counts of a nonce with those of the generation that issued it.
func (n *nonces) spend(key nonceKey, generation, count uint32) Result {
	var of map[nonceKey]*window
	switch generation {
	case n.generation:
		of = n.now
	case n.generation - 1:
		of = n.prior
	default:
		return Stale
	}
	w := of[key]
	if w == nil {
		if len(of) >= n.max {
			n.turn()
			return Stale
		}
		w = &window{}
		of[key] = w
	}
	if !w.take(count) {
		return Stale
	}
	return OK
}

// turn begins a new generation: nonces of the one before the last are stale from now on.
func (n *nonces) turn() {
	n.generation++
	n.prior, n.now = n.now, make(map[nonceKey]*window)
}

// window remembers which of the last 64 counts of a nonce were used. Counts may come out of order, as requests do.
type window struct {
	top  uint32
	bits uint64 // bit i: top-i was used
}

func (w *window) take(count uint32) bool {
	switch {
	case count > w.top:
		if shift := count - w.top; shift < 64 {
			w.bits <<= shift
		} else {
			w.bits = 0
		}
		w.top = count
		w.bits |= 1
		return true
	case w.top-count >= 64:
		return false
	}
	bit := uint64(1) << (w.top - count)
	if w.bits&bit != 0 {
		return false
	}
	w.bits |= bit
	return true
}
