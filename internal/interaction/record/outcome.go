package record

import "yingda/internal/interaction"

// Outcome is how a contact ended, in one word. Words are never renamed: records outlive versions.
type Outcome string

// The outcomes.
const (
	Open             Outcome = "open"               // it goes on
	AnsweredByAgent  Outcome = "answered_by_agent"  // an agent talked with the customer
	AbandonedInFlow  Outcome = "abandoned_in_flow"  // the customer hung up before any queue
	AbandonedInQueue Outcome = "abandoned_in_queue" // the customer hung up while waiting
	AbandonedRinging Outcome = "abandoned_ringing"  // the customer hung up while an agent's phone rang
	ServedByMachine  Outcome = "served_by_machine"  // the flow came to its end
	Refused          Outcome = "refused"            // not answered by us
	LeftQueue        Outcome = "left_queue"         // we sent the customer away unserved
	Lost             Outcome = "lost"               // the node died, or the end never came
)

// Outcomes lists them.
func Outcomes() []Outcome {
	return []Outcome{Open, AnsweredByAgent, AbandonedInFlow, AbandonedInQueue, AbandonedRinging, ServedByMachine, Refused, LeftQueue, Lost}
}

// ServedResult is the result of a flow step, or of an end, that says: the machine did what the customer came for.
const ServedResult = "served"

// outcome reads how it ended off the hops, which stand in order and are each there once.
func outcome(hops []interaction.Hop) Outcome {
	var end *interaction.Hop
	var lost, talked, answered, queued, turnedAway, served bool
	ringing := map[string]bool{}
	for i := range hops {
		switch h := &hops[i]; h.Kind {
		case interaction.Ended:
			if end == nil {
				end = h
			}
		case interaction.Lost:
			lost = true
		case interaction.TalkBegan:
			talked = true
		case interaction.Answered:
			answered = true
		case interaction.Enqueued, interaction.QueueChanged:
			queued, turnedAway = true, false
		case interaction.QueueLeft:
			turnedAway = true
		case interaction.RingingAgent:
			if end == nil {
				ringing[h.Agent.String()] = true
			}
		case interaction.OfferEnded:
			if end == nil {
				delete(ringing, h.Agent.String())
			}
		case interaction.FlowStep:
			served = h.Detail.Result == ServedResult
		}
	}
	switch {
	case end == nil && lost:
		return Lost
	case end == nil:
		return Open
	case talked:
		return AnsweredByAgent
	case turnedAway:
		return LeftQueue
	case queued:
		return unserved(end.Detail.By, len(ringing) > 0)
	case served || end.Detail.Result == ServedResult:
		return ServedByMachine
	case end.Detail.By == interaction.ByCaller || end.Detail.By == interaction.ByNetwork:
		return AbandonedInFlow
	case answered:
		return ServedByMachine
	}
	return Refused
}

// unserved is the outcome of a contact that ended while it waited.
func unserved(by interaction.Party, ringing bool) Outcome {
	switch {
	case by == interaction.BySystem:
		return LeftQueue
	case ringing:
		return AbandonedRinging
	}
	return AbandonedInQueue
}
