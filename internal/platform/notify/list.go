package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/privacy"
)

// Position is where a message stands in the list, which goes from the newest back.
type Position struct {
	CreatedAt time.Time `json:"t"`
	ID        MessageID `json:"i"`
}

// first is before the newest message there can be.
var first = Position{CreatedAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ID: ident.From[messageKind](uuid.Max)}

// Filter selects messages; zero values select all.
type Filter struct {
	Channel Channel
	State   State
	After   *Position // nil: from the newest
	Limit   int32     // 0: 50
}

// The columns of an item. The stars stand for what the hint leaves out; the number of characters is not told.
const itemColumns = `SELECT id, channel, '*******' || recipient_hint, subject, state, attempts, error_code, error, created_at, sent_at
	FROM notify.message`

// The list by filter, each with an index of its own. This is the list's one builder: fixed texts, values as
// parameters. It is by hand because it is asked most: rows are read into their final place.
const (
	listNewest    = ` ORDER BY created_at DESC, id DESC LIMIT $3`
	listAll       = itemColumns + ` WHERE (created_at, id) < ($1, $2)` + listNewest
	listByChannel = itemColumns + ` WHERE (created_at, id) < ($1, $2) AND channel = $4` + listNewest
	listByState   = itemColumns + ` WHERE (created_at, id) < ($1, $2) AND state = $4` + listNewest
	listByBoth    = itemColumns + ` WHERE (created_at, id) < ($1, $2) AND channel = $4 AND state = $5` + listNewest

	listByRecipient = itemColumns + ` WHERE recipient_hash = ANY($1::bytea[]) ORDER BY created_at DESC, id DESC LIMIT $2`
)

// List gives messages, newest first. It opens nothing that is sealed.
func (s *Service) List(ctx context.Context, f Filter) ([]Item, error) {
	at := first
	if f.After != nil {
		at = *f.After
	}
	limit := int32(50)
	if f.Limit > 0 {
		limit = f.Limit
	}
	text, args := listAll, []any{at.CreatedAt, at.ID.UUID(), limit}
	switch {
	case f.Channel != "" && f.State != "":
		text, args = listByBoth, append(args, string(f.Channel), string(f.State))
	case f.Channel != "":
		text, args = listByChannel, append(args, string(f.Channel))
	case f.State != "":
		text, args = listByState, append(args, string(f.State))
	}
	items, err := s.items(ctx, int(limit), text, args...)
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return items, nil
}

// items reads at most limit rows.
func (s *Service) items(ctx context.Context, limit int, text string, args ...any) ([]Item, error) {
	rows, err := s.cfg.Pool.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := make([]Item, 0, min(limit, 1000))
	for rows.Next() {
		items = append(items, Item{})
		i := &items[len(items)-1]
		if err := rows.Scan(&i.ID, &i.Channel, &i.Recipient, &i.Subject, &i.State, &i.Attempts, &i.ErrorCode, &i.Error, &i.CreatedAt, &i.SentAt); err != nil {
			return nil, err
		}
	}
	return items, rows.Err()
}

// SentTo gives the newest messages to one recipient: what did we send to this number? At most limit.
func (s *Service) SentTo(ctx context.Context, c Channel, recipient privacy.Recipient, limit int32) ([]Item, error) {
	m, err := Message{Channel: c, Recipient: recipient, Subject: "-", Body: "-"}.normalise()
	if err != nil {
		return nil, err
	}
	hashes, err := s.cfg.Ring.MACs(sealRecipient, []byte(m.Recipient.Plain()))
	if err != nil {
		return nil, err
	}
	items, err := s.items(ctx, int(limit), listByRecipient, hashes, limit)
	if err != nil {
		return nil, fmt.Errorf("list messages of a recipient: %w", err)
	}
	return items, nil
}
