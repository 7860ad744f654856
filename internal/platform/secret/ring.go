package secret

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
)

// Purpose names what a key is for, such as "notify.body". Purposes are constants of the program; changing
// one makes everything sealed under it unreadable.
type Purpose string

const (
	formatSealed = 0x01
	headerSize   = 1 + 4 + nonceSize
	// Overhead is how many bytes a sealed value is longer than its plain text.
	Overhead = headerSize + tagSize
)

// Faults of opening. They carry no detail on purpose.
var (
	ErrNotAuthentic   = fault.New(fault.Unavailable, "secret.not_authentic", "a sealed value is damaged or belongs elsewhere")
	ErrUnknownVersion = fault.New(fault.Unavailable, "secret.unknown_key_version", "a value is sealed under a key that this node does not have").
				WithRemedy("put the missing version back into the key ring; `yingda doctor` names it")
)

// reloadPause keeps damaged headers from making every read ask the key's source.
const reloadPause = 10 * time.Second

// Ring seals and opens. Safe for concurrent use.
type Ring struct {
	source source
	clock  clock.Clock
	log    *slog.Logger
	keys   atomic.Pointer[keys]

	mu       sync.Mutex
	reloaded time.Time
	missing  uint32 // the last version asked for and not found; 0: none
}

// Seal encrypts a small value under the active version. context says where the value stands (schema, row, column)
// and must be given again to open it.
func (r *Ring) Seal(purpose Purpose, context string, plaintext []byte) ([]byte, error) {
	return r.keys.Load().active().sealValue(purpose, context, plaintext)
}

func (m *masterKey) sealValue(purpose Purpose, context string, plaintext []byte) ([]byte, error) {
	out := make([]byte, headerSize, Overhead+len(plaintext))
	out[0] = formatSealed
	binary.BigEndian.PutUint32(out[1:], m.version)
	_, _ = rand.Read(out[5:headerSize]) // never fails
	x, err := m.aead(purpose)
	if err != nil {
		return nil, fmt.Errorf("seal for %s: %w", purpose, err)
	}
	return x.seal(out, out[5:headerSize], plaintext, associated(purpose, context, out[:5]))
}

// Open decrypts what Seal made with the same purpose and context. Errors: ErrNotAuthentic, ErrUnknownVersion.
func (r *Ring) Open(purpose Purpose, context string, sealed []byte) ([]byte, error) {
	version, err := Version(sealed)
	if err != nil {
		return nil, err
	}
	m, err := r.version(version)
	if err != nil {
		return nil, err
	}
	x, err := m.aead(purpose)
	if err != nil {
		return nil, fmt.Errorf("open for %s: %w", purpose, err)
	}
	plain, err := x.open(nil, sealed[5:headerSize], sealed[headerSize:], associated(purpose, context, sealed[:5]))
	if err != nil {
		return nil, ErrNotAuthentic.WithCause(fmt.Errorf("open for %s: %w", purpose, err))
	}
	return plain, nil
}

// Version tells under which key version a value is sealed, without opening it.
func Version(sealed []byte) (uint32, error) {
	if len(sealed) < Overhead || sealed[0] != formatSealed {
		return 0, ErrNotAuthentic
	}
	return binary.BigEndian.Uint32(sealed[1:]), nil
}

// Active is the version that Seal uses now.
func (r *Ring) Active() uint32 { return r.keys.Load().active().version }

// Rewrap seals the value again under the active version. changed is false when it already is, and then
// sealed itself comes back.
func (r *Ring) Rewrap(purpose Purpose, context string, sealed []byte) (rewrapped []byte, changed bool, err error) {
	version, err := Version(sealed)
	if err != nil {
		return nil, false, err
	}
	if version == r.Active() {
		return sealed, false, nil
	}
	plain, err := r.Open(purpose, context, sealed)
	if err != nil {
		return nil, false, err
	}
	rewrapped, err = r.Seal(purpose, context, plain)
	clear(plain)
	return rewrapped, err == nil, err
}

// MAC is HMAC-SHA256 (RFC 2104) of data under the active version's key of this purpose: 32 bytes.
func (r *Ring) MAC(purpose Purpose, data []byte) ([]byte, error) {
	return r.keys.Load().active().mac(purpose, data)
}

// MACs gives the hash under every version of the ring, newest first: what a lookup must search for.
func (r *Ring) MACs(purpose Purpose, data []byte) ([][]byte, error) {
	k := r.keys.Load()
	all := make([][]byte, 0, len(k.list))
	for _, m := range k.list {
		h, err := m.mac(purpose, data)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// VerifyMAC reports, in constant time, whether mac is the hash of data under any version of the ring.
func (r *Ring) VerifyMAC(purpose Purpose, data, mac []byte) bool {
	all, err := r.MACs(purpose, data)
	if err != nil {
		return false
	}
	found := false
	for _, h := range all {
		found = hmac.Equal(h, mac) || found
	}
	return found
}

// Fingerprint names a key without telling it: for the key file's marker, logs and health. "" when the version is not there.
func (r *Ring) Fingerprint(version uint32) string {
	m, ok := r.keys.Load().find(version)
	if !ok {
		return ""
	}
	return m.fingerprint()
}

func (m *masterKey) fingerprint() string {
	h, err := m.mac("fingerprint", nil)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(h[:8])
}

// Reload reads the source again. A source that lost the active version is refused and the ring stays as it was.
func (r *Ring) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reloadLocked(ctx)
}

func (r *Ring) reloadLocked(ctx context.Context) error {
	r.reloaded = r.clock.Now()
	k, err := r.source.read(ctx)
	if err != nil {
		return fmt.Errorf("reload the key ring from %s: %w", r.source, err)
	}
	old := r.keys.Load()
	if m, ok := k.find(old.active().version); !ok || m.key != old.active().key {
		return fault.New(fault.Unavailable, "secret.key_lost", "the key ring no longer holds version %d", old.active().version).
			WithRemedy("put version %d back; a version may only be taken out when nothing is sealed under it", old.active().version)
	}
	r.keys.Store(k)
	if k.active().version != old.active().version {
		r.log.Info("key ring reloaded", "active_version", k.active().version, "fingerprint", k.active().fingerprint())
	}
	return nil
}

// version finds a key; a version that another node has just added is found by reloading.
func (r *Ring) version(version uint32) (*masterKey, error) {
	if m, ok := r.keys.Load().find(version); ok {
		return m, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clock.Now().Sub(r.reloaded) >= reloadPause {
		ctx, cancel := context.WithTimeout(context.Background(), sourceTimeout)
		defer cancel()
		if err := r.reloadLocked(ctx); err != nil {
			r.log.Warn("key ring not reloaded", "error", err)
		}
	}
	if m, ok := r.keys.Load().find(version); ok {
		r.missing = 0
		return m, nil
	}
	r.missing = version
	return nil, ErrUnknownVersion.WithCause(fmt.Errorf("key version %d is not in the ring", version))
}

// associated binds header, purpose and context; lengths in front keep ("a","bc") apart from ("ab","c").
func associated(purpose Purpose, context string, header []byte) []byte {
	out := make([]byte, 0, len(header)+8+len(purpose)+len(context))
	out = append(out, header...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(purpose)))
	out = append(out, purpose...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(context)))
	return append(out, context...)
}
