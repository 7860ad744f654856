package secret

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret/internal/db"
)

// settleTime is how long a new version must have been noted before an older one is forgotten: running
// processes go on sealing under the older one until their [Follower] has looked. Many looks, so that a
// process whose database was away for a while has caught up too.
const settleTime = 10 * time.Minute

// ForgetVersion strikes a version from the keys that the database's sealed values belong to, so that a
// process without it starts again ([Confirm]) and the version may be taken out of the key's source. The
// caller has made sure that nothing is sealed under it any more. Refused for the active version, for one
// that was never noted, and while the active one is younger than ten minutes. Forgetting changes no key.
func ForgetVersion(ctx context.Context, pool *pgxpool.Pool, r *Ring, version uint32) error {
	return postgres.InTx(ctx, pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		known, err := q.LockKnownKeys(ctx)
		if err != nil {
			return fmt.Errorf("read the known master keys: %w", err)
		}
		if err := r.mayForget(known, version); err != nil {
			return err
		}
		if err := q.ForgetKey(ctx, int64(version)); err != nil {
			return fmt.Errorf("forget version %d of the master key: %w", version, err)
		}
		return nil
	})
}

func (r *Ring) mayForget(known []db.SecretKnownKey, version uint32) error {
	noted := map[uint32]db.SecretKnownKey{}
	newest := uint32(0)
	for _, k := range known {
		noted[uint32(k.Version)] = k
		newest = max(newest, uint32(k.Version))
	}
	active := r.Active()
	current, activeNoted := noted[active]
	switch _, there := noted[version]; {
	case version == active, version == newest:
		return fault.New(fault.Conflict, "secret.version_in_use", "version %d of the master key is the one in use", version).
			WithRemedy("`yingda secret rotate` adds a newer one; then this one can be forgotten")
	case !there:
		return fault.New(fault.NotFound, "secret.no_such_version", "the database knows no version %d of the master key", version)
	case !activeNoted || active != newest || r.Fingerprint(active) != current.Fingerprint:
		return fault.New(fault.Conflict, "secret.ring_behind", "this process's newest key is version %d, the database's is version %d", active, newest).
			WithRemedy("bring the key file up to date: copy it from another process of this installation")
	case r.clock.Now().Before(current.FirstSeen.Add(settleTime)):
		return fault.New(fault.Conflict, "secret.too_soon", "version %d is younger than %s: a running node may still seal under version %d", active, settleTime, version).
			WithRemedy("try again after %s", current.FirstSeen.Add(settleTime).UTC().Format(time.RFC3339))
	}
	return nil
}
