package timeline

// settle gives the offset by which the packet is laid out; later is everything that arrived from it on, itself first.
func (s *stream) settle(k *arrived, later []arrived) int64 {
	s.forget(k.at - behind)
	target := s.offset(k, later)
	switch d := target - s.place; {
	case !s.placed, d > jump, d < -jump:
		s.place, s.placed = target, true
		s.contradict(target - jump)
	case d > steady:
		s.place++
	case d < -steady:
		s.place--
	}
	s.history = append(s.history, seen{k.at, k.offset})
	return s.place
}

// forget drops what is too old to be compared with.
func (s *stream) forget(before int64) {
	n := 0
	for n < len(s.history) && s.history[n].at < before {
		n++
	}
	s.history = append(s.history[:0], s.history[n:]...)
}

// contradict drops what came quicker than is possible since a jump: it was of the time before.
func (s *stream) contradict(below int64) {
	kept := s.history[:0]
	for _, h := range s.history {
		if h.offset >= below {
			kept = append(kept, h)
		}
	}
	s.history = kept
}

// offset is the smallest one nearby on the packet's own side of a jump.
func (s *stream) offset(k *arrived, later []arrived) int64 {
	back, nBack := k.offset, 1
	for _, h := range s.history {
		if alike(h.offset, k.offset) {
			back = min(back, h.offset)
			nBack++
		}
	}
	on, near, nOn := k.offset, k.offset, 0
	for i := range later {
		o := &later[i]
		if o.at > k.at+ahead {
			break
		}
		if o.stream != s || !alike(o.offset, k.offset) {
			continue
		}
		on = min(on, o.offset)
		if nOn++; nOn <= 5*support {
			near = on
		}
	}
	switch d := on - back; {
	case d >= -jump && d <= jump:
		return min(on, back)
	case d > 0: // everything from here on is later than what was: a jump, unless only the last packets were held up
		if nOn >= credible(d) {
			return on
		}
		return back
	default: // something ahead is earlier: a jump still to come, unless only the first packets were held up
		if nBack >= credible(-d) {
			return back
		}
		return min(near, back)
	}
}

// credible is how many packets make a jump believable: a few packets are easily all held up a little.
func credible(jumped int64) int {
	if jumped < Rate/5 {
		return 4 * support
	}
	return support
}

// alike reports that one of two offsets may be the other one held up by a network; further apart, the sender's
// timestamps have jumped between them.
func alike(a, b int64) bool { return a-b < within && b-a < within }
