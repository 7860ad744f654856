package metric

import "time"

// Tally counts contacts under rules. The zero value with Rules set is ready. Its fields are public so that it can be
// stored and added up later; a field's meaning never changes.
type Tally struct {
	Rules Rules `json:"rules"`

	Contacts  int `json:"contacts"` // all, whatever became of them
	Machine   int `json:"machine"`  // ended without asking for an agent
	Refused   int `json:"refused"`
	Open      int `json:"open"`
	Answered  int `json:"answered"`
	InTime    int `json:"in_time"` // answered within the target
	AtOnce    int `json:"at_once"` // answered without any wait to speak of: under a second
	Abandoned int `json:"abandoned"`
	EarlyAway int `json:"early_away"` // abandoned within the target
	ShortAway int `json:"short_away"` // abandoned within Rules.Short; also in Abandoned
	Phantom   int `json:"phantom"`    // answered with a talk under Rules.ShortTalk; also in Answered
	Elsewhere int `json:"elsewhere"`
	Lost      int `json:"lost"`

	Offers      int `json:"offers"` // to agents
	Transferred int `json:"transferred"`

	Wait      time.Duration `json:"wait"`      // of the answered, summed
	WaitAway  time.Duration `json:"wait_away"` // of the abandoned, summed
	Talk      time.Duration `json:"talk"`
	Hold      time.Duration `json:"hold"`
	Wrap      time.Duration `json:"wrap"`
	Longest   time.Duration `json:"longest"`  // wait of anybody
	Occupied  time.Duration `json:"occupied"` // from beginning to end, summed: what lines carried
	Waits     Waits         `json:"waits"`    // of the answered
	WaitsAway Waits         `json:"waits_away"`
}

// Add counts a contact.
func (t *Tally) Add(c Contact) {
	t.Contacts++
	if !c.Began.IsZero() && c.Ended.After(c.Began) {
		t.Occupied += c.Ended.Sub(c.Began)
	}
	t.Offers += c.Offers
	t.Talk, t.Hold, t.Wrap = t.Talk+c.Talk, t.Hold+c.Hold, t.Wrap+c.Wrap
	if c.Transfers > 0 {
		t.Transferred++
	}
	wait := c.wait(t.Rules)
	switch c.Outcome {
	case Machine:
		t.Machine++
		return
	case Refused:
		t.Refused++
		return
	case Open:
		t.Open++
		return
	case Answered:
		t.answered(c, wait)
	case Abandoned:
		t.abandoned(wait)
	case Elsewhere:
		t.Elsewhere++
	default: // what is not known is not hidden: it counts as not answered
		t.Lost++
	}
	t.Longest = max(t.Longest, wait)
}

func (t *Tally) answered(c Contact, wait time.Duration) {
	t.Answered++
	t.Wait += wait
	t.Waits.add(wait)
	if wait <= t.Rules.Target {
		t.InTime++
	}
	if wait < time.Second {
		t.AtOnce++
	}
	if c.Talk < t.Rules.ShortTalk {
		t.Phantom++
	}
}

func (t *Tally) abandoned(wait time.Duration) {
	t.Abandoned++
	t.WaitAway += wait
	t.WaitsAway.add(wait)
	if wait <= t.Rules.Target {
		t.EarlyAway++
	}
	if wait < t.Rules.Short {
		t.ShortAway++
	}
}

// Merge adds what another tally of the same rules has counted. A tally of other rules would mean nothing beside it:
// nothing is added then, and the answer is false.
func (t *Tally) Merge(o Tally) bool {
	if t.Rules != o.Rules {
		return false
	}
	t.Contacts, t.Machine, t.Refused, t.Open = t.Contacts+o.Contacts, t.Machine+o.Machine, t.Refused+o.Refused, t.Open+o.Open
	t.Answered, t.InTime, t.AtOnce, t.Phantom = t.Answered+o.Answered, t.InTime+o.InTime, t.AtOnce+o.AtOnce, t.Phantom+o.Phantom
	t.Abandoned, t.EarlyAway, t.ShortAway = t.Abandoned+o.Abandoned, t.EarlyAway+o.EarlyAway, t.ShortAway+o.ShortAway
	t.Elsewhere, t.Lost = t.Elsewhere+o.Elsewhere, t.Lost+o.Lost
	t.Offers, t.Transferred = t.Offers+o.Offers, t.Transferred+o.Transferred
	t.Wait, t.WaitAway = t.Wait+o.Wait, t.WaitAway+o.WaitAway
	t.Talk, t.Hold, t.Wrap, t.Occupied = t.Talk+o.Talk, t.Hold+o.Hold, t.Wrap+o.Wrap, t.Occupied+o.Occupied
	t.Longest = max(t.Longest, o.Longest)
	t.Waits.merge(o.Waits)
	t.WaitsAway.merge(o.WaitsAway)
	return true
}

// Offered is how many contacts asked for an agent, were let into a queue and are over.
func (t Tally) Offered() int { return t.Answered + t.Abandoned + t.Elsewhere + t.Lost }

// Asked is how many contacts asked for an agent, those that a closed or full queue refused included.
func (t Tally) Asked() int { return t.Offered() + t.Refused }
