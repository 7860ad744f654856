package routing

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/fault"
	"yingda/internal/routing/engine"
)

// The journal of decisions: each event that the engine took, in order, the state's hash now and then, and, where
// explanations are on, why each contact went where it went. It is for explanation and replay; nothing depends on it, so
// what cannot be written is left out and counted.
const (
	journalStream  = "routing"
	journalSubject = "routing.journal"
	journalAge     = 72 * time.Hour
	journalBytes   = 2 << 30
	journalEvery   = 50 * time.Millisecond
	journalBatch   = 256 << 10 // bytes in one message
	journalWaiting = 64 << 20  // bytes that may wait
	journalLook    = 2 * time.Hour
)

// line is one entry of the journal: exactly one of Begin, Event, Hash and Decision is set.
type line struct {
	Epoch    uint64           `json:"epoch"`
	N        uint64           `json:"n"` // of the event, from 1 in each epoch
	At       time.Time        `json:"at"`
	Begin    *engine.Options  `json:"begin,omitempty"`
	Event    *engine.Event    `json:"event,omitempty"`
	Hash     string           `json:"hash,omitempty"`
	Decision *engine.Decision `json:"decision,omitempty"`
}

func openJournal(ctx context.Context, b *bus.Bus) (*bus.Stream, error) {
	st, err := b.Stream(ctx, bus.StreamConfig{Name: journalStream, Subjects: []string{journalSubject}, MaxAge: journalAge, MaxBytes: journalBytes})
	if err != nil {
		return nil, fmt.Errorf("open the journal of routing: %w", err)
	}
	return st, nil
}

// tape writes the journal behind.
type tape struct {
	s   *Service
	mu  sync.Mutex
	buf bytes.Buffer // lines, each with a newline
}

func newTape(s *Service) *tape { return &tape{s: s} }

func (t *tape) add(l line) {
	data, err := json.Marshal(l)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil || t.buf.Len()+len(data) > journalWaiting {
		t.s.metrics.unwritten.Add(1)
		return
	}
	t.buf.Write(data)
	t.buf.WriteByte('\n')
}

func (t *tape) begin(epoch uint64, o engine.Options) { t.add(line{Epoch: epoch, At: o.Now, Begin: &o}) }

func (t *tape) event(epoch, n uint64, at time.Time, e engine.Event) {
	t.add(line{Epoch: epoch, N: n, At: at, Event: &e})
}

func (t *tape) hash(epoch, n uint64, at time.Time, h [32]byte) {
	t.add(line{Epoch: epoch, N: n, At: at, Hash: hex.EncodeToString(h[:])})
}

func (t *tape) decisions(epoch uint64, list []engine.Decision) {
	for i := range list {
		t.add(line{Epoch: epoch, At: list[i].At, Decision: &list[i]})
	}
}

func (t *tape) run(ctx context.Context) error {
	timer := t.s.cfg.Clock.NewTimer(journalEvery)
	defer timer.Stop()
	for {
		timer.Reset(journalEvery)
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			t.write(last)
			return nil
		case <-timer.C():
			t.write(ctx)
		}
	}
}

// write sends what waits, whole lines in messages of bounded size. What fails stays and is tried again.
func (t *tape) write(ctx context.Context) {
	for {
		t.mu.Lock()
		chunk := t.buf.Bytes()
		if len(chunk) > journalBatch {
			end := bytes.LastIndexByte(chunk[:journalBatch], '\n') + 1
			if end == 0 {
				end = bytes.IndexByte(chunk, '\n') + 1
			}
			chunk = chunk[:end]
		}
		chunk = bytes.Clone(chunk)
		t.mu.Unlock()
		if len(chunk) == 0 {
			return
		}
		_, err := t.s.journal.Append(ctx, journalSubject, "", chunk)
		if err != nil && !errors.Is(err, bus.ErrTooLarge) {
			return
		}
		if err != nil {
			t.s.metrics.unwritten.Add(1)
		}
		t.mu.Lock()
		t.buf.Next(len(chunk))
		t.mu.Unlock()
	}
}

// errEnough ends a reading of the journal.
var errEnough = errors.New("enough was read")

// readJournal gives fn each line from a place on, until fn says that it is enough.
func readJournal(ctx context.Context, st *bus.Stream, from uint64, fn func(line) error) error {
	_, err := st.Read(ctx, from, func(_ context.Context, m bus.Message) error {
		for raw := range bytes.Lines(m.Data) {
			var l line
			if err := json.Unmarshal(raw, &l); err != nil {
				continue // of another version
			}
			if err := fn(l); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// placeOf finds the first message of the journal that was stored at a time or later.
func placeOf(ctx context.Context, st *bus.Stream, at time.Time) (uint64, error) {
	state, err := st.State(ctx)
	if err != nil {
		return 0, err
	}
	low, high := state.First, state.Last+1
	for low < high {
		middle := low + (high-low)/2
		found, seq := time.Time{}, uint64(0)
		_, err := st.Read(ctx, middle, func(_ context.Context, m bus.Message) error {
			found, seq = m.Time, m.Sequence
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return 0, err
		}
		if seq == 0 || !found.Before(at) {
			high = middle
		} else {
			low = max(middle, seq) + 1
		}
	}
	return low, nil
}

// explain gives the decisions on one contact, in order of time.
func explain(ctx context.Context, st *bus.Stream, contact uuid.UUID) ([]engine.Decision, error) {
	from := uint64(1)
	began := time.Time{}
	if contact.Version() == 7 {
		s, ns := contact.Time().UnixTime()
		began = time.Unix(s, ns)
		var err error
		if from, err = placeOf(ctx, st, began.Add(-time.Second)); err != nil {
			return nil, err
		}
	}
	list := []engine.Decision{}
	err := readJournal(ctx, st, max(1, from), func(l line) error {
		if !began.IsZero() && l.At.After(began.Add(journalLook)) {
			return errEnough
		}
		if l.Decision != nil && l.Decision.Contact == contact {
			list = append(list, *l.Decision)
		}
		return nil
	})
	return list, err
}

// ErrNothingToReplay: the journal holds no term, or not the one asked for.
var ErrNothingToReplay = fault.New(fault.NotFound, "routing.nothing_to_replay", "the journal has no such term from its beginning").
	WithRemedy("the journal keeps three days; leave the term out for the newest")

// Replayed is what came of a replay of one term.
type Replayed struct {
	Epoch  uint64    `json:"epoch"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Events uint64    `json:"events"`
	Hashes int       `json:"hashes" doc:"That were compared"`
	Wrong  []uint64  `json:"wrong" doc:"Events after which the state was another one; must be empty"`
	Gaps   int       `json:"gaps" doc:"Events that the journal does not have"`
}

// Replay lets a new engine take the events of one term (0: the newest) from the journal, and compares its state with
// the hashes that the leader wrote. Errors: [ErrNothingToReplay].
//
// Unchecked: it is a command of whoever owns the data directory; pages have [Service.Replay].
func Replay(ctx context.Context, b *bus.Bus, epoch uint64) (Replayed, error) {
	st, err := openJournal(ctx, b)
	if err != nil {
		return Replayed{}, err
	}
	return replay(ctx, st, epoch)
}

func replay(ctx context.Context, st *bus.Stream, epoch uint64) (Replayed, error) {
	if epoch == 0 {
		err := readJournal(ctx, st, 1, func(l line) error {
			if l.Begin != nil {
				epoch = l.Epoch
			}
			return nil
		})
		if err != nil {
			return Replayed{}, err
		}
	}
	r := Replayed{Epoch: epoch, Wrong: []uint64{}}
	var eng *engine.Engine
	err := readJournal(ctx, st, 1, func(l line) error {
		switch {
		case l.Epoch != epoch:
		case l.Begin != nil:
			eng, r.From = engine.New(*l.Begin), l.At
		case eng == nil:
		case l.Event != nil:
			if l.N != r.Events+1 {
				r.Gaps++
			}
			r.Events, r.To = l.N, l.At
			eng.Apply(l.At, *l.Event, nil)
			eng.Decisions()
		case l.Hash != "":
			r.Hashes++
			if got := eng.Hash(); hex.EncodeToString(got[:]) != l.Hash {
				r.Wrong = append(r.Wrong, l.N)
			}
		}
		return nil
	})
	if err != nil {
		return Replayed{}, err
	}
	if eng == nil {
		return Replayed{}, ErrNothingToReplay
	}
	return r, nil
}
