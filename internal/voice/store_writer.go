package voice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"yingda/internal/platform/clock"
	"yingda/internal/platform/lifecycle"
	"yingda/internal/platform/postgres"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/internal/db"
)

const (
	// writeBatch is how many ended calls go into one transaction.
	writeBatch = 500
	// purposeNumber keys the hashes by which a known number finds its calls.
	purposeNumber secret.Purpose = "voice.call_number"
)

// queue holds ended calls until the database has them. It is bounded: what does not fit is lost and counted.
type queue struct {
	mu      sync.Mutex
	waiting []EndedCall
	limit   int
	dropped uint64
	since   time.Time // when the oldest that waits was put in; zero: none waits
	added   chan struct{}
	writing sync.Mutex // one writes at a time
}

func newQueue(limit int) *queue { return &queue{limit: limit, added: make(chan struct{}, 1)} }

func (q *queue) put(c EndedCall, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= q.limit {
		q.dropped++
		return false
	}
	if len(q.waiting) == 0 {
		q.since = now
	}
	q.waiting = append(q.waiting, c)
	select {
	case q.added <- struct{}{}:
	default:
	}
	return true
}

// first gives the oldest calls without taking them out.
func (q *queue) first(n int) []EndedCall {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]EndedCall(nil), q.waiting[:min(n, len(q.waiting))]...)
}

// written takes the oldest n out.
func (q *queue) written(n int, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	q.since = now
	if rest == 0 {
		q.since = time.Time{}
		if cap(q.waiting) > 4*writeBatch {
			q.waiting = nil // after a long wait the memory goes back
		}
	}
}

func (q *queue) state() (waiting int, dropped uint64, since time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting), q.dropped, q.since
}

// Record notes a leg that ended. It never waits: the row is written soon by the [Service.Writer], and when the
// database is away, after its return. false: too many wait already, and this one is lost (health says so).
func (s *Service) Record(c EndedCall) bool { return s.ended.put(c, s.cfg.Clock.Now()) }

// Writer writes ended calls to the database in batches, until stopped; stopping writes what is left, for at most five
// seconds. A process that is killed loses the calls of its last moment.
func (s *Service) Writer() lifecycle.Service {
	return lifecycle.NewLoop("voice-writer", s.cfg.Logger, func(ctx context.Context) error {
		defer func() {
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err := s.drain(last); err != nil {
				waiting, _, _ := s.ended.state()
				s.cfg.Logger.ErrorContext(last, "calls that ended are not written", "calls", waiting, "error", err)
			}
		}()
		pause := time.Second
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-s.ended.added:
			}
			for {
				err := s.drain(ctx)
				if err == nil || ctx.Err() != nil {
					pause = time.Second
					break
				}
				s.cfg.Logger.WarnContext(ctx, "calls that ended wait for the database", "error", err)
				if clock.Sleep(ctx, s.cfg.Clock, pause) != nil {
					return nil
				}
				pause = min(2*pause, 15*time.Second)
			}
			// The next batch grows a little, so that 1,000 calls a second are not 1,000 transactions.
			if clock.Sleep(ctx, s.cfg.Clock, 200*time.Millisecond) != nil {
				return nil
			}
		}
	})
}

// drain writes everything that waits.
func (s *Service) drain(ctx context.Context) error {
	s.ended.writing.Lock()
	defer s.ended.writing.Unlock()
	for {
		batch := s.ended.first(writeBatch)
		if len(batch) == 0 {
			return nil
		}
		if err := s.writeCalls(ctx, batch); err != nil {
			return err
		}
		s.ended.written(len(batch), s.cfg.Clock.Now())
		s.cfg.Tell(CallsLive)
	}
}

func (s *Service) writeCalls(ctx context.Context, batch []EndedCall) error {
	rows := make([]db.InsertCallsParams, len(batch))
	var ladders []db.InsertLaddersParams
	for i, c := range batch {
		row, err := s.rowOf(c)
		if err != nil {
			return err
		}
		rows[i] = row
		if len(c.Ladder) > 0 {
			messages, err := json.Marshal(maskLadder(c.Ladder))
			if err != nil {
				return fmt.Errorf("write the ladder of a call: %w", err)
			}
			ladders = append(ladders, db.InsertLaddersParams{CallID: c.ID.UUID(), Messages: messages})
		}
	}
	return postgres.InTx(ctx, s.cfg.Pool, func(ctx context.Context, tx pgx.Tx) error {
		var failed error
		keep := func(_ int, err error) { failed = errors.Join(failed, err) }
		db.New(tx).InsertCalls(ctx, rows).Exec(keep)
		if failed == nil && len(ladders) > 0 {
			db.New(tx).InsertLadders(ctx, ladders).Exec(keep)
		}
		if failed != nil {
			return fmt.Errorf("write calls that ended: %w", failed)
		}
		return nil
	})
}

// rowOf masks a leg and fills in the words of what may be gone when it is read.
func (s *Service) rowOf(c EndedCall) (db.InsertCallsParams, error) {
	t := s.tables.Load()
	quality, err := json.Marshal(c.Quality)
	if err != nil {
		return db.InsertCallsParams{}, fmt.Errorf("write the quality of a call: %w", err)
	}
	row := db.InsertCallsParams{
		ID: c.ID.UUID(), Conversation: c.Conversation, Direction: string(c.Direction), StartedAt: c.Started.UTC(), EndedAt: c.Ended.UTC(),
		Caller: MaskNumber(c.Caller), Called: MaskNumber(c.Called), TrunkID: nullable(c.Trunk.UUID()), PhoneID: nullable(c.Phone.UUID()),
		CentreID: nullable(c.Centre), Act: string(c.Act), Result: string(c.Ending.Result), Side: string(c.Ending.Side), Reason: string(c.Ending.Reason),
		SipStatus: number32(c.Ending.SIP), Q850: number32(c.Ending.Q850), Codec: c.Codec, Quality: quality, Recorded: c.Recorded, Node: c.Node,
		SipCallID: clip(c.SIPCallID, 256),
	}
	if c.Conversation == (uuid.UUID{}) {
		row.Conversation = c.ID.UUID()
	}
	if !c.Answered.IsZero() {
		at := c.Answered.UTC()
		row.AnsweredAt, row.Grade = &at, string(Judge(c.Quality).Grade)
	}
	if l, ok := t.Line(c.Trunk); ok {
		row.TrunkName = l.Name
	}
	if p, ok := t.PhoneByID(c.Phone); ok {
		row.PhoneNumber = p.Number
	}
	if row.CallerMac, err = s.numberMAC(c.Caller); err != nil {
		return db.InsertCallsParams{}, err
	}
	row.CalledMac, err = s.numberMAC(c.Called)
	return row, err
}

// numberMAC is the keyed hash of a number's one form; nil for none.
func (s *Service) numberMAC(text string) ([]byte, error) {
	_, normal := normalCalled(text)
	if normal == "" {
		return nil, nil
	}
	mac, err := s.cfg.Ring.MAC(purposeNumber, []byte(normal))
	if err != nil {
		return nil, fmt.Errorf("hash a number: %w", err)
	}
	return mac, nil
}

// clip cuts what came from outside to what a row may hold, and leaves out what it cannot.
func clip(text string, most int) string {
	clean := make([]byte, 0, min(len(text), most))
	for i := 0; i < len(text) && len(clean) < most; i++ {
		if b := text[i]; b >= 0x20 && b < 0x7f {
			clean = append(clean, b)
		}
	}
	return string(clean)
}
