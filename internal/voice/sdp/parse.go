package sdp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Limits of what Parse takes.
const (
	MaxSize    = 16 << 10 // bytes
	maxMedia   = 32       // m= lines
	maxFormats = 64       // formats of one line, and its rtpmap and fmtp lines
)

// Parse reads a description. The errors say which line is wrong and are safe to log: they quote no
// content.
func Parse(body []byte) (*Description, error) {
	if len(body) > MaxSize {
		return nil, fmt.Errorf("description of %d bytes, at most %d are read", len(body), MaxSize)
	}
	p := parser{d: &Description{}}
	number := 0
	for len(body) > 0 {
		var line []byte
		if i := bytes.IndexByte(body, '\n'); i >= 0 {
			line, body = body[:i], body[i+1:]
		} else {
			line, body = body, nil
		}
		number++
		line = bytes.TrimRight(line, "\r \t\x00")
		if len(line) == 0 {
			continue
		}
		if len(line) < 2 || line[1] != '=' {
			return nil, fmt.Errorf("line %d is not of the form letter=value", number)
		}
		if err := p.line(line[0], string(line[2:])); err != nil {
			return nil, fmt.Errorf("line %d (%c=): %w", number, line[0], err)
		}
	}
	if !p.version {
		return nil, errors.New("no v= line")
	}
	return p.d, nil
}

type parser struct {
	d       *Description
	version bool
}

// media is the m= line that an attribute belongs to, nil at session level.
func (p *parser) media() *Media {
	if len(p.d.Media) == 0 {
		return nil
	}
	return &p.d.Media[len(p.d.Media)-1]
}

func (p *parser) line(kind byte, value string) error {
	if !p.version && kind != 'v' {
		return errors.New("a description begins with v=0")
	}
	switch kind {
	case 'v':
		if value != "0" {
			return errors.New("a version other than 0")
		}
		p.version = true
	case 'o':
		fields := strings.Fields(value)
		if len(fields) >= 3 {
			p.d.Session, p.d.Version = fields[1], fields[2]
		}
	case 'c':
		return p.connection(value)
	case 'm':
		return p.mediaLine(value)
	case 'a':
		return p.attribute(value)
	}
	return nil
}

func (p *parser) connection(value string) error {
	fields := strings.Fields(value)
	if len(fields) < 3 || fields[0] != "IN" {
		return errors.New("not of the form IN IP4 address")
	}
	address, err := readAddress(fields[2])
	if err != nil {
		return err
	}
	if m := p.media(); m != nil {
		m.Address = address
	} else {
		p.d.Address = address
	}
	return nil
}

// readAddress takes an IP address, without the TTL of multicast. A name is refused: resolving it
// here would let a caller make us wait.
func readAddress(text string) (netip.Addr, error) {
	text, _, _ = strings.Cut(text, "/")
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, errors.New("no IP address")
	}
	return address.Unmap().WithZone(""), nil
}

func (p *parser) mediaLine(value string) error {
	if len(p.d.Media) >= maxMedia {
		return fmt.Errorf("more than %d media lines", maxMedia)
	}
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return errors.New("not of the form kind port profile formats")
	}
	if len(fields)-3 > maxFormats {
		return fmt.Errorf("more than %d formats", maxFormats)
	}
	ports, _, _ := strings.Cut(fields[1], "/")
	port, err := strconv.ParseUint(ports, 10, 16)
	if err != nil {
		return errors.New("no port number")
	}
	p.d.Media = append(p.d.Media, Media{
		Kind: strings.ToLower(fields[0]), Port: int(port), Protocol: fields[2], Formats: fields[3:],
	})
	return nil
}

func (p *parser) attribute(value string) error {
	name, rest, _ := strings.Cut(value, ":")
	m := p.media()
	if d, ok := directions[name]; ok {
		if m == nil {
			p.d.Direction = d
		} else {
			m.Direction, m.HasDirection = d, true
		}
		return nil
	}
	if m == nil {
		return nil
	}
	rest = strings.TrimSpace(rest)
	switch name {
	case "rtpmap":
		return m.rtpmap(rest)
	case "fmtp":
		return m.fmtp(rest)
	case "ptime":
		m.PTime = milliseconds(rest)
	case "maxptime":
		m.MaxPTime = milliseconds(rest)
	case "rtcp-mux":
		m.Mux = true
	case "rtcp":
		return m.rtcp(rest)
	}
	return nil
}

var directions = map[string]Direction{
	"sendrecv": SendReceive, "sendonly": SendOnly, "recvonly": ReceiveOnly, "inactive": Inactive,
}

// milliseconds reads ptime; nonsense counts as absent, since it is a wish only.
func milliseconds(text string) int {
	text, _, _ = strings.Cut(text, ".")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1000 {
		return 0
	}
	return n
}

func (m *Media) rtpmap(text string) error {
	payload, encoding, ok := strings.Cut(text, " ")
	number, err := strconv.ParseUint(payload, 10, 8)
	if !ok || err != nil || number > 127 {
		return errors.New("rtpmap without a payload type")
	}
	if len(m.Maps) >= maxFormats {
		return fmt.Errorf("more than %d rtpmap lines", maxFormats)
	}
	parts := strings.Split(strings.TrimSpace(encoding), "/")
	if len(parts) < 2 {
		return errors.New("rtpmap without a clock rate")
	}
	rate, err := strconv.ParseUint(parts[1], 10, 31)
	if err != nil {
		return errors.New("rtpmap without a clock rate")
	}
	channels := 1
	if len(parts) > 2 {
		if n, err := strconv.ParseUint(parts[2], 10, 8); err == nil {
			channels = int(n)
		}
	}
	m.Maps = append(m.Maps, Map{Payload: uint8(number), Name: strings.ToLower(parts[0]), Rate: int(rate), Channels: channels})
	return nil
}

func (m *Media) fmtp(text string) error {
	payload, params, _ := strings.Cut(text, " ")
	number, err := strconv.ParseUint(payload, 10, 8)
	if err != nil || number > 127 || len(m.Params) >= maxFormats {
		return nil // formats of other profiles are not numbers; nothing of ours hangs on it
	}
	m.Params = append(m.Params, Param{Payload: uint8(number), Text: strings.TrimSpace(params)})
	return nil
}

// rtcp reads a=rtcp:port [IN IP4 address] (RFC 3605).
func (m *Media) rtcp(text string) error {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return errors.New("rtcp without a port")
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return errors.New("rtcp without a port")
	}
	var address netip.Addr
	if len(fields) >= 4 {
		if address, err = readAddress(fields[3]); err != nil {
			return err
		}
	}
	m.RTCP = netip.AddrPortFrom(address, uint16(port))
	return nil
}
