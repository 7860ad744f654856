package node_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"yingda/internal/interaction"
	"yingda/internal/routing"
	"yingda/internal/voice"
	"yingda/internal/voice/carrier/carriertest"
)

const wholeThread = "dialled answered flow_step(welcome) flow_step(menu) flow_step(agent1) key_to_agent enqueued offered accepted announced talking " +
	"talk_ended ended(agent callee_hung_up)"

// unrung leaves the ringing out: baresip that answers by itself may or may not ring before.
func unrung(hops []interaction.Hop) string { return strings.Replace(steps(hops), "ringing ", "", 1) }

// TestSIPpReachesAnAgentOnBaresip: SIPp calls, hears the greeting, presses 1 and sends back what it hears; the agent's
// baresip hears itself through it, which proves both ears.
func TestSIPpReachesAnAgentOnBaresip(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.AnnounceNumber = true }}})
	desk := h.baresip(t, "8001", 440, true)
	a := h.signIn("1007", "8001")
	customer := h.sipp(t, "96900", carriertest.SIPpConfig{Scenario: "uac_key", Args: echoing})
	leg := h.leg("the call to the agent", talking(voice.Out, "8001"))
	h.flows(leg.ID, 250) // beyond the announcement
	a.becomes("talking")
	desk.Do(t, "hangup")
	content(t, customer)
	require.Equal(t, wholeThread, unrung(h.contact(0)))
	heard := desk.Heard(t)
	require.True(t, heard.HasTone(440), "the agent hears himself through the customer: %s", heard.String())
	a.becomes("ready")
	h.servesNobody(t)
}

// TestBaresipReachesAnAgentOnBaresip: the caller is one of our own phones.
func TestBaresipReachesAnAgentOnBaresip(t *testing.T) {
	t.Parallel()
	h := setup(t, plan{floor: &floorPlan{queue: func(q *routing.Queue) { q.AnnounceNumber = true }}})
	desk := h.baresip(t, "8001", 440, true)
	caller := h.baresip(t, "8002", 1320, false)
	a := h.signIn("1007", "8001")
	caller.Do(t, "dial", "sip:96900@"+h.proxy)
	leg := h.leg("the caller in the flow", talking(voice.In, "96900"))
	h.flows(leg.ID, 25)
	caller.Do(t, "sndcode", "1")
	h.flows(h.leg("the call to the agent", talking(voice.Out, "8001")).ID, 250)
	desk.Do(t, "hangup")
	require.Equal(t, wholeThread, unrung(h.contact(0)))
	require.Equal(t, "8002", h.floor.book.openings()[0].Caller)
	h.eventually(func() bool { return strings.Contains(caller.Said(), "terminated (duration") }, "the end at the caller's phone")
	heard := caller.Heard(t)
	require.True(t, heard.HasTone(440), "the caller hears the agent: %s", heard.String())
	heard = desk.Heard(t)
	require.True(t, heard.HasTone(1320), "the agent hears the caller: %s", heard.String())
	a.becomes("ready")
}
