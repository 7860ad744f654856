package engine

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// TestACheckFindsWhatIsBroken breaks one thing at a time: a check that finds nothing must mean something.
func TestACheckFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	q, busy, idle, talks, waits := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}, uuid.UUID{4}, uuid.UUID{5}
	skill := uuid.UUID{6}
	build := func() *Engine {
		e := New(Options{Now: now})
		for _, ev := range []Event{
			{Kind: Configure, Queues: []Queue{{ID: q, Needs: []Need{{skill, 1}}}}},
			{Kind: Begin},
			{Kind: SignIn, Agent: &Agent{ID: busy, Number: "1", Skills: map[SkillID]int{skill: 1}}},
			{Kind: Enqueue, Contact: &Contact{ID: talks, Queue: q}},
			{Kind: Accept, ContactID: talks, Reservation: 1},
			{Kind: Enqueue, Contact: &Contact{ID: waits, Queue: q}},
			{Kind: SignIn, Agent: &Agent{ID: idle, Number: "2"}},
		} {
			e.Apply(now, ev, nil)
		}
		require.Empty(t, e.Check(now))
		return e
	}
	for name, c := range map[string]struct {
		kind string
		do   func(e *Engine)
	}{
		"an agent keeps a contact that is gone":     {BrokenAgent, func(e *Engine) { delete(e.contacts, talks) }},
		"a contact waits and is with an agent":      {BrokenContact, func(e *Engine) { e.contacts[talks].phase = waiting }},
		"a contact waits in no line":                {BrokenContact, func(e *Engine) { e.contacts[waits].line.waiting.remove(&e.contacts[waits].wait) }},
		"a contact has no deadline":                 {BrokenIndex, func(e *Engine) { e.arm(&e.contacts[waits].timer, never, 0) }},
		"an agent is free and stands nowhere":       {BrokenAgent, func(e *Engine) { e.agents[idle].standing = false }},
		"an agent's skills changed and nobody knew": {BrokenIndex, func(e *Engine) { e.agents[busy].Skills[skill] = 0 }},
		"an agent has a contact too many": {OverCapacity, func(e *Engine) {
			c := e.contacts[waits]
			e.unplace(c)
			c.phase, c.agent = talking, e.agents[busy]
			c.agent.contacts = append(c.agent.contacts, c)
		}},
		"nobody was told of an agent's state": {BrokenAgent, func(e *Engine) { e.agents[idle].post = OnBreak }},
		"a free agent beside one who waits": {IdleBesideWait, func(e *Engine) {
			e.agents[idle].Skills = map[SkillID]int{skill: 1}
			l := e.contacts[waits].line
			l.barred[LacksSkill]--
			e.join(e.agents[idle], l)
		}},
	} {
		e := build()
		c.do(e)
		var kinds []string
		for _, v := range e.Check(now) {
			kinds = append(kinds, v.Kind)
		}
		require.Contains(t, kinds, c.kind, name)
	}
	e := build()
	require.Empty(t, e.Check(now.Add(5*time.Second)))
	due, ok := e.Due()
	require.True(t, ok)
	require.Equal(t, Overdue, e.Check(due.Add(late))[0].Kind, "nobody said Tick")
}
