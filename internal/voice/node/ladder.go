package node

import (
	"bytes"
	"slices"
	"sync"
	"time"

	"yingda/internal/platform/clock"
	"yingda/internal/voice"
	"yingda/internal/voice/sip/wire"
)

// Limits of what is kept of signalling. A call of an hour with session timers has some dozens of messages; what is
// beyond the limit is the newest, since the beginning tells more.
const (
	ladderMessages = 200
	ladderShards   = 64
	ladderOrphans  = 40 * time.Second // of an INVITE that never became a party; its transaction ends before
)

// ladders keep the first lines of the messages of calls, by SIP Call-ID, until the call is reported. They are written
// by the goroutines of the sockets, so they are spread over shards.
type ladders struct {
	clock  clock.Clock
	shards [ladderShards]struct {
		sync.Mutex
		calls map[string]*ladder
		swept time.Time
	}
}

type ladder struct {
	began    time.Time
	owned    bool // a party takes it
	messages []voice.Message
}

func newLadders(c clock.Clock) *ladders {
	l := &ladders{clock: c}
	for i := range l.shards {
		l.shards[i].calls = map[string]*ladder{}
	}
	return l
}

// shard spreads by FNV-1a.
func (l *ladders) shard(callID string) int {
	h := uint32(2166136261)
	for i := range len(callID) {
		h = (h ^ uint32(callID[i])) * 16777619
	}
	return int(h % ladderShards)
}

// see follows the messages of the sockets: INVITEs begin a ladder, everything of the same Call-ID follows. began: this
// one did.
func (l *ladders) see(m wire.Message) (began bool) {
	callID := m.CallID()
	if callID == "" {
		return false
	}
	begins := m.Request() && m.Method() == "INVITE"
	s := &l.shards[l.shard(callID)]
	s.Lock()
	defer s.Unlock()
	have, ok := s.calls[callID]
	if !ok {
		if !begins {
			return false
		}
		began = true
		l.sweep(s.calls, &s.swept, m.Time)
		have = &ladder{began: m.Time, messages: make([]voice.Message, 0, 8)}
		s.calls[callID] = have
	}
	if len(have.messages) < ladderMessages {
		have.add(messageOf(m, have.messages))
	}
	return began
}

// add puts a message in its place by time: a message of ours is told when it was sent, and the answer to it may have
// been told by then.
func (l *ladder) add(m voice.Message) {
	at := len(l.messages)
	for at > 0 && l.messages[at-1].At.After(m.At) {
		at--
	}
	l.messages = slices.Insert(l.messages, at, m)
}

// sweep forgets INVITEs that never became anybody's call.
func (l *ladders) sweep(calls map[string]*ladder, swept *time.Time, now time.Time) {
	if now.Sub(*swept) < ladderOrphans/4 {
		return
	}
	*swept = now
	for id, c := range calls {
		if !c.owned && now.Sub(c.began) > ladderOrphans {
			delete(calls, id)
		}
	}
}

func messageOf(m wire.Message, before []voice.Message) voice.Message {
	out := m.Direction == wire.Out
	remote := m.Source
	if out {
		remote = m.Destination
	}
	made := voice.Message{
		At: m.Time, Out: out, Transport: m.Network, Remote: remote.String(), FirstLine: m.FirstLine(), CSeq: cseq(m.Bytes), Bytes: len(m.Bytes),
	}
	for i := len(before) - 1; i >= 0 && !made.Repeated; i-- {
		b := before[i]
		made.Repeated = b.Out == made.Out && b.CSeq == made.CSeq && b.FirstLine == made.FirstLine && b.Bytes == made.Bytes
	}
	return made
}

var cseqName = []byte("\r\ncseq:")

// cseq finds "1 INVITE" without reading the message as a whole.
func cseq(message []byte) string {
	for rest := message; ; {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 || len(rest) < i+len(cseqName) {
			return ""
		}
		rest = rest[i:]
		if bytes.EqualFold(rest[:len(cseqName)], cseqName) {
			line, _, _ := bytes.Cut(rest[len(cseqName):], []byte("\r\n"))
			return string(bytes.TrimSpace(line))
		}
		rest = rest[1:]
	}
}

// own keeps a ladder until take.
func (l *ladders) own(callID string) {
	s := &l.shards[l.shard(callID)]
	s.Lock()
	defer s.Unlock()
	have, ok := s.calls[callID]
	if !ok { // the INVITE is still to be sent
		have = &ladder{began: l.clock.Now()}
		s.calls[callID] = have
	}
	have.owned = true
}

// of gives a copy of the messages of one party.
func (l *ladders) of(callIDs []string) (messages []voice.Message, ok bool) {
	for _, id := range callIDs {
		s := &l.shards[l.shard(id)]
		s.Lock()
		if have, known := s.calls[id]; known {
			messages, ok = append(messages, have.messages...), true
		}
		s.Unlock()
	}
	return ordered(messages), ok
}

// take gives the messages of one party and forgets them.
func (l *ladders) take(callIDs []string) (messages []voice.Message) {
	for _, id := range callIDs {
		s := &l.shards[l.shard(id)]
		s.Lock()
		if have, ok := s.calls[id]; ok {
			delete(s.calls, id)
			messages = append(messages, have.messages...)
		}
		s.Unlock()
	}
	return ordered(messages)
}

// ordered puts the messages of several tries into the order of time, and keeps as many as a ladder may have.
func ordered(messages []voice.Message) []voice.Message {
	slices.SortStableFunc(messages, func(a, b voice.Message) int { return a.At.Compare(b.At) })
	return messages[:min(len(messages), ladderMessages)]
}
