package ending

import (
	"strconv"
	"strings"
)

// responses are the final answers to an INVITE that mean something of their own. What is not here
// is judged by its hundred.
var responses = map[int]struct {
	reason Reason
	side   Side
}{
	400: {BadMessage, Theirs}, 401: {Unauthorized, Theirs}, 402: {Forbidden, Theirs}, 403: {Forbidden, Theirs},
	404: {NotFound, Network}, 405: {NotSupported, Theirs}, 406: {NoCommonCodec, Theirs}, 407: {Unauthorized, Theirs},
	408: {Timeout, Network}, 410: {NumberChanged, Network}, 413: {BadMessage, Theirs}, 414: {BadMessage, Theirs},
	415: {NoCommonCodec, Theirs}, 416: {NotFound, Theirs}, 420: {NotSupported, Theirs}, 421: {NotSupported, Theirs},
	422: {NotSupported, Theirs}, 423: {NotSupported, Theirs}, 430: {Unavailable, Network}, 433: {Forbidden, Theirs},
	480: {Unavailable, Theirs}, 481: {ProtocolError, Theirs}, 482: {ProtocolError, Network}, 483: {ProtocolError, Network},
	484: {Incomplete, Network}, 485: {NotFound, Network}, 486: {BusyReason, Theirs}, 487: {CallerGaveUp, Ours},
	488: {NoCommonCodec, Theirs}, 491: {ProtocolError, Theirs}, 493: {NotSupported, Theirs},
	500: {ProtocolError, Network}, 501: {NotSupported, Theirs}, 502: {TrunkDown, Network}, 503: {Congestion, Network},
	504: {Timeout, Network}, 505: {NotSupported, Theirs}, 513: {BadMessage, Theirs}, 580: {NotSupported, Network},
	600: {BusyReason, Theirs}, 603: {Declined, Theirs}, 604: {NotFound, Network}, 606: {NoCommonCodec, Theirs},
	607: {Declined, Theirs}, 608: {Declined, Network},
}

// causes are the Q.850 causes that tell more than the SIP status they arrived with.
var causes = map[int]struct {
	reason Reason
	side   Side
}{
	1: {NotFound, Network}, 2: {NotFound, Network}, 3: {NotFound, Network}, 17: {BusyReason, Theirs},
	18: {NoAnswerReason, Theirs}, 19: {NoAnswerReason, Theirs}, 20: {Unavailable, Theirs}, 21: {Declined, Theirs},
	22: {NumberChanged, Network}, 23: {Redirected, Network}, 26: {AnsweredElsewhere, Theirs}, 27: {TrunkDown, Network},
	28: {Incomplete, Network}, 29: {NotSupported, Network}, 34: {Congestion, Network}, 38: {TrunkDown, Network},
	41: {Congestion, Network}, 42: {Congestion, Network}, 44: {Congestion, Network}, 47: {Congestion, Network},
	50: {NotSupported, Network}, 55: {Forbidden, Network}, 57: {Forbidden, Network}, 58: {Congestion, Network},
	63: {NotSupported, Network}, 65: {NoCommonCodec, Theirs}, 79: {NotSupported, Network}, 87: {Forbidden, Network},
	88: {NoCommonCodec, Theirs}, 102: {Timeout, Network}, 111: {ProtocolError, Network},
}

// FromResponse reads the ending from a final answer (300 to 699) to our INVITE and its Reason
// header, if any. A Q.850 cause in the header tells more than the status, so it decides the reason;
// the status that came is kept. A 6xx speaks for every way to the callee, so Retry is false there
// (RFC 3261, section 21.6). Anything that is no final answer becomes [ProtocolError].
func FromResponse(status int, reasonHeader string) Ending {
	if status < 300 || status > 699 {
		return Of(ProtocolError, Theirs)
	}
	e := fromStatus(status)
	if q := Cause(reasonHeader, "Q.850"); q > 0 {
		if c, ok := causes[q]; ok && e.Reason != CallerGaveUp && e.Reason != Unauthorized {
			e = Of(c.reason, c.side)
		}
		e.Q850 = q
	} else if status != lookup(e.Reason).sip {
		e.Q850 = Q850(status)
	}
	e.SIP = status
	if status >= 600 {
		e.Retry = false
	}
	return e
}

func fromStatus(status int) Ending {
	if r, ok := responses[status]; ok {
		return Of(r.reason, r.side)
	}
	switch status / 100 {
	case 3:
		return Of(Redirected, Theirs)
	case 4:
		return Of(ProtocolError, Theirs)
	case 5:
		return Of(ProtocolError, Network)
	default:
		return Of(Declined, Theirs)
	}
}

// FromBye reads the ending of an answered call from the Reason header of the other side's BYE.
// callee tells that the other side had been called by us. Without a header, or with cause 16 or 31,
// the call ended as calls do.
func FromBye(reasonHeader string, callee bool) Ending {
	reason := Normal
	if callee {
		reason = CalleeHungUp
	}
	e := Of(reason, Theirs)
	q := Cause(reasonHeader, "Q.850")
	if q == 0 || q == 16 || q == 31 {
		return e
	}
	if c, ok := causes[q]; ok && Of(c.reason, c.side).Result == Failed {
		e = Of(c.reason, c.side)
		e.Retry = false
	}
	e.Q850 = q
	return e
}

// FromCancel reads the ending from the Reason header of a CANCEL: the caller gave up, unless the
// header says that the call was completed elsewhere (RFC 3326, section 3.2).
func FromCancel(reasonHeader string) Ending {
	if Cause(reasonHeader, "SIP") == 200 || Cause(reasonHeader, "Q.850") == 26 {
		return Of(AnsweredElsewhere, Theirs)
	}
	return Of(CallerGaveUp, Theirs)
}

// Cause finds a protocol's cause ("Q.850", "SIP") in a Reason header (RFC 3326); 0 when it is not
// there or is no sensible number.
func Cause(header, protocol string) int {
	for value := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(value, ";")
		if !strings.EqualFold(strings.TrimSpace(name), protocol) {
			continue
		}
		for param := range strings.SplitSeq(params, ";") {
			key, text, _ := strings.Cut(param, "=")
			if !strings.EqualFold(strings.TrimSpace(key), "cause") {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err == nil && n > 0 && n <= maxCause(protocol) {
				return n
			}
		}
	}
	return 0
}

func maxCause(protocol string) int {
	if strings.EqualFold(protocol, "SIP") {
		return 699
	}
	return 127
}

// Header writes the value of the Reason header that goes with this ending (RFC 3326), empty when
// there is nothing to say.
func (e Ending) Header() string {
	switch {
	case e.IsZero():
		return ""
	case e.Reason == AnsweredElsewhere:
		return `SIP;cause=200;text="Call completed elsewhere"`
	}
	return "Q.850;cause=" + strconv.Itoa(e.Q850)
}
