package ending

import "slices"

// Result is what came of a call.
type Result string

// The results. Completed means that the call was answered and both sides had it.
const (
	Completed Result = "completed"
	Cancelled Result = "cancelled"
	NoAnswer  Result = "no_answer"
	Busy      Result = "busy"
	Rejected  Result = "rejected"
	Failed    Result = "failed"
)

// Results lists every result, in the order in which pages show them.
func Results() []Result {
	return []Result{Completed, Cancelled, NoAnswer, Busy, Rejected, Failed}
}

// Side is whose act or fault ended the call.
type Side string

// The sides: this system, the party at the other end of the leg, or what lies between.
const (
	Ours    Side = "ours"
	Theirs  Side = "theirs"
	Network Side = "network"
)

// Sides lists every side.
func Sides() []Side { return []Side{Ours, Theirs, Network} }

// Reason is why a call ended, as one fixed word.
type Reason string

// The reasons.
const (
	Normal            Reason = "normal"             // hung up after talking
	CallerGaveUp      Reason = "caller_gave_up"     // hung up before an answer
	CalleeHungUp      Reason = "callee_hung_up"     // answered, then the called side hung up
	AnsweredElsewhere Reason = "answered_elsewhere" // another contact or agent took the call
	Transferred       Reason = "transferred"        // the call goes on without this leg
	PromptEnded       Reason = "prompt_ended"       // the announcement was all there was
	BusyReason        Reason = "busy"               // the called side is talking
	Declined          Reason = "declined"           // a person or phone refused
	Forbidden         Reason = "forbidden"          // this call is not allowed
	Unauthorized      Reason = "unauthorized"       // credentials are wrong or missing
	NoAnswerReason    Reason = "no_answer"          // it rang, nobody took it
	Unavailable       Reason = "unavailable"        // nobody is reachable there now (switched off, not registered)
	NotFound          Reason = "not_found"          // no such number
	NumberChanged     Reason = "number_changed"     // the number was given up or moved
	Incomplete        Reason = "incomplete_number"  // digits are missing
	Redirected        Reason = "redirected"         // a 3xx that we do not follow
	NoCommonCodec     Reason = "no_common_codec"    // offer and answer share no codec or profile
	NoAck             Reason = "no_ack"             // our 200 was never acknowledged
	NoMedia           Reason = "no_media"           // no sound came for longer than allowed
	SessionExpired    Reason = "session_expired"    // nobody refreshed the session (RFC 4028)
	CallLimit         Reason = "call_limit"         // more calls than allowed at once
	Congestion        Reason = "congestion"         // no circuit or equipment free elsewhere
	TrunkDown         Reason = "trunk_down"         // the line to the other side does not work
	BadMessage        Reason = "bad_message"        // a message could not be understood
	ProtocolError     Reason = "protocol_error"     // the other side broke the rules, or said something unknown
	NotSupported      Reason = "not_supported"      // a method, extension or service that is not there
	Timeout           Reason = "timeout"            // no answer to a message at all
	NodeStopping      Reason = "node_stopping"      // this process is being stopped
	Internal          Reason = "internal"           // our own defect
)

// Ending is how one call ended. The zero value means "not ended".
type Ending struct {
	Result Result `json:"result"`
	Side   Side   `json:"side"`
	Reason Reason `json:"reason"`
	SIP    int    `json:"sip"`   // status, 200 for a call that was answered and hung up
	Q850   int    `json:"q850"`  // cause, 1 to 127
	Retry  bool   `json:"retry"` // another trunk may be tried: nothing was answered, and it may go better there
}

// meaning is what a reason stands for, whoever's it is.
type meaning struct {
	reason Reason
	result Result
	sip    int
	q850   int
	retry  bool
}

// meanings is the one table. Retry is true only where no person has been reached and another way
// can make a difference.
var meanings = []meaning{
	{Normal, Completed, 200, 16, false},
	{CalleeHungUp, Completed, 200, 16, false},
	{Transferred, Completed, 200, 16, false},
	{PromptEnded, Completed, 200, 16, false},
	{CallerGaveUp, Cancelled, 487, 16, false},
	{AnsweredElsewhere, Cancelled, 487, 26, false},
	{NoAnswerReason, NoAnswer, 480, 19, false},
	{Unavailable, NoAnswer, 480, 20, false},
	{BusyReason, Busy, 486, 17, false},
	{Declined, Rejected, 603, 21, false},
	{Forbidden, Rejected, 403, 21, true},
	{Unauthorized, Rejected, 401, 21, true},
	{NotFound, Rejected, 404, 1, false},
	{NumberChanged, Rejected, 410, 22, false},
	{Incomplete, Rejected, 484, 28, false},
	{Redirected, Rejected, 302, 23, false},
	{NoCommonCodec, Failed, 488, 65, true},
	{NoAck, Failed, 408, 102, false},
	{NoMedia, Failed, 408, 27, false},
	{SessionExpired, Failed, 408, 102, false},
	{CallLimit, Failed, 503, 42, true},
	{Congestion, Failed, 503, 34, true},
	{TrunkDown, Failed, 503, 38, true},
	{BadMessage, Failed, 400, 95, false},
	{ProtocolError, Failed, 500, 111, true},
	{NotSupported, Failed, 501, 79, true},
	{Timeout, Failed, 408, 102, true},
	{NodeStopping, Failed, 503, 41, true},
	{Internal, Failed, 500, 41, true},
}

// Reasons lists every reason, in the order of the table.
func Reasons() []Reason {
	list := make([]Reason, len(meanings))
	for i, m := range meanings {
		list[i] = m.reason
	}
	return list
}

// Valid reports whether the reason stands in the list.
func (r Reason) Valid() bool {
	return slices.ContainsFunc(meanings, func(m meaning) bool { return m.reason == r })
}

// Of gives the ending that a reason stands for. A word outside the list becomes [Internal]: it can
// only come from our own code.
func Of(reason Reason, side Side) Ending {
	m := lookup(reason)
	return Ending{Result: m.result, Side: side, Reason: m.reason, SIP: m.sip, Q850: m.q850, Retry: m.retry}
}

func lookup(reason Reason) meaning {
	for _, m := range meanings {
		if m.reason == reason {
			return m
		}
	}
	return meanings[len(meanings)-1]
}

// IsZero reports "not ended".
func (e Ending) IsZero() bool { return e.Result == "" }

// Answered reports whether the call had been answered when it ended, as far as the ending tells:
// a failed call may have been answered before.
func (e Ending) Answered() bool { return e.Result == Completed }
