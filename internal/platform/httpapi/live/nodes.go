package live

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"sync"

	"yingda/internal/platform/bus"
	"yingda/internal/platform/lifecycle"
)

// Subjects of events between nodes. A user's id is written in hexadecimal, because a subject's words may
// not hold every character.
const (
	subjectAll  = "live.all"
	subjectUser = "live.user."
)

// outQueue is how many events wait for a bus that is busy. More are not passed on: the bus has failed, and
// pages of other nodes start anew from a snapshot when they reconnect.
const outQueue = 4096

// message is an event on its way to other nodes.
type message struct {
	user string
	all  bool
	rest []byte
}

func (m message) subject() string {
	if m.all {
		return subjectAll
	}
	return subjectUser + hex.EncodeToString([]byte(m.user))
}

// pass hands an event to the sender of the bus; it never blocks.
func (h *Hub) pass(m message) {
	if h.config.Bus == nil {
		return
	}
	select {
	case h.out <- m:
	default:
		h.figures.lost.Inc()
	}
}

// send passes events to other nodes, in the order of publication, each with this node's name before it.
func (h *Hub) send(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-h.out:
			data := append([]byte(h.node), m.rest...)
			if err := h.config.Bus.Publish(ctx, m.subject(), data); err != nil {
				h.figures.lost.Inc() // the bus itself tells why
			}
		}
	}
}

// busIn hears the events of other nodes.
func (h *Hub) busIn() lifecycle.Service {
	var mu sync.Mutex
	var open []*bus.Subscription
	return lifecycle.Func("live-bus-in", func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		for _, subject := range []string{subjectAll, subjectUser + "*"} {
			s, err := h.config.Bus.Subscribe(subject, "", h.hear)
			if err != nil {
				for _, s := range open {
					_ = s.Stop(context.Background())
				}
				open = nil
				return err
			}
			open = append(open, s)
		}
		return nil
	}, func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		for _, s := range open {
			if err := s.Stop(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// hear delivers another node's event; our own come back too and are known by our name.
func (h *Hub) hear(_ context.Context, m bus.Message) {
	rest, foreign := h.foreign(m.Data)
	if !foreign {
		return
	}
	if m.Subject == subjectAll {
		h.deliver("", true, rest)
		return
	}
	user, err := hex.DecodeString(strings.TrimPrefix(m.Subject, subjectUser))
	if err != nil {
		h.log.Warn("live event for an unreadable user", "subject", m.Subject)
		return
	}
	h.deliver(string(user), false, rest)
}

func (h *Hub) foreign(data []byte) (rest []byte, ok bool) {
	n := len(h.node)
	if len(data) <= n || data[n] != ',' || string(data[:n]) == h.node {
		return nil, false
	}
	return bytes.Clone(data[n:]), true // the ring keeps it
}
