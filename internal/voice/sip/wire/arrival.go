package wire

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Stamp is the header that carries the moment of arrival, in nanoseconds since 1970, from the socket to the
// handlers. It never leaves the process: sipgo copies named headers only into responses.
const Stamp = "X-Yingda-Arrival"

// Arrival is when a request was read from the network; zero for one that did not come through this package.
func Arrival(req *sip.Request) time.Time {
	for _, h := range req.Headers() {
		if h.Name() != Stamp {
			continue
		}
		n, err := strconv.ParseInt(h.Value(), 10, 64) // the first one is ours
		if err != nil {
			return time.Time{}
		}
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}

// stamped writes the message with the stamp after its first line into to.
func stamped(to, message []byte, h *head, at time.Time) []byte {
	if !h.request {
		return append(to, message...)
	}
	first := len(h.line) + 2
	to = append(to, message[:first]...)
	to = append(to, Stamp+": "...)
	to = strconv.AppendInt(to, at.UnixNano(), 10)
	to = append(to, '\r', '\n')
	return append(to, message[first:]...)
}

// stampSize is how much a stamp adds at most.
const stampSize = len(Stamp) + 2 + 20 + 2
