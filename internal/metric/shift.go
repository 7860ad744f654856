package metric

import "time"

// State is what an agent does, as far as formulas care. Names are those of the routing engine.
type State string

// The states.
const (
	StateReady       State = "ready"
	StateReserved    State = "reserved"
	StateRinging     State = "ringing"
	StateTalking     State = "talking"
	StateWrapUp      State = "wrap_up"
	StateBreak       State = "break"
	StateNoAnswer    State = "no_answer"
	StateUnreachable State = "unreachable"
	StateElsewhere   State = "elsewhere"
)

// Shift is how long an agent, or many, were in each state, and what they handled. Shifts add up.
type Shift struct {
	In      map[State]time.Duration  `json:"in"`
	Breaks  map[string]time.Duration `json:"breaks"`  // by reason; also in In
	Handled int                      `json:"handled"` // contacts talked with
	Offered int                      `json:"offered"` // times a contact was offered
	Missed  int                      `json:"missed"`  // offers not taken
	Hold    time.Duration            `json:"hold"`    // also in In as talking
}

// Spend counts a span of time in a state.
func (s *Shift) Spend(state State, reason string, d time.Duration) {
	if d <= 0 {
		return
	}
	if s.In == nil {
		s.In = map[State]time.Duration{}
	}
	s.In[state] += d
	if state == StateBreak {
		if s.Breaks == nil {
			s.Breaks = map[string]time.Duration{}
		}
		s.Breaks[reason] += d
	}
}

// Merge adds another shift.
func (s *Shift) Merge(o Shift) {
	for state, d := range o.In {
		if state != StateBreak {
			s.Spend(state, "", d)
		}
	}
	for reason, d := range o.Breaks {
		s.Spend(StateBreak, reason, d)
	}
	s.Handled, s.Offered, s.Missed, s.Hold = s.Handled+o.Handled, s.Offered+o.Offered, s.Missed+o.Missed, s.Hold+o.Hold
}

// SignedIn is all time on the floor.
func (s Shift) SignedIn() (sum time.Duration) {
	for _, d := range s.In {
		sum += d
	}
	return sum
}

// Working is the time with customers and what follows: talking (hold included), and wrap-up.
func (s Shift) Working() time.Duration { return s.In[StateTalking] + s.In[StateWrapUp] }

// Waiting is the time in which a contact could have come or was coming.
func (s Shift) Waiting() time.Duration {
	return s.In[StateReady] + s.In[StateReserved] + s.In[StateRinging]
}
