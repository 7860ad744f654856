package wire

import (
	"bytes"
	"fmt"
)

// Reason says why a message did not reach the SIP stack; a closed list, used as a metric label.
type Reason string

// The reasons. Those with a status (see [Reason.Status]) are answered when the message can be answered at all.
const (
	KeepAlive      Reason = "keep_alive"       // only line ends or zeros (RFC 5626 3.5.1): nothing wrong, nothing to do
	NotSIP         Reason = "not_sip"          // the first line is no request and no status line
	BadVersion     Reason = "bad_version"      // not SIP/2.0
	BadURI         Reason = "bad_uri"          // the request URI is none
	TooLarge       Reason = "too_large"        // more than MaxMessage
	HeaderTooLarge Reason = "header_too_large" // a line, the number of headers or all headers beyond the limits
	Incomplete     Reason = "incomplete"       // no empty line after the headers
	BadHeader      Reason = "bad_header"       // a header without name or colon, a control character, a lone CR or LF
	Missing        Reason = "missing_header"   // one of Via, From, To, Call-ID, CSeq is absent or empty
	Repeated       Reason = "repeated_header"  // one of From, To, Call-ID, CSeq, Max-Forwards, Content-Length came twice
	BadCSeq        Reason = "bad_cseq"         // no number below 2^31, or not the request's method
	BadLength      Reason = "bad_length"       // Content-Length is no number or more than there is
	Scanner        Reason = "scanner"          // the sender names itself as a tool of attackers
	Limited        Reason = "limited"          // the guard's limits
	Refused        Reason = "refused"          // a connection beyond the limits of its source
	Idle           Reason = "idle"             // a connection without traffic
	Unsendable     Reason = "unsendable"       // the network refused what we sent
)

// Reasons lists the closed list, for counters.
func Reasons() []Reason {
	return []Reason{
		KeepAlive, NotSIP, BadVersion, BadURI, TooLarge, HeaderTooLarge, Incomplete, BadHeader, Missing, Repeated,
		BadCSeq, BadLength, Scanner, Limited, Refused, Idle, Unsendable,
	}
}

// Status is the answer that RFC 3261 wants for a request with this defect, 0 for none.
func (r Reason) Status() (int, string) {
	switch r {
	case BadVersion:
		return 505, "Version Not Supported"
	case TooLarge, HeaderTooLarge:
		return 513, "Message Too Large"
	case BadURI, Incomplete, BadHeader, Missing, Repeated, BadCSeq, BadLength:
		return 400, "Bad Request"
	default:
		return 0, ""
	}
}

// BadMessage is the error of [Check].
type BadMessage struct {
	Reason Reason
	Detail string // what exactly, without content of the message
}

// Error names reason and detail.
func (e *BadMessage) Error() string { return fmt.Sprintf("wire: %s: %s", e.Reason, e.Detail) }

// The limits of one message. They are far above what phones and carriers send and far below what would hurt.
const (
	MaxMessage = 32000 // bytes; sipgo reads into 32,768
	MaxLine    = 8192  // bytes of one line
	MaxHead    = 16384 // bytes of first line and headers
	MaxHeaders = 128
	maxCSeq    = 1<<31 - 1 // RFC 3261 8.1.1.5
)

// Check tells whether a datagram may be given to the SIP parser. It allocates nothing for a good message and
// never panics. The error is a *[BadMessage].
func Check(packet []byte) error {
	if _, bad := inspect(packet); bad != nil {
		return bad
	}
	return nil
}

// head is what the walk over a message's first line and headers found; the slices point into the message.
type head struct {
	request                      bool
	method                       []byte // of the first line, or of CSeq in a response
	line                         []byte // the first line
	via, from, to, callID, cseq  []byte // values; via is the first one
	userAgent                    []byte
	length                       int // Content-Length, -1 when absent
	size                         int // bytes up to and including the empty line
	hasTo, hasFrom, hasID, hasCS bool
	hasForwards                  bool
}

func bad(r Reason, detail string) *BadMessage { return &BadMessage{Reason: r, Detail: detail} }

// inspect walks over a whole datagram.
func inspect(packet []byte) (head, *BadMessage) {
	if len(bytes.Trim(packet, "\r\n\x00")) == 0 {
		return head{length: -1}, bad(KeepAlive, "only line ends")
	}
	if len(packet) > MaxMessage {
		h, _ := inspectHead(packet[:MaxHead])
		return h, bad(TooLarge, "the message")
	}
	h, wrong := inspectHead(packet)
	if wrong != nil {
		return h, wrong
	}
	if h.length > len(packet)-h.size {
		return h, bad(BadLength, "Content-Length beyond the message") // RFC 3261 18.3
	}
	return h, nil
}

// inspectHead walks over the first line and the headers of a message. What it found so far is returned beside a
// defect, so that the message can still be answered.
func inspectHead(b []byte) (h head, wrong *BadMessage) {
	h.length = -1
	line, rest, ok := cutLine(b)
	if !ok {
		return h, lineFault(b)
	}
	h.line = line
	if wrong = h.firstLine(); wrong != nil {
		if wrong.Reason == NotSIP {
			return h, wrong
		}
	}
	for count := 0; ; count++ {
		line, after, ok := cutLine(rest)
		if !ok {
			return h, or(wrong, lineFault(rest))
		}
		if len(line) == 0 {
			h.size = len(b) - len(after)
			break
		}
		// A continuation right after the first line would become part of the stamp that we insert there.
		if count == 0 && (line[0] == ' ' || line[0] == '\t') {
			return h, or(wrong, bad(BadHeader, "the first header is a continuation"))
		}
		if count >= MaxHeaders || len(b)-len(after) > MaxHead {
			return h, or(wrong, bad(HeaderTooLarge, "the headers"))
		}
		full, next := unfold(line, after)
		wrong = or(wrong, h.header(full))
		rest = next
	}
	return h, or(wrong, h.complete())
}

func or(first, second *BadMessage) *BadMessage {
	if first != nil {
		return first
	}
	return second
}

// cutLine gives the next line without its CRLF. A lone CR or LF does not end a line, as in sipgo's parser.
func cutLine(b []byte) (line, rest []byte, ok bool) {
	i := bytes.IndexByte(b, '\r')
	if i < 0 || i > MaxLine || i+1 >= len(b) || b[i+1] != '\n' || bytes.IndexByte(b[:i], '\n') >= 0 {
		return nil, b, false
	}
	return b[:i], b[i+2:], true
}

func lineFault(b []byte) *BadMessage {
	i := bytes.IndexAny(b, "\r\n")
	switch {
	case i > MaxLine, i < 0 && len(b) > MaxLine:
		return bad(HeaderTooLarge, "a line")
	case i < 0, i+1 >= len(b) && b[i] == '\r':
		return bad(Incomplete, "no empty line")
	default:
		return bad(BadHeader, "a lone CR or LF")
	}
}

// unfold takes the continuation lines (RFC 3261 7.3.1) that follow a header line to it.
func unfold(line, rest []byte) (full, after []byte) {
	full, after = line, rest
	for len(after) > 0 && (after[0] == ' ' || after[0] == '\t') {
		more, next, ok := cutLine(after)
		if !ok {
			return full, after // the caller meets the defect as its next line
		}
		joined := make([]byte, 0, len(full)+1+len(more))
		joined = append(append(append(joined, bytes.TrimRight(full, " \t")...), ' '), bytes.TrimLeft(more, " \t")...)
		full, after = joined, next
	}
	return full, after
}

// firstLine reads "METHOD uri SIP/2.0" or "SIP/2.0 nnn reason".
func (h *head) firstLine() *BadMessage {
	first, rest, ok := bytes.Cut(h.line, []byte{' '})
	if !ok || hasControl(h.line) {
		return bad(NotSIP, "the first line")
	}
	second, third, ok := bytes.Cut(rest, []byte{' '})
	if !ok {
		return bad(NotSIP, "the first line has no two spaces")
	}
	if len(first) > 4 && equalFold(first[:4], "sip/") {
		if len(second) != 3 || !digits(second) || second[0] < '1' || second[0] > '6' {
			return bad(NotSIP, "the status")
		}
		if !equalFold(first, "sip/2.0") {
			return bad(BadVersion, "not SIP/2.0")
		}
		return nil
	}
	if !token(first) || len(second) == 0 || bytes.IndexByte(third, ' ') >= 0 || len(third) < 4 || !equalFold(third[:4], "sip/") {
		return bad(NotSIP, "the request line")
	}
	h.request, h.method = true, first
	if !equalFold(third, "sip/2.0") {
		return bad(BadVersion, "not SIP/2.0")
	}
	if scheme, _, ok := bytes.Cut(second, []byte{':'}); !ok || !token(scheme) || bytes.ContainsAny(second, `<>"`) {
		return bad(BadURI, "no scheme, or in brackets") // RFC 3261 7.1
	}
	return nil
}

// header notes one header.
func (h *head) header(line []byte) *BadMessage {
	name, value, ok := bytes.Cut(line, []byte{':'})
	name = bytes.TrimRight(name, " \t")
	if !ok || !token(name) {
		return bad(BadHeader, "a header without a name")
	}
	value = bytes.Trim(value, " \t")
	if hasControl(value) {
		return bad(BadHeader, "a control character")
	}
	switch {
	case is(name, "via", 'v'):
		if h.via == nil {
			h.via = value
		}
	case is(name, "from", 'f'):
		return once(&h.hasFrom, &h.from, value)
	case is(name, "to", 't'):
		return once(&h.hasTo, &h.to, value)
	case is(name, "call-id", 'i'):
		return once(&h.hasID, &h.callID, value)
	case is(name, "cseq", 0):
		return once(&h.hasCS, &h.cseq, value)
	case is(name, "max-forwards", 0):
		var v []byte
		if wrong := once(&h.hasForwards, &v, value); wrong != nil {
			return wrong
		}
		if !digits(v) || len(v) > 9 {
			return bad(BadHeader, "Max-Forwards")
		}
	case is(name, "user-agent", 0):
		h.userAgent = value
	case is(name, "content-length", 'l'):
		return h.setLength(value)
	}
	return nil
}

func (h *head) setLength(value []byte) *BadMessage {
	if h.length >= 0 {
		return bad(Repeated, "Content-Length")
	}
	if !digits(value) || len(value) > 9 {
		return bad(BadLength, "Content-Length is no number")
	}
	h.length = atoi(value)
	return nil
}

func once(seen *bool, to *[]byte, value []byte) *BadMessage {
	if *seen {
		return bad(Repeated, "a header that comes once")
	}
	*seen, *to = true, value
	return nil
}

// complete checks what every message must have (RFC 3261 8.1.1, 8.1.3.3).
func (h *head) complete() *BadMessage {
	if len(h.via) == 0 || len(h.from) == 0 || len(h.to) == 0 || len(h.callID) == 0 || len(h.cseq) == 0 {
		return bad(Missing, "Via, From, To, Call-ID or CSeq")
	}
	i := bytes.IndexAny(h.cseq, " \t")
	if i < 1 || i > 10 || !digits(h.cseq[:i]) || atoi(h.cseq[:i]) > maxCSeq {
		return bad(BadCSeq, "the number")
	}
	method := bytes.TrimLeft(h.cseq[i:], " \t")
	if !token(method) {
		return bad(BadCSeq, "the method")
	}
	if h.request && !bytes.EqualFold(method, h.method) {
		return bad(BadCSeq, "another method than the request's")
	}
	h.method = method
	return nil
}

func is(name []byte, long string, short byte) bool {
	return equalFold(name, long) || short != 0 && len(name) == 1 && name[0]|0x20 == short
}

// equalFold compares ASCII without regard to case; lower must be lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// atoi reads at most ten digits.
func atoi(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

// token is RFC 3261 25.1.
func token(b []byte) bool {
	for _, c := range b {
		if !tokenByte[c] {
			return false
		}
	}
	return len(b) > 0
}

var tokenByte = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") {
		t[c] = true
	}
	return t
}()

// hasControl finds what no header of SIP contains; a tab is white space.
func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
