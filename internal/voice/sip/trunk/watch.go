package trunk

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"

	"yingda/internal/platform/clock"
)

// Problem is why a host gave no answer; a closed list.
type Problem string

// The problems.
const (
	NoProblem  Problem = ""
	NoAddress  Problem = "no_address"  // the name does not resolve
	NoAnswer   Problem = "no_answer"   // nothing came in time
	NotReached Problem = "not_reached" // the network or TLS refused
)

const resolveEvery = time.Minute

// keepAsking watches over one host until its context ends.
func (m *Manager) keepAsking(ctx context.Context, e *entry, h *hostEntry) {
	for {
		m.mu.Lock()
		quiet := e.trunk.Quiet
		m.mu.Unlock()
		if quiet {
			m.pardon(ctx, h)
		} else {
			m.ask(ctx, e, h)
		}
		m.mu.Lock()
		pause := h.health.pause()
		m.mu.Unlock()
		if clock.Sleep(ctx, m.cfg.Clock, pause) != nil {
			return
		}
	}
}

// pardon keeps a host that is never asked resolved, and lets calls try it again some time after they failed there.
func (m *Manager) pardon(ctx context.Context, h *hostEntry) {
	m.resolve(ctx, h)
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.health.state == Down && now.Sub(h.health.since) >= quietAgain {
		h.health = vitals{}
	}
}

// ask resolves a host where needed, sends one OPTIONS and notes what came of it.
func (m *Manager) ask(ctx context.Context, e *entry, h *hostEntry) {
	problem, status := NoAddress, 0
	var sent time.Time
	if m.resolve(ctx, h) {
		m.mu.Lock()
		req := m.options(e.trunk, h)
		m.mu.Unlock()
		sent = m.cfg.Clock.Now()
		problem, status = m.do(ctx, req)
	}
	if ctx.Err() != nil {
		return
	}
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	before := h.health.state
	h.asked, h.problem, h.answer, h.rtt = now, problem, status, 0
	if status != 0 {
		h.rtt = now.Sub(sent)
	}
	h.health = next(h.health, Alive(status), now)
	after := h.health.state
	m.mu.Unlock()
	if before != after && (after == Down || before == Down) {
		m.cfg.Logger.Info("trunk host changed", "trunk", e.id, "host", h.host.String(), "state", string(after))
	}
}

func (m *Manager) do(ctx context.Context, req *sip.Request) (Problem, int) {
	within, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	res, err := m.requester.Do(within, req)
	switch {
	case err == nil:
		return NoProblem, res.StatusCode
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, sip.ErrTransactionTimeout):
		return NoAnswer, 0
	default:
		return NotReached, 0
	}
}

// resolve refreshes a host's addresses and reports whether it has any. A name that fails keeps what it had.
func (m *Manager) resolve(ctx context.Context, h *hostEntry) bool {
	now := m.cfg.Clock.Now()
	m.mu.Lock()
	_, err := netip.ParseAddr(h.host.Name)
	fresh := err == nil || len(h.addresses) > 0 && now.Sub(h.resolved) < resolveEvery
	m.mu.Unlock()
	if fresh {
		return true
	}
	within, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	found, err := m.cfg.Resolve(within, h.host.Name)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || len(found) == 0 {
		return len(h.addresses) > 0
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortStableFunc(found, func(a, b netip.Addr) int { return a.BitLen() - b.BitLen() }) // IPv4 first
	h.addresses, h.resolved = found, now
	m.reindex()
	return true
}

// options builds the question; with the lock held, for the host's address.
func (m *Manager) options(t Trunk, h *hostEntry) *sip.Request {
	req := m.request(sip.OPTIONS, t, h, "yingda", m.cfg.Domain)
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", Host: h.host.Name}})
	callID := sip.CallIDHeader(uuid.NewString())
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.OPTIONS})
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	req.SetBody(nil)
	return req
}

// request is the common part of OPTIONS and REGISTER: where it goes, From and Contact.
func (m *Manager) request(method sip.RequestMethod, t Trunk, h *hostEntry, user, domain string) *sip.Request {
	uri := sip.Uri{Scheme: "sip", Host: h.host.Name}
	if h.host.Port != t.Transport.DefaultPort() {
		uri.Port = h.host.Port
	}
	if t.Transport != UDP {
		uri.UriParams.Add("transport", strings.ToLower(string(t.Transport)))
	}
	req := sip.NewRequest(method, uri)
	req.SetTransport(strings.ToUpper(string(t.Transport)))
	req.SetDestination(h.address())
	from := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: user, Host: domain}}
	from.Params.Add("tag", sip.GenerateTagN(16))
	req.AppendHeader(from)
	contact := m.contact(t.Transport)
	contact.User = user
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	return req
}

// Ask asks all hosts of a trunk now and gives its status: the test button of the page.
func (m *Manager) Ask(ctx context.Context, id uuid.UUID) (Status, error) {
	m.mu.Lock()
	e := m.entries[id]
	able := m.requester != nil
	m.mu.Unlock()
	if e == nil {
		return Status{}, ErrNotFound
	}
	if able {
		for _, h := range e.hosts {
			m.ask(ctx, e, h)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return e.status(), ctx.Err()
}
