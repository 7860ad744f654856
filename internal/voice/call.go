package voice

import (
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
	"yingda/internal/voice/ending"
)

// EndedCall is what a node tells about a leg that ended; see [Service.Record]. Caller and Called are as they came.
type EndedCall struct {
	ID           CallID
	Conversation uuid.UUID // zero: the leg's own id
	Direction    Direction
	Started      time.Time
	Answered     time.Time // zero: never
	Ended        time.Time
	Caller       string
	Called       string
	Trunk        TrunkID
	Phone        PhoneID
	Centre       uuid.UUID // zero: the nation's
	Act          Act
	Ending       ending.Ending
	Codec        string
	Quality      Quality
	Recorded     bool
	Node         string
	SIPCallID    string
	Ladder       []Message // may be nil
}

// Call is a leg that ended, as people read it. Numbers are masked.
type Call struct {
	ID           CallID
	Conversation uuid.UUID
	Direction    Direction
	Started      time.Time
	Answered     *time.Time
	Ended        time.Time
	Caller       string // masked
	Called       string // masked unless it belongs to nobody
	Trunk        TrunkID
	TrunkName    string
	Phone        PhoneID
	PhoneNumber  string
	Centre       uuid.UUID
	Act          Act
	Ending       ending.Ending
	Codec        string
	Quality      Quality
	Verdict      Verdict
	Recorded     bool
	Node         string
	SIPCallID    string
	HasLadder    bool // only in [Service.GetCall]
}

// Talked is how long the leg was answered.
func (c Call) Talked() time.Duration {
	if c.Answered == nil {
		return 0
	}
	return c.Ended.Sub(*c.Answered)
}

// CallFilter selects ended calls; zero values select all.
type CallFilter struct {
	Number    string // whole, as people write it: of either side, of the phone, or the service number called
	Direction Direction
	Result    ending.Result
	Grade     Grade
	Trunk     TrunkID
	Phone     PhoneID
	Since     time.Time
	Before    *CallPosition
	Limit     int32 // 0: 50
}

// CallPosition is where a call stands in the list, newest first.
type CallPosition struct {
	At time.Time `json:"t"`
	ID CallID    `json:"i"`
}

// Faults of calls.
var (
	ErrNoCall   = fault.New(fault.NotFound, "voice.no_such_call", "there is no such call")
	ErrNoLadder = fault.New(fault.NotFound, "voice.no_ladder", "the signalling of this call was not kept").
			WithRemedy("it is kept for calls in progress, and for calls that ended as long as the settings say")
	ErrNodeAway = fault.New(fault.Unavailable, "voice.node_away", "the node that has this call does not answer").
			WithRemedy("try again; when the node stays away, its calls have ended")
	ErrNoVoiceNode = fault.New(fault.Unavailable, "voice.no_node", "no process with the role voice is running").
			WithRemedy("start one, or add the role voice to a running one")
)
