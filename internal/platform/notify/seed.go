package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/notify/internal/db"
)

// Past is a message that is recorded as it stands, without being sent: demonstration data, load tests, history taken over
// from another system.
type Past struct {
	Message
	State     State
	Attempts  int
	ErrorCode string
	Error     string
	CreatedAt time.Time
	SentAt    *time.Time // needed exactly for Sent
}

// Seed writes past messages by COPY and tells nobody. Each is checked like a message to be sent.
func (s *Service) Seed(ctx context.Context, tx pgx.Tx, past []Past) error {
	rows := make([]db.InsertManyParams, len(past))
	for i, p := range past {
		m, err := p.normalise()
		if err != nil {
			return fmt.Errorf("past message %d: %w", i, err)
		}
		id := ident.New[messageKind]()
		parts, err := s.sealed(id, m)
		if err != nil {
			return err
		}
		rows[i] = db.InsertManyParams{
			ID: id.UUID(), Channel: string(m.Channel), Purpose: m.Purpose, State: string(p.State), Attempts: int32(p.Attempts),
			RecipientSealed: parts.recipient, RecipientHash: parts.hash, RecipientHint: hint(m.Recipient.Plain()), Subject: m.Subject,
			BodySealed: parts.body, KeyVersion: parts.version, ErrorCode: p.ErrorCode, Error: p.Error,
			CreatedAt: p.CreatedAt, DueAt: p.CreatedAt, SentAt: p.SentAt,
		}
	}
	if _, err := db.New(tx).InsertMany(ctx, rows); err != nil {
		return fmt.Errorf("write past messages: %w", err)
	}
	return nil
}
