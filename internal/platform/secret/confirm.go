package secret

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/secret/internal/db"
)

// Confirm compares the ring with the keys that the database's sealed values belong to, and notes the
// active one. Every process calls it at its start: several processes on one database need one key ring,
// and a restored database needs the key it was written with. Of two processes that start together on an
// empty database with different keys, one is refused.
func Confirm(ctx context.Context, pool *pgxpool.Pool, r *Ring, c clock.Clock) error {
	q := db.New(pool)
	known, err := q.KnownKeys(ctx)
	if err != nil {
		return fmt.Errorf("read the known master keys: %w", err)
	}
	if err := r.fits(known); err != nil {
		return err // before anything is noted: a foreign key must leave no trace
	}
	active := r.Active()
	if err := q.NoteKey(ctx, db.NoteKeyParams{Version: int64(active), Fingerprint: r.Fingerprint(active), Now: c.Now()}); err != nil {
		return fmt.Errorf("note the active master key: %w", err)
	}
	if known, err = q.KnownKeys(ctx); err != nil {
		return fmt.Errorf("read the known master keys: %w", err)
	}
	return r.fits(known)
}

func (r *Ring) fits(known []db.KnownKeysRow) error {
	for _, k := range known {
		version := uint32(k.Version)
		switch _, have := r.keys.Load().find(version); {
		case !have:
			return fault.New(fault.Conflict, "secret.key_version_missing",
				"data in the database are sealed under version %d of the master key (%s), which this process does not have", version, k.Fingerprint).
				WithRemedy("bring the key file up to date: copy it from another process of this installation, or from its backup")
		case r.Fingerprint(version) != k.Fingerprint:
			return fault.New(fault.Conflict, "secret.other_key",
				"this process's master key (%s) is not the one that the database belongs to (%s)", r.Fingerprint(version), k.Fingerprint).
				WithRemedy("all processes of an installation need one key: copy the key file, or name one source for all with secret.key")
		}
	}
	return nil
}

// SealedIn answers Config.SealedDataExist by asking the database whether a master key was ever used on it.
func SealedIn(pool *pgxpool.Pool) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		known, err := db.New(pool).KnownKeys(ctx)
		return len(known) > 0, err
	}
}
