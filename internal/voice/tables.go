package voice

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/secret"
	"yingda/internal/voice/ending"
)

// Line is a trunk with what it authenticates with.
type Line struct {
	Trunk
	Password secret.String // empty: none
}

// Tables are everything that calls need, in memory. A value is immutable; [Service.Tables] gives the newest.
type Tables struct {
	Loaded  bool      // false: nothing was read yet
	At      time.Time // when they were last compared with the database
	Trunks  []Line    // by name; disabled ones too
	Prompts map[PromptID]Prompt

	revision int64
	phones   map[string]phoneEntry // by number
	byID     map[PhoneID]Phone
	lines    map[TrunkID]Line
	exact    map[string]NumberAction
	prefix   map[string]NumberAction
	longest  int                // of the prefixes, in bytes
	groups   map[GroupID]string // codes
}

type phoneEntry struct {
	Phone
	sealed []byte
}

func emptyTables() *Tables { return &Tables{revision: -1} }

// Phone gives a phone by its number.
func (t *Tables) Phone(number string) (Phone, bool) {
	p, ok := t.phones[number]
	return p.Phone, ok
}

// PhoneByID gives a phone by its id.
func (t *Tables) PhoneByID(id PhoneID) (Phone, bool) {
	p, ok := t.byID[id]
	return p, ok
}

// Phones tells how many there are.
func (t *Tables) Phones() int { return len(t.phones) }

// Line gives a trunk by its id.
func (t *Tables) Line(id TrunkID) (Line, bool) {
	l, ok := t.lines[id]
	return l, ok
}

// Step is what is to be done with a call, and by which entry.
type Step struct {
	Act     Act           // never [NoAct]
	Prompt  PromptID      // for ActPrompt
	Repeat  bool          // the prompt plays until the caller hangs up
	Phone   Phone         // for ActPhone
	Group   string        // for ActTrunk: the group's code
	Cause   ending.Reason // for ActReject
	Flow    string        // for ActFlow: its name
	Queue   string        // for ActQueue, and for ActFlow where the flow names none: the queue's code
	Number  NumberID      // the entry; zero: none, the number is a phone's own or unknown
	Centre  uuid.UUID     // whose call it becomes; zero: the nation's
	Dialled string        // the number in the form in which it goes on
}

// Resolve says what is to be done with a call to a number. fromPhone says that the caller is one of our own phones.
// The order: the entry of the whole number, the phone of that number (only for our own phones), the entry of the
// longest beginning. Nothing found, a disabled phone, and a call that came over a trunk and would leave over one are
// refused: nobody outside may call others at our cost.
func (t *Tables) Resolve(called string, fromPhone bool) Step {
	raw, normal := normalCalled(called)
	if n, ok := t.exact[normal]; ok {
		return t.step(n, raw, fromPhone)
	}
	if n, ok := t.exact[raw]; ok {
		return t.step(n, raw, fromPhone)
	}
	if p, ok := t.phones[raw]; ok && fromPhone {
		return t.ring(Step{Centre: p.Centre.UUID(), Dialled: raw}, p.Phone)
	}
	if n, ok := t.beginning(raw, normal); ok {
		return t.step(n, raw, fromPhone)
	}
	return Step{Act: ActReject, Cause: ending.NotFound, Dialled: raw}
}

// beginning finds the entry of the longest beginning of any form; of two as long that of the form as it arrived.
func (t *Tables) beginning(raw, normal string) (NumberAction, bool) {
	all := forms(raw, normal)
	for n := t.longest; n > 0; n-- {
		for _, text := range all {
			if n <= len(text) {
				if e, ok := t.prefix[text[:n]]; ok {
					return e, true
				}
			}
		}
	}
	return NumberAction{}, false
}

func (t *Tables) step(n NumberAction, dialled string, fromPhone bool) Step {
	s := Step{Act: n.Act, Number: n.ID, Centre: n.Centre.UUID(), Dialled: dialled}
	switch n.Act {
	case ActPrompt:
		s.Prompt, s.Repeat = n.Prompt, n.Repeat
	case ActPhone:
		return t.ring(s, t.byID[n.Phone])
	case ActTrunk:
		if !fromPhone {
			s.Act, s.Cause = ActReject, ending.Forbidden
			return s
		}
		s.Group = t.groups[n.Group]
	case ActReject:
		s.Cause = n.Cause
	case ActQueue, ActFlow:
		s.Queue, s.Flow = n.Queue, n.Flow
	case ActEcho, NoAct:
	}
	return s
}

func (t *Tables) ring(s Step, p Phone) Step {
	s.Act, s.Phone = ActPhone, p
	if p.Disabled || p.ID.IsZero() {
		s.Act, s.Cause = ActReject, ending.Unavailable
	}
	return s
}
