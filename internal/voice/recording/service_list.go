package recording

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"yingda/internal/actor"
	"yingda/internal/organization"
	"yingda/internal/platform/fault"
	"yingda/internal/platform/privacy"
	"yingda/internal/voice/recording/internal/db"
)

// Filter selects recordings; zero values select all.
type Filter struct {
	From, Until time.Time // by the beginning of the recording
	Centre      organization.CentreID
	Call        uuid.UUID
	StaffNumber string
	Line        string
	Direction   Direction
	State       State
	OnlyHeld    bool
	AtLeast     time.Duration
	Before      *Position
	Limit       int32 // 0: 50
}

// Position is where a recording stands in the list, which goes from the newest back.
type Position struct {
	Began time.Time `json:"t"`
	ID    ID        `json:"i"`
}

// last is after every recording; the newest is before it.
var last = Position{Began: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}

// List gives recordings that the asker may see, the newest first.
func (s *Service) List(ctx context.Context, f Filter) ([]Recording, error) {
	scope, err := actor.Allow(ctx, Read)
	if err != nil {
		return nil, err
	}
	before := last
	if !f.Until.IsZero() {
		before.Began = f.Until
	}
	if f.Before != nil {
		before = *f.Before
	}
	limit := int32(50)
	if f.Limit > 0 {
		limit = f.Limit
	}
	rows, err := db.New(s.cfg.Pool).ListRecordings(ctx, db.ListRecordingsParams{
		National: scope.IsNational(), Centres: scope.Centres(), BeforeAt: before.Began, BeforeID: before.ID.UUID(), FromAt: f.From,
		Centre: f.Centre.UUID(), Call: f.Call, StaffNumber: f.StaffNumber, Line: f.Line, Direction: string(f.Direction), State: string(f.State),
		OnlyHeld: f.OnlyHeld, MinMs: f.AtLeast.Milliseconds(), RowLimit: limit,
	})
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	return recordingsOf(rows)
}

// maxFound bounds what one customer's number finds.
const maxFound = 200

// OfCustomer gives the newest recordings with one customer's number, at most 200. The number is compared by a keyed
// hash; nothing is opened.
func (s *Service) OfCustomer(ctx context.Context, customer privacy.Phone) ([]Recording, error) {
	scope, err := actor.Allow(ctx, Read)
	if err != nil {
		return nil, err
	}
	if customer == "" || len(customer) > maxPhone {
		return nil, fault.New(fault.Invalid, "voice.invalid_recording_search", "the number cannot be searched for").
			WithFields(fault.Field{Location: "body.customer", Code: "required", Message: "give the customer's whole number"})
	}
	hashes, err := s.cfg.Ring.MACs(sealCustomer, []byte(customer.Plain()))
	if err != nil {
		return nil, wrap("find recordings of a customer", err)
	}
	rows, err := db.New(s.cfg.Pool).RecordingsOfCustomer(ctx, db.RecordingsOfCustomerParams{
		Hashes: hashes, National: scope.IsNational(), Centres: scope.Centres(), RowLimit: maxFound,
	})
	if err != nil {
		return nil, fmt.Errorf("find recordings of a customer: %w", err)
	}
	return recordingsOf(rows)
}

func recordingsOf(rows []db.VoiceRecording) ([]Recording, error) {
	list := make([]Recording, len(rows))
	for i := range rows {
		r, err := storedOf(rows[i])
		if err != nil {
			return nil, err
		}
		list[i] = r.Recording
	}
	return list, nil
}

// pauseRow is a pause as its row holds it.
type pauseRow struct {
	FromMS int64 `json:"from_ms"`
	ToMS   int64 `json:"to_ms"`
}

func pausesOf(raw []byte) ([]Pause, error) {
	var rows []pauseRow
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, fmt.Errorf("read the pauses of a recording: %w", err)
	}
	list := make([]Pause, len(rows))
	for i, r := range rows {
		list[i] = Pause{time.Duration(r.FromMS) * time.Millisecond, time.Duration(r.ToMS) * time.Millisecond}
	}
	return list, nil
}

func pauseRows(list []Pause) []byte {
	rows := make([]pauseRow, len(list))
	for i, p := range list {
		rows[i] = pauseRow{p.From.Milliseconds(), p.To.Milliseconds()}
	}
	raw, _ := json.Marshal(rows) // numbers
	return raw
}

func version32(v int) int32 { return int32(min(max(v, 0), math.MaxInt32)) }
