package audit

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/audit/chain"
	"yingda/internal/audit/internal/db"
	"yingda/internal/platform/blob"
	"yingda/internal/platform/clock"
	"yingda/internal/platform/notify"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
)

// sealKey is the purpose under which signing keys are sealed.
const sealKey = secret.Purpose("audit.key")

// advisory locks ("YDau"); the second number says of what.
const (
	lockClass = 0x59446175
	lockSeal  = 1
	lockKey   = 2
	lockCheck = 3
)

// Config is what the service needs. Pool, Clock and Logger are needed for everything, Ring to seal, Blobs to
// keep heads, Messages and MailTo to mail them.
type Config struct {
	Pool     *pgxpool.Pool
	Ring     *secret.Ring
	Blobs    blob.Store
	Messages *notify.Service
	MailTo   string // address that gets the head once a day; empty: nobody
	Clock    clock.Clock
	Logger   *slog.Logger

	SealEvery time.Duration // default 5 s
	// HeadNotKept makes health speak after heads could not be kept for so long; default 15 min.
	HeadNotKept time.Duration
}

// Service searches, seals and verifies the audit. Writing needs no service: see [Write].
type Service struct {
	cfg Config

	mu   sync.Mutex
	key  ed25519.PrivateKey // the signing key, once it was opened
	kept kept
}

// kept is what this process knows of the heads outside of the database.
type kept struct {
	number  int64  // of the last head kept by this process
	trouble string // why the last one could not be kept; empty when it was
	foreign bool   // the store holds a head that is not of this chain
	since   time.Time
}

// New makes the service.
func New(cfg Config) *Service {
	cfg.Clock = cmp.Or[clock.Clock](cfg.Clock, clock.System())
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	cfg.SealEvery = cmp.Or(cfg.SealEvery, 5*time.Second)
	cfg.HeadNotKept = cmp.Or(cfg.HeadNotKept, 15*time.Minute)
	return &Service{cfg: cfg}
}

// signingKey gives the newest key, and makes one on the first call of an installation.
func (s *Service) signingKey(ctx context.Context) (ed25519.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return s.key, nil
	}
	var key ed25519.PrivateKey
	err := postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) (err error) {
		q := db.New(tx)
		if err := q.Lock(ctx, db.LockParams{Class: lockClass, Name: lockKey}); err != nil {
			return fmt.Errorf("lock the signing key: %w", err)
		}
		row, err := q.NewestKey(ctx)
		if postgres.IsNoRows(err) {
			key, err = s.makeKey(ctx, q)
			return err
		}
		if err != nil {
			return fmt.Errorf("read the signing key: %w", err)
		}
		raw, err := s.cfg.Ring.Open(sealKey, keyPlace(row.ID), row.PrivateSealed)
		if err != nil {
			return fmt.Errorf("open the signing key %s: %w", row.ID, err)
		}
		key = ed25519.NewKeyFromSeed(raw)
		return nil
	})
	if err == nil {
		s.key = key
	}
	return key, err
}

func (s *Service) makeKey(ctx context.Context, q *db.Queries) (ed25519.PrivateKey, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the signing key: %w", err)
	}
	id := chain.KeyID(public)
	sealed, err := s.cfg.Ring.Seal(sealKey, keyPlace(id), key.Seed())
	if err != nil {
		return nil, fmt.Errorf("seal the signing key: %w", err)
	}
	version, err := secret.Version(sealed)
	if err != nil {
		return nil, err
	}
	err = q.InsertKey(ctx, db.InsertKeyParams{ID: id, PublicKey: public, PrivateSealed: sealed, KeyVersion: int64(version), Now: s.cfg.Clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("write the signing key: %w", err)
	}
	s.cfg.Logger.Info("audit signing key made; note its public half down with `yingda audit key`", "key", id)
	return key, nil
}

func keyPlace(id string) string { return "audit.key/" + id + "/private" }

// Key is a public key of the audit.
type Key struct {
	ID     string    `json:"id"`
	Public string    `json:"public_key"` // as [chain.FormatKey] writes it
	MadeAt time.Time `json:"made_at"`
}

// Keys lists the public keys, the oldest first; the last one signs. None before the first batch.
//
// Unchecked: public keys are for everybody; State and the command line show them.
func (s *Service) Keys(ctx context.Context) ([]Key, error) {
	rows, err := db.New(s.cfg.Pool).Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the keys of the audit: %w", err)
	}
	keys := make([]Key, 0, len(rows))
	for _, r := range rows {
		keys = append(keys, Key{ID: r.ID, Public: chain.FormatKey(r.PublicKey), MadeAt: r.MadeAt.UTC()})
	}
	return keys, nil
}

// Rewrap seals the signing keys under the active master key again; see secret.Rotate.
//
// Unchecked: an operator rotates the master key with the key file in hand.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	after := ""
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		rows, err := db.New(s.cfg.Pool).KeysNotActive(ctx, db.KeysNotActiveParams{Active: int64(active), AfterID: after, RowLimit: 100})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find signing keys under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range rows {
			b.Values = append(b.Values, secret.Sealed{Purpose: sealKey, Context: keyPlace(r.ID), Value: r.PrivateSealed})
			after = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error {
			return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
				for i, r := range rows {
					err := db.New(tx).RewrapKey(ctx, db.RewrapKeyParams{ID: r.ID, PrivateSealed: fresh[i], KeyVersion: int64(active)})
					if err != nil {
						return fmt.Errorf("store rewrapped signing key: %w", err)
					}
				}
				return nil
			})
		}
		return b, nil
	}, progress)
}
