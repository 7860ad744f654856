package engine

// explain records why a contact goes to an agent, or (nil) why it waits.
func (e *Engine) explain(c *contact, chosen *agent) {
	d := Decision{
		At: e.now.time(), Contact: c.ID, Queue: c.queue.ID, Waited: e.now.since(c.entered), Ahead: c.queue.waiting.ahead(c),
		Top: make([]Candidate, 0, 5), WhyNot: make(map[Obstacle]int, len(c.line.barred)+4),
	}
	if chosen != nil {
		d.Chosen, d.Reservation = chosen.ID, e.last+1
		d.Top = append(d.Top, c.line.candidate(chosen))
	}
	for _, n := range c.line.free.first(5 - len(d.Top)) {
		d.Top = append(d.Top, c.line.candidate(n.agent))
	}
	for why, n := range c.line.barred {
		if n > 0 {
			d.WhyNot[why] = n
		}
	}
	var n [6]int
	for _, a := range c.line.staff {
		if a != chosen {
			n[c.obstacle(a)]++
		}
	}
	for i, why := range obstacles {
		if n[i] > 0 && why != "" {
			d.WhyNot[why] = n[i]
		}
	}
	if free := len(c.line.free.items); chosen == nil && free > 0 {
		if c.keptBy != nil {
			d.WhyNot[KeptForOther] = free
		} else {
			d.WhyNot[OthersFirst] = free
		}
	}
	e.decisions = append(e.decisions, d)
}

// obstacles of agents who may serve a contact, in the order of [contact.obstacle].
var obstacles = [6]Obstacle{"", IsBusy, InWrapUp, IsOnBreak, IsUnreachable, IsFull}

// obstacle says as an index why an agent who may serve the contact is not free for it; 0: he is.
func (c *contact) obstacle(a *agent) int {
	switch {
	case a.offer != nil || a.occupied || a.out == Elsewhere:
		return 1
	case len(a.contacts) > 0:
		if len(a.contacts) == 1 && a.contacts[0].Channel == c.Channel && a.capacity(c.Channel) <= 1 {
			return 1
		}
		if !a.room(c.Channel) {
			return 5
		}
	}
	switch {
	case a.wrapUntil != 0:
		return 2
	case a.post != Ready || a.leaving:
		return 3
	case !a.reach || a.out != "":
		return 4
	case !a.room(c.Channel):
		return 5
	default:
		return 0
	}
}

func (l *line) candidate(a *agent) Candidate {
	level := 0
	for i, n := range l.needs {
		if has := a.Skills[n.Skill]; i == 0 || has < level {
			level = has
		}
	}
	return Candidate{Agent: a.ID, Number: a.Number, IdleSince: a.idle.time(), Skills: len(a.Skills), Level: level}
}
