package wire

import (
	"hash/fnv"
	"strconv"
)

// maxRefusal bounds our answer: never larger than what came by more than the status line and the tag.
const maxRefusal = 2048

// refusal writes the stateless answer to a bad request (RFC 3261 8.2.7), or nil when there is none: for responses,
// for ACK, for a defect without a status, and when a header that an answer needs is not there.
func refusal(h *head, why Reason) []byte {
	status, phrase := why.Status()
	if status == 0 || !h.request || len(h.via) == 0 || len(h.from) == 0 || len(h.to) == 0 || len(h.callID) == 0 || len(h.cseq) == 0 {
		return nil
	}
	if equalFold(h.method, "ack") || len(h.via)+len(h.from)+len(h.to)+len(h.callID)+len(h.cseq) > maxRefusal {
		return nil
	}
	b := make([]byte, 0, 512)
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(append(append(b, ' '), phrase...), "\r\n"...)
	for _, line := range [...]struct {
		name  string
		value []byte
	}{{"Via", h.via}, {"From", h.from}, {"To", withTag(h)}, {"Call-ID", h.callID}, {"CSeq", h.cseq}} {
		b = append(append(append(append(b, line.name...), ": "...), line.value...), "\r\n"...)
	}
	return append(b, "Content-Length: 0\r\n\r\n"...)
}

// withTag gives To with a tag that is the same for every retransmission (RFC 3261 8.2.7).
func withTag(h *head) []byte {
	for i := 0; i+5 <= len(h.to); i++ {
		if equalFold(h.to[i:i+5], ";tag=") {
			return h.to
		}
	}
	f := fnv.New64a()
	for _, v := range [][]byte{h.callID, h.cseq, h.from, h.via} {
		_, _ = f.Write(v)
	}
	return strconv.AppendUint(append(append([]byte(nil), h.to...), ";tag="...), f.Sum64(), 36)
}
