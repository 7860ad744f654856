package rtp

// MOS estimates how a listener would judge the audio, from 1 (bad) to 4.5 (as good as the fixed network), by the
// E-model of ITU-T G.107 with the values of G.113 for G.711 without concealment. loss is the share of packets lost
// (0 to 1), jitter and round trip in milliseconds. A jitter buffer of twice the jitter is taken for granted.
func MOS(loss, jitterMS, roundTripMS float64) float64 {
	delay := max(roundTripMS, 0)/2 + 2*max(jitterMS, 0) + 20 // one frame of packetisation
	r := 93.2 - impairmentOfDelay(delay) - impairmentOfLoss(min(max(loss, 0), 1)*100)
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}

// impairmentOfDelay is Id in the usual short form of G.107 for echo-free connections.
func impairmentOfDelay(ms float64) float64 {
	id := 0.024 * ms
	if ms > 177.3 {
		id += 0.11 * (ms - 177.3)
	}
	return id
}

// impairmentOfLoss is Ie,eff: G.711 has Ie 0 and, without concealment, Bpl 4.3.
func impairmentOfLoss(percent float64) float64 { return 95 * percent / (percent + 4.3) }
