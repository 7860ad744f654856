package recording

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"yingda/internal/platform/fault"
	"yingda/internal/platform/ident"
	"yingda/internal/platform/secret"
	"yingda/internal/voice/media/g711"
	"yingda/internal/voice/recording/timeline"
	"yingda/internal/voice/sdp"
)

// A journal is a file of the spool:
//
//	bytes 0-3    "YVJ1"
//	bytes 4-19   id of the recording
//	values       4 bytes of length, big endian, and a value sealed by the ring for its place in this journal
//
// The first byte of an opened value says what it is. The first value is the head; an end, if there is one, is the
// last. A value that is cut short or does not open ends the journal: whatever a failing machine left of it.
const (
	journalMagic  = "YVJ1"
	journalHeader = 4 + 16
	maxValue      = 1 << 20

	valueHead    = 'H' // JSON of head
	valuePackets = 'P' // packets, one behind the other
	valueMark    = 'M' // JSON of mark
	valueEnd     = 'E' // JSON of end
)

// sealSpool is for the values of journals.
const sealSpool secret.Purpose = "voice.recording.spool"

// A packet within a value is
//
//	byte 0       1: from the remote; 2: mu-law
//	bytes 1-2    length of the audio
//	bytes 3-6    SSRC
//	bytes 7-10   timestamp
//	bytes 11-16  microseconds since the beginning of the recording
//	rest         audio
const (
	packetHeader = 17
	flagRemote   = 1
	flagMuLaw    = 2
)

// head is the first value of a journal.
type head struct {
	Call        uuid.UUID         `json:"call"`
	Centre      uuid.UUID         `json:"centre"`
	Direction   Direction         `json:"direction"`
	Customer    string            `json:"customer"`
	Line        string            `json:"line"`
	Staff       uuid.UUID         `json:"staff"`
	StaffNumber string            `json:"staff_number"`
	Labels      map[string]string `json:"labels"`
	Began       time.Time         `json:"began"`
	Node        string            `json:"node"`
}

// mark is something that happened at a moment since the beginning.
type mark struct {
	At      time.Duration `json:"at"`
	Act     string        `json:"act"`               // pause, resume, dropped
	Dropped int64         `json:"dropped,omitempty"` // packets since the mark before
}

const (
	actPause   = "pause"
	actResume  = "resume"
	actDropped = "dropped"
)

// end is the last value of a journal whose call ended.
type end struct {
	Length time.Duration `json:"length"`
}

// appendPacket adds a packet to a value. The caller has checked its length.
func appendPacket(to []byte, remote bool, ssrc, timestamp uint32, at time.Duration, codec sdp.Codec, audio []byte) []byte {
	flags := byte(0)
	if remote {
		flags |= flagRemote
	}
	if codec == sdp.PCMU {
		flags |= flagMuLaw
	}
	us := uint64(at.Microseconds()) // never before the beginning
	to = append(to, flags, byte(len(audio)>>8), byte(len(audio)))
	to = binary.BigEndian.AppendUint32(to, ssrc)
	to = binary.BigEndian.AppendUint32(to, timestamp)
	to = append(to, byte(us>>40), byte(us>>32), byte(us>>24), byte(us>>16), byte(us>>8), byte(us))
	return append(to, audio...)
}

// readPacket takes the first packet out of a value. Its audio is A-law and lies within the value.
func readPacket(from []byte) (p timeline.Packet, rest []byte, ok bool) {
	if len(from) < packetHeader {
		return p, nil, false
	}
	n := int(from[1])<<8 | int(from[2])
	if len(from) < packetHeader+n {
		return p, nil, false
	}
	us := int64(from[11])<<40 | int64(binary.BigEndian.Uint32(from[12:]))<<8 | int64(from[16])
	p = timeline.Packet{
		Side: timeline.Local, SSRC: binary.BigEndian.Uint32(from[3:]), Timestamp: binary.BigEndian.Uint32(from[7:]),
		Arrival: time.Duration(us) * time.Microsecond, Audio: from[packetHeader : packetHeader+n : packetHeader+n],
	}
	if from[0]&flagRemote != 0 {
		p.Side = timeline.Remote
	}
	if from[0]&flagMuLaw != 0 {
		g711.MuToA(p.Audio)
	}
	return p, from[packetHeader+n:], true
}

// place names where a value of a journal stands, so that none can be put elsewhere.
func place(id ID, number int) string {
	return "voice.recording.spool/" + id.String() + "/" + strconv.Itoa(number)
}

// errNoJournal ends the reading of a file that has no head: the machine failed before there was one.
var errNoJournal = errors.New("there is no journal in this file")

// journal reads the file of one recording.
type journal struct {
	id   ID
	head head
	from *bufio.Reader
	ring *secret.Ring
	next int // number of the next value
}

// openJournal reads the head. Errors: errNoJournal; what the ring says when the head does not open.
func openJournal(from io.Reader, ring *secret.Ring) (*journal, error) {
	j := &journal{from: bufio.NewReaderSize(from, 64<<10), ring: ring}
	var begin [journalHeader]byte
	if _, err := io.ReadFull(j.from, begin[:]); err != nil || string(begin[:4]) != journalMagic {
		return nil, errNoJournal
	}
	j.id = ident.From[recordingKind](uuid.UUID(begin[4:]))
	kind, body, err := j.value()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errNoJournal
	case err != nil:
		return nil, err
	case kind != valueHead || json.Unmarshal(body, &j.head) != nil:
		return nil, errNoJournal
	}
	return j, nil
}

// value reads the next value. io.EOF is the end, also of a journal that was cut short.
func (j *journal) value() (kind byte, body []byte, err error) {
	var length [4]byte
	if _, err := io.ReadFull(j.from, length[:]); err != nil {
		return 0, nil, endOf(err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxValue {
		return 0, nil, io.EOF
	}
	sealed := make([]byte, n)
	if _, err := io.ReadFull(j.from, sealed); err != nil {
		return 0, nil, endOf(err)
	}
	plain, err := j.ring.Open(sealSpool, place(j.id, j.next), sealed)
	switch f, _ := fault.As(err); {
	case err != nil && j.next == 0:
		return 0, nil, fmt.Errorf("open the head of a journal: %w", err)
	case err != nil && f != nil && f.Code == secret.ErrUnknownVersion.Code:
		return 0, nil, fmt.Errorf("open value %d of a journal: %w", j.next, err)
	case err != nil || len(plain) == 0:
		return 0, nil, io.EOF // what a failing disk made of it
	}
	j.next++
	return plain[0], plain[1:], nil
}

func endOf(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}
