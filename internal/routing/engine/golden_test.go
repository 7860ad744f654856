package engine_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "yingda/internal/routing/engine"
)

// TestJournalsOutliveVersions holds the JSON forms of events, effects and decisions still: journals of earlier versions
// are read by later ones. A new field may be added (YINGDA_UPDATE=1 writes the file anew); none may change or go.
func TestJournalsOutliveVersions(t *testing.T) {
	t.Parallel()
	type journal struct {
		Events    []Event    `json:"events"`
		Effects   []Effect   `json:"effects"`
		Decisions []Decision `json:"decisions"`
		Options   Options    `json:"options"`
	}
	c := Contact{
		ID: contact(1), Channel: Voice, Queue: queue(1), KeyAt: start, Priority: 2, Needs: []Need{{skill(1), 3}}, Prefer: agent(1),
		PreferFor: 30 * time.Second, Caller: "mark",
	}
	all := journal{
		Events: []Event{
			{Kind: Configure, Queues: []Queue{{
				ID: queue(1), Channel: Voice, Place: id('p', 1), Needs: []Need{{skill(1), 3}}, Members: []AgentID{agent(1)}, Priority: 5, Closed: true,
				MaxWaiting: 100, RingFor: 20 * time.Second, WrapUp: WrapUp{TimedWrapUp, time.Minute}, MaxWait: time.Hour, Target: 15 * time.Second, NoAgents: Refuse,
				Overflow: []Overflow{{After: time.Minute, Needs: []Need{{skill(2), 1}}, Relax: true, Queue: queue(2), Priority: 1}},
			}}},
			{Kind: SignIn, Agent: &Agent{ID: agent(1), Number: "1001", Places: []QueueID{id('p', 1)}, Skills: map[SkillID]int{skill(1): 5}, Capacity: map[Channel]int{Chat: 2}},
				State: OnBreak, Reason: "lunch", Since: start, Until: start.Add(time.Minute)},
			{Kind: Enqueue, Contact: &c},
			{Kind: Decline, ContactID: contact(1), Reservation: 7, Why: NotReached},
			{Kind: Reach, AgentID: agent(1), On: true},
			{Kind: Adopt, Standing: &Standing{Contact: c, Agent: agent(1), Reservation: 7, Accepted: true, Since: start, CallBack: true}},
			{Kind: Tick},
		},
		Effects: []Effect{
			{Kind: Offer, Contact: contact(1), Agent: agent(1), Queue: queue(1), Reservation: 8, Until: start.Add(20 * time.Second), CallBack: true},
			{Kind: Placed, Contact: contact(1), Queue: queue(1), Position: 3, Wait: -1, KeyAt: start},
			{Kind: AgentChanged, Agent: agent(1), State: WrappingUp, Reason: "lunch", Contact: contact(1), Until: start},
		},
		Decisions: []Decision{{
			At: start, Contact: contact(1), Queue: queue(1), Chosen: agent(1), Reservation: 8, Waited: time.Second, Ahead: 2,
			Top: []Candidate{{agent(1), "1001", start, 4, 3}}, WhyNot: map[Obstacle]int{IsBusy: 3, LacksSkill: 2},
		}},
		Options: Options{Explain: true, KeepLost: time.Minute, TellEvery: time.Second, Now: start, First: 9},
	}
	const file = "testdata/journal.golden.json"
	got, err := json.MarshalIndent(all, "", "  ")
	require.NoError(t, err)
	if os.Getenv("YINGDA_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
	var back journal
	d := json.NewDecoder(bytes.NewReader(want))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&back))
	require.Equal(t, all, back)
}
