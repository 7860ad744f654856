package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/ident"
	"yingda/internal/platform/notify/internal/db"
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

// stars stand for what the hint leaves out; the number of characters is not told.
const stars = "*******"

// List gives messages, newest first. It opens nothing that is sealed.
func (s *Service) List(ctx context.Context, f Filter) ([]Item, error) {
	rows, err := s.rows(ctx, f)
	return items(rows), err
}

// rows are what List gives, as they come from the database.
func (s *Service) rows(ctx context.Context, f Filter) ([]db.ListRow, error) {
	at := first
	if f.After != nil {
		at = *f.After
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	q := db.New(s.cfg.Pool)
	var rows []db.ListRow
	var err error
	switch {
	case f.Channel == "" && f.State == "":
		rows, err = q.List(ctx, db.ListParams{Before: at.CreatedAt, BeforeID: at.ID.UUID(), RowLimit: f.Limit})
	case f.State == "":
		var found []db.ListByChannelRow
		found, err = q.ListByChannel(ctx, db.ListByChannelParams{Channel: string(f.Channel), Before: at.CreatedAt, BeforeID: at.ID.UUID(), RowLimit: f.Limit})
		rows = same(found)
	case f.Channel == "":
		var found []db.ListByStateRow
		found, err = q.ListByState(ctx, db.ListByStateParams{State: string(f.State), Before: at.CreatedAt, BeforeID: at.ID.UUID(), RowLimit: f.Limit})
		rows = same(found)
	default:
		var found []db.ListByBothRow
		found, err = q.ListByBoth(ctx, db.ListByBothParams{Channel: string(f.Channel), State: string(f.State), Before: at.CreatedAt, BeforeID: at.ID.UUID(), RowLimit: f.Limit})
		rows = same(found)
	}
	if err != nil {
		return nil, fmt.Errorf("list messages: %w", err)
	}
	return rows, nil
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
	found, err := db.New(s.cfg.Pool).ListByRecipient(ctx, db.ListByRecipientParams{Hashes: hashes, RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("list messages of a recipient: %w", err)
	}
	return items(same(found)), nil
}

// same brings the rows of the four lists, equal but in name, into one type.
func same[R ~struct {
	ID            uuid.UUID
	Channel       string
	RecipientHint string
	Subject       string
	State         string
	Attempts      int32
	ErrorCode     string
	Error         string
	CreatedAt     time.Time
	SentAt        *time.Time
}](rows []R) []db.ListRow {
	out := make([]db.ListRow, len(rows))
	for i, r := range rows {
		out[i] = db.ListRow(r)
	}
	return out
}

func items(rows []db.ListRow) []Item {
	list := make([]Item, len(rows))
	for i, r := range rows {
		list[i] = Item{
			ID: ident.From[messageKind](r.ID), Channel: Channel(r.Channel), Recipient: privacy.Recipient(stars + r.RecipientHint),
			Subject: r.Subject, State: State(r.State), Attempts: int(r.Attempts), ErrorCode: r.ErrorCode, Error: r.Error,
			CreatedAt: r.CreatedAt.UTC(), SentAt: r.SentAt,
		}
	}
	return list
}
