package rtp

import "encoding/binary"

// Types of RTCP packets (RFC 3550 12.1).
const (
	typeSenderReport   = 200
	typeReceiverReport = 201
	typeDescription    = 202
	typeBye            = 203
)

// MaxReport is enough room for any report that PutReport writes.
const MaxReport = 128

// ReportBlock is what one side says about what it receives (RFC 3550 6.4.1).
type ReportBlock struct {
	SSRC           uint32
	FractionLost   uint8  // of 256, since the last report
	Lost           uint32 // in all
	Highest        uint32 // sequence number, with wraps
	Jitter         uint32 // timestamp units
	LastSR         uint32 // middle 32 bits of the NTP time of the last sender report
	DelaySinceLast uint32 // 1/65536 s
}

// SenderInfo is what a sender says about itself.
type SenderInfo struct {
	NTP       uint64 // 32.32 bits, seconds since 1900
	Timestamp uint32
	Packets   uint32
	Octets    uint32
}

// Report is a compound packet as far as we read and write it: a sender or receiver report with one block.
type Report struct {
	SSRC   uint32
	Sender *SenderInfo // nil: a receiver report
	Block  *ReportBlock
	Name   string // CNAME, at most 32 bytes
	Bye    bool
}

// PutReport writes the compound packet (report, description, perhaps BYE) into b, which holds MaxReport bytes, and
// gives its length.
func PutReport(b []byte, r *Report) int {
	blocks, at := byte(0), 8
	kind := byte(typeReceiverReport)
	if r.Sender != nil {
		kind = typeSenderReport
		binary.BigEndian.PutUint64(b[8:], r.Sender.NTP)
		binary.BigEndian.PutUint32(b[16:], r.Sender.Timestamp)
		binary.BigEndian.PutUint32(b[20:], r.Sender.Packets)
		binary.BigEndian.PutUint32(b[24:], r.Sender.Octets)
		at = 28
	}
	if r.Block != nil {
		blocks = 1
		at += putBlock(b[at:], r.Block)
	}
	putHead(b, blocks, kind, at)
	binary.BigEndian.PutUint32(b[4:], r.SSRC)
	at += putDescription(b[at:], r.SSRC, r.Name)
	if r.Bye {
		putHead(b[at:], 1, typeBye, 8)
		binary.BigEndian.PutUint32(b[at+4:], r.SSRC)
		at += 8
	}
	return at
}

func putHead(b []byte, count, kind byte, size int) {
	b[0], b[1] = 0x80|count, kind
	binary.BigEndian.PutUint16(b[2:], uint16(size/4-1)) // below MaxReport
}

func putBlock(b []byte, k *ReportBlock) int {
	binary.BigEndian.PutUint32(b, k.SSRC)
	binary.BigEndian.PutUint32(b[4:], k.Lost&0xFFFFFF)
	b[4] = k.FractionLost
	binary.BigEndian.PutUint32(b[8:], k.Highest)
	binary.BigEndian.PutUint32(b[12:], k.Jitter)
	binary.BigEndian.PutUint32(b[16:], k.LastSR)
	binary.BigEndian.PutUint32(b[20:], k.DelaySinceLast)
	return 24
}

func putDescription(b []byte, ssrc uint32, name string) int {
	name = name[:min(len(name), 32)]
	binary.BigEndian.PutUint32(b[4:], ssrc)
	b[8], b[9] = 1, byte(len(name)) // at most 32
	copy(b[10:], name)
	end := 10 + len(name)
	size := (end + 4) &^ 3 // at least one zero ends the list
	clear(b[end:size])
	putHead(b, 1, typeDescription, size)
	return size
}

// Received is what ReadReports found in a compound packet.
type Received struct {
	SSRC    uint32
	Sender  SenderInfo
	IsSR    bool
	Block   ReportBlock
	IsBlock bool // a block about the SSRC asked for
	Bye     bool
}

// ReadReports reads a compound packet, whatever is in it, and picks out what concerns us: the sender's report and the
// block about the stream with our SSRC. It reports false for bytes that are no RTCP.
func ReadReports(b []byte, ours uint32) (Received, bool) {
	var r Received
	found := false
	for len(b) >= 8 && b[0]>>6 == 2 {
		size := 4 * (int(binary.BigEndian.Uint16(b[2:])) + 1)
		if size > len(b) {
			return r, false
		}
		body := b[:size]
		switch b[1] {
		case typeSenderReport:
			if size < 28 {
				return r, false
			}
			found, r.IsSR, r.SSRC = true, true, binary.BigEndian.Uint32(body[4:])
			r.Sender = SenderInfo{
				NTP: binary.BigEndian.Uint64(body[8:]), Timestamp: binary.BigEndian.Uint32(body[16:]),
				Packets: binary.BigEndian.Uint32(body[20:]), Octets: binary.BigEndian.Uint32(body[24:]),
			}
			r.blocks(body[28:], int(b[0]&0x1F), ours)
		case typeReceiverReport:
			if size < 8 {
				return r, false
			}
			found, r.SSRC = true, binary.BigEndian.Uint32(body[4:])
			r.blocks(body[8:], int(b[0]&0x1F), ours)
		case typeBye:
			found, r.Bye = true, true
		}
		b = b[size:]
	}
	return r, found
}

func (r *Received) blocks(b []byte, count int, ours uint32) {
	for ; count > 0 && len(b) >= 24; count-- {
		if binary.BigEndian.Uint32(b) == ours {
			lost := binary.BigEndian.Uint32(b[4:])
			r.IsBlock = true
			r.Block = ReportBlock{
				SSRC: ours, FractionLost: b[4], Lost: lost & 0xFFFFFF,
				Highest: binary.BigEndian.Uint32(b[8:]), Jitter: binary.BigEndian.Uint32(b[12:]),
				LastSR: binary.BigEndian.Uint32(b[16:]), DelaySinceLast: binary.BigEndian.Uint32(b[20:]),
			}
			if lost&0x800000 != 0 { // negative: copies outnumber what was lost
				r.Block.Lost = 0
			}
		}
		b = b[24:]
	}
}

// NTP turns nanoseconds since 1970 into the time format of sender reports.
func NTP(unixNano int64) uint64 {
	const since1900 = 2208988800
	seconds, rest := unixNano/1e9, unixNano%1e9
	return uint64(seconds+since1900)<<32 | uint64(rest)<<32/1e9 // after 1970
}

// RoundTrip works out the round trip in 1/65536 s from a block about us that arrived at the NTP time now; false when
// the block does not name a report of ours or the sum is impossible (RFC 3550 6.4.1).
func (k *ReportBlock) RoundTrip(now uint64) (uint32, bool) {
	if k.LastSR == 0 {
		return 0, false
	}
	trip := uint32(now>>16) - k.LastSR - k.DelaySinceLast // the middle bits are wanted
	return trip, trip < 10<<16
}
