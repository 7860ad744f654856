package carrier

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// direction of the media as one side sees it (RFC 3264 section 5.1).
type direction string

const (
	sendReceive direction = "sendrecv"
	sendOnly    direction = "sendonly"
	receiveOnly direction = "recvonly"
	inactive    direction = "inactive"
)

// description is the part of an SDP that a telephone needs: one stream of audio, and how many lines there are at all.
type description struct {
	Audio     netip.AddrPort
	RTCP      netip.AddrPort
	Types     []uint8 // audio formats in the order of preference
	Event     uint8   // payload type of telephone-event; 0: none
	Direction direction
	Rejected  bool     // the audio line has port 0
	Lines     []string // the m= lines as they came
	AudioLine int      // index of the audio line among them
}

// codec is the first known codec of the description.
func (d *description) codec() (Codec, bool) {
	for _, t := range d.Types {
		if c := Codec(t); c.known() {
			return c, true
		}
	}
	return 0, false
}

var errNoAudio = errors.New("the session description has no audio over RTP/AVP")

// parseSDP reads a session description (RFC 8866).
func parseSDP(body []byte) (*description, error) {
	d := &description{Direction: sendReceive, AudioLine: -1}
	var session, media netip.Addr
	var port, rtcp int
	var level direction
	inAudio := false
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		if len(line) < 2 || line[1] != '=' {
			continue
		}
		value := line[2:]
		switch line[0] {
		case 'm':
			d.Lines = append(d.Lines, value)
			inAudio = d.AudioLine < 0 && strings.HasPrefix(value, "audio ") && strings.Contains(value, " RTP/AVP ")
			if inAudio {
				d.AudioLine = len(d.Lines) - 1
				port, d.Types = formats(value)
			}
		case 'c':
			addr, err := connection(value)
			if err != nil {
				return nil, err
			}
			if len(d.Lines) == 0 {
				session = addr
			} else if inAudio {
				media = addr
			}
		case 'a':
			if len(d.Lines) == 0 {
				level = directionOf(value, level)
			} else if inAudio {
				rtcp = d.attribute(value, rtcp)
			}
		}
	}
	if d.AudioLine < 0 {
		return nil, errNoAudio
	}
	if d.Direction == sendReceive && level != "" {
		d.Direction = level
	}
	if media.IsValid() {
		session = media
	}
	d.Rejected = port == 0
	if !d.Rejected && !session.IsValid() {
		return nil, errors.New("the session description has no address")
	}
	if session.IsValid() && session.IsUnspecified() { // RFC 2543: held
		d.Direction = inactive
	}
	if rtcp == 0 {
		rtcp = port + 1
	}
	d.Audio, d.RTCP = netip.AddrPortFrom(session, uint16(port)), netip.AddrPortFrom(session, uint16(rtcp))
	return d, nil
}

func formats(m string) (port int, types []uint8) {
	words := strings.Fields(m)
	if len(words) < 4 {
		return 0, nil
	}
	port, _ = strconv.Atoi(strings.SplitN(words[1], "/", 2)[0])
	if port < 0 || port > 65535 {
		port = 0
	}
	for _, w := range words[3:] {
		if n, err := strconv.ParseUint(w, 10, 7); err == nil {
			types = append(types, uint8(n))
		}
	}
	return port, types
}

func connection(c string) (netip.Addr, error) {
	words := strings.Fields(c)
	if len(words) != 3 {
		return netip.Addr{}, fmt.Errorf("the session description has a wrong c= line %q", c)
	}
	addr, err := netip.ParseAddr(strings.SplitN(words[2], "/", 2)[0])
	if err != nil {
		return netip.Addr{}, fmt.Errorf("the session description has a wrong address: %w", err)
	}
	return addr, nil
}

func directionOf(a string, otherwise direction) direction {
	switch d := direction(a); d {
	case sendReceive, sendOnly, receiveOnly, inactive:
		return d
	default:
		return otherwise
	}
}

// attribute reads one a= line of the audio stream and returns the port of RTCP known so far.
func (d *description) attribute(a string, rtcp int) int {
	d.Direction = directionOf(a, d.Direction)
	if rest, ok := strings.CutPrefix(a, "rtpmap:"); ok {
		words := strings.Fields(rest)
		if len(words) == 2 && strings.EqualFold(words[1], "telephone-event/8000") {
			if n, err := strconv.ParseUint(words[0], 10, 7); err == nil && slices.Contains(d.Types, uint8(n)) {
				d.Event = uint8(n)
			}
		}
	}
	if rest, ok := strings.CutPrefix(a, "rtcp:"); ok {
		if words := strings.Fields(rest); len(words) > 0 {
			if n, err := strconv.ParseUint(words[0], 10, 16); err == nil {
				return int(n)
			}
		}
	}
	return rtcp
}

// local is what we say about ourselves in an offer or answer.
type local struct {
	Addr      netip.AddrPort
	Codecs    []Codec
	Event     uint8 // 0: no telephone-event
	Direction direction
	Session   uint64
	Version   uint64
}

func (l local) audio() string {
	var b strings.Builder
	fmt.Fprintf(&b, "m=audio %d RTP/AVP", l.Addr.Port())
	for _, c := range l.Codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if l.Event != 0 {
		fmt.Fprintf(&b, " %d", l.Event)
	}
	b.WriteString("\r\n")
	for _, c := range l.Codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", c, c)
	}
	if l.Event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", l.Event, l.Event)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", l.Direction)
	return b.String()
}

func (l local) head() string {
	family := "IP4"
	if l.Addr.Addr().Is6() {
		family = "IP6"
	}
	ip := l.Addr.Addr()
	return fmt.Sprintf("v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n", l.Session, l.Version, family, ip, family, ip)
}

func (l local) offer() []byte { return []byte(l.head() + l.audio()) }

// answer accepts the audio of the offer with one codec and refuses all other lines with port 0 (RFC 3264 section 6).
func (l local) answer(offer *description) ([]byte, Codec, error) {
	var chosen Codec
	found := false
	for _, t := range offer.Types {
		if c := Codec(t); slices.Contains(l.Codecs, c) {
			chosen, found = c, true
			break
		}
	}
	if !found || offer.Rejected {
		return nil, 0, errors.New("the offer has no codec of ours")
	}
	l.Codecs = []Codec{chosen}
	if l.Event != 0 {
		l.Event = offer.Event
	}
	var b strings.Builder
	b.WriteString(l.head())
	for i, line := range offer.Lines {
		if i == offer.AudioLine {
			b.WriteString(l.audio())
			continue
		}
		words := strings.Fields(line)
		if len(words) < 4 {
			continue
		}
		fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", words[0], words[2], words[3])
	}
	return []byte(b.String()), chosen, nil
}
