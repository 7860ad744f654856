package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"yingda/internal/platform/fault"
)

const (
	// timeoutHeader tells the responder how many milliseconds the asker still waits. It is a length, because the
	// clocks of two nodes differ.
	timeoutHeader = "Yingda-Timeout"
	// faultHeader marks an answer as a failure and holds it as JSON.
	faultHeader = "Yingda-Fault"
)

// ErrResponder is returned when the responder failed in a way that is its own defect; its log says how.
var ErrResponder = errors.New("the responder failed")

// Request asks whoever responds to the subject and returns the answer. A fault of the responder comes back as the same
// fault. Without responder it fails at once with [ErrNoResponder]; without answer by the context's deadline (5 s when
// it has none) with [ErrTimeout]; when the connection is lost meanwhile with [ErrAway]. After the last two it is
// unknown whether the responder acted.
func (b *Bus) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	doing := "request " + subject
	l, bounded, cancel, err := b.begun(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer cancel()
	m := newMsg(ctx, subject, data)
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	left := max(time.Until(deadlineOf(bounded)).Milliseconds(), 1)
	m.Header[timeoutHeader] = []string{strconv.FormatInt(left, 10)}
	reply, err := l.nc.RequestMsgWithContext(bounded, m)
	if err != nil {
		return nil, explain(ctx, doing, err)
	}
	if told := reply.Header.Get(faultHeader); told != "" {
		return nil, fmt.Errorf("%s: %w", doing, decodeFault(told))
	}
	return reply.Data, nil
}

// Respond answers requests on the subject with fn, one at a time and in order; with a queue name (the usual case) each
// request goes to one of the queue's responders. For more at once, respond again with the same queue. The handler's
// context ends when the asker stops waiting. A fault goes back to the asker as it is; any other error is logged here
// and the asker gets [ErrResponder].
func (b *Bus) Respond(subject, queue string, fn func(ctx context.Context, m Message) ([]byte, error)) (*Subscription, error) {
	return b.subscribe(subject, queue, func(ctx context.Context, m *nats.Msg) {
		ctx, cancel := askersPatience(ctx, m.Header)
		defer cancel()
		data, err := safely(func() ([]byte, error) { return fn(ctx, Message{Subject: m.Subject, Data: m.Data}) })
		reply := &nats.Msg{Data: data}
		if err != nil {
			reply = refusal(err)
			if fault.KindOf(err) == fault.Internal {
				b.log.ErrorContext(ctx, "responder failed", "subject", m.Subject, "error", err)
			}
		}
		b.reply(ctx, m, reply)
	})
}

// reply sends the answer; when it cannot be sent the asker is told why, if possible.
func (b *Bus) reply(ctx context.Context, m *nats.Msg, reply *nats.Msg) {
	if m.Reply == "" {
		return // published, not requested: nobody waits
	}
	err := m.RespondMsg(reply)
	if errors.Is(err, nats.ErrMaxPayload) {
		b.log.ErrorContext(ctx, "answer too large", "subject", m.Subject, "bytes", len(reply.Data))
		err = m.RespondMsg(refusal(ErrTooLarge))
	}
	if err != nil {
		b.log.WarnContext(ctx, "answer lost", "subject", m.Subject, "error", err)
	}
}

// askersPatience bounds a handler by what its asker said.
func askersPatience(ctx context.Context, h nats.Header) (context.Context, context.CancelFunc) {
	ms, err := strconv.ParseInt(h.Get(timeoutHeader), 10, 64)
	if err != nil || ms <= 0 || ms > time.Hour.Milliseconds() {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Duration(ms)*time.Millisecond)
}

// wireFault is a fault in a header.
type wireFault struct {
	Kind    fault.Kind    `json:"kind"`
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Remedy  string        `json:"remedy,omitempty"`
	Fields  []fault.Field `json:"fields,omitempty"`
}

// refusal is the answer that tells err. The text of an internal error stays here.
func refusal(err error) *nats.Msg {
	w := wireFault{Kind: fault.KindOf(err)}
	if f, ok := fault.As(err); ok {
		w.Code, w.Message, w.Remedy, w.Fields = f.Code, f.Message, f.Remedy, f.Fields
	} else if w.Kind == fault.Unavailable {
		w.Code, w.Message = ErrTimeout.Code, ErrTimeout.Message
	}
	text, jsonErr := json.Marshal(w)
	if jsonErr != nil {
		text = []byte("{}") // cannot happen: strings only
	}
	return &nats.Msg{Header: nats.Header{faultHeader: []string{string(text)}}}
}

// decodeFault is the other end of refusal. What it does not know is the responder's defect.
func decodeFault(text string) error {
	var w wireFault
	if err := json.Unmarshal([]byte(text), &w); err != nil || w.Code == "" {
		return ErrResponder
	}
	switch w.Kind {
	case fault.Invalid, fault.Unauthenticated, fault.Denied, fault.NotFound, fault.Conflict, fault.Limit, fault.Unavailable:
		f := fault.New(w.Kind, w.Code, "%s", w.Message).WithFields(w.Fields...)
		f.Remedy = w.Remedy
		return f
	case fault.Internal:
	}
	return ErrResponder
}
