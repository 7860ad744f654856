package trunk

import (
	"time"

	"github.com/google/uuid"
)

// Status is a trunk as the page shows it. It holds no secret.
type Status struct {
	ID              uuid.UUID    `json:"id"`
	Name            string       `json:"name"`
	Group           string       `json:"group"`
	State           State        `json:"state"` // up when one host is, unknown before the first answers
	Registered      Registered   `json:"registered"`
	RegisteredSince time.Time    `json:"registered_since,omitzero"`
	RegisteredUntil time.Time    `json:"registered_until,omitzero"`
	RegisterAnswer  int          `json:"register_answer,omitempty"` // last final SIP status of REGISTER
	Calls           int          `json:"calls"`
	MaxCalls        int          `json:"max_calls"`
	Hosts           []HostStatus `json:"hosts"`
}

// HostStatus is one host of a trunk.
type HostStatus struct {
	Host    string        `json:"host"`
	State   State         `json:"state"`
	Since   time.Time     `json:"since,omitzero"`
	Asked   time.Time     `json:"asked,omitzero"`
	Answer  int           `json:"answer,omitempty"` // last final SIP status of OPTIONS
	Problem Problem       `json:"problem,omitempty"`
	RTT     time.Duration `json:"rtt,omitempty"` // of the last OPTIONS that was answered, in nanoseconds
}

// Snapshot gives all trunks in the order they were applied in.
func (m *Manager) Snapshot() []Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Status, 0, len(m.entries))
	for _, t := range m.set.Load().trunks {
		if e := m.entries[t.ID]; e != nil {
			out = append(out, e.status())
		}
	}
	return out
}

func (e *entry) status() Status {
	s := Status{
		ID: e.trunk.ID, Name: e.trunk.Name, Group: e.trunk.Group, State: e.state(), Registered: e.reg.state,
		RegisteredSince: e.reg.since, RegisterAnswer: e.reg.answer, Calls: e.calls, MaxCalls: e.trunk.MaxCalls,
	}
	if e.reg.state == Accepted {
		s.RegisteredUntil = e.reg.until
	}
	for _, h := range e.hosts {
		state := h.health.state
		if state == "" {
			state = Unknown
		}
		s.Hosts = append(s.Hosts, HostStatus{
			Host: h.host.String(), State: state, Since: h.health.since, Asked: h.asked, Answer: h.answer, Problem: h.problem, RTT: h.rtt,
		})
	}
	return s
}

// state of the whole trunk: off, else up when a host is, else unknown when one may be, else down.
func (e *entry) state() State {
	if e.trunk.Disabled {
		return Off
	}
	state := Down
	for _, h := range e.hosts {
		switch h.health.state {
		case Up:
			return Up
		case Unknown, "":
			state = Unknown
		}
	}
	return state
}
