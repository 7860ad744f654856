package carrier

import "sync/atomic"

// portRange hands out even ports, round and round. Below 32768, where the kernel gives no ports to others.
type portRange struct {
	first, last uint16
	at          atomic.Uint32
}

// rtpPorts are the ports of this process's sessions. It begins anywhere, so that two processes rarely meet.
var rtpPorts = &portRange{first: 24000, last: 31998}

func (p *portRange) size() int { return int(p.last-p.first) + 2 }

func (p *portRange) next() uint16 {
	return p.first + uint16(p.at.Add(1)-1)*2%uint16(p.size())
}
