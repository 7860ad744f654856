package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"yingda/internal/platform/fault"
)

// DefaultDedupe is how long a stream remembers message ids.
const DefaultDedupe = 2 * time.Minute

// StreamConfig names a stream. Opening it makes it, or changes it to these settings.
type StreamConfig struct {
	Name     string   // letters, digits, - and _
	Subjects []string // whose messages it keeps; no other stream may have the same
	MaxAge   time.Duration
	MaxBytes int64 // 0: no limit but the disk
	Replicas int   // 0: the bus's setting

	// SyncAlways: an append returns after fsync on the embedded server (see the package comment for clusters); 0.3 to
	// 1 ms on an SSD instead of 25 µs. Fixed once the stream is made.
	SyncAlways bool
	// RefuseWhenFull: at MaxBytes appends fail with ErrStreamFull instead of dropping the oldest messages.
	RefuseWhenFull bool
	// Dedupe is how long an appended message id is remembered; 0: DefaultDedupe.
	Dedupe time.Duration
}

func (c *StreamConfig) validate() error {
	var f fault.Fields
	f.Check(c.Name != "", "name", "required", "a stream needs a name")
	f.Check(len(c.Subjects) > 0, "subjects", "required", "a stream needs subjects")
	f.Check(c.MaxAge >= 0 && c.MaxBytes >= 0 && c.Dedupe >= 0, "limits", "negative", "limits must not be negative")
	f.Check(c.MaxBytes > 0 || !c.RefuseWhenFull, "max_bytes", "required", "a stream that refuses when full needs a size")
	return f.Err("bus.stream_config", "the stream's settings are wrong")
}

// Stream keeps messages in order. Safe for concurrent use.
type Stream struct {
	b      *Bus
	config StreamConfig
}

// Stream opens a stream.
func (b *Bus) Stream(ctx context.Context, c StreamConfig) (*Stream, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Dedupe == 0 {
		c.Dedupe = DefaultDedupe
	}
	if c.MaxAge > 0 {
		c.Dedupe = min(c.Dedupe, c.MaxAge)
	}
	s := jetstream.StreamConfig{
		Name: c.Name, Subjects: c.Subjects, MaxAge: c.MaxAge, MaxBytes: c.MaxBytes, Duplicates: c.Dedupe,
		Storage: jetstream.FileStorage, Replicas: b.replicas(c.Replicas), PersistMode: b.persistMode(false, c.SyncAlways),
		Discard: jetstream.DiscardOld, AllowDirect: true,
	}
	if c.RefuseWhenFull {
		s.Discard = jetstream.DiscardNew
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = -1
	}
	_, err := do(ctx, b, "open stream "+c.Name, func(ctx context.Context, l *link) (jetstream.Stream, error) {
		return l.js.CreateOrUpdateStream(ctx, s)
	})
	if err != nil {
		return nil, err
	}
	stream := &Stream{b: b, config: c}
	b.watched.stream(stream)
	return stream, nil
}

// Append stores a message and returns its place when it is stored as safely as the stream promises. A message id that
// was appended within the dedupe window is not stored again: the place of the first one comes back. After [ErrAway] or
// [ErrTimeout] append again with the same id. The id may be "" when storing twice does no harm.
func (s *Stream) Append(ctx context.Context, subject, messageID string, data []byte) (uint64, error) {
	m := newMsg(ctx, subject, data)
	options := []jetstream.PublishOpt{jetstream.WithExpectStream(s.config.Name)}
	if messageID != "" {
		options = append(options, jetstream.WithMsgID(messageID))
	}
	ack, err := do(ctx, s.b, "append to "+s.config.Name, func(ctx context.Context, l *link) (*jetstream.PubAck, error) {
		if m.Header == nil {
			m.Header = nats.Header{}
		}
		return l.js.PublishMsg(ctx, m, options...)
	})
	if err != nil {
		if errors.Is(err, ErrStore) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrStreamFull) {
			s.b.watched.stored(err.Error(), s.b.config.Clock.Now())
		}
		return 0, err
	}
	s.b.watched.stored("", time.Time{})
	return ack.Sequence, nil
}

// StreamState is what a stream holds.
type StreamState struct {
	First, Last uint64 // sequences; First is Last+1 when it holds nothing
	Messages    uint64
	Bytes       uint64
}

// State reads what the stream holds now.
func (s *Stream) State(ctx context.Context) (StreamState, error) {
	return do(ctx, s.b, "look at stream "+s.config.Name, func(ctx context.Context, l *link) (StreamState, error) {
		stream, err := l.js.Stream(ctx, s.config.Name)
		if err != nil {
			return StreamState{}, err
		}
		st := stream.CachedInfo().State // just fetched
		return StreamState{First: st.FirstSeq, Last: st.LastSeq, Messages: st.Msgs, Bytes: st.Bytes}, nil
	})
}

// Last gives the last message's place, 0 when none was ever appended.
func (s *Stream) Last(ctx context.Context) (uint64, error) {
	state, err := s.State(ctx)
	return state.Last, err
}

// Read gives fn every message from a place (1 is the first) up to the one that is last when Read begins, in order. Messages
// that have aged out are left out, which shows as a jump of Message.Sequence. It returns the place to go on from, also
// when fn or the bus failed on the way.
func (s *Stream) Read(ctx context.Context, from uint64, fn func(ctx context.Context, m Message) error) (next uint64, err error) {
	next = max(from, 1)
	for {
		last, err := s.Last(ctx)
		if err != nil || next > last {
			return next, err
		}
		next, err = s.readTo(ctx, next, last, fn)
		if !errors.Is(err, errGap) {
			return next, err
		}
	}
}

func (s *Stream) readTo(ctx context.Context, from, last uint64, fn func(ctx context.Context, m Message) error) (next uint64, err error) {
	next = from
	l := s.b.link.Load()
	if l == nil {
		return next, ErrAway
	}
	err = tail(ctx, l, s.config.Name, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	}, func(pending uint64) error {
		if pending == 0 { // all that there was has aged out meanwhile
			next = last + 1
			return errEnough
		}
		return nil
	}, func(m jetstream.Msg, meta *jetstream.MsgMetadata) error {
		if meta.Sequence.Stream <= last {
			if err := fn(received(ctx, m.Headers()), message(m, meta)); err != nil {
				return &handlerError{err}
			}
			next = meta.Sequence.Stream + 1
		}
		if meta.Sequence.Stream >= last || meta.NumPending == 0 {
			next = max(next, last+1)
			return errEnough
		}
		return nil
	})
	if h, ok := errors.AsType[*handlerError](err); ok {
		return next, h.err
	}
	if errors.Is(err, errEnough) {
		return next, nil
	}
	if errors.Is(err, errGap) {
		return next, err
	}
	return next, explain(ctx, "read "+s.config.Name, err)
}

// handlerError keeps a handler's error apart from the bus's own.
type handlerError struct{ err error }

func (e *handlerError) Error() string { return fmt.Sprint(e.err) }

func message(m jetstream.Msg, meta *jetstream.MsgMetadata) Message {
	return Message{
		Subject: m.Subject(), Data: m.Data(), Sequence: meta.Sequence.Stream, ID: m.Headers().Get(nats.MsgIdHdr),
		Time: meta.Timestamp.UTC(), Attempt: int(min(meta.NumDelivered, 1<<30)), // bounded
	}
}
