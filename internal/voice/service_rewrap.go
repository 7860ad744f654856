package voice

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/internal/db"
)

// Rewrap seals the hashes of phones and the passwords of trunks under the active master key again; see secret.Rotate.
//
// Unchecked: the operator at the machine rotates keys, and nothing is shown.
func (s *Service) Rewrap(ctx context.Context, progress func(values int)) (int, error) {
	afterPhone, afterTrunk := uuid.Nil, uuid.Nil
	return secret.Rotate(ctx, s.cfg.Ring, func(ctx context.Context, active uint32) (secret.Batch, error) {
		version := binary.BigEndian.AppendUint32(nil, active) // bytes 1 to 4 of a sealed value
		phones, err := db.New(s.cfg.Pool).PhoneSecrets(ctx, db.PhoneSecretsParams{After: afterPhone, Active: version})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find phones under older keys: %w", err)
		}
		trunks, err := db.New(s.cfg.Pool).TrunkSecrets(ctx, db.TrunkSecretsParams{After: afterTrunk, Active: version})
		if err != nil {
			return secret.Batch{}, fmt.Errorf("find trunks under older keys: %w", err)
		}
		var b secret.Batch
		for _, r := range phones {
			b.Values = append(b.Values, secret.Sealed{Purpose: purposePhone, Context: phoneContext(ident.From[phoneKind](r.ID)), Value: r.Ha1Sealed})
			afterPhone = r.ID
		}
		for _, r := range trunks {
			b.Values = append(b.Values, secret.Sealed{Purpose: purposeTrunk, Context: trunkContext(ident.From[trunkKind](r.ID)), Value: r.PasswordSealed})
			afterTrunk = r.ID
		}
		b.Replace = func(ctx context.Context, fresh [][]byte) error { return s.replaceSecrets(ctx, phones, trunks, fresh) }
		return b, nil
	}, progress)
}

// replaceSecrets stores what was sealed again; a row that changed meanwhile stays.
func (s *Service) replaceSecrets(ctx context.Context, phones []db.PhoneSecretsRow, trunks []db.TrunkSecretsRow, fresh [][]byte) error {
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		q := db.New(tx)
		for i, r := range phones {
			if _, err := q.RewrapPhone(ctx, db.RewrapPhoneParams{ID: r.ID, Sealed: r.Ha1Sealed, Rewrapped: fresh[i]}); err != nil {
				return fmt.Errorf("seal a phone again: %w", err)
			}
		}
		for i, r := range trunks {
			if _, err := q.RewrapTrunk(ctx, db.RewrapTrunkParams{ID: r.ID, Sealed: r.PasswordSealed, Rewrapped: fresh[len(phones)+i]}); err != nil {
				return fmt.Errorf("seal a trunk again: %w", err)
			}
		}
		return q.TouchTables(ctx)
	})
}
